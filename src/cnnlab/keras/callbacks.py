"""Keras' ``callbacks``: those of cnnlab's training under Keras' names, and History."""

from typing import Any

from cnnlab.keras.absent import absent_names
from cnnlab.training.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)

__all__ = [
    "CSVLogger",
    "Callback",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "ReduceLROnPlateau",
    "TerminateOnNaN",
]


class History(Callback):
    """What `Sequential.fit` returns: the numbers of each epoch.

    Attributes:
        history: A list for each metric, by Keras' names in Keras' order: accuracy, loss, val_accuracy, val_loss.
        epoch: The number of each epoch, counted from 0.
        params: ``verbose``, ``epochs`` and ``steps`` of the call.
        model: Which was trained; None before.
    """

    def __init__(self, model: object = None) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.model = model

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Forget the epochs' numbers; the metrics of an earlier call stay in ``history``, as in Keras."""
        del logs
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Append an epoch, with whatever the callbacks before have added to its numbers."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def get_state(self) -> dict[str, Any]:
        """Return the epochs so far."""
        return {"epoch": list(self.epoch), "history": {name: list(numbers) for name, numbers in self.history.items()}}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take them back."""
        self.epoch = list(state["epoch"])
        self.history = {name: list(numbers) for name, numbers in state["history"].items()}


__getattr__ = absent_names(__name__, __all__)
