"""One study in a folder, started again and again, and what must hold whenever a process of it has ended."""

import io
import json
import sqlite3
import time
from contextlib import closing, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import faulty_disk
import killed_studies
from faulty_disk import Fault
from killing import CrashError, Forked, Life, Mother, Whole, environment, preloaded
from study_outcome import Key, Outcome, file_sum, is_torn, outcome_of

from cnnlab.cli import app
from cnnlab.store import open_store

NO_FAULT: Final = Fault()


@dataclass
class Start:
    """A study's process, as it was started.

    Attributes:
        life: The process.
        moment: When it was started.
        trace: Of its calls.
    """

    life: Life
    moment: float
    trace: Path


@dataclass
class Bench:
    """A folder in which one study is started again and again.

    Attributes:
        folder: Empty at first.
        name: Of the study, in `killed_studies.STUDIES`.
        mother: That forks its processes.
        checkpoint_seconds: Between two checkpoints.
        words: More of the command line.
        finished: Every run that has been seen finished or was reported so, with its sum.
    """

    folder: Path
    name: str
    mother: Mother
    checkpoint_seconds: float = 0.0
    words: tuple[str, ...] = ()
    finished: dict[Key, str] = field(default_factory=dict)
    starts: int = 0

    def __post_init__(self) -> None:
        (self.folder / "study.toml").write_text(killed_studies.STUDIES[self.name])

    @property
    def runs(self) -> Path:
        """Return the folder that holds the runs."""
        return self.folder / "runs"

    def start(self, fault: Fault = NO_FAULT, *, whole: bool = False, words: tuple[str, ...] = ()) -> Start:
        """Start the study, or go on with it."""
        self.starts += 1
        trace = self.folder / f"trace-{self.starts}"
        order = {
            "words": ["run", "study.toml", "--out", str(self.runs), *self.words, *words],
            "folder": str(self.folder),
            "environment": environment()
            | {"CNNLAB_CHECKPOINT_SECONDS": str(self.checkpoint_seconds)}
            | preloaded()
            | fault.environment(self.runs, trace),
            **{name: str(self.folder / name) for name in ("told", "stdout", "stderr")},
        }
        moment = time.monotonic()
        return Start(Whole(order) if whole else Forked(self.mother, order), moment, trace)

    def said(self) -> str:
        """Return what the last process wrote on stderr."""
        return (self.folder / "stderr").read_text(encoding="utf-8", errors="replace")

    def finish(self, *, words: tuple[str, ...] = (), whole: bool = False) -> Start:
        """Run the study to its end."""
        start = self.start(words=words, whole=whole)
        code = start.life.code()
        if code != 0:
            raise CrashError(f"the study does not come to its end: exit code {code}: {self.said()[-2000:]}")
        return start

    # What must hold.

    def look(self) -> dict[Key, str]:
        """Look at the store as a user does, after a process has ended in whatever way.

        Returns:
            The sum of each finished run.

        Raises:
            CrashError: If it cannot be read, if a run reads as running, or if a finished one is gone or another.
        """
        self._hear()
        lines = self._listed()
        running = [line["id"] for line in lines if line["status"] == "running"]
        if running:
            raise CrashError(f"nobody trains, yet {running} read as running")
        found = {(line["architecture"], line["seed"]): line for line in lines}
        done = {key: line["weights_sha256"] for key, line in found.items() if line["status"] == "finished"}
        for key, digest in self.finished.items():
            if done.get(key) != digest:
                raise CrashError(f"a finished run is lost: {key} was {digest}, now {found.get(key)}")
        right = reference(self.name).sums
        for key, digest in done.items():
            if right and digest != right[key]:
                raise CrashError(f"a wrong sum: {key} has {digest}, uninterrupted {right[key]}")
        self.finished |= done
        self._look_inside()
        return done

    def _look_inside(self) -> None:
        """Hold what the store says of a run against its epochs and files; every other file is whole as well."""
        torn = [path for path in self.runs.rglob("*") if not path.name.startswith(".") and is_torn(path)]
        if torn:
            raise CrashError(f"files that are there and not whole: {torn}")
        if not (self.runs / "cnnlab.sqlite").exists():
            return
        with open_store(self.runs, create=False) as store:
            for run in store.runs():
                epochs = [row.epoch for row in store.epochs(run.id)]
                said = [*store.predicted_epochs(run.id)]
                if not epochs == said == [*range(1, run.epochs + 1)]:
                    raise CrashError(f"{run.id}: epochs {epochs}, predictions of {said}, by its row {run.epochs}")
                for checkpoint in store.checkpoints(run.id):
                    if store.read_checkpoint(checkpoint) is None:
                        raise CrashError(f"a checkpoint is named and not there, or not whole: {checkpoint.file}")
                if run.status == "finished" and file_sum(self.runs / run.folder) != run.weights_sha256:
                    raise CrashError(f"the weights of a finished run are not those of its sum: {run.folder}")

    def _hear(self) -> None:
        """Take in what killed processes reported as finished; a last line may be cut off."""
        told = self.folder / "told"
        for line in told.read_text().split("\n")[:-1] if told.exists() else []:
            architecture, seed, digest = json.loads(line)
            self.finished.setdefault((architecture, seed), digest)

    def _listed(self) -> list[dict[str, Any]]:
        path = self.runs / "cnnlab.sqlite"
        if not path.exists():
            if self.finished:
                raise CrashError("the store is gone")
            return []
        try:
            with redirect_stdout(io.StringIO()) as shown:
                app(["runs", "list", "--json", "--out", str(self.runs)], standalone_mode=False)
            lines: list[dict[str, Any]] = json.loads(shown.getvalue())
            with closing(sqlite3.connect(path)) as connection:
                sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
                strangers = connection.execute("PRAGMA foreign_key_check").fetchall()
        except Exception as error:
            raise CrashError(f"unreadable store: {error!r}") from error
        if sound != "ok" or strangers:
            raise CrashError(f"unreadable store: {sound} {strangers}")
        return lines

    def check_end(self) -> None:
        """Hold all that came out against the study that nobody interrupted.

        Raises:
            CrashError: If anything but times differs.
        """
        self.look()
        outcome, uninterrupted = outcome_of(self.runs), reference(self.name).outcome
        ours, theirs = outcome.runs, uninterrupted.runs
        if ours.keys() != theirs.keys():
            raise CrashError(f"other runs: {sorted(ours)} and uninterrupted {sorted(theirs)}")
        for key, run in ours.items():
            for name, value in vars(run).items():
                if value != getattr(theirs[key], name):
                    raise CrashError(f"{key} has another {name}: {value}; uninterrupted: {getattr(theirs[key], name)}")
        if outcome.files != uninterrupted.files:
            raise CrashError(f"other files of callbacks: {outcome.files}; uninterrupted: {uninterrupted.files}")
        studies = [path for path in self.runs.iterdir() if (path / "report.html").exists()]
        if len(studies) != 1 or len(json.loads((studies[0] / "results.json").read_text())["runs"]) != len(theirs):
            raise CrashError(f"not one study with its page and all results: {studies}")


