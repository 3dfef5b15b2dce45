"""Keras' ``callbacks``: History, and a message for each of the others."""

from collections.abc import Sequence
from typing import Any

from cnnlab.keras.absent import absent_names
from cnnlab.records import EpochRow

__all__ = ["History"]


class History:
    """What `Sequential.fit` returns: the numbers of each epoch.

    Attributes:
        history: A list for each metric, by Keras' names in Keras' order: accuracy, loss, val_accuracy, val_loss.
        epoch: The number of each epoch, counted from 0.
        params: ``verbose``, ``epochs`` and ``steps`` of the call.
        model: Which was trained; None before.
    """

    def __init__(self, model: object = None) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.params: dict[str, Any] = {}
        self.model = model

    def begin(self, model: object, params: dict[str, Any]) -> None:
        """Take what `fit` is about to do; epochs of an earlier call stay in ``history``, as in Keras."""
        self.model = model
        self.params = params
        self.epoch = []

    def add(self, row: EpochRow, metrics: Sequence[str]) -> None:
        """Append an epoch.

        Args:
            row: Its numbers; ``row.epoch`` is counted from 1.
            metrics: The names under which the accuracy was asked for.
        """
        self.epoch.append(row.epoch - 1)
        for name, value in named_numbers(row, metrics).items():
            self.history.setdefault(name, []).append(value)


def named_numbers(row: EpochRow, metrics: Sequence[str]) -> dict[str, float]:
    """Name an epoch's numbers as Keras does: in the order of the alphabet, validation after training."""
    numbers = {"loss": row.loss, **dict.fromkeys(metrics, row.accuracy)}
    named = {name: numbers[name] for name in sorted(numbers)}
    if row.val_loss is not None and row.val_accuracy is not None:
        checked = {"loss": row.val_loss, **dict.fromkeys(metrics, row.val_accuracy)}
        named.update({f"val_{name}": checked[name] for name in sorted(checked)})
    return named


__getattr__ = absent_names(__name__, __all__)
