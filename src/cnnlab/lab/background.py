"""Studies trained in processes of their own, which outlive whoever began them: begun, watched, stopped, gone on with.

What is known of such a process stands in the study's folder, so that another program, or the same one begun anew, finds
it again: `process` has its mark, `training.log` what it says.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from cnnlab.backends import get_backend
from cnnlab.errors import CnnlabError, explain
from cnnlab.experiments import prepare_all, provenance
from cnnlab.files import write_text
from cnnlab.lab.book import StudyBook
from cnnlab.lab.conduct import used_of
from cnnlab.lab.own_data import load_data
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import RunSummary, StoredStudy
from cnnlab.store import RunFilter, Store
from cnnlab.store.processes import ProcessMark, alive, as_text, from_text, interrupt, mark_of

Standing = Literal["training", "writing", "stopped", "finished", "failed"]
"""How a study stands; while its page is written no run is in hand anymore, and nobody is left to be stopped."""

LOG: Final = "training.log"
_PROCESS: Final = "process"
_STOPPING: Final = f"{_PROCESS}-stopping"
_TAIL: Final = 16_384  # bytes
_LINES: Final = 20
_OURS: Final = "cnnlab: "
_STOPPED: Final = ("cnnlab: interrupted.", "This goes on where it stopped", "KeyboardInterrupt")
_CRASHED: Final = "Traceback (most recent call last):"


class BusyError(CnnlabError):
    """A study that is in training, or is not, where it should be otherwise."""


@dataclass(frozen=True)
class Begun:
    """A study that is in the store with all its planned runs.

    Attributes:
        study: Its number.
        folder: Its folder.
        missing: How many runs are not at their end.
    """

    study: int
    folder: Path
    missing: int


def begin(store: Store, plan: StudyPlan, *, offline: bool = False) -> Begun:
    """Check a plan as training would, and put its study and its runs into the store; nothing is trained.

    Args:
        store: That shall keep it.
        plan: The study; the same one asked for again is found again.
        offline: Never use the network for data.

    Raises:
        DataError: If the data do not fit an architecture.
        DataUnavailableError: If no source has them.
    """
    plan, whole = load_data(plan, offline=offline)
    split = used_of(whole, plan)
    prepare_all(plan.architectures, split)
    book = StudyBook(store, plan, provenance(get_backend(plan.backend), split, None))
    if book.missing:
        book.folder.write_study(plan_as_toml(plan))
    (study,) = (one.id for one in store.studies() if one.folder == book.folder.path.name)
    return Begun(study, book.folder.path, len(book.missing))


def start(store: Store, begun: Begun, *, offline: bool = False) -> None:
    """Train what a study lacks, in a process of its own; nothing is done where nothing is missing.

    Raises:
        BusyError: If it is in training already.
    """
    study = known(store, begun.study)
    _check_idle(store, study)
    if begun.missing:
        file = begun.folder / "study.toml"
        _spawn(begun.folder, ["run", str(file.resolve()), *_ending(store, offline=offline)])


def resume(store: Store, study: StoredStudy, *, offline: bool = False) -> None:
    """Go on with the runs of a study that are not at their end, in a process of its own.

    Raises:
        BusyError: If it is in training, or all its runs have come to their end.
    """
    _check_idle(store, study)
    runs = [run.id for run in store.runs(RunFilter(study_id=study.id)) if run.status in {"interrupted", "planned"}]
    if not runs:
        raise BusyError(explain(expected="runs to go on with", got="none", where=study.folder))
    _spawn(_folder(store, study), ["runs", "resume", *runs, *_ending(store, offline=offline)])


def stop(store: Store, study: StoredStudy) -> None:
    """Stop the training of a study as Ctrl-C would: everything is kept.

    Raises:
        BusyError: If nobody trains it, or its page is being written: nothing would come of stopping that.
    """
    if _stands(store, study) == "writing":
        got = "one whose report is being written"
        raise BusyError(explain(expected="a study in training", got=got, where=study.folder))
    marks = _marks(store, study)
    # A second Ctrl-C would stop at once, in the middle: each process is asked once.
    asked = [_asked_once(store, study, mark) for mark in marks]
    if not any(asked):
        raise BusyError(explain(expected="a study in training", got="one that nobody trains", where=study.folder))


def standing(store: Store, study: StoredStudy, runs: Sequence[RunSummary]) -> Standing:
    """Say how a study stands: by its runs, by its process, and by that process' last words."""
    mark, over = _living(store, study), bool(runs) and all(run.status in {"finished", "failed"} for run in runs)
    if any(run.status == "running" for run in runs) or (mark and not over and not _was_asked(store, study, mark)):
        return "training"
    if mark:
        return "writing"
    if over:
        return "finished" if any(run.status == "finished" for run in runs) else "failed"
    return "failed" if last_words(store, study) else "stopped"


