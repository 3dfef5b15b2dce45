"""The list of metrics that ``compile`` is told, and those of a file."""

from collections.abc import Mapping
from typing import Any, Final

from cnnlab.backends.metric_checks import check_labels
from cnnlab.errors import UsageError, explain
from cnnlab.keras import metrics
from cnnlab.keras.words import say
from cnnlab.records import (
    CategoricalAccuracy,
    Counted,
    Loss,
    Metric,
    Precision,
    Recall,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
)
from cnnlab.records.metrics import METRICS, unique_names

_ACCURACY: Final = ("accuracy", "acc")
_BY_NAME: Final = (*_ACCURACY, "categorical_accuracy", "sparse_categorical_accuracy")
_TAKEN: Final = ("loss", "learning_rate", "epoch")
_PLACE: Final = "compile, metrics"


def read_metrics(told: object, loss: Loss) -> tuple[tuple[str, ...], dict[str, Counted]]:
    """Read what ``compile`` was told.

    Args:
        told: None, a name, or a list of names and metrics.
        loss: Whose labels they read, too.

    Returns:
        The names under which numbers are told, each once, and behind those that are not the accuracy's the metric.

    Raises:
        NotSupportedError: If Keras has a metric and cnnlab does not.
        UsageError: If nobody has it, or it reads other labels than the loss.
    """
    listed = [told] if isinstance(told, str) else told or []
    if not isinstance(listed, list | tuple):
        raise UsageError(explain(expected="a list", got=repr(told), where=_PLACE))
    read = [_read(one, loss) for one in listed]
    names = unique_names(name for name, _ in read)
    return tuple(names), {name: one for name, (_, one) in zip(names, read, strict=True) if one is not None}


def _read(metric: object, loss: Loss) -> tuple[str, Counted | None]:
    """Read one: its name, and what is counted where that is not the accuracy."""
    if metric == "acc":
        say("metrics=['acc'] is an old spelling of metrics=['accuracy']; the history's keys are acc and val_acc.")
    if isinstance(metric, str) and metric.lower() in _ACCURACY:
        return metric, None
    try:
        found = metrics.get(metric)
        check_labels(found, loss)
        _check_name(found)
    except UsageError as error:
        raise type(error)(f"compile, {error}") from None
    return found.name, found if isinstance(found, Counted) else None


def _check_name(metric: Metric) -> None:
    """Refuse a name under which another number is told; in a history one of the two would be lost."""
    if metric.name in _TAKEN or metric.name.startswith("val_"):
        expected = f"a name that is not {', '.join(_TAKEN)} or val_..."
        fix = f"Write name='my_{metric.name}'."
        raise UsageError(explain(expected=expected, got=repr(metric.name), where="metrics, name", fix=fix))


def metric_config(name: str, metric: Counted | None, loss: Loss) -> object:
    """Write a metric as Keras' files do: a name where that says all.

    Args:
        name: Under which its numbers are told.
        metric: What is counted; None for the accuracy.
        loss: Whose labels it reads.
    """
    if metric is None:
        if name.lower() in _BY_NAME:
            return name
        sparse = isinstance(loss, SparseCategoricalCrossentropy)
        metric_kind: type[Metric] = SparseCategoricalAccuracy if sparse else CategoricalAccuracy
        values: dict[str, Any] = {}
    else:
        metric_kind = type(metric)
        values = {key: value for key, value in vars(metric).items() if key != "name"}
        values |= {"top_k": None} if isinstance(metric, Precision | Recall) else {}
    return {
        "module": "keras.metrics",
        "class_name": metric_kind.__name__,
        "config": {"name": name, "dtype": "float32", **values},
        "registered_name": None,
    }


def metric_of_config(kind: str, name: object, arguments: Mapping[str, Any]) -> object:
    """Read a metric of a file, or return its name, which ``compile`` reads or refuses.

    Args:
        kind: Keras' name of the class, or of the metric where there is nothing else.
        name: Its key in the history; None where it is not told.
        arguments: As Keras' class takes them, its name left out.

    Raises:
        NotSupportedError: If an argument is not at the only value that cnnlab has.
        UsageError: If an argument cannot be.
    """
    if kind not in METRICS or not isinstance(name, str):
        return kind
    try:
        made: object = getattr(metrics, kind)(name=name, **arguments)
    except TypeError:  # an argument of another metric
        raise UsageError(
            explain(expected="an argument it has", got=", ".join(arguments), where=f"metric {kind}")
        ) from None
    return made
