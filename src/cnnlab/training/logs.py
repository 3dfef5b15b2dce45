"""An epoch's numbers by Keras' names."""

from collections.abc import Sequence

from cnnlab.records import EpochRow


def named_numbers(row: EpochRow, metrics: Sequence[str] = ("accuracy",)) -> dict[str, float]:
    """Name an epoch's numbers as Keras does: in the order of the alphabet, validation after training.

    Args:
        row: Of the epoch.
        metrics: The names under which the accuracy was asked for.

    Example:
        >>> list(named_numbers(EpochRow(1, 0.5, 0.9, 0.6, 0.8, 1.0)))
        ['accuracy', 'loss', 'val_accuracy', 'val_loss']
    """
    numbers = {"loss": row.loss, **dict.fromkeys(metrics, row.accuracy)}
    named = {name: numbers[name] for name in sorted(numbers)}
    if row.val_loss is not None and row.val_accuracy is not None:
        checked = {"loss": row.val_loss, **dict.fromkeys(metrics, row.val_accuracy)}
        named.update({f"val_{name}": checked[name] for name in sorted(checked)})
    return named
