"""An epoch's numbers by Keras' names."""

from collections.abc import Sequence

from cnnlab.records import EpochRow


def numbers_of(
    loss: float, accuracy: float, further: Sequence[float], metrics: Sequence[str], counted: Sequence[str]
) -> dict[str, float]:
    """Name the numbers of a moment.

    Args:
        loss: The loss.
        accuracy: The accuracy.
        further: What each further metric says.
        metrics: The names under which the accuracy was asked for.
        counted: Those of the further metrics, in their order.

    Example:
        >>> numbers_of(0.5, 0.9, [0.8], ["accuracy"], ["recall"])
        {'loss': 0.5, 'accuracy': 0.9, 'recall': 0.8}
    """
    return {"loss": loss, **dict.fromkeys(metrics, accuracy), **dict(zip(counted, further, strict=bool(counted)))}


def named_numbers(
    row: EpochRow, metrics: Sequence[str] = ("accuracy",), counted: Sequence[str] = ()
) -> dict[str, float]:
    """Name an epoch's numbers as Keras does: in the order of the alphabet, validation after training.

    Args:
        row: Of the epoch.
        metrics: The names under which the accuracy was asked for.
        counted: Those of the further metrics, in their order.

    Example:
        >>> list(named_numbers(EpochRow(1, 0.5, 0.9, 0.6, 0.8, 1.0)))
        ['accuracy', 'loss', 'val_accuracy', 'val_loss']
    """
    numbers = numbers_of(row.loss, row.accuracy, row.metrics, metrics, counted)
    named = {name: numbers[name] for name in sorted(numbers)}
    if row.val_loss is not None and row.val_accuracy is not None:
        checked = numbers_of(row.val_loss, row.val_accuracy, row.val_metrics, metrics, counted)
        named.update({f"val_{name}": checked[name] for name in sorted(checked)})
    return named
