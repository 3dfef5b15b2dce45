"""Random small networks with everything one needs to train them: what ours and Keras are compared on.

One generator serves both ways of asking: `case_of_seed` names a case by a whole number, so that one that fails can be
run again alone, and `draw_case` takes Hypothesis' own random source, so that one that fails can be made smaller.
"""
# ruff: noqa: ANN401 - an optimizer's arguments are of many types

from dataclasses import dataclass, replace
from math import prod
from random import Random
from typing import Any, Final

import numpy as np

from cnnlab.arch import Layer, Network, Shape, chain
from cnnlab.arch.activations import ACTIVATIONS
from cnnlab.arch.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    PReLU,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    ReLU,
    Rescaling,
    Reshape,
    SeparableConv2D,
    Softmax,
    SpatialDropout2D,
    ZeroPadding2D,
)
from cnnlab.errors import NetworkError
from cnnlab.records import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    CategoricalCrossentropy,
    CosineDecay,
    CosineDecayRestarts,
    Examples,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    Loss,
    Nadam,
    Optimizer,
    PiecewiseConstantDecay,
    PolynomialDecay,
    RMSprop,
    SparseCategoricalCrossentropy,
)

# Cases from this number on may hold any layer; those below hold the first eleven kinds, and stay what they were.
LATER: Final = 100_000
_SHARE_OF_LATER: Final = 0.6


@dataclass(frozen=True)
class Case:
    """A network, how to train it, its weights and its images.

    Attributes:
        network: What is trained.
        loss: With what.
        optimizer: And how.
        weights: Before training, in Keras' order, float64.
        examples: All images with their labels.
        batch_size: The last batch may be smaller.
        epochs: How often all batches are trained.
        seed: The run's seed.
    """

    network: Network
    loss: Loss
    optimizer: Optimizer
    weights: list[np.ndarray]
    examples: Examples
    batch_size: int
    epochs: int
    seed: int

    def batches(self, epoch: int) -> list[np.ndarray]:
        """Return the rows of each batch of an epoch, in an order of its own."""
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.examples))
        return [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]

    def __str__(self) -> str:
        layers = "\n  ".join(repr(node.layer) for node in self.network.nodes)
        return f"{layers}\n  {self.loss}\n  {self.optimizer}\n  batch_size={self.batch_size}, epochs={self.epochs}"


def case_numbers(count: int) -> list[int]:
    """List the numbers of so many cases: the last third of them may hold any layer."""
    later = count // 3
    return [*range(count - later), *range(LATER, LATER + later)]


def case_of_seed(seed: int) -> Case:
    """Return the case of that number."""
    return draw_case(Random(seed), later=seed >= LATER)


def draw_case(random: Random, *, later: bool = True) -> Case:
    """Draw a case from a source of random numbers.

    Args:
        random: The source.
        later: Whether layers that came later take part.
    """
    network, loss = _network(random, later=later)
    numbers = np.random.default_rng(random.getrandbits(32))
    batch_size = random.randint(3, 5)
    count = 2 * batch_size + random.choice([0, random.randint(1, batch_size - 1)])
    case = Case(
        network=network,
        loss=loss,
        optimizer=_optimizer(random),
        weights=_weights(network, numbers),
        examples=_examples(random, network, loss, count, numbers),
        batch_size=batch_size,
        epochs=2,
        seed=random.getrandbits(32),
    )
    # Drawn by the case's own seed: the choices before stay those of the same number of a case.
    case = replace(case, optimizer=_perhaps_scheduled(Random(case.seed), case.optimizer))
    return replace(case, network=_perhaps_augmented(Random(case.seed + 1), case.network))


def _perhaps_augmented(random: Random, network: Network) -> Network:
    """Put augmentation before some networks on images."""
    count = random.choice([0, 0, 0, 1, 1, 2])
    if len(network.input_shape) == 1 or not count:
        return network
    front = [_augmentation(random) for _ in range(count)]
    return chain(network.name, [*front, *(node.layer for node in network.nodes[1:])], input_shape=network.input_shape)


