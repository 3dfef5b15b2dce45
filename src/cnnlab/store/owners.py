"""Who trains a run: a lock on a file, which the operating system lets go of when a process ends, however it ends."""

import contextlib
import os
import re
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cnnlab.errors import CnnlabError, explain
from cnnlab.store.processes import ProcessMark, as_text, from_text, own_mark

if TYPE_CHECKING:
    from filelock import FileLock

FOLDER: Final = ".owners"
_NAME: Final = re.compile("[0-9a-f]{32}")
_PATIENCE: Final = 0.25  # seconds; another process that asks the same holds a dead owner's lock for a moment
_YOUNG: Final = 60.0  # seconds; a file may be seen before its maker has locked it


class Owner:
    """What a process holds from its first claim until it closes its store or dies."""

    def __init__(self, folder: Path) -> None:
        """Make a lock file of its own and lock it; sweep those of the dead.

        Args:
            folder: Of all owners of a store; made if need be.

        Raises:
            CnnlabError: If it cannot be written.
        """
        self.pid = os.getpid()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._path, self._lock = _locked(folder)
            # Beside the lock: whoever asks whether it is held would empty the lock file.
            _mark_file(self._path).write_text(as_text(own_mark()), encoding="ascii")
        except OSError as error:
            raise CnnlabError(
                explain(
                    expected="a folder for locks that can be written",
                    got=error.strerror or str(error),
                    where=str(folder),
                    fix="Free some space or choose another folder with --out DIR.",
                )
            ) from error
        self.name = self._path.stem
        _sweep(folder)

    def release(self) -> None:
        """Let go and remove the file; without effect in a process that was forked from the owner's."""
        if self.pid != os.getpid():
            return
        with contextlib.suppress(OSError):  # Windows removes no file that is open
            _mark_file(self._path).unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
        self._lock.release()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def lives(folder: Path, name: str, *, patient: bool = False) -> bool:
    """Say whether an owner's process still holds its lock; the file of a dead one is removed.

    Args:
        folder: Of all owners of a store.
        name: As a run's row has it.
        patient: Whether to look twice, so that somebody else who is just asking is not taken for the owner.
    """
    path = folder / f"{name}.lock"
    if not _NAME.fullmatch(name) or not path.exists():
        return False
    from filelock import Timeout  # noqa: PLC0415 - start-up time: only where a run is said to be running

    lock = _lock(path)
    try:
        lock.acquire(timeout=_PATIENCE if patient else 0, poll_interval=0.02)
    except Timeout:
        return True
    except OSError:
        return path.exists()  # nobody can ask here: better to leave it to whoever may hold it
    with contextlib.suppress(OSError):
        _mark_file(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    lock.release()
    return False


def process_of(folder: Path, name: str) -> ProcessMark | None:
    """Say which process an owner is; None if it has died or its version did not write it down."""
    if not lives(folder, name):
        return None
    try:
        return from_text(_mark_file(folder / f"{name}.lock").read_text(encoding="ascii", errors="replace"))
    except OSError:
        return None


def _mark_file(lock: Path) -> Path:
    return lock.with_suffix(".pid")


def _lock(path: Path) -> "FileLock":
    from filelock import FileLock  # noqa: PLC0415 - start-up time

    # Not thread-local: whoever closes the store may be another thread than the one that claimed first.
    return FileLock(path, thread_local=False)


def _locked(folder: Path) -> tuple[Path, "FileLock"]:
    """Make and lock a new file; a sweep that came between the two is answered with another name."""
    from filelock import Timeout  # noqa: PLC0415 - start-up time

    while True:
        path = folder / f"{uuid.uuid4().hex}.lock"
        lock = _lock(path)
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0)
            if path.exists():
                return path, lock
            lock.release()


def _sweep(folder: Path) -> None:
    for path in folder.glob("*.lock"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _YOUNG:
                lives(folder, path.stem)
