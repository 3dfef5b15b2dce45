"""All callbacks of one training, called one after the other."""

from collections.abc import Sequence
from typing import Any, Protocol

from cnnlab.errors import NonFiniteLossError
from cnnlab.records import EpochRow
from cnnlab.training.callbacks.base import Callback, Logs, State
from cnnlab.training.logs import named_numbers, numbers_of


class Stoppable(Protocol):
    """What is trained, as far as the loop needs to know it."""

    stop_training: bool


class CallbackList:
    """All callbacks of one training.

    Args:
        callbacks: In the order in which they are called.
        model: What they find as ``self.model``; None for nothing, where there is no callback.
        params: What they find as ``self.params``.
        metrics: The names of the accuracy in their logs.
        epochs_before: Epochs of earlier trainings, which they do not count.
        counted: The names of the further metrics in their logs, in the order in which the model counts.
    """

    def __init__(
        self,
        callbacks: Sequence[Callback] = (),
        model: Stoppable | None = None,
        params: dict[str, Any] | None = None,
        metrics: Sequence[str] = ("accuracy",),
        epochs_before: int = 0,
        counted: Sequence[str] = (),
    ) -> None:
        self._callbacks = tuple(callbacks)
        self._model = model
        self._metrics = tuple(metrics)
        self._counted = tuple(counted)
        self._before = epochs_before
        self.wants_batches = any(callback.hears_batches() for callback in self._callbacks)
        if model is not None:
            model.stop_training = False
        for callback in self._callbacks:
            callback.set_params(dict(params or {}))
            callback.set_model(model)

    @property
    def stopped(self) -> str | None:
        """Return why a callback wants to stop; None if none does."""
        if self._model is None or not self._model.stop_training:
            return None
        return getattr(self._model, "stop_reason", None) or "a callback asked to stop"

    def train_begin(self, states: Sequence[State] | None = None) -> None:
        """Begin; a run that goes on gives each its state back."""
        for callback in self._callbacks:
            callback.on_train_begin({})
        for callback, state in zip(self._callbacks, states or (), strict=states is not None):
            callback.set_state(state)

    def train_end(self, last: EpochRow | None) -> None:
        """End a training that was not interrupted."""
        logs = self._logs(last)
        for callback in self._callbacks:
            callback.on_train_end(logs)

    def epoch_begin(self, epoch: int) -> None:
        """Begin an epoch, counted from 0."""
        for callback in self._callbacks:
            callback.on_epoch_begin(epoch - self._before, {})

    def epoch_end(self, row: EpochRow) -> None:
        """End an epoch; they all see the same logs, and may add to them."""
        logs = self._logs(row)
        for callback in self._callbacks:
            callback.on_epoch_end(row.epoch - 1 - self._before, logs)

    def batch_begin(self, batch: int) -> None:
        """Begin a batch, counted from 0 in its epoch."""
        for callback in self._callbacks:
            callback.on_train_batch_begin(batch, {})

    def batch_end(self, batch: int, loss: float, accuracy: float, further: Sequence[float] = ()) -> None:
        """End a batch; the numbers are means over the epoch so far."""
        logs: Logs = dict(numbers_of(loss, accuracy, further, self._metrics, self._counted))
        for callback in self._callbacks:
            callback.on_train_batch_end(batch, logs)

    def test_begin(self) -> None:
        """Begin a validation."""
        for callback in self._callbacks:
            callback.on_test_begin({})

    def test_end(self, loss: float, accuracy: float, further: Sequence[float] = ()) -> None:
        """End a validation."""
        logs: Logs = dict(numbers_of(loss, accuracy, further, self._metrics, self._counted))
        for callback in self._callbacks:
            callback.on_test_end(logs)

    def handles(self, error: NonFiniteLossError) -> bool:
        """Ask whether a callback takes a loss that is not finite for a quiet end."""
        answers = [callback.on_non_finite_loss(error) for callback in self._callbacks]
        return any(answers)

    def get_state(self) -> list[State]:
        """Return what each remembers."""
        return [callback.get_state() for callback in self._callbacks]

    def _logs(self, row: EpochRow | None) -> Logs:
        return {} if row is None else dict(named_numbers(row, self._metrics, self._counted))