def _augmentation(random: Random) -> Layer:
    seed = random.choice([None, random.getrandbits(32)])
    how: dict[str, Any] = {
        "fill_mode": random.choice(["constant", "nearest", "reflect", "wrap"]),
        "interpolation": random.choice(["bilinear", "bilinear", "nearest"]),
        "fill_value": random.choice([0.0, random.uniform(-1, 1)]),
        "seed": seed,
    }
    one, other = random.uniform(-1, 1), (random.uniform(-0.9, 1), random.uniform(-0.9, 1))
    layers: list[Layer] = [
        RandomTranslation(one, other, **how),
        RandomRotation(random.choice([one, other]), **how),
        RandomZoom(other, random.choice([None, abs(one) / 2]), **how),
        RandomFlip(random.choice(["horizontal", "vertical", "horizontal_and_vertical"]), seed=seed),
    ]
    return random.choice(layers)


def _perhaps_scheduled(random: Random, optimizer: Any) -> Optimizer:
    """Put a schedule in place of some learning rates, where the old decay leaves room for one."""
    if optimizer.decay or random.random() < 0.7:
        return optimizer
    rate, steps = optimizer.learning_rate, random.randint(2, 7)
    schedules: list[LearningRateSchedule] = [
        CosineDecay(rate, steps, alpha=random.choice([0.0, 0.1])),
        CosineDecay(rate / 10, steps, warmup_target=rate, warmup_steps=random.randint(1, 3)),
        CosineDecayRestarts(rate, steps, t_mul=1.5, m_mul=0.8),
        ExponentialDecay(rate, steps, 0.5, staircase=random.random() < 0.5),
        InverseTimeDecay(rate, steps, 0.5, staircase=random.random() < 0.5),
        PiecewiseConstantDecay((1, steps), (rate, rate / 2, rate / 10)),
        PolynomialDecay(rate, steps, rate / 10, power=random.choice([1.0, 0.7]), cycle=random.random() < 0.5),
    ]
    return replace(optimizer, learning_rate=random.choice(schedules))


def _network(random: Random, *, later: bool) -> tuple[Network, Loss]:
    """Draw layers that fit: on images, then on rows of features, then an ending that fits the loss."""
    layers: list[Layer] = []
    if random.random() < 0.85:
        shape: Shape = (random.randint(5, 9), random.randint(5, 9), random.randint(1, 3))
        first = shape
        if later and random.random() < 0.15:
            first, layers = (prod(shape),), [Reshape((*shape[:2], -1))]
        if later and random.random() < 0.7:  # the gradient by the input of what follows is seen in these weights
            shape = append_where_it_fits(layers, shape, _convolution(random))
        for _ in range(random.randint(1, 5)):
            drawn = _later_image_layer(random, shape) if later and random.random() < _SHARE_OF_LATER else None
            shape = append_where_it_fits(layers, shape, drawn or _image_layer(random))
        if later and random.random() < 0.3:
            shape = append_where_it_fits(layers, shape, Reshape((-1, shape[-1])))
            shape = append_where_it_fits(layers, shape, _later_feature_layer(random))
        for layer in _to_features(random) if len(shape) == 3 else [Flatten()]:
            shape = append_where_it_fits(layers, shape, layer)
    else:
        first = shape = (random.randint(3, 12),)
    for _ in range(random.randint(0, 3)):
        drawn = _later_feature_layer if later and random.random() < _SHARE_OF_LATER else _feature_layer
        shape = append_where_it_fits(layers, shape, drawn(random))
    ending, loss = _ending(random)
    if later and ending[-1] == Activation("softmax"):
        ending[-1] = Softmax()
    for layer in ending:
        shape = append_where_it_fits(layers, shape, layer)
    return chain("random", layers, input_shape=first), loss


def append_where_it_fits(layers: list[Layer], shape: Shape, layer: Layer) -> Shape:
    """Append a layer where it fits; return the shape after it."""
    try:
        after = layer.output_shape(shape)
    except NetworkError:
        return shape
    layers.append(layer)
    return after


