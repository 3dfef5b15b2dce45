"""The store: one object through which everything about runs is kept and found."""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from cnnlab.records import (
    CheckpointMade,
    EpochRow,
    Provenance,
    RunPlan,
    RunResult,
    RunStatus,
    RunSummary,
    StoredCheckpoint,
    StoredEvent,
    StoredRun,
    StoredStudy,
    StudyCourse,
    TestPredictions,
)
from cnnlab.store import checkpoints, epochs, events, predictions, queries, removal, runs, studies
from cnnlab.store.database import Database
from cnnlab.store.owners import FOLDER, Owner, lives, process_of
from cnnlab.store.predictions import Part
from cnnlab.store.processes import ProcessMark
from cnnlab.store.queries import RunFilter


class Store:
    """The runs of one folder. `open_store` makes it; a ``with`` closes it.

    Each method either does all it says or leaves things as they were, and raises a `CnnlabError` with the system's
    reason where the disk is full or read-only, or the store locked or damaged.

    Attributes:
        parent: The folder that holds the store and the studies.
        database: Its connections.
    """

    def __init__(self, parent: Path, database: Database) -> None:
        """Take what `open_store` has checked."""
        self.parent = parent
        self.database = database
        self._owner: Owner | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and let go of every run; one that was not released reads as interrupted from now on."""
        self.database.close()
        if self._owner is not None:
            self._owner.release()
            self._owner = None

    # Studies

    def latest_study(self, key: str) -> StoredStudy | None:
        """Find the newest study with a key; None if there is none."""
        return studies.latest(self.database, key)

    def study(self, key: str, name: str, folder: str, definition: str, *, fresh: bool = False) -> StoredStudy:
        """Find the newest study with a key, or begin one.

        Args:
            key: SHA-256 of what it defines: the data's sums and limit, architectures with networks and recipes, without
                the seeds, so that more seeds go into the same study.
            name: As the user named it.
            folder: Of a new one, relative to ``parent``.
            definition: The resolved study as TOML.
            fresh: Begin one even where there is one.

        Returns:
            The study; its ``folder`` is another than the one handed over where it was found.
        """
        return studies.found_or_begun(self.database, key, name, folder, definition, fresh=fresh)

    def studies(self) -> tuple[StoredStudy, ...]:
        """List the studies, the newest first."""
        return studies.all_studies(self.database)

    # The life of a run

    def plan_runs(self, study: int, plans: Sequence[RunPlan]) -> tuple[StoredRun, ...]:
        """Make a row for each run of a study that has none yet.

        Args:
            study: Its number.
            plans: Of any number of runs; one whose architecture and seed are there stays as it is.

        Returns:
            The rows in the order of the plans.
        """
        return tuple(self.run(identifier) for identifier in self.plan_ids(study, plans))

    def plan_ids(self, study: int, plans: Sequence[RunPlan]) -> tuple[str, ...]:
        """Do as `plan_runs` and return the ids alone."""
        return runs.planned(self.database, study, plans)

    def claim(self, run: str, provenance: Provenance | None = None) -> bool:
        """Make a run this process' own, so that no other trains it.

        Args:
            run: Its id.
            provenance: Of this process, where it differs from that of the plan.

        Returns:
            False if somebody who lives trains it (this store included) or it is finished: leave it alone. To be sure
            that somebody lives takes a quarter of a second.
        """
        asks = partial(self._lives, patient=True)
        with self.database.reading() as connection:
            if not runs.claimable(connection, run, asks):
                return False
        return runs.claimed(self.database, run, self._owned().name, asks, provenance)

    def release(
        self,
        run: str,
        status: RunStatus,
        *,
        result: RunResult | None = None,
        error: str | None = None,
        no_test: bool = False,
    ) -> None:
        """Let go of a claimed run.

        Args:
            run: Its id.
            status: How it stands.
            result: What came out; "finished" needs it, with weights and test numbers.
            error: Message of a failed run.
            no_test: Whether it was meant to have no test.

        Raises:
            CnnlabError: If it is not claimed by this store, or a finished one lacks something that it rests on.
        """
        runs.released(self.database, run, self._name, status, result, error, no_test=no_test)

    def add_epoch(self, run: str, row: EpochRow, predictions: TestPredictions | None = None) -> None:
        """Keep an epoch of a claimed run with its predictions; one that is there already is replaced."""
        epochs.added(self.database, run, self._name, row, predictions)

    def cut_after(self, run: str, epoch: int) -> None:
        """Remove what a claimed run has kept after an epoch, before it goes on from there."""
        epochs.cut_after(self.database, run, self._name, epoch)

    def keep_checkpoint(self, run: str, event: CheckpointMade, folder: Path) -> StoredCheckpoint:
        """Keep a checkpoint of a claimed run: the file, then its row; the last two and the best stay.

        Args:
            run: Its id.
            event: As training makes it.
            folder: Of its files, within ``parent``; made if need be. Files "checkpoint-*.bin" in it are the store's.
        """
        return checkpoints.kept(self.database, self.parent, run, self._name, event, folder)

    def remove(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Remove runs, all or none, then their folders.

        Returns:
            A sentence for each folder that could not be removed.

        Raises:
            UsageError: If one is not there or in training; nothing is removed then.
        """
        folders = runs.removed(self.database, ids, partial(self._lives, patient=True))
        return removal.remove_folders(self.parent, folders.values())

    # What is there

    def run(self, identifier: str) -> StoredRun:
        """Read all of a run by its id."""
        return queries.whole(self.database, self.parent, identifier)

    def find(self, word: str) -> str:
        """Return the id of the run that a word means: an id, or the beginning of one.

        Raises:
            UsageError: If none or several are meant; the message names the nearest.
        """
        return queries.resolve(self.database, word)

    def runs(self, chosen: RunFilter = RunFilter(), limit: int | None = None) -> Iterator[RunSummary]:  # noqa: B008 - frozen
        """List runs, the newest first and planned ones at the end, as they are read."""
        return queries.summaries(self.database, self.parent, chosen, limit)

    def count(self, chosen: RunFilter = RunFilter()) -> int:  # noqa: B008 - frozen
        """Count the runs of a filter."""
        return queries.count(self.database, self.parent, chosen)

    def check_known(self, chosen: RunFilter) -> None:
        """Refuse a filter whose architecture or study no run has."""
        queries.check_known(self.database, chosen)

    def architectures(self) -> dict[str, str]:
        """List the architectures that have runs, each with the id of its newest run."""
        return queries.architectures(self.database)

    def epochs(self, run: str) -> tuple[EpochRow, ...]:
        """Read the epochs of a run."""
        return epochs.epochs_of(self.database, run)

    def predicted_epochs(self, run: str) -> tuple[int, ...]:
        """List the epochs of a run of which there are predictions."""
        return predictions.predicted_epochs(self.database, run)

    def predictions(self, run: str, epoch: int | None = None, part: Part = "validation") -> TestPredictions | None:
        """Read what a run said of each image.

        Args:
            run: Its id.
            epoch: After which epoch; None for the last, and for the final weights where ``part`` is "test".
            part: Which images. Where none are held out, those of the validation and of the test are the same.

        Returns:
            None where nothing is kept. Of the test images nobody has said anything before the end of a run that has
            images held out.
        """
        return predictions.predictions_of(self.database, run, epoch, part)

    def checkpoints(self, run: str) -> tuple[StoredCheckpoint, ...]:
        """List the checkpoints of a run, the newest first."""
        return checkpoints.checkpoints_of(self.database, run)

    def read_checkpoint(self, checkpoint: StoredCheckpoint) -> bytes | None:
        """Read a checkpoint; None where its file is gone or damaged: take the next older one then."""
        return checkpoints.content_of(self.parent, checkpoint)

    # What happens

    def course(self, study: int, latest: int | None = None) -> StudyCourse:
        """Read all runs of a study with their epochs at one moment, and the number of the last event in them.

        Args:
            study: Its number.
            latest: Only the last so many epochs of each run; None for all.

        Returns:
            Whoever goes on with `events` after its last event has everything, and nothing twice.
        """
        return events.course_of(self.database, self.parent, study, latest)

    def events(self, study: int, after: int = 0, limit: int = 1000) -> tuple[StoredEvent, ...]:
        """Read what happened to the runs of a study after an event, at most ``limit`` events, in their order."""
        return events.events_after(self.database, study, after, limit)

    def last_event(self) -> int:
        """Return the number of the newest event of all studies; it only ever rises."""
        return events.last_event(self.database)

    # Who trains

    def trainers(self, study: int) -> tuple[ProcessMark, ...]:
        """List the living processes that have runs of a study in hand."""
        owners = queries.owners(self.database, study)
        marks = [process_of(self.parent / FOLDER, owner) for owner in owners]
        return tuple(mark for mark in marks if mark is not None)

    def _owned(self) -> Owner:
        """Return this store's lock, made at the first claim; a forked process gets one of its own."""
        if self._owner is None or self._owner.pid != os.getpid():
            self._owner = Owner(self.parent / FOLDER)
        return self._owner

    @property
    def _name(self) -> str | None:
        owner = self._owner
        return owner.name if owner is not None and owner.pid == os.getpid() else None

    def _lives(self, owner: str, *, patient: bool = False) -> bool:
        return owner == self._name or lives(self.parent / FOLDER, owner, patient=patient)
