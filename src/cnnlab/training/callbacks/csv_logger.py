"""CSVLogger: a line of a table for each epoch."""

import csv
import io
from collections.abc import Iterable
from os import SEEK_END
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from cnnlab.errors import CnnlabError, UsageError, explain, say
from cnnlab.training.callbacks import checks
from cnnlab.training.callbacks.base import Logs, State
from cnnlab.training.callbacks.own import OwnCallback
from cnnlab.training.callbacks.places import in_run_folder, place_of_run


class CSVLogger(OwnCallback):
    """Write the numbers of each epoch into a CSV file, with Keras' columns.

    A run that goes on after an interruption takes away the lines that were written after the moment from which it
    goes on, so that the file is that of a run that never stopped.

    Args:
        filename: Where to; in a study ``{architecture}`` and ``{seed}`` stand for the run's.
        separator: One character between two columns.
        append: Whether to go on with a file that is there; otherwise it is replaced.

    Raises:
        UsageError: If an argument cannot be.

    Example:
        >>> CSVLogger("log.csv", append=True).arguments()
        {'filename': 'log.csv', 'append': True}
    """

    paths: ClassVar = ("filename",)

    def __init__(self, filename: str, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename = checks.path(filename, self._place("filename"))
        self.separator = _separator(separator, self._place("separator"))
        self.append = checks.flag(append, self._place("append"))
        self.keys: list[str] | None = None
        self._bytes = 0  # where the next line begins
        self._has_header = False
        self._is_cut = False  # whether what stood behind that place has been taken away in this training

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Find where to begin; nothing is taken away before the first line, as a run that goes on may keep lines."""
        del logs
        self.keys = None
        self._is_cut = False
        end = self._append(b"")  # it is seen now, and not after an epoch, whether there can be such a file
        self._bytes = end if self.append else 0
        self._has_header = self._bytes > 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the epoch's line, and before the first one the names of the columns."""
        logs = logs or {}
        if not self._is_cut:
            self._cut()
        if self.keys is None:
            self.keys = _columns(logs)
        lines: list[list[Any]] = [] if self._has_header else [["epoch", *self.keys]]
        lines.append([epoch, *(_value(logs.get(key, "NA")) for key in self.keys)])
        self._bytes = self._append(_as_csv(lines, self.separator))
        self._has_header = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Leave no old lines where no epoch was trained, as Keras does."""
        del logs
        if not self._is_cut:
            self._cut()

    def _cut(self) -> None:
        """Take away what is not this run's, or was written after the moment from which it goes on."""
        end = self._append(b"")
        if end < self._bytes:
            say(f"CSVLogger: earlier lines of {self.filename} are gone; those to come are written behind what is left.")
            self._bytes = end
            self._has_header = end > 0
        self._append(b"", self._bytes)
        self._is_cut = True

    def _append(self, content: bytes, cut_at: int | None = None) -> int:
        """Write behind the end, which may be moved first; the file is not kept open, and a crash leaves it whole."""
        file = Path(in_run_folder(place_of_run(self.filename, self.model), self.model))
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("ab") as table:
                if cut_at is not None:
                    table.truncate(cut_at)
                table.write(content)
                return table.seek(0, SEEK_END)
        except OSError as error:
            got, place = error.strerror or str(error), f"CSVLogger, {file}"
            raise CnnlabError(explain(expected="to be able to write", got=got, where=place)) from error

    def get_state(self) -> State:
        """Return the columns and how much has been written."""
        return {"keys": self.keys, "bytes": self._bytes, "has_header": self._has_header}

    def set_state(self, state: State) -> None:
        """Take it back; the next line is written behind what had been written then."""
        self.keys = state["keys"]
        self._bytes = state["bytes"]
        self._has_header = state["has_header"]
        self._is_cut = False


def _separator(value: object, place: str) -> str:
    if isinstance(value, str) and len(value) == 1 and value not in '\r\n"':
        return value
    raise UsageError(explain(expected="one character", got=repr(value), where=place, fix="Write separator=';'."))


def _columns(logs: Logs) -> list[str]:
    """Name the columns as Keras does: sorted, and with columns for validation also where there is none yet."""
    names = sorted(logs)
    has_validation = any(name.startswith("val_") for name in names)
    return names if has_validation else [*names, *(f"val_{name}" for name in names)]


def _value(value: Any) -> Any:  # noqa: ANN401 - whatever a callback has put into logs
    """Write a list of numbers into one cell, as Keras does."""
    is_plain = isinstance(value, str) or (isinstance(value, np.ndarray) and not value.ndim)
    return value if is_plain or not isinstance(value, Iterable) else f'"[{", ".join(map(str, value))}]"'


def _as_csv(lines: list[list[Any]], separator: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(lines)
    return text.getvalue().encode("utf-8")
