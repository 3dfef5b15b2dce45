"""The folder of one study: what was asked, where it ran, what came out, as it comes out.

notebook-20261122-150405/
    study.toml              the resolved study; runs again
    environment.json        provenance
    results.json            one object for each run, written when it ends
    report.html             the page
    latency.json            how long predicting takes, measured as the study ended
    reproduction.json       published numbers among ours, where `cnnlab reproduce` was asked
    diagnosis.json          what costs a network accuracy, where the study is a diagnosis'
    training.log            what its process said, where the study was begun or gone on with from the live page
    process                 which process that is; process-stopping: that it was asked to stop
    architecture-1/seed-0/
        checkpoint-*.bin    all that the run needs to go on: the last two, and the one of the lowest validation loss
        history.csv         at the end, a line for each epoch
        weights.npz         at the end, by layer and name, in Keras' order

Epochs and what the network said of each test image after them are in the database beside the folders, as they happen.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy.typing as npt

from cnnlab.errors import CnnlabError, UsageError, explain
from cnnlab.files import write_bytes, write_text
from cnnlab.files.npz import npz_bytes, read_npz
from cnnlab.records import EpochRow, Provenance, RunKey, StudyResult
from cnnlab.store.result_json import result_as_dict

WEIGHTS: Final = "weights.npz"
"""What a run's final weights are called in its folder."""
_ATTEMPTS = 1000
# The study's own files, and names that Windows keeps for devices.
_TAKEN = frozenset(
    ["study.toml", "environment.json", "results.json", "report.html", "sample.svg", "con", "prn", "aux", "nul"]
    + ["latency.json", "reproduction.json", "diagnosis.json", "training.log", "process", "process-stopping"]
    + [f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10)]
)


def create_run_folder(
    parent: Path, name: str, architectures: Sequence[str], moment: datetime | None = None
) -> "RunFolder":
    """Make a new folder for a study; it never is one that exists.

    Args:
        parent: The folder that holds the runs; made if need be.
        name: The study's.
        architectures: Those that will be trained; each gets a folder of its own.
        moment: When it began; now if left out.

    Raises:
        UsageError: If the folder cannot be made.
    """
    stamp = (moment or datetime.now().astimezone()).strftime("%Y%m%d-%H%M%S")
    stem = f"{file_name(name)}-{stamp}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        for attempt in range(_ATTEMPTS):
            path = parent / (stem if attempt == 0 else f"{stem}-{attempt + 1}")
            try:
                path.mkdir()
            except FileExistsError:
                if not path.is_dir() and not path.exists():
                    raise
                continue
            return RunFolder(path, folder_names(architectures))
    except OSError as error:
        raise UsageError(
            explain(
                expected="a folder for the runs that can be written",
                got=error.strerror or str(error),
                where=str(parent),
                fix="Choose another with --out DIR.",
            )
        ) from error
    raise CnnlabError(explain(expected="a free name for the run's folder", got=f"{stem} taken", where=str(parent)))


def file_name(name: str) -> str:
    """Turn any name into one that every file system takes: letters, digits, dots and hyphens."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:80].rstrip("-.") or "study"


def folder_names(architectures: Sequence[str]) -> dict[str, str]:
    """Give each architecture a folder name of its own, also where a file system takes "Net" and "net" for one.

    Example:
        >>> folder_names(["a/b", "a b", "A-B", "con"])
        {'a/b': 'a-b', 'a b': 'a-b-2', 'A-B': 'A-B-3', 'con': 'con-2'}
    """
    taken = set(_TAKEN)
    names = {}
    for architecture in architectures:
        stem = file_name(architecture)
        tries = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
        names[architecture] = next(name for name in tries if name.casefold() not in taken)
        taken.add(names[architecture].casefold())
    return names


@dataclass(frozen=True)
class RunFolder:
    """A study's folder on the disk.

    Attributes:
        path: Where it is.
        folders: The folder name of each architecture in it.
    """

    path: Path
    folders: dict[str, str]

    def of_run(self, key: RunKey) -> Path:
        """Return the folder of one run, made if need be."""
        above = self.path / self.folders[key.architecture]
        return _made(_made(above) / f"seed-{key.seed}")

    def write_study(self, toml: str) -> None:
        """Keep the resolved study."""
        write_text(self.path / "study.toml", toml)

    def write_environment(self, provenance: Provenance) -> None:
        """Keep where it ran."""
        write_text(self.path / "environment.json", json.dumps(asdict(provenance), indent=2) + "\n")

    def write_history(self, key: RunKey, history: Sequence[EpochRow]) -> None:
        """Write all epochs of a run as a table."""
        names = [field.name for field in fields(EpochRow)]
        lines = [names, *([_csv_value(getattr(row, name)) for name in names] for row in history)]
        write_text(self.of_run(key) / "history.csv", "".join(f"{_csv_line(line)}\n" for line in lines))

    def write_weights(self, key: RunKey, names: Sequence[str], weights: Sequence[npt.NDArray[Any]]) -> None:
        """Keep a run's final weights, by "layer/weight", in Keras' order."""
        _write_npz(self.of_run(key) / WEIGHTS, dict(zip(names, weights, strict=True)))

    def read_weights(self, key: RunKey) -> tuple[npt.NDArray[Any], ...]:
        """Read a run's final weights, in Keras' order.

        Raises:
            CnnlabError: If they are not there or damaged.
        """
        path = self.weights_file(key)
        try:
            return tuple(read_npz(path).values())
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            raise CnnlabError(explain(expected="the weights of a run", got=str(error), where=str(path))) from error

    def weights_file(self, key: RunKey) -> Path:
        """Say where a run's final weights are, or will be."""
        return self.path.parent / self.relative(key) / WEIGHTS

    def relative(self, key: RunKey) -> str:
        """Return the folder of one run, relative to the folder that holds the study's, with "/" between."""
        return f"{self.path.name}/{self.folders[key.architecture]}/seed-{key.seed}"

    def write_results(self, result: StudyResult) -> None:
        """Keep the results of all runs so far."""
        document = result_as_dict(result)
        for run in document["runs"]:
            run["folder"] = f"{self.folders[run['architecture']]}/seed-{run['seed']}"
        write_text(self.path / "results.json", json.dumps(document, indent=2) + "\n")


def _made(folder: Path) -> Path:
    """Make a folder in one that is there; a study's folder that was removed is not made again."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        fix = "If the study's folder was moved or removed, run the study again."
        raise CnnlabError(
            explain(expected="to be able to write", got=error.strerror or str(error), where=str(folder), fix=fix)
        ) from error
    return folder


def _csv_value(value: float | None) -> str:
    """Write a number so that reading it gives the same number; nothing for None."""
    return "" if value is None else repr(value)


def _csv_line(values: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow(values)
    return buffer.getvalue()


def _write_npz(path: Path, arrays: dict[str, npt.NDArray[Any]]) -> None:
    """Write arrays whole, read back before they take their place."""
    write_bytes(path, npz_bytes(arrays, compressed=True))
