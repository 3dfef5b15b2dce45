"""Random networks with branches, as `random_networks` has chains.

Residual blocks, inception-like concatenations and squeeze-and-excite, nested in each other, and values taken more than
once in every way that shapes allow.
"""

from collections.abc import Callable
from random import Random

import numpy as np
import random_networks
from random_networks import Case

from cnnlab.arch import Layer, Network, Shape, graph
from cnnlab.arch.layers import (
    Activation,
    Add,
    Average,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    Dropout,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    Input,
    Maximum,
    MaxPooling2D,
    Minimum,
    Multiply,
    Rescaling,
    Subtract,
)
from cnnlab.arch.ordering import in_keras_order
from cnnlab.errors import NetworkError
from cnnlab.records import Loss

PAIRS = (Add, Average, Maximum, Minimum, Multiply, Subtract)
_IMAGE = 3


class Drawing:
    """A network while it is drawn: layers are put behind places that are there already.

    Args:
        first: Of one image, or of a row.
    """

    def __init__(self, first: Shape) -> None:
        self.first = Input(first)
        self.steps: list[tuple[Layer, tuple[int, ...]]] = []
        self.shapes = [first]

    def put(self, layer: Layer, *sources: int) -> int:
        """Put a layer behind others; return its place, or that of the first of them where it does not fit."""
        try:
            shape = layer.output_shape(*(self.shapes[source] for source in sources))
        except NetworkError:
            return sources[0]
        self.steps.append((layer, sources))
        self.shapes.append(shape)
        return len(self.steps)

    def network(self) -> Network:
        """Return what is drawn and leads to the output, in Keras' order."""
        return in_keras_order(graph("branched", self.first, self.steps))


def branched_case_of_seed(seed: int) -> Case:
    """Return the case of that number."""
    return draw_branched(Random(seed))


def draw_branched(random: Random) -> Case:
    """Draw a case from a source of random numbers."""
    network, loss = _network(random)
    numbers = np.random.default_rng(random.getrandbits(32))
    batch_size = random.randint(3, 5)
    count = 2 * batch_size + random.choice([0, random.randint(1, batch_size - 1)])
    return Case(
        network=network,
        loss=loss,
        optimizer=random_networks._optimizer(random),
        weights=random_networks._weights(network, numbers),
        examples=random_networks._examples(random, network, loss, count, numbers),
        batch_size=batch_size,
        epochs=2,
        seed=random.getrandbits(32),
    )


def _network(random: Random) -> tuple[Network, Loss]:
    on_images = random.random() < 0.85
    first = (random.randint(4, 8), random.randint(4, 8), random.randint(1, 3)) if on_images else (random.randint(3, 9),)
    drawing, place = Drawing(first), 0
    for _ in range(random.randint(1, 3)):
        place = _block(random, drawing, place, depth=2)
    if len(drawing.shapes[place]) == _IMAGE:
        place = _to_row(random, drawing, place)
    if random.random() < 0.4:
        place = _block(random, drawing, place, depth=1)
    ending, loss = random_networks._ending(random)
    for layer in ending:
        place = drawing.put(layer, place)
    assert place == len(drawing.steps)
    return drawing.network(), loss


def _block(random: Random, drawing: Drawing, place: int, depth: int) -> int:
    """Put a few layers or a block with branches behind a place; return where it ends."""
    if depth == 0 or random.random() < 0.25:
        return _few(random, drawing, place)
    kinds: list[Callable[[Random, Drawing, int, int], int]] = [_residual, _inception, _tangle]
    if len(drawing.shapes[place]) == _IMAGE:
        kinds.append(_excite)
    return random.choice(kinds)(random, drawing, place, depth - 1)


def _few(random: Random, drawing: Drawing, place: int) -> int:
    for _ in range(random.randint(1, 2)):
        place = drawing.put(_layer(random, drawing.shapes[place]), place)
    return place


def _layer(random: Random, shape: Shape) -> Layer:
    draw = random_networks._image_layer if len(shape) == _IMAGE else random_networks._feature_layer
    return draw(random)


