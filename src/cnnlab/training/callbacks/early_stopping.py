"""EarlyStopping: ends a training that no longer gets better."""

from typing import Any

from cnnlab.training.callbacks import checks
from cnnlab.training.callbacks.base import Logs, State
from cnnlab.training.callbacks.monitor import MonitorCallback
from cnnlab.training.callbacks.own import tell


class EarlyStopping(MonitorCallback):
    """End a training whose monitored number has not improved for a while.

    Args:
        monitor: "val_loss", "loss", "val_accuracy", "val_recall", or what an earlier callback puts into ``logs``.
        min_delta: A smaller improvement counts as none; its sign does not matter.
        patience: Epochs without an improvement after which training ends; 0 ends it at the first.
        verbose: 1 prints that it stops.
        mode: "min", "max", or "auto", which knows Keras' names of losses and metrics.
        baseline: A number that must be beaten, too, for an improvement to start the patience anew.
        restore_best_weights: Whether the weights of the best epoch come back at the end, also of a training that was
            not stopped.
        start_from_epoch: Epochs before this one, counted from 0, are not looked at.

    Attributes:
        best: The best number so far.
        best_weights: Those of the best epoch, if they shall be restored.
        best_epoch: Counted from 0.
        stopped_epoch: The epoch that ended the training, counted from 0; 0 if none has.
        wait: Epochs since the last improvement.

    Raises:
        UsageError: If an argument cannot be, or "auto" does not know the monitored number.

    Example:
        >>> EarlyStopping(patience=3, mode="min").arguments()
        {'patience': 3, 'mode': 'min'}
    """

    def __init__(  # noqa: PLR0917 - Keras' order
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = checks.whole(patience, self._place("patience"))
        self.verbose = checks.verbosity(verbose, self._place("verbose"))
        self.baseline = checks.number_or_none(baseline, self._place("baseline"))
        self.restore_best_weights = checks.flag(restore_best_weights, self._place("restore_best_weights"))
        self.start_from_epoch = checks.whole(start_from_epoch, self._place("start_from_epoch"))
        self._forget()

    def _forget(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_weights: list[Any] | None = None
        self.best_epoch = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin anew: one object may serve several trainings."""
        del logs
        self._forget()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare, remember, and stop when patience is over."""
        current = self._current(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self._improves(current, self.best):
            self.best = current
            self.best_epoch = epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self._improves(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience:
            self._stop(epoch)

    def _stop(self, epoch: int) -> None:
        self.stopped_epoch = epoch
        epochs = "1 epoch" if self.wait == 1 else f"{self.wait} epochs"
        self.model.stop_reason = f"EarlyStopping: {self.monitor} has not improved for {epochs}"
        self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Say that it stopped, and put the best weights back."""
        del logs
        if self.stopped_epoch > 0 and self.verbose:
            tell(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                tell(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)

    def get_state(self) -> State:
        """Return what was best, when, with which weights, and how long ago."""
        return {
            "wait": self.wait,
            "stopped_epoch": self.stopped_epoch,
            "best": self.best,
            "best_epoch": self.best_epoch,
            "best_weights": self.best_weights,
        }

    def set_state(self, state: State) -> None:
        """Take it back."""
        self.wait = state["wait"]
        self.stopped_epoch = state["stopped_epoch"]
        self.best = state["best"]
        self.best_epoch = state["best_epoch"]
        self.best_weights = state["best_weights"]
