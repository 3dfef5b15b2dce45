"""LearningRateScheduler: a learning rate for each epoch, by a function."""

import inspect
from collections.abc import Callable
from numbers import Real
from typing import Any

from cnnlab.errors import UsageError, explain
from cnnlab.records.checks import Range
from cnnlab.training.callbacks import checks
from cnnlab.training.callbacks.base import Logs
from cnnlab.training.callbacks.own import OwnCallback, tell


class LearningRateScheduler(OwnCallback):
    """Set the learning rate at the beginning of every epoch.

    A run that goes on after an interruption is taken to be exact, so the function should depend on its arguments only.

    Args:
        schedule: Called as ``schedule(epoch, learning_rate)``, or ``schedule(epoch)`` where it takes one argument; the
            epoch is counted from 0. Returns the new learning rate.
        verbose: 1 prints it.

    Raises:
        UsageError: If ``schedule`` cannot be called so, or, in training, if it does not return a number.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.verbose = checks.verbosity(verbose, self._place("verbose"))
        self._takes_rate = _takes_rate(schedule, self._place("schedule"))
        self.schedule = schedule

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Ask for the epoch's learning rate and set it."""
        del logs
        before = float(self.model.optimizer.learning_rate)
        answer = self.schedule(epoch, before) if self._takes_rate else self.schedule(epoch)
        rate = _checked(answer, f"LearningRateScheduler, schedule of epoch {epoch}")
        self.model.optimizer.learning_rate = rate
        if self.verbose:
            tell(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Put the learning rate beside the epoch's other numbers."""
        del epoch
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


def _takes_rate(schedule: object, place: str) -> bool:
    """Tell whether a function wants the learning rate beside the epoch; Keras finds out by calling it."""
    if not callable(schedule):
        fix = "Write LearningRateScheduler(lambda epoch, lr: lr * 0.9)."
        raise UsageError(
            explain(expected="a function of epoch and learning rate", got=repr(schedule), where=place, fix=fix)
        )
    try:
        signature = inspect.signature(schedule)
    except ValueError:  # some functions written in C have none
        return True
    for takes_rate, arguments in ((True, (0, 0.1)), (False, (0,))):
        if _fits(signature, arguments):
            return takes_rate
    got = f"one of {signature}"
    raise UsageError(explain(expected="a function of epoch and learning rate, or of epoch", got=got, where=place))


def _fits(signature: inspect.Signature, arguments: tuple[Any, ...]) -> bool:
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return True


def _checked(answer: object, place: str) -> float:
    if isinstance(answer, Real) and not isinstance(answer, bool) and Range(0).holds(float(answer)):
        return float(answer)
    fix = "Return a float from the function, such as lr * 0.9."
    raise UsageError(explain(expected="a learning rate that is not negative", got=repr(answer), where=place, fix=fix))
