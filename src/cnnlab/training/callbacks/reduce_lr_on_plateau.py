"""ReduceLROnPlateau: smaller steps where large ones no longer help."""

from typing import Any

import numpy as np

from cnnlab.errors import say
from cnnlab.records.checks import Range
from cnnlab.training.callbacks import checks
from cnnlab.training.callbacks.base import Logs, State
from cnnlab.training.callbacks.monitor import MonitorCallback
from cnnlab.training.callbacks.own import tell


class ReduceLROnPlateau(MonitorCallback):
    """Reduce the learning rate when the monitored number has not improved for a while.

    Args:
        monitor: "val_loss", "loss", "val_accuracy", "val_recall", or what an earlier callback puts into ``logs``.
        factor: From 0 to below 1; the new learning rate is the old one times this.
        patience: Epochs without an improvement after which it is reduced.
        verbose: 1 prints that it is.
        mode: "min", "max", or "auto", which knows Keras' names of losses and metrics.
        min_delta: A smaller improvement counts as none; its sign does not matter.
        cooldown: Epochs after a reduction in which nobody waits for an improvement.
        min_lr: The learning rate is not reduced below this.
        old: Keras' older ``epsilon``, which is today's ``min_delta``.

    Raises:
        UsageError: If an argument cannot be, or "auto" does not know the monitored number.
    """

    def __init__(  # noqa: PLR0917 - Keras' order
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **old: Any,  # noqa: ANN401 - checked by name and kind
    ) -> None:
        if "epsilon" in old:
            min_delta = old.pop("epsilon")
            say(f"ReduceLROnPlateau(epsilon=) is an old spelling; it is read as min_delta={min_delta!r}.")
        checks.refuse_unknown(type(self), old)
        super().__init__(monitor, mode, min_delta)
        below_one = Range(0, 1, open_end=True)
        self.factor = checks.number(factor, below_one, self._place("factor"))
        self.patience = checks.whole(patience, self._place("patience"))
        self.verbose = checks.verbosity(verbose, self._place("verbose"))
        self.cooldown = checks.whole(cooldown, self._place("cooldown"))
        self.min_lr = checks.number(min_lr, Range(0), self._place("min_lr"))
        self._forget()

    def _forget(self) -> None:
        self.best = None
        self.wait = 0
        self.cooldown_counter = 0

    def in_cooldown(self) -> bool:
        """Tell whether a reduction was so recent that nobody waits for an improvement."""
        return self.cooldown_counter > 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin anew: one object may serve several trainings."""
        del logs
        self._forget()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Compare, count, and reduce when patience is over; ``logs`` get the epoch's learning rate."""
        logs = {} if logs is None else logs
        logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        current = self._current(logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
        if self._improves(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        old = float(self.model.optimizer.learning_rate)
        # Compared in float32, as Keras does: a rate that an optimizer has rounded on its way is not above the least.
        if not np.float32(old) > np.float32(self.min_lr):
            return
        new = max(old * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        if self.verbose:
            tell(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
        self.cooldown_counter = self.cooldown
        self.wait = 0

    def get_state(self) -> State:
        """Return what was best and how long ago; the learning rate itself is the optimizer's to remember."""
        return {"best": self.best, "wait": self.wait, "cooldown_counter": self.cooldown_counter}

    def set_state(self, state: State) -> None:
        """Take it back."""
        self.best = state["best"]
        self.wait = state["wait"]
        self.cooldown_counter = state["cooldown_counter"]