def _image_layer(random: Random) -> Layer:
    kinds = [_convolution] * 4 + [_max_pooling] * 2 + [_average_pooling] * 2 + [_any_layer] * 3 + [_normalization]
    return random.choice(kinds)(random)


def _feature_layer(random: Random) -> Layer:
    return random.choice([_dense, _any_layer, _normalization])(random)


def _any_layer(random: Random) -> Layer:
    """Draw a layer that fits images and features alike."""
    kinds = [_dropout, _dropout, _activation, _rescaling, _dense]
    return random.choice(kinds)(random)


def _later_image_layer(random: Random, shape: Shape) -> Layer:
    """Draw a layer that came later, on images."""
    kinds = [
        *[_depthwise, _depthwise, _separable, _separable],
        *[_zero_padding, _spatial_dropout, lambda random: _reshape(random, shape)],
        *[_later_feature_layer] * 3,
    ]
    return random.choice(kinds)(random)


def _later_feature_layer(random: Random) -> Layer:
    """Draw a layer that came later and fits images and features alike."""
    kinds = [_layer_normalization, _prelu, _relu, _relu, _leaky_relu, _gaussian_noise, lambda _: Softmax()]
    return random.choice(kinds)(random)


def _relu(random: Random) -> Layer:
    return ReLU(
        random.choice([None, None, 6.0, random.uniform(0.3, 1.5)]),
        random.choice([0.0, 0.1]),
        random.choice([0.0, random.uniform(0.05, 0.5)]),
    )


def _leaky_relu(random: Random) -> Layer:
    return LeakyReLU(random.choice([0.3, 0.01, 0.0]))


def _zero_padding(random: Random) -> Layer:
    sides = [random.randint(0, 2) for _ in range(4)]
    return ZeroPadding2D(random.choice([sides[0], (sides[0], sides[1]), ((sides[0], sides[1]), (sides[2], sides[3]))]))


def _spatial_dropout(random: Random) -> Layer:
    return SpatialDropout2D(random.choice([0.1, 0.5]), seed=random.choice([None, random.getrandbits(32)]))


def _gaussian_noise(random: Random) -> Layer:
    return GaussianNoise(random.choice([0.0, 0.1, 0.5]), seed=random.choice([None, random.getrandbits(32)]))


def _reshape(random: Random, shape: Shape) -> Layer:
    """Draw another image of as many numbers."""
    height, width, channels = shape
    return Reshape(random.choice([(width, height, -1), (height, channels, width), (-1, width, channels)]))


def _size(random: Random, largest: int = 3) -> int | tuple[int, int]:
    one = random.randint(1, largest)
    return random.choice([one, (one, random.randint(1, largest))])


def _convolution(random: Random) -> Layer:
    layer = Conv2D(
        random.randint(1, 4),
        _size(random),
        padding=random.choice(["valid", "same"]),
        activation=random.choice([None, "relu", *ACTIVATIONS]),
        use_bias=random.random() < 0.7,
    )
    choice = random.random()
    if choice < 0.3:
        return replace(layer, strides=_size(random))
    if choice < 0.5:
        return replace(layer, dilation_rate=_size(random, 2))
    return layer


def _depthwise(random: Random) -> Layer:
    return DepthwiseConv2D(
        _size(random), depth_multiplier=random.choice([1, 1, 2, 3]), **_strides_or_dilation(random), **_usual(random)
    )


def _separable(random: Random) -> Layer:
    return SeparableConv2D(
        random.randint(1, 4),
        _size(random),
        depth_multiplier=random.choice([1, 1, 2]),
        **_strides_or_dilation(random),
        **_usual(random),
    )


def _usual(random: Random) -> dict[str, Any]:
    """Draw the arguments that convolutions share."""
    return {
        "padding": random.choice(["valid", "same"]),
        "activation": random.choice([None, "relu", *ACTIVATIONS]),
        "use_bias": random.random() < 0.7,
    }


