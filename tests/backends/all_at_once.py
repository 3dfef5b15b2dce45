"""Small trainings that have it all: losses of each output or of classes, weights of images, rules, metrics, patience.

Each part is proved alone in a file of its own; these show what one does to another.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from metric_cases import OF_NUMBERS, OF_ROWS
from random_networks import Case

from cnnlab.arch import Layer, chain
from cnnlab.arch.constraints import MaxNorm
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten
from cnnlab.arch.regularizers import L1L2, L2
from cnnlab.backends import Backend, Model
from cnnlab.records import (
    Adam,
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Counted,
    Examples,
    Loss,
    MeanSquaredError,
    Precision,
    Recall,
    SparseCategoricalCrossentropy,
)

_IMAGES: Final = 70
_BATCH: Final = 41  # three tiles, of which the last has 9 images; then 29 images in two
_RULES: Final[dict[str, Any]] = {"kernel_regularizer": L1L2(1 / 64, 1 / 32), "kernel_constraint": MaxNorm(1.1)}

OF_ONE: Final[tuple[Counted, ...]] = (
    Precision(),
    Precision(thresholds=0.25, class_id=0),
    Recall(thresholds=0.75),
    BinaryAccuracy(),
    BinaryAccuracy(threshold=0.25),
)
# The last layer's units and activation, the loss, and metrics.
ENDINGS: Final[dict[str, tuple[int, str, Loss, tuple[Counted, ...]]]] = {
    "one sigmoid": (1, "sigmoid", BinaryCrossentropy(label_smoothing=0.1), OF_ONE),
    "one logit": (1, "linear", BinaryCrossentropy(from_logits=True), (*OF_ONE, Recall(thresholds=0.0))),
    "one sigmoid, squared": (1, "sigmoid", MeanSquaredError(), OF_ONE),
    "sigmoids": (4, "sigmoid", BinaryCrossentropy(), OF_ROWS),
    "softmax, squared": (4, "softmax", MeanSquaredError(), OF_ROWS),
    "softmax": (4, "softmax", CategoricalCrossentropy(label_smoothing=0.1), OF_ROWS),
    "softmax of class numbers": (5, "softmax", SparseCategoricalCrossentropy(), OF_NUMBERS),
}


@dataclass(frozen=True, eq=False)
class Whole:
    """A training with metrics.

    Attributes:
        case: All of it but the metrics.
        metrics: What is counted.
    """

    case: Case
    metrics: tuple[Counted, ...]

    def load(self, backend: Backend, threads: int = 1) -> Model:
        """Load it, ready for its first step."""
        case = self.case
        return backend.load(
            case.network,
            case.weights,
            loss=case.loss,
            optimizer=case.optimizer,
            seed=case.seed,
            metrics=self.metrics,
            threads=threads,
        )


def whole_of(name: str, *, convolved: bool = False) -> Whole:
    """Return the training with that ending.

    Args:
        name: One of `ENDINGS`.
        convolved: Whether a convolution and batch normalization stand in front.
    """
    units, activation, loss, metrics = ENDINGS[name]
    numbers = np.random.default_rng([3, sorted(ENDINGS).index(name)])
    front: list[Layer] = [Conv2D(3, 2, **_RULES), BatchNormalization(momentum=0.8), Flatten()] if convolved else []
    body = [Dense(5, activation="tanh", **_RULES), Dropout(0.3)]
    end = Dense(units, activation=activation, **{**_RULES, "kernel_constraint": MaxNorm(1.5)}, bias_regularizer=L2(0.5))
    network = chain("all-at-once", [*front, *body, end], input_shape=(4, 4, 1) if convolved else (6,))
    weights = [numbers.normal(0, 0.8, weight.parameter.shape) for weight in network.weights]
    weights = [
        np.abs(array) + 0.5 if weight.parameter.name == "moving_variance" else array
        for weight, array in zip(network.weights, weights, strict=True)
    ]
    labels = numbers.integers(0, max(units, 2), _IMAGES)
    images = numbers.normal(0, 1, (_IMAGES, *network.input_shape))
    examples = Examples(images, np.eye(units)[labels] if units > 1 and not loss.class_numbers else labels)
    examples = replace(examples, weights=np.where(numbers.random(_IMAGES) < 0.2, 0.0, numbers.uniform(0.1, 3, _IMAGES)))
    optimizer = Adam(0.05, epsilon=1e-3, gradient_accumulation_steps=2, clipnorm=0.7)
    return Whole(Case(network, loss, optimizer, weights, examples, _BATCH, epochs=2, seed=5), metrics)
