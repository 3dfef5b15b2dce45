"""Runs as JSON, CSV and NumPy's file, line by line, so that a hundred thousand of them take no memory."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from cnnlab.errors import UsageError, explain
from cnnlab.files import not_written, write_bytes, written_beside
from cnnlab.files.npz import npz_bytes
from cnnlab.records import EpochRow, RunSummary, StoredRun
from cnnlab.store.queries import RunFilter
from cnnlab.store.store import Store
from cnnlab.store.values import as_json, finite

SUFFIXES: Final = (".csv", ".json", ".npz")


def summary_as_dict(run: RunSummary) -> dict[str, Any]:
    """Turn a line of a list into plain values; a loss that JSON cannot hold becomes null."""
    values = run._asdict()
    values["test_loss"] = finite(run.test_loss)
    return values


def run_as_dict(store: Store, run: StoredRun) -> dict[str, Any]:
    """Turn a run into plain values: its line, and all else that the store and its folder have of it."""
    values = summary_as_dict(run.summary)
    values |= {name: value for name, value in asdict(run).items() if name not in {"summary", "study_id", "owner"}}
    values |= {name: finite(values[name]) for name in ("last_val_loss", "best_val_loss")}
    values["history"] = [_epoch(row) for row in store.epochs(run.id)]
    values["predicted_epochs"] = list(store.predicted_epochs(run.id))
    values["checkpoints"] = [asdict(one) for one in store.checkpoints(run.id)]
    values["files"] = [{"file": name, "bytes": size} for name, size in files_of(store.parent, run.summary.folder)]
    return values


def files_of(parent: Path, folder: str) -> list[tuple[str, int]]:
    """List the files of a run with their sizes, named as seen from the folder that holds the store."""
    paths = sorted(path for path in (parent / folder).rglob("*") if path.is_file() and not path.name.startswith("."))
    return [(path.relative_to(parent).as_posix(), path.stat().st_size) for path in paths]


def csv_lines(runs: Iterable[RunSummary]) -> Iterator[str]:
    """Write a heading and a line for each run; nothing stands where there is no value."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(RunSummary._fields)
    for run in runs:
        yield _taken(buffer)
        writer.writerow(run)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def json_lines(values: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Write one JSON array, an element in each line."""
    before = "["
    for value in values:
        yield f"{before}\n{as_json(value)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def export(store: Store, chosen: RunFilter, path: Path) -> int:
    """Write runs into a file, whole or not at all.

    Args:
        store: Where they are.
        chosen: Which of them.
        path: Its ending says how: .csv a line for each, .json all of each, .npz the predictions of one.

    Returns:
        How many runs.

    Raises:
        UsageError: If the ending is none of these, or .npz is asked for with not just one run with predictions.
        CnnlabError: If the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(explain(expected=f"a file that ends in {', '.join(SUFFIXES)}", got=str(path), where="--to"))
    if suffix == ".npz":
        write_bytes(path, _predictions(store, chosen))
        return 1
    total = 0

    def counted() -> Iterator[RunSummary]:
        nonlocal total
        for total, run in enumerate(store.runs(chosen), start=1):  # noqa: B007 - counted for the caller
            yield run

    if suffix == ".csv":
        _write(path, csv_lines(counted()))
    else:
        _write(path, json_lines(run_as_dict(store, store.run(run.id)) for run in counted()))
    return total


def _write(path: Path, texts: Iterable[str]) -> None:
    try:
        with written_beside(path) as draft, draft.open("w", encoding="utf-8", newline="") as file:
            file.writelines(texts)
    except OSError as error:
        raise not_written(path, error) from error


def _predictions(store: Store, chosen: RunFilter) -> bytes:
    """Stack the predictions of one run, a row for each epoch, and put those of the test beside them."""
    runs = list(store.runs(chosen, limit=2))
    if len(runs) != 1:
        got = "none" if not runs else f"{store.count(chosen):,}"
        fix = "Name one: cnnlab runs export ID --to FILE.npz"
        raise UsageError(explain(expected="one run for an .npz", got=got, where="--to", fix=fix))
    epochs = store.predicted_epochs(runs[0].id)
    said = [one for epoch in epochs if (one := store.predictions(runs[0].id, epoch)) is not None]
    if not said:
        raise UsageError(explain(expected="a run with predictions", got="none kept", where=f"run {runs[0].id}"))
    last = store.predictions(runs[0].id, part="test")
    tested = (
        {}
        if last is None
        else {"test_classes": last.classes, "test_true_class_probability": last.true_class_probability}
    )
    arrays = tested | {
        "epochs": np.array(epochs),
        "classes": np.stack([one.classes for one in said]),
        "true_class_probability": np.stack([one.true_class_probability for one in said]),
    }
    return npz_bytes(arrays, compressed=True)


def _epoch(row: EpochRow) -> dict[str, Any]:
    return {name: finite(value) for name, value in row.stored().items()}
