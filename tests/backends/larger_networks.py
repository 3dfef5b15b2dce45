"""Random networks of the sizes that users give: wide kernels, strides, odd images, batches that divide nothing.

The networks of `random_networks` are as small as a mistake needs; these have more than one tile of images, more
channels than a block, kernels that reach beyond the image. The data stay few, so that the reference can follow.
"""

from dataclasses import replace
from math import prod
from random import Random
from typing import Any

import numpy as np
from random_networks import LATER, Case, append_where_it_fits

from cnnlab.arch import Layer, Network, chain
from cnnlab.arch.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LayerNormalization,
    MaxPooling2D,
    PReLU,
    SeparableConv2D,
)
from cnnlab.records import SGD, Adadelta, Adam, Examples, Optimizer, RMSprop, SparseCategoricalCrossentropy

BATCH_SIZES = (1, 2, 7, 15, 16, 17, 31, 33, 48, 100, 257, 1000, 4096)
# Multiply-adds of one pass over all images: a second of the reference at most.
_WORK = 30_000_000
_ACTIVATIONS = ("relu", "relu", None, "tanh", "gelu", "silu", "elu", "leaky_relu", "sigmoid")


def larger_case_of_seed(seed: int) -> Case:
    """Return the case of that number."""
    random = Random(seed)
    network = _network(random, later=seed >= LATER)
    numbers = np.random.default_rng(random.getrandbits(32))
    batch_size, count = _sizes(random, network)
    shape = (count, *network.input_shape)
    labels = numbers.integers(0, network.output_shape[0], count)
    return Case(
        network=network,
        loss=SparseCategoricalCrossentropy(),
        optimizer=_optimizer(random),
        weights=weights_of(network, numbers),
        examples=random.choice(
            [
                Examples(numbers.integers(0, 256, shape, dtype=np.uint8), labels, divisor=255.0),
                Examples(numbers.normal(0, 1, shape).astype(np.float32), labels),
                Examples(numbers.normal(0, 1, shape), labels),
            ]
        ),
        batch_size=batch_size,
        epochs=2,
        seed=random.getrandbits(32),
    )


