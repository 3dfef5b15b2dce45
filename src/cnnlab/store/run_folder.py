"""The folder of one study: what was asked, where it ran, what came out, as it comes out.

notebook-20261122-150405/
    study.toml              the resolved study; runs again
    environment.json        provenance
    results.json            one object for each run, written when it ends
    report.html             the page
    sample.svg              one training image
    architecture-1/seed-0/
        history.csv         a line for each epoch, appended as it ends
        weights.npz         at the end, by layer and name, in Keras' order
        predictions/        epoch-001.npz: class and probability of the true class for each test image
        loss.svg accuracy.svg
"""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.errors import CnnlabError, UsageError, explain
from cnnlab.files import append_line, write_bytes, write_text
from cnnlab.records import EpochRow, Provenance, RunKey, StudyResult, TestPredictions
from cnnlab.store.result_json import result_as_dict

_ATTEMPTS = 1000
# The study's own files, and names that Windows keeps for devices.
_TAKEN = frozenset(
    ["study.toml", "environment.json", "results.json", "report.html", "sample.svg", "con", "prn", "aux", "nul"]
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

    def append_epoch(self, key: RunKey, row: EpochRow) -> None:
        """Add an epoch to the run's history, and the heading before the first."""
        path = self.of_run(key) / "history.csv"
        if not path.exists():
            append_line(path, _csv_line([field.name for field in fields(EpochRow)]))
        append_line(path, _csv_line([_csv_value(getattr(row, field.name)) for field in fields(EpochRow)]))

    def write_predictions(self, key: RunKey, epoch: int, predictions: TestPredictions) -> None:
        """Keep what the network said of each test image after an epoch."""
        folder = _made(self.of_run(key) / "predictions")
        _write_npz(
            folder / f"epoch-{epoch:03d}.npz",
            {
                "classes": predictions.classes,
                "true_class_probability": predictions.true_class_probability,
            },
        )

    def write_weights(self, key: RunKey, names: Sequence[str], weights: Sequence[npt.NDArray[Any]]) -> None:
        """Keep a run's final weights, by "layer/weight", in Keras' order."""
        _write_npz(self.of_run(key) / "weights.npz", dict(zip(names, weights, strict=True)))

    def write_figure(self, name: str, svg: str, key: RunKey | None = None) -> None:
        """Keep a figure, of a run or of the whole study."""
        write_text((self.of_run(key) if key else self.path) / f"{name}.svg", svg)

    def write_results(self, result: StudyResult) -> None:
        """Keep the results of all runs so far."""
        document = result_as_dict(result)
        for run in document["runs"]:
            run["folder"] = f"{self.folders[run['architecture']]}/seed-{run['seed']}"
        write_text(self.path / "results.json", json.dumps(document, indent=2) + "\n")

    def write_page(self, html: str) -> Path:
        """Keep the page, and return where it is."""
        path = self.path / "report.html"
        write_text(path, html)
        return path


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
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_bytes(path, buffer.getvalue())
