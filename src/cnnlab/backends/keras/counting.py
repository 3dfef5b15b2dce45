"""Keras' own metric objects, and the two counts that their variables hold after a step.

Keras' ``train_on_batch`` returns each metric's value, which is no count. The value is made of the metric's variables,
and these are read: of Precision and Recall two counts as they are, of a mean the sum over the images and their number.
"""

from typing import Any

import numpy as np

from cnnlab.backends.keras.real import real_keras
from cnnlab.records import BinaryAccuracy, Counted, Counts
from cnnlab.records.metrics import OfPositives, TopK


class KerasCounter:
    """A metric of Keras' that is reset before each step.

    Args:
        metric: What it counts.
        left_out: The activation that belongs behind the outputs of the model that is trained, and that it lacks.

    Attributes:
        metric: Keras' object, for ``compile``.
    """

    def __init__(self, metric: Counted, *, left_out: str | None) -> None:
        kind = getattr(real_keras().metrics, type(metric).__name__)
        self._counted = metric
        self.metric = (_behind(left_out, kind) if left_out else kind)(**_arguments(metric))

    def counts(self, images: int, classes: int) -> Counts:
        """Return what was counted since the reset.

        Args:
            images: In the batch.
            classes: Entries of each output.
        """
        first, second = (float(np.sum(real_keras().ops.convert_to_numpy(one))) for one in self.metric.variables)
        if isinstance(self._counted, OfPositives):
            return round(first), round(second)
        # A mean over all entries comes as a sum over the images of the share of each.
        entries = classes if isinstance(self._counted, BinaryAccuracy) else 1
        right = round(first * entries)
        return right, images * entries - right


def _arguments(metric: Counted) -> dict[str, Any]:
    if isinstance(metric, BinaryAccuracy):
        return {"threshold": metric.threshold}
    if isinstance(metric, TopK):
        return {"k": metric.k}
    return {"thresholds": metric.thresholds, "class_id": metric.class_id}


def _behind(activation: str, kind: Any) -> Any:  # noqa: ANN401 - Keras has no types
    """Return a kind of metric that sees what an activation makes of what the others see."""
    activate = getattr(real_keras().ops, activation)

    class Behind(kind):  # type: ignore[misc]
        """A metric of Keras' behind an activation."""

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # noqa: ANN401
            """Count what the network would have given."""
            return super().update_state(y_true, activate(y_pred), sample_weight)

    return Behind
