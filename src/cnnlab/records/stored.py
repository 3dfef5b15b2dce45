"""Runs as the store gives them back: plain values, whoever reads them needs no database."""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from cnnlab.records.runs import EpochRow, Provenance, Recipe, RunKey

StoredStatus = Literal["planned", "running", "interrupted", "failed", "finished"]


class RunSummary(NamedTuple):
    """One line of a list of runs. A NamedTuple: lists have a hundred thousand of them, and it is made the fastest.

    Attributes:
        id: Eight letters and digits that name the run.
        study: The study's name.
        architecture: Its name.
        seed: Of the run.
        status: "running" only while the process that trains it lives.
        epochs: Whole epochs trained.
        epochs_planned: By the recipe.
        test_loss: Of the final weights, of an interrupted run those of its last whole epoch; None while it runs, where
            there was no test, and where images are held out and it has not come to its end.
        test_accuracy: Likewise, from 0 to 1.
        seconds: Wall-clock time of training so far; None before the first epoch.
        began: When it was first claimed, ISO 8601 in UTC; None for one that is only planned.
        ended: When it was last released; None while it runs.
        weights_sha256: Of the final weights; None until finished.
        folder: Where its files are, relative to the folder that holds the store.
    """

    id: str
    study: str
    architecture: str
    seed: int
    status: StoredStatus
    epochs: int
    epochs_planned: int
    test_loss: float | None
    test_accuracy: float | None
    seconds: float | None
    began: str | None
    ended: str | None
    weights_sha256: str | None
    folder: str


@dataclass(frozen=True)
class RunPlan:
    """All that is known of a run before it is trained.

    Attributes:
        key: Architecture and seed.
        folder: Where its files will be, relative to the folder that holds the store, with "/" between.
        network: Its description as Keras' config, ready for JSON.
        recipe: How it will be trained; its epochs are the planned ones.
        provenance: Where; the data's name, sums and counts come from it.
        total_params: All parameters of the network.
        trainable_params: Those that training moves.
    """

    key: RunKey
    folder: str
    network: dict[str, Any]
    recipe: Recipe
    provenance: Provenance
    total_params: int
    trainable_params: int


@dataclass(frozen=True)
class StoredRun:
    """All that the store knows of a run beside its epochs and checkpoints.

    Attributes:
        summary: The line of a list.
        study_id: Number of its study.
        data_name: Of the data set.
        train_images: How many it was trained on.
        test_images: How many it was tested on.
        last_val_loss: Of the last epoch; None without validation.
        last_val_accuracy: Likewise.
        best_epoch: The one with the lowest validation loss; the first of several.
        best_val_loss: Of that epoch.
        best_val_accuracy: Of that epoch.
        no_test: Whether it was meant to have no test.
        total_params: All parameters of the network.
        trainable_params: Those that training moves.
        reason: Why a callback ended it early.
        error: Message of a failed run.
        resumes_exactly: Whether going on gives the bits of a run that never stopped.
        attempts: How often a process began or went on with it.
        owner: The lock of the process that trains it.
        network: Keras' config.
        recipe: As `store.recipe_as_dict` writes it.
        data_sums: SHA-256 of each file of the data set.
        provenance: The fields of `Provenance`.
        validation_images: How many training images were held out for validation; None where the test images served.
    """

    summary: RunSummary
    study_id: int
    data_name: str
    train_images: int
    test_images: int
    last_val_loss: float | None
    last_val_accuracy: float | None
    best_epoch: int | None
    best_val_loss: float | None
    best_val_accuracy: float | None
    no_test: bool
    total_params: int
    trainable_params: int
    reason: str | None
    error: str | None
    resumes_exactly: bool
    attempts: int
    owner: str | None
    network: dict[str, Any] = field(repr=False)
    recipe: dict[str, Any] = field(repr=False)
    data_sums: dict[str, str] = field(repr=False)
    provenance: dict[str, Any] = field(repr=False)
    validation_images: int | None = None

    @property
    def id(self) -> str:
        """The run's name in the store."""
        return self.summary.id

    @property
    def status(self) -> StoredStatus:
        """Where it stands; "running" only while the process that trains it lives."""
        return self.summary.status

    @property
    def key(self) -> RunKey:
        """Architecture and seed."""
        return RunKey(self.summary.architecture, self.summary.seed)


@dataclass(frozen=True)
class StoredStudy:
    """A study in the store.

    Attributes:
        id: Its number.
        name: As the user named it.
        key: SHA-256 of its definition without the seeds: the same study asked for again has the same one.
        folder: Relative to the folder that holds the store.
        definition: The resolved study as TOML.
        created: ISO 8601 in UTC.
    """

    id: int
    name: str
    key: str
    folder: str
    definition: str = field(repr=False)
    created: str


@dataclass(frozen=True)
class StoredCheckpoint:
    """A checkpoint that the store has named; its file was whole on the disk before.

    Attributes:
        id: Its number; a later one has a higher.
        run: Which run.
        epoch: Whole epochs trained.
        step: Updates over all epochs.
        best: Whether it is kept for the lowest validation loss.
        file: Relative to the folder that holds the store.
        sha256: Of the file.
        bytes: Of the file.
        made: ISO 8601 in UTC.
    """

    id: int
    run: str
    epoch: int
    step: int
    best: bool
    file: str
    sha256: str
    bytes: int
    made: str


@dataclass(frozen=True)
class StoredEvent:
    """Something that happened to a run.

    Attributes:
        id: Its number; later events have higher ones, and none is given twice.
        kind: "epoch": one was added, or took the place of the one with its number; "cut": those behind one are gone;
            "run": it was planned, or stands otherwise than before.
        run: Its id.
        key: Its architecture and seed.
        row: The epoch of an "epoch".
        epoch: Its number; of a "cut" the last one that is left, 0 for none.
        status: Of a "run".
        test_loss: Likewise.
        test_accuracy: Likewise, from 0 to 1.
    """

    id: int
    kind: Literal["epoch", "cut", "run"]
    run: str
    key: RunKey
    row: EpochRow | None
    epoch: int | None
    status: StoredStatus | None
    test_loss: float | None
    test_accuracy: float | None


@dataclass(frozen=True)
class RunCourse:
    """A run with its epochs."""

    run: RunSummary
    epochs: tuple[EpochRow, ...]


@dataclass(frozen=True)
class StudyCourse:
    """All runs of a study at one moment.

    Attributes:
        runs: The newest first.
        last_event: The newest event that is in them: those after it tell how it goes on.
    """

    runs: tuple[RunCourse, ...]
    last_event: int