def _keeping(random: Random, shape: Shape) -> Layer:
    """Draw a layer that keeps the shape."""
    if random.random() < 0.4:
        rest = [Dropout(0.3), BatchNormalization(), Activation(random.choice(["relu", "gelu", "tanh", "linear"]))]
        return random.choice([*rest, Rescaling(1.5, 0.1)])
    activation = random.choice([None, "relu", "sigmoid", "silu", "softmax"])
    if len(shape) != _IMAGE:
        return Dense(shape[-1], activation=activation)
    size, pool = random.choice([1, 2, 3]), random.choice([MaxPooling2D, AveragePooling2D])
    convolution = Conv2D(shape[-1], size, padding="same", activation=activation)
    return random.choice([convolution, convolution, pool(size, strides=1, padding="same")])


def _residual(random: Random, drawing: Drawing, place: int, depth: int) -> int:
    """Put a way that keeps the shape beside another, or beside nothing, and join both value by value."""
    beginning, shape = place, drawing.shapes[place]
    for _ in range(random.randint(1, 2)):
        place = drawing.put(_keeping(random, shape), place)
    if depth and random.random() < 0.5:
        inner = _residual(random, drawing, place, depth - 1)
        place = inner if drawing.shapes[inner] == shape else place
    other = beginning if random.random() < 0.6 else drawing.put(_keeping(random, shape), beginning)
    kind = random.choice([Add, Add, *PAIRS])
    more = [beginning] if kind is not Subtract and random.random() < 0.2 else []
    joined = drawing.put(kind(), *random.sample([place, other], 2), *more)
    return drawing.put(Activation("relu"), joined) if random.random() < 0.5 else joined


def _inception(random: Random, drawing: Drawing, place: int, depth: int) -> int:
    """Put several ways that keep height and width side by side, and put their channels one after the other."""
    shape, ends = drawing.shapes[place], []
    for _ in range(random.randint(2, 3)):
        units, activation = random.randint(1, 3), random.choice([None, "relu", "tanh", "gelu"])
        way = place
        if depth and random.random() < 0.4:
            way = _residual(random, drawing, place, depth - 1)
        if len(shape) == _IMAGE:
            size = random.choice([1, 3, (1, 3), 2])
            layer: Layer = Conv2D(units, size, padding="same", activation=activation)
            pool = MaxPooling2D(random.choice([2, 3]), strides=1, padding="same")
            way = drawing.put(random.choice([layer, layer, pool]), way)
        else:
            way = drawing.put(Dense(units, activation=activation), way)
        ends.append(way)
    return drawing.put(Concatenate(), *ends)


def _excite(random: Random, drawing: Drawing, place: int, depth: int) -> int:
    """Weigh the channels of images by numbers drawn from the whole of them."""
    del depth
    channels, keep = drawing.shapes[place][-1], random.random() < 0.5
    pool = random.choice([GlobalAveragePooling2D, GlobalMaxPooling2D])
    way = drawing.put(pool(keepdims=keep), place)
    way = drawing.put(Dense(channels, activation=random.choice(["sigmoid", "relu", None])), way)
    kind = random.choice([Multiply, Multiply, Multiply, Add, Maximum])
    return drawing.put(kind(), *random.sample([place, way], 2))


def _tangle(random: Random, drawing: Drawing, place: int, depth: int) -> int:
    """Put layers that keep the shape behind any of those before, and join all that nobody has taken."""
    del depth
    shape, places, taken = drawing.shapes[place], [place], set()
    for _ in range(random.randint(2, 4)):
        if random.random() < 0.4:
            sources = [random.choice(places) for _ in range(random.randint(2, 3))]
            new = drawing.put(random.choice([Add, Multiply, Maximum, Average])(), *sources)
        else:
            sources = [random.choice(places)]
            new = drawing.put(_keeping(random, shape), *sources)
        if new not in places:
            taken.update(sources)
            places.append(new)
    loose = [one for one in places if one not in taken]
    if len(loose) == 1:
        return loose[0]
    kind = random.choice([Add, Concatenate])
    return drawing.put(kind(), *loose)


def _to_row(random: Random, drawing: Drawing, place: int) -> int:
    for layer in random_networks._to_features(random):
        place = drawing.put(layer, place)
    return place
