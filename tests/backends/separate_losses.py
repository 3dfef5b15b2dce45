"""Small trainings by binary cross-entropy and squared errors: each ending that a loss looks at differently."""

from typing import Final

import numpy as np
from larger_networks import weights_of
from random_networks import Case

from cnnlab.arch import Layer, chain
from cnnlab.arch.layers import Activation, BatchNormalization, Dense, Dropout, Softmax
from cnnlab.records import (
    Adam,
    BinaryCrossentropy,
    Examples,
    Loss,
    MeanSquaredError,
)

_IMAGES: Final = 22
_BATCH: Final = 9
_WIDE: Final = 3.0  # so far from 0 that outputs without an activation lie on both sides of each limit

# An ending, and a loss.
ENDINGS: Final[dict[str, tuple[list[Layer], Loss]]] = {
    "one sigmoid": ([Dense(1, activation="sigmoid")], BinaryCrossentropy()),
    "one sigmoid as a layer, smoothed": ([Dense(1), Activation("sigmoid")], BinaryCrossentropy(label_smoothing=0.2)),
    "one logit": ([Dense(1)], BinaryCrossentropy(from_logits=True, label_smoothing=0.1)),
    "one sigmoid taken for a logit": ([Dense(1, activation="sigmoid")], BinaryCrossentropy(from_logits=True)),
    "one number that is clipped": ([Dense(1)], BinaryCrossentropy()),
    "one sigmoid, squared": ([Dense(1, activation="sigmoid")], MeanSquaredError()),
    "one number, squared": ([Dense(1)], MeanSquaredError()),
    "sigmoids": ([Dense(4, activation="sigmoid")], BinaryCrossentropy(label_smoothing=0.3)),
    "logits": ([Dense(3)], BinaryCrossentropy(from_logits=True)),
    "softmax": ([Dense(4, activation="softmax")], BinaryCrossentropy()),
    "softmax as a layer, squared": ([Dense(3), Softmax()], MeanSquaredError()),
    "numbers, squared": ([Dense(5)], MeanSquaredError()),
    "normalized numbers that are clipped": ([Dense(3), BatchNormalization()], BinaryCrossentropy(label_smoothing=0.1)),
}


def case_of(name: str, *, soft: bool = False) -> Case:
    """Return the training with that ending.

    Args:
        name: One of `ENDINGS`.
        soft: Whether labels are probabilities and not one-hot, where there are several outputs.
    """
    numbers = np.random.default_rng(sorted(ENDINGS).index(name))
    ending, loss = ENDINGS[name]
    network = chain("separate", [Dense(4, activation="tanh"), Dropout(0.3), *ending], input_shape=(6,))
    weights = [weight * _WIDE for weight in weights_of(network, numbers)]
    outputs = network.output_shape[0]
    labels = numbers.integers(0, max(outputs, 2), _IMAGES)
    if outputs > 1:
        labels = numbers.dirichlet(np.ones(outputs), _IMAGES) if soft else np.eye(outputs)[labels]
    examples = Examples(numbers.normal(0, 1, (_IMAGES, 6)), labels)
    return Case(network, loss, Adam(0.01, epsilon=1e-3), weights, examples, _BATCH, epochs=2, seed=5)