def _sizes(random: Random, network: Network) -> tuple[int, int]:
    """Draw a batch size, and how many images: fewer than a batch, whole batches, or a last one that is smaller."""
    work = sum(node.layer.multiply_adds(node.input_shape) for node in network.nodes[1:])
    most = max(min(_WORK // max(work, 1), 4200), 1)
    batch_size = random.choice(BATCH_SIZES)
    if batch_size >= most or random.random() < 0.2:
        return batch_size, random.randint(1, min(most, batch_size))
    whole = random.randint(1, min(most // batch_size, 4))
    return batch_size, min(whole * batch_size + random.choice([0, random.randint(1, batch_size)]), most)


def _network(random: Random, *, later: bool) -> Network:
    layers: list[Layer] = []
    first = shape = (random.randint(3, 33), random.randint(3, 33), random.randint(1, 4))
    if random.random() < 0.4:  # many channels on both sides of small kernels, for which there is a way of its own
        shape = append_where_it_fits(
            layers, shape, Conv2D(random.choice([8, 9, 16, 21]), random.choice([1, 3, (1, 4)]))
        )
        shape = append_where_it_fits(layers, shape, _square(random))
    for _ in range(random.randint(1, 4)):
        kinds = [_depthwise, _separable, _later] if later else [_convolution, _convolution, _pooling, _other]
        shape = append_where_it_fits(layers, shape, random.choice(kinds)(random))
    shape = append_where_it_fits(
        layers, shape, random.choice([Flatten, Flatten, GlobalAveragePooling2D, GlobalMaxPooling2D])()
    )
    if random.random() < 0.5:
        units = random.choice([1, 15, 16, 17, 33, 100])
        shape = append_where_it_fits(layers, shape, Dense(units, activation=random.choice(_ACTIVATIONS)))
        shape = append_where_it_fits(
            layers, shape, random.choice([Dropout(0.5), BatchNormalization(), Activation("tanh")])
        )
    classes = random.choice([2, 3, 10, 16, 17, 47])
    append_where_it_fits(layers, shape, Dense(classes, activation="softmax"))
    return chain("larger", layers, input_shape=first)


def _square(random: Random) -> Layer:
    return Conv2D(
        random.choice([8, 10, 16, 19]),
        random.choice([2, 3]),
        padding=random.choice(["valid", "same"]),
        activation=random.choice(_ACTIVATIONS),
        use_bias=random.random() < 0.8,
    )


def _convolution(random: Random) -> Layer:
    layer = Conv2D(
        random.choice([1, 2, 3, 5, 8, 16, 17, 20]),
        random.choice([1, 2, 3, 3, 5, 7, 11, (1, 5), (4, 1), (3, 11), (11, 2)]),
        padding=random.choice(["valid", "same"]),
        activation=random.choice(_ACTIVATIONS),
        use_bias=random.random() < 0.8,
    )
    choice = random.random()
    if choice < 0.35:
        return replace(layer, strides=random.choice([2, 3, 4, (1, 2), (3, 1), (2, 5)]))
    if choice < 0.55:
        return replace(layer, dilation_rate=random.choice([2, 3, (1, 2), (4, 1)]))
    return layer


def _depthwise(random: Random) -> Layer:
    return DepthwiseConv2D(
        depth_multiplier=random.choice([1, 1, 2, 5]), activation=random.choice(_ACTIVATIONS), **_wide_window(random)
    )


def _separable(random: Random) -> Layer:
    return SeparableConv2D(
        random.choice([1, 5, 16, 17]),
        depth_multiplier=random.choice([1, 1, 2]),
        activation=random.choice(_ACTIVATIONS),
        **_wide_window(random),
    )


def _wide_window(random: Random) -> dict[str, Any]:
    steps = random.choice([2, (1, 3)])
    chosen = random.choice([{}, {}, {"strides": steps}, {"dilation_rate": steps}])
    size = random.choice([1, 3, 3, 5, (1, 5), (11, 2)])
    return {"kernel_size": size, "padding": random.choice(["valid", "same"]), **chosen}


def _later(random: Random) -> Layer:
    return random.choice([LayerNormalization(), PReLU(), PReLU(shared_axes=(1, 2)), PReLU(shared_axes=3)])


def _pooling(random: Random) -> Layer:
    kind = random.choice([MaxPooling2D, AveragePooling2D])
    return kind(
        pool_size=random.choice([2, 2, 3, 5, (1, 3), (4, 2)]),
        strides=random.choice([None, None, 1, 2, 3, (2, 1), (1, 6)]),
        padding=random.choice(["valid", "same"]),
    )


def _other(random: Random) -> Layer:
    return random.choice([Dropout(0.25), BatchNormalization(momentum=0.9), Activation(random.choice(["gelu", "relu"]))])


def _optimizer(random: Random) -> Optimizer:
    return random.choice(
        [
            Adam(0.01),
            Adam(0.003, amsgrad=True, clipnorm=1.0),
            SGD(0.05, momentum=0.9, nesterov=True),
            SGD(0.1, global_clipnorm=0.5),
            RMSprop(0.005, centered=True, epsilon=1e-3),
            Adadelta(1.0, use_ema=True),
        ]
    )


def weights_of(network: Network, numbers: np.random.Generator) -> list[np.ndarray]:
    """Draw weights of the size that training has, and none that is special."""
    drawn = []
    for weight in network.weights:
        shape, name = weight.parameter.shape, weight.parameter.name
        spread = 1 / np.sqrt(prod(shape[:-1])) if name.endswith("kernel") else 0.3
        positive = name in {"gamma", "moving_variance"}
        drawn.append(numbers.uniform(0.5, 1.5, shape) if positive else numbers.normal(0, spread, shape))
    return drawn
