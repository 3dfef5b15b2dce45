"""What is refused of metrics: those that read other labels than the loss, and a class that there is not."""

from collections.abc import Sequence

from cnnlab.arch import Network
from cnnlab.errors import UsageError, explain
from cnnlab.records import Counted, Loss, Metric, SparseCategoricalCrossentropy
from cnnlab.records.metrics import OfPositives, TopK

_OTHER_FORM = {
    "CategoricalAccuracy": "SparseCategoricalAccuracy",
    "TopKCategoricalAccuracy": "SparseTopKCategoricalAccuracy",
}


def check_metrics(network: Network, loss: Loss | None, metrics: Sequence[Counted]) -> None:
    """Refuse metrics that would count nothing sensible.

    Raises:
        UsageError: If there is no loss, if a metric reads other labels than the loss, if its class is none, or if it
            asks for the best of several outputs and there is one.
    """
    for metric in metrics:
        kind = type(metric).__name__
        if loss is None:
            raise UsageError(explain(expected=f"a loss beside {kind}", got="none", where=network.name))
        check_labels(metric, loss)
        classes = network.output_shape[-1]
        if isinstance(metric, TopK) and classes == 1:
            fix = "Write BinaryAccuracy, or 'accuracy'."
            raise UsageError(explain(expected=f"several outputs for {kind}", got="one", where=network.name, fix=fix))
        if isinstance(metric, OfPositives) and metric.class_id is not None and metric.class_id >= classes:
            where = f"{network.name}, {kind}, class_id"
            raise UsageError(
                explain(expected=f"a class from 0 to {classes - 1}", got=str(metric.class_id), where=where)
            )


def check_labels(metric: Metric, loss: Loss) -> None:
    """Refuse a metric that reads labels of another form than the loss does.

    Keras fails there with a message about shapes, or counts what means nothing.

    Raises:
        UsageError: If it does; the message says what to write.
    """
    kind, numbers = type(metric).__name__, isinstance(loss, SparseCategoricalCrossentropy)
    if metric.of_class_numbers == numbers:
        return
    others = {**_OTHER_FORM, **{sparse: plain for plain, sparse in _OTHER_FORM.items()}}
    forms = ("one-hot labels", "class numbers")
    if kind in others:
        fix = f"Write {others[kind]}."
    else:
        fix = "Use y = to_categorical(y) and loss='categorical_crossentropy'."
    raise UsageError(
        explain(
            expected=f"metrics of {forms[numbers]}, which {type(loss).__name__} takes",
            got=f"{kind}, which reads {forms[not numbers]}",
            where="metrics",
            fix=fix,
        )
    )
