"""All that came out of a study but times, to be held against the same study when nobody interrupts it."""

import zipfile
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from cnnlab.records import EpochRow
from cnnlab.store import RunFilter, Store, open_store

Key = tuple[str, int]
# The last bytes of a whole file, by its ending; study.toml has none of its own. The CSV that a callback appends to may
# end in half a line: going on, the callback cuts it off.
_LAST: Final = {".html": b"</html>", ".svg": b"</svg>", ".json": b"}"}


@dataclass(frozen=True)
class RunOutcome:
    """All of a run but times: how it stands, its sums, its epochs, what it said of the test images."""

    status: str
    weights_sha256: str | None
    file_sum: str
    history: list[EpochRow]
    predictions: list[str]
    tested: str
    test_loss: float | None
    reason: str | None


@dataclass(frozen=True)
class Outcome:
    """What came out of a study: its runs by architecture and seed, and the sums of the files that callbacks wrote."""

    runs: dict[Key, RunOutcome]
    files: dict[str, str]


def outcome_of(runs: Path) -> Outcome:
    """Gather what came out of a study that has been run to its end, from the folder that holds its store."""
    with open_store(runs, create=False) as store:
        lines = list(store.runs(RunFilter()))
        found = {(one.architecture, one.seed): _run(store, one.id, runs / one.folder) for one in lines}
    # What callbacks wrote, beside the runs or in them; the files' names say of which run.
    paths = [*runs.parent.rglob("log-*.csv"), *runs.parent.rglob("kept-*.npz")]
    return Outcome(found, {path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(paths)})


def _run(store: Store, identifier: str, folder: Path) -> RunOutcome:
    run = store.run(identifier)
    said = [store.predictions(identifier, epoch) for epoch in store.predicted_epochs(identifier)]
    last = store.predictions(identifier, part="test")
    return RunOutcome(
        status=run.summary.status,
        weights_sha256=run.summary.weights_sha256,
        file_sum=file_sum(folder),
        history=[replace(row, seconds=0.0) for row in store.epochs(identifier)],
        predictions=[sha256(one.true_class_probability.tobytes()).hexdigest() for one in said if one is not None],
        tested="" if last is None else sha256(last.true_class_probability.tobytes()).hexdigest(),
        test_loss=run.summary.test_loss,
        reason=run.reason,
    )


def file_sum(folder: Path) -> str:
    """Return the sum of the weights in a run's file; nothing if it cannot be read."""
    try:
        with np.load(folder / "weights.npz") as weights:
            return sha256(b"".join(weights[name].astype("<f4").tobytes() for name in weights.files)).hexdigest()
    except (OSError, ValueError, zipfile.BadZipFile):
        return ""


def is_torn(path: Path) -> bool:
    """Say whether a file ends where it should not."""
    last = _LAST.get(path.suffix)
    return last is not None and path.is_file() and not path.read_bytes().endswith((last, last + b"\n"))
