"""A stage on which a callback plays a training without a network: ours and real Keras' alike."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

Logs = dict[str, float]

# Few values, so that many are equal or just as far apart as min_delta; some that no comparison likes.
NUMBERS = st.sampled_from([0.1, 0.2, 0.25, 0.3, 0.30000000000000004, 0.5, 1.0, float("inf"), float("nan")])
ROWS = st.lists(
    st.fixed_dictionaries({"accuracy": NUMBERS, "loss": NUMBERS, "val_accuracy": NUMBERS, "val_loss": NUMBERS}),
    min_size=1,
    max_size=10,
)


@dataclass
class Stage:
    """What a callback may use of a model, and all that it did to it."""

    learning_rate: float = 0.125
    name: str = "a/b net"
    seed: int = 7
    stop_training: bool = False
    stop_reason: str | None = None
    weights: list[npt.NDArray[Any]] = field(default_factory=list)
    saved: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.optimizer = SimpleNamespace(learning_rate=self.learning_rate)

    def get_weights(self) -> list[npt.NDArray[Any]]:
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights: Sequence[npt.NDArray[Any]]) -> None:
        self.weights = [weight.copy() for weight in weights]

    def save_weights(self, path: str, overwrite: bool = True) -> None:
        assert overwrite
        self.saved.append((str(path), float(self.weights[0][0])))

    save = save_weights


@dataclass(frozen=True)
class Moment:
    """One hook's turn."""

    hook: str
    number: int
    logs: Logs | None
    weight: float


def moments(rows: Sequence[Logs], batches: int = 0) -> list[Moment]:
    """Return the hooks of a whole training but for its two ends."""
    return list(_moments(rows, batches))


def _moments(rows: Sequence[Logs], batches: int) -> Iterator[Moment]:
    for epoch, row in enumerate(rows):
        yield Moment("on_epoch_begin", epoch, None, epoch)
        for batch in range(batches):
            done = {name: value for name, value in row.items() if not name.startswith("val_")}
            yield Moment("on_train_batch_end", batch, done, epoch + batch / 100)
        yield Moment("on_epoch_end", epoch, dict(row), epoch + 0.5)


def play(callback: Any, stage: Stage, some: Sequence[Moment]) -> list[tuple[Any, ...]]:  # noqa: ANN401 - Keras' or ours
    """Call some hooks in turn until the callback stops the training; return what was seen after each."""
    seen = []
    for moment in some:
        if stage.stop_training:
            break
        stage.weights = [np.full(2, moment.weight)]
        logs = None if moment.logs is None else dict(moment.logs)
        getattr(callback, moment.hook)(moment.number, logs)
        seen.append((moment.hook, moment.number, logs, stage.optimizer.learning_rate, stage.stop_training))
    return seen


def whole(callback: Any, some: Sequence[Moment]) -> tuple[Stage, str, list[tuple[Any, ...]]]:  # noqa: ANN401 - likewise
    """Play a whole training; return the stage, what was printed and what was seen."""
    stage = Stage()
    callback.set_model(stage)
    with redirect_stdout(io.StringIO()) as printed:
        callback.on_train_begin()
        seen = play(callback, stage, some)
        callback.on_train_end()
    return stage, printed.getvalue(), seen


def through_files(state: dict[str, Any]) -> dict[str, Any]:
    """Send a state through JSON and a file of arrays, as a checkpoint does."""
    arrays: list[npt.NDArray[Any]] = []

    def out(value: Any) -> Any:  # noqa: ANN401 - whatever a state may hold
        if isinstance(value, np.ndarray):
            arrays.append(value)
            return {"array": len(arrays) - 1}
        if isinstance(value, dict):
            return {key: out(inner) for key, inner in value.items()}
        return [out(inner) for inner in value] if isinstance(value, list) else value

    text = json.dumps(out(state))
    buffer = io.BytesIO()
    np.savez(buffer, *arrays, allow_pickle=False)
    buffer.seek(0)
    stored = np.load(buffer, allow_pickle=False)

    def back(value: Any) -> Any:  # noqa: ANN401 - likewise
        if isinstance(value, dict) and set(value) == {"array"}:
            return stored[f"arr_{value['array']}"]
        if isinstance(value, dict):
            return {key: back(inner) for key, inner in value.items()}
        return [back(inner) for inner in value] if isinstance(value, list) else value

    return back(json.loads(text))