def _strides_or_dilation(random: Random) -> dict[str, Any]:
    choice = random.random()
    if choice < 0.35:
        return {"strides": _size(random)}
    return {"dilation_rate": _size(random, 2)} if choice < 0.5 else {}


def _layer_normalization(random: Random) -> Layer:
    return LayerNormalization(
        epsilon=random.choice([1e-3, 1e-2]), center=random.random() < 0.7, scale=random.random() < 0.7
    )


def _prelu(random: Random) -> Layer:
    return PReLU(shared_axes=random.choice([None, 1, (1, 2), (1, 2), 3, (2, 3), (1, 2, 3)]))


def _pooling(random: Random) -> dict[str, Any]:
    return {
        "pool_size": _size(random),
        "strides": random.choice([None, _size(random)]),
        "padding": random.choice(["valid", "same"]),
    }


def _max_pooling(random: Random) -> Layer:
    return MaxPooling2D(**_pooling(random))


def _average_pooling(random: Random) -> Layer:
    return AveragePooling2D(**_pooling(random))


def _dropout(random: Random) -> Layer:
    return Dropout(random.choice([0.0, 0.1, 0.25, 0.5, 0.8]), seed=random.choice([None, None, random.getrandbits(32)]))


def _activation(random: Random) -> Layer:
    return Activation(random.choice(ACTIVATIONS))


def _rescaling(random: Random) -> Layer:
    return Rescaling(random.uniform(0.2, 2.0), random.choice([0.0, random.uniform(-1.0, 1.0)]))


def _dense(random: Random) -> Layer:
    return Dense(random.randint(1, 6), activation=random.choice([None, *ACTIVATIONS]), use_bias=random.random() < 0.7)


def _normalization(random: Random) -> Layer:
    return BatchNormalization(
        momentum=random.choice([0.99, 0.9, 0.5]),
        epsilon=random.choice([1e-3, 1e-2]),
        center=random.random() < 0.7,
        scale=random.random() < 0.7,
    )


def _to_features(random: Random) -> list[Layer]:
    kind = random.choice([Flatten, Flatten, GlobalAveragePooling2D, GlobalMaxPooling2D])
    if kind is Flatten:
        return [Flatten()]
    return [kind(keepdims=True), Flatten()] if random.random() < 0.3 else [kind()]


def _ending(random: Random) -> tuple[list[Layer], Loss]:
    """Draw the last layers and a loss that fits them: softmax, logits, or sigmoids that the loss normalises."""
    classes = random.randint(2, 5)
    kind = random.choice(["softmax", "softmax layer", "logits", "sigmoid", "softmax taken for logits"])
    activation = {"logits": None, "softmax layer": None, "sigmoid": "sigmoid"}.get(kind, "softmax")
    layers: list[Layer] = [Dense(classes, activation=activation, use_bias=random.random() < 0.8)]
    if kind == "softmax layer":
        layers.append(Activation("softmax"))
    from_logits = "logits" in kind
    if random.random() < 0.5:
        return layers, SparseCategoricalCrossentropy(from_logits=from_logits)
    smoothing = random.choice([0.0, 0.1, 0.3])
    return layers, CategoricalCrossentropy(from_logits=from_logits, label_smoothing=smoothing)


def _optimizer(random: Random) -> Optimizer:
    kind = random.choice([_adam, _adam, _sgd, _sgd, _rmsprop, _rmsprop, _rmsprop, _adadelta])
    shared = _shared(random)
    usual = kind(random, **shared)
    return _rarer(Random(repr(usual)), usual, shared)  # a generator of its own: older seeds keep their networks


def _rarer(random: Random, usual: Optimizer, shared: dict[str, Any]) -> Optimizer:
    """Put one of the rarer kinds in the place of some."""
    if random.random() < 0.6:
        return usual
    rate, epsilon = random.choice([(0.001, 1e-7), (0.02, 1e-3)])  # a large one over a small one makes much of rounding
    kind = random.choice([Adagrad, Adamax, AdamW, Nadam])
    if kind is Adagrad:
        return Adagrad(rate, initial_accumulator_value=random.choice([0.1, 0.0]), epsilon=epsilon, **shared)
    betas = {"beta_1": random.choice([0.9, 0.5]), "beta_2": random.choice([0.999, 0.9])}
    if kind is AdamW:
        amsgrad = random.random() < 0.3
        return AdamW(rate, **betas, epsilon=epsilon, amsgrad=amsgrad, **{"weight_decay": 0.004, **shared})
    return kind(rate, **betas, epsilon=epsilon, **shared)


