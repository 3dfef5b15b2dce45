"""Healthy small networks from the literature's range, and the same with one thing broken, drawn from a seed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from cnnlab.arch import Layer, Network, chain
from cnnlab.arch.initializers import Constant, RandomNormal
from cnnlab.arch.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    MaxPooling2D,
)
from cnnlab.experiments import Architecture
from cnnlab.records import Adam, CategoricalCrossentropy, Recipe

EPOCHS = 8
BATCH_SIZE = 50


@dataclass(frozen=True)
class Case:
    """A network with its recipe, and what was broken in it.

    Attributes:
        number: The draw; it makes the case again.
        kind: Of the fault; None for a healthy one.
        layers: All layers of the network, named.
        recipe: How it is trained.
        touches: What mends it: pairs of a layer and its argument, or "" for the layer's removal; a field of the recipe
            stands behind "recipe".
        healthy: The layers before they were broken.
        healthy_recipe: Likewise.
    """

    number: int
    kind: str | None
    layers: tuple[Layer, ...]
    recipe: Recipe
    touches: frozenset[tuple[str, str]] = frozenset()
    healthy: tuple[Layer, ...] = ()
    healthy_recipe: Recipe | None = None

    @property
    def name(self) -> str:
        return f"{'healthy' if self.kind is None else 'broken'}-{self.number}"

    @property
    def architecture(self) -> Architecture:
        return Architecture(self.name, _network(self.name, self.layers), self.recipe)

    @property
    def unbroken(self) -> Architecture:
        """The same before it was broken."""
        assert self.healthy_recipe is not None
        return Architecture(f"{self.name}-unbroken", _network(self.name, self.healthy), self.healthy_recipe)


def _network(name: str, layers: tuple[Layer, ...]) -> Network:
    return chain(name, [Input((28, 28, 1)), *layers])


def healthy(number: int) -> Case:
    """Draw a healthy network: one to three stages of convolution and pool, a hidden layer, softmax."""
    random = Random(f"healthy {number}")
    layers = _stages(random)
    units = random.choice([32, 48, 64])
    layers += [Flatten(name="flatten"), Dense(units, activation="relu", name="hidden")]
    if random.random() < 0.3:
        layers.append(Dropout(random.choice([0.1, 0.2, 0.25]), name="drop_hidden"))
    layers.append(Dense(10, activation="softmax", name="classes"))
    rate = random.choice([0.001, 0.0015, 0.002])
    recipe = Recipe(batch_size=BATCH_SIZE, epochs=EPOCHS, optimizer=Adam(learning_rate=rate))
    return Case(number, None, tuple(layers), recipe)


def _stages(random: Random) -> list[Layer]:
    layers: list[Layer] = []
    normalized = random.random() < 0.3
    for stage in range(1, random.choice([2, 2, 3]) + 1):
        filters, kernel = random.choice([6, 8, 10, 12]), random.choice([3, 3, 3, 5])
        padding = "same" if stage == 3 else random.choice(["same", "valid"])
        layers.append(Conv2D(filters, kernel, padding=padding, activation="relu", name=f"conv_{stage}"))
        if normalized:
            layers.append(BatchNormalization(momentum=0.9, name=f"norm_{stage}"))
        layers.append(MaxPooling2D(2, name=f"pool_{stage}"))
    return layers


Broken = tuple[list[Layer], Recipe, set[tuple[str, str]]]
Breaker = Callable[[list[Layer], Recipe, Random], Broken]


def broken(number: int) -> Case:
    """Draw a healthy network and break one thing in it; the kinds take turns."""
    random = Random(f"broken {number}")
    base = healthy(100_000 + number)
    kind = list(FAULTS)[number % len(FAULTS)]
    layers, recipe, touches = FAULTS[kind](list(base.layers), base.recipe, random)
    return Case(number, kind, tuple(layers), recipe, frozenset(touches), base.layers, base.recipe)


def _index(layers: list[Layer], name: str) -> int:
    return next(index for index, layer in enumerate(layers) if layer.name == name)


def _put(layers: list[Layer], name: str, *new: Layer) -> list[Layer]:
    """Put layers behind another."""
    place = _index(layers, name) + 1
    return [*layers[:place], *new, *layers[place:]]


def _set(layers: list[Layer], name: str, **arguments: object) -> list[Layer]:
    place = _index(layers, name)
    return [*layers[:place], replace(layers[place], **arguments), *layers[place + 1 :]]  # type: ignore[type-var]


def _narrow_dense(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    units = random.choice([2, 3])
    behind = "drop_hidden" if any(layer.name == "drop_hidden" for layer in layers) else "hidden"
    made = _put(layers, behind, Dense(units, activation="relu", name="narrow"))
    return made, recipe, {("narrow", "units"), ("narrow", ""), ("narrow", "activation")}


def _narrow_conv(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    del random
    name = [layer.name or "" for layer in layers if isinstance(layer, Conv2D)][-1]
    return _set(layers, name, filters=1), recipe, {(name, "filters")}


def _long_strides(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    strides = random.choice([6, 7])
    made = _set(layers, "conv_1", strides=(strides, strides), padding="same")
    made = [replace(one, padding="same") if isinstance(one, Conv2D | MaxPooling2D) else one for one in made]
    return made, recipe, {("conv_1", "strides")}


def _large_pool(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    made = [replace(one, padding="same") if isinstance(one, Conv2D | MaxPooling2D) else one for one in layers]
    size = random.choice([10, 14])
    made = _set(made, "pool_1", pool_size=(size, size), strides=(size, size))
    return made, recipe, {("pool_1", "pool_size"), ("pool_1", "strides"), ("pool_1", "")}


def _heavy_dropout(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    rate = random.choice([0.85, 0.9])
    layers = [layer for layer in layers if layer.name != "drop_hidden"]
    made = _put(layers, "hidden", Dropout(rate, name="heavy"))
    return made, recipe, {("heavy", ""), ("heavy", "rate")}


def _two_dropouts(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    rate = random.choice([0.65, 0.7])
    made = _put(layers, "flatten", Dropout(rate, name="first_drop"), Dropout(rate, name="second_drop"))
    mends = {(name, what) for name in ("first_drop", "second_drop") for what in ("", "rate")}
    return made, recipe, mends


def _relu_output(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    del random
    made = _set(layers, "classes", activation="relu")
    loss = replace(recipe, loss=CategoricalCrossentropy(from_logits=True))
    return made, loss, {("classes", "activation")}


def _sigmoid_chain(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    units = random.choice([24, 32])
    deep = [Dense(units, activation="sigmoid", name=f"deep_{number}") for number in range(1, 6)]
    names = {(layer.name or "", what) for layer in deep for what in ("activation", "", "kernel_initializer")}
    return _put(layers, "hidden", *deep), recipe, names


def _dead_start(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    name = random.choice(["hidden", "conv_2"])
    made = _set(layers, name, bias_initializer=Constant(-random.choice([20.0, 30.0])))
    return made, recipe, {(name, "bias_initializer"), (name, "activation")}


def _wild_start(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    made = _set(layers, "hidden", kernel_initializer=RandomNormal(stddev=random.choice([3.0, 5.0])), activation="tanh")
    return made, recipe, {("hidden", "kernel_initializer"), ("hidden", "activation")}


def _fast(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    rate = random.choice([0.1, 0.2])
    return layers, replace(recipe, optimizer=Adam(learning_rate=rate)), {("recipe", "optimizer.learning_rate")}


def _slow(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    rate = random.choice([1e-5, 2e-5])
    return layers, replace(recipe, optimizer=Adam(learning_rate=rate)), {("recipe", "optimizer.learning_rate")}


def _late_statistics(layers: list[Layer], recipe: Recipe, random: Random) -> Broken:
    del random
    layers = [layer for layer in layers if not isinstance(layer, BatchNormalization)]
    made = _put(layers, "conv_1", BatchNormalization(momentum=0.9999, name="late"))
    return made, recipe, {("late", "momentum"), ("late", "")}


FAULTS: dict[str, Breaker] = {
    "narrow dense layer": _narrow_dense,
    "one channel": _narrow_conv,
    "long strides": _long_strides,
    "large pool": _large_pool,
    "heavy dropout": _heavy_dropout,
    "two dropouts in a row": _two_dropouts,
    "relu on the output": _relu_output,
    "deep sigmoids": _sigmoid_chain,
    "dead from the start": _dead_start,
    "saturated from the start": _wild_start,
    "learning rate too high": _fast,
    "learning rate too low": _slow,
    "late statistics": _late_statistics,
}
