"""Keras' ``callbacks``: those of cnnlab's training under Keras' names, and History."""

from typing import TYPE_CHECKING, Any

from cnnlab.keras.absent import absent_names
from cnnlab.keras.display import Cell, this_cell
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

if TYPE_CHECKING:  # start-up time
    from cnnlab.report.notebook.fit import FitView

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
        self._shown: Cell | None = None

    def shown_in(self, cell: "Cell | None") -> None:
        """Note the cell of a notebook that has drawn these numbers already."""
        self._shown = cell

    def __repr__(self) -> str:
        """Say in a line how it ended."""
        from cnnlab.report.notebook.fit import fit_text  # noqa: PLC0415 - only when shown

        return f"<History of {fit_text(self._view())}>"

    def _repr_html_(self) -> str | None:
        """Draw the curves in a notebook; not a second time in the cell that drew them while it trained."""
        from cnnlab.report.notebook.fit import fit_html  # noqa: PLC0415 - only when shown

        if self._shown is not None and self._shown == this_cell():
            return None
        return fit_html(self._view())

    def _view(self) -> "FitView":
        from cnnlab.report.notebook.fit import FitView  # noqa: PLC0415 - only when shown

        return FitView(str(getattr(self.model, "name", "network")), self.history)

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