def _shared(random: Random) -> dict[str, Any]:
    """Draw the arguments that all optimizers have; most are left out most of the time."""
    chosen: dict[str, Any] = {}
    if random.random() < 0.4:
        chosen[random.choice(["clipnorm", "clipvalue", "global_clipnorm"])] = random.choice([0.01, 0.1, 1.0])
    if random.random() < 0.3:
        chosen["weight_decay"] = random.choice([0.004, 0.1])
    if random.random() < 0.3:
        frequency = random.choice([None, 1, 2, 3])
        chosen |= {"use_ema": True, "ema_momentum": random.choice([0.99, 0.5]), "ema_overwrite_frequency": frequency}
    if random.random() < 0.2:
        chosen["loss_scale_factor"] = random.choice([2.0, 10.0, 1024.0])
    if random.random() < 0.25:
        chosen["gradient_accumulation_steps"] = random.choice([2, 3])
    elif random.random() < 0.2:  # Keras 3's schedules count batches, the decay of old Keras updates
        chosen["decay"] = random.choice([0.01, 0.5])
    return chosen


def _adam(random: Random, **shared: Any) -> Optimizer:
    return Adam(
        random.choice([0.001, 0.02]),
        beta_1=random.choice([0.9, 0.5]),
        beta_2=random.choice([0.999, 0.9]),
        epsilon=random.choice([1e-7, 1e-3]),
        amsgrad=random.random() < 0.3,
        **shared,
    )


def _sgd(random: Random, **shared: Any) -> Optimizer:
    return SGD(random.choice([0.01, 0.1]), momentum=random.choice([0.0, 0.9]), nesterov=random.random() < 0.5, **shared)


def _rmsprop(random: Random, **shared: Any) -> Optimizer:
    return RMSprop(
        random.choice([0.001, 0.02]),
        rho=random.choice([0.9, 0.5]),
        momentum=random.choice([0.0, 0.5, 0.9]),
        epsilon=random.choice([1e-7, 1e-3]),
        centered=random.random() < 0.5,
        **shared,
    )


def _adadelta(random: Random, **shared: Any) -> Optimizer:
    return Adadelta(
        random.choice([0.001, 1.0]), rho=random.choice([0.95, 0.5]), epsilon=random.choice([1e-7, 1e-3]), **shared
    )


def _weights(network: Network, numbers: np.random.Generator) -> list[np.ndarray]:
    """Draw weights of which none is special: no zero bias, no moving variance of 1."""
    drawn = []
    for weight in network.weights:
        shape, name = weight.parameter.shape, weight.parameter.name
        spread = 1 / np.sqrt(np.prod(shape[:-1])) if name.endswith("kernel") else 0.3
        values = numbers.normal(0, spread, shape)
        drawn.append(numbers.uniform(0.5, 1.5, shape) if name in {"gamma", "moving_variance"} else values)
    return drawn


def _examples(random: Random, network: Network, loss: Loss, count: int, numbers: np.random.Generator) -> Examples:
    """Draw images, as bytes to be divided or as floats, and labels in a form that the loss takes."""
    shape, classes = (count, *network.input_shape), network.output_shape[0]
    labels: np.ndarray = numbers.integers(0, classes, count)
    if isinstance(loss, CategoricalCrossentropy):
        soft = numbers.dirichlet(np.ones(classes), count)
        labels = random.choice([np.eye(classes)[labels], soft])
    if random.random() < 0.5:
        return Examples(numbers.integers(0, 256, shape, dtype=np.uint8), labels, divisor=255.0)
    return Examples(numbers.normal(0, 1, shape), labels)