# The study that nobody interrupts.


@dataclass(frozen=True)
class Reference:
    """A study that nobody interrupted.

    Attributes:
        outcome: What came out.
        sums: Of the weights.
        seconds: It took, by the seconds between two checkpoints.
        calls: Names of the calls that change files, by the seconds between two checkpoints.
    """

    outcome: Outcome
    sums: dict[Key, str | None]
    seconds: dict[float, float]
    calls: dict[float, list[str]]


CHECKPOINTS: Final = (0.0, 0.03, 5.0)
_REFERENCES: Final[dict[str, Reference]] = {}


def reference(name: str) -> Reference:
    """Return a study's reference; `make_reference` has made it."""
    return _REFERENCES.get(name) or Reference(Outcome({}, {}), {}, {}, {})


def make_reference(name: str, folder: Path, mother: Mother) -> Reference:
    """Run a study without a crash, with many checkpoints, some and none: all must come to the same."""
    if name in _REFERENCES:
        return _REFERENCES[name]
    outcomes, seconds, calls = [], {}, {}
    for index, every in enumerate(CHECKPOINTS):
        place = folder / f"{name}-{index}"
        place.mkdir(parents=True)
        bench = Bench(place, name, mother, every)
        start = bench.finish()
        seconds[every] = time.monotonic() - start.moment
        calls[every] = [call.name for call in faulty_disk.calls(start.trace) if call.when == "b"]
        outcomes.append(outcome_of(bench.runs))
    if any(one != outcomes[0] for one in outcomes):
        raise CrashError(f"{name}: other results with other seconds between checkpoints")
    sums = {key: run.weights_sha256 for key, run in outcomes[0].runs.items()}
    _REFERENCES[name] = Reference(outcomes[0], sums, seconds, calls)
    return _REFERENCES[name]
