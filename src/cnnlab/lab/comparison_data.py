"""What the data of compared runs are made of: checked as those of a study are, as far as they are at hand."""

from cnnlab.analysis.protocol import DataFacts, data_facts
from cnnlab.lab.conduct import held_out, limited
from cnnlab.lab.contestants import Choice
from cnnlab.records import Split, StoredRun
from cnnlab.report.words import listing


def data_of(choice: Choice, split: Split) -> tuple[tuple[DataFacts, ...], tuple[str, ...]]:
    """Find what the data of the runs are made of, once for each part of the training images that some were trained on.

    Args:
        choice: Who is compared.
        split: The data set at hand, whole; its test images are those of the runs, its training images may be others.

    Returns:
        The facts, each with the architectures that it is of, and a note where training images are not at hand.
    """
    users: dict[tuple[int, int | None], list[str]] = {}
    unknown = []
    for one in choice.contestants:
        run = one.runs[0]  # what an architecture was trained on holds for all its runs
        if _at_hand(run, split):
            users.setdefault((run.train_images, run.validation_images), []).append(one.name)
        else:
            unknown.append(one.name)
    facts = tuple(data_facts(_used(split, *parts), tuple(names)) for parts, names in users.items())
    note = (
        f"The training images of {listing(unknown)} are not at hand: nobody looked for test images among them, nor for "
        "classes that they lack."
    )
    return facts, (note,) if unknown else ()


def _at_hand(run: StoredRun, split: Split) -> bool:
    """Tell whether a data set is that of a run, with as many training images as it used."""
    return run.data_sums == split.sums and run.train_images + (run.validation_images or 0) <= len(split.train)


def _used(split: Split, train_images: int, validation_images: int | None) -> Split:
    return limited(held_out(split, validation_images), train_images)