def last_words(store: Store, study: StoredStudy) -> tuple[str, ...]:
    """Return the last lines of the log where the process ended with an error; none where it did not."""
    try:
        with (_folder(store, study) / LOG).open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - _TAIL, 0))
            lines = [line.rstrip() for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
    except OSError:
        return ()
    if not lines or lines[-1].startswith(_STOPPED):
        return ()
    return tuple(lines[-_LINES:]) if lines[-1].startswith(_OURS) or _CRASHED in lines else ()


def known(store: Store, number: int) -> StoredStudy:
    """Return a study by its number.

    Raises:
        LookupError: If the store has none.
    """
    found = next((one for one in store.studies() if one.id == number), None)
    if found is None:
        raise LookupError(number)
    return found


def _ending(store: Store, *, offline: bool) -> list[str]:
    return ["--out", str(store.parent.resolve()), *(["--offline"] if offline else [])]


def _folder(store: Store, study: StoredStudy) -> Path:
    return store.parent / study.folder


def _stands(store: Store, study: StoredStudy) -> Standing:
    return standing(store, study, list(store.runs(RunFilter(study_id=study.id))))


def _check_idle(store: Store, study: StoredStudy) -> None:
    busy = {
        "training": ("one in training", "Stop it or wait for its end."),
        "writing": ("one whose report is being written", "That takes some seconds."),
    }
    found = busy.get(_stands(store, study))
    if found is not None:
        wanted, (got, fix) = "a study that nobody trains", found
        raise BusyError(explain(expected=wanted, got=got, where=study.folder, fix=fix))


# Processes.


def _spawn(folder: Path, words: list[str]) -> None:
    """Start a verb of the command line in a session of its own; what it says goes into the study's log."""
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":  # pragma: no cover - not tried
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    try:
        with (folder / LOG).open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - own words and paths, no shell
                [sys.executable, "-m", "cnnlab", *words],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
                **apart,
            )
    except OSError as error:
        raise CnnlabError(
            explain(expected="to begin a process", got=error.strerror or str(error), where=str(folder))
        ) from error
    write_text(folder / _PROCESS, as_text(mark_of(process.pid)))
    # Somebody must ask how it ended, or it stays as a zombie; that thread keeps nobody from ending.
    threading.Thread(target=process.wait, daemon=True).start()


def _marks(store: Store, study: StoredStudy) -> set[ProcessMark]:
    """List the living processes that train a study: the one that was begun for it, and any other that has its runs."""
    kept = _living(store, study)
    return {mark for mark in (kept, *store.trainers(study.id)) if mark is not None and alive(mark)}


def _living(store: Store, study: StoredStudy) -> ProcessMark | None:
    """Return the process that was begun for a study, if it lives."""
    mark = _mark_in(_folder(store, study) / _PROCESS)
    return mark if mark is not None and alive(mark) else None


def _was_asked(store: Store, study: StoredStudy, mark: ProcessMark) -> bool:
    """Say whether a process has been asked to stop."""
    return _mark_in(_folder(store, study) / _STOPPING) == mark


def _mark_in(file: Path) -> ProcessMark | None:
    try:
        return from_text(file.read_text(encoding="ascii", errors="replace"))
    except OSError:
        return None


def _asked_once(store: Store, study: StoredStudy, mark: ProcessMark) -> bool:
    """Interrupt a process unless that has been done before, by whomever."""
    if _was_asked(store, study, mark):
        return alive(mark)
    sent = interrupt(mark)
    if sent:
        with contextlib.suppress(CnnlabError):
            write_text(_folder(store, study) / _STOPPING, as_text(mark))
    return sent
