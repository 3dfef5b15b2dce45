"""Which images a comparison is by: the test images, or the training images that were held out for validation."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from cnnlab import data
from cnnlab.errors import DataError, UsageError, explain
from cnnlab.lab.answers import class_numbers
from cnnlab.lab.contestants import Choice, Contestant
from cnnlab.lab.own_data import load_data
from cnnlab.lab.stored_plan import stored_plan
from cnnlab.lab.tested_on import data_table, spares_test, test_sums
from cnnlab.records import Split, StoredRun
from cnnlab.report.comparison_sheet import Moment, Part
from cnnlab.report.words import listing, plural


@dataclass(frozen=True)
class ImagesAsked:
    """Which images the runs are compared by.

    Attributes:
        part: Of the data set.
        held_out: How many training images, the last ones, where they are those that were held out.
    """

    part: Part
    held_out: int | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """Say where what runs were tested on are no test images."""
        if self.part != "test" or self.held_out is None:
            return ()
        images = plural(self.held_out, "training image")
        return (f"The test was made with the last {images}, held out: these runs never saw the test images.",)


def validated_on_test(choice: Choice) -> bool:
    """Tell whether the validation images of some run were its test images."""
    return any(run.validation_images is None for run in choice.runs)


def images_asked(choice: Choice, moment: Moment, where: str) -> ImagesAsked:
    """Decide by which images runs are compared.

    A study that spares the test images was tested on those that it held out, as `contestants.choose` has made sure for
    all. At their end all runs were tested on the same images. After any other epoch a run that has images held out was
    not tested: there only its validation images have answers, and a comparison needs the same ones of every run.

    Args:
        choice: Who is compared.
        moment: When.
        where: The option that asks for it, for an error.

    Raises:
        UsageError: If that moment has no images that every run has answered.
    """
    if spares_test(choice.contestants[0].studies[0]):
        return ImagesAsked("test", choice.runs[0].test_images)
    if moment == "last" or all(run.validation_images is None for run in choice.runs):
        return ImagesAsked("test")
    kinds = {(run.validation_images, None if run.validation_images is None else _sums(run)) for run in choice.runs}
    held_out = choice.runs[0].validation_images
    if len(kinds) == 1:
        return ImagesAsked("validation", held_out)
    got = listing([f"{_validated_with(one)} ({one.name})" for one in choice.contestants])
    if len({one for one, _ in kinds}) == 1:
        got = f"{plural(held_out or 0, 'held-out image')} of different training sets"
    fix = "--epoch last compares what each run said of the test images at its end."
    raise UsageError(explain(expected="runs that were validated with the same images", got=got, where=where, fix=fix))


def _sums(run: StoredRun) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(run.data_sums.items()))


def _validated_with(one: Contestant) -> str:
    held_out = one.runs[0].validation_images
    return "the test images" if held_out is None else plural(held_out, "held-out training image")


# The data set that they are of.


def images_at_hand(
    asked: ImagesAsked,
    choice: Choice,
    parent: Path,
    *,
    offline: bool,
    notify: data.Notify | None,
    progress: data.Progress | None,
) -> Split:
    """Load the data set of the runs, and make sure that the images that are asked for are those of the runs.

    Args:
        asked: Which images.
        choice: Who is compared.
        parent: The folder that holds the store, for an error.
        offline: Never use the network.
        notify: Gets lines for people while data are loaded.
        progress: Told of a download.

    Returns:
        The whole data set. Parts that are not asked for may be others than those of the runs.

    Raises:
        DataError: If the data set at hand is another one.
    """
    run = choice.runs[0]
    split = _loaded(choice, offline=offline, notify=notify, progress=progress)
    if asked.held_out is not None:
        _check(split, run.data_sums, run.train_images + asked.held_out, len(split.train), "training images", parent)
        return split
    if len(split.test) != run.test_images:
        raise _other("test images", str(run.test_images), str(len(split.test)), parent)
    _check(split, test_sums(run), 0, len(split.test), "test images", parent)
    return split


def labels_asked(asked: ImagesAsked, split: Split) -> npt.NDArray[Any]:
    """Return the true classes of the images: numbers, shape (images,)."""
    if asked.held_out is not None:
        return class_numbers(split.train.labels[-asked.held_out :])
    return class_numbers(split.test.labels)


def _check(split: Split, sums: dict[str, str], least: int, there: int, what: str, parent: Path) -> None:
    """Refuse data with other sums, or with fewer images than the runs had."""
    for name, value in sums.items():
        if split.sums.get(name) != value:
            raise _other(what, f"{name} {value[:12]}", str(split.sums.get(name))[:12], parent)
    if there < least:
        raise _other(what, f"at least {least}", str(there), parent)


def _other(what: str, expected: str, got: str, parent: Path) -> DataError:
    return DataError(
        explain(
            expected=f"the {what} of the runs, {expected}",
            got=got,
            where=str(parent),
            fix="Bring the data back that the runs were made with.",
        )
    )


def _loaded(choice: Choice, *, offline: bool, notify: data.Notify | None, progress: data.Progress | None) -> Split:
    """Load the data from where they were when a study was begun, if they are still there."""
    studies = dict.fromkeys(study for one in choice.contestants for study in one.studies)
    tables = {study: data_table(study) for study in studies}
    there = next((study for study, told in tables.items() if told.get("path") and Path(told["path"]).exists()), None)
    own = next((study for study in (there, *studies) if study is not None and tables[study].get("kind")), None)
    if own is not None:
        return load_data(stored_plan(own), offline=offline, notify=notify, progress=progress)[1]
    path = None if there is None else Path(tables[there]["path"])
    return data.load(choice.runs[0].data_name, path=path, offline=offline, notify=notify, progress=progress)
