"""Callbacks that watch one number and know which side of it is better."""

import re
from typing import Final

from cnnlab.errors import UsageError, did_you_mean, explain, say
from cnnlab.records.metrics import METRICS
from cnnlab.training.callbacks import checks
from cnnlab.training.callbacks.base import Logs
from cnnlab.training.callbacks.own import OwnCallback

_MODES: Final = ("auto", "min", "max")
# What training gives, and whether more of it is better.
_MORE_IS_BETTER: Final = {
    f"{part}{name}": better
    for part in ("", "val_")
    for name, better in (("loss", False), ("accuracy", True), ("acc", True))
}
# Keras' names of metrics, which are all shares of what is right, in either spelling.
_METRICS: Final = frozenset(("accuracy", *(name for kind in METRICS for name in (kind, METRICS[kind]().name))))
_COUNTED_UP: Final = re.compile(r"_\d+$")  # behind a name that several have: precision_1


class MonitorCallback(OwnCallback):
    """What EarlyStopping, ReduceLROnPlateau and ModelCheckpoint share.

    Attributes:
        monitor: The name of the number in ``logs``.
        mode: Which side is better: "min", "max", or "auto", which knows Keras' names of losses and metrics.
        min_delta: By how much a number must be better to count as better; not negative.
        best: The best so far; None before the first.
    """

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        super().__init__()
        self.monitor = checks.text(monitor, self._place("monitor"))
        self.mode = checks.choice(mode, _MODES, self._place("mode"))
        self.min_delta = abs(checks.any_number(min_delta, self._place("min_delta")))
        self.best: float | None = None
        self._maximizes = self._find_direction()
        self._has_complained = False

    def _find_direction(self) -> bool:
        """Decide at once, and not after the first epoch as Keras does, whether more is better."""
        if self.mode != "auto":
            return self.mode == "max"
        if self.monitor in _MORE_IS_BETTER:
            return _MORE_IS_BETTER[self.monitor]
        if _COUNTED_UP.sub("", self.monitor.removeprefix("val_")) in _METRICS:
            return True
        near = did_you_mean(self.monitor, [*_MORE_IS_BETTER, *sorted(_METRICS)])
        fix = f"{near} For a number of your own write mode='min' or mode='max'."
        expected = "a number of which it is known whether more is better"
        raise UsageError(explain(expected=expected, got=repr(self.monitor), where=self._place("monitor"), fix=fix))

    def _current(self, logs: Logs | None) -> float | None:
        """Return the number of this moment; say once that it is missing, as Keras does at every epoch."""
        value = (logs or {}).get(self.monitor)
        if value is not None:
            return float(value)
        if not self._has_complained:
            self._has_complained = True
            there = ", ".join(logs or {}) or "nothing"
            say(f"{type(self).__name__}: there is no {self.monitor} to monitor. Available: {there}.")
        return None

    def _improves(self, value: float, reference: float | None) -> bool:
        """Tell whether a number is better by more than ``min_delta``; anything is better than nothing."""
        if reference is None:
            return True
        return value - self.min_delta > reference if self._maximizes else value + self.min_delta < reference
