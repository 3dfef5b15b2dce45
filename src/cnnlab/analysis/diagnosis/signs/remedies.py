"""The smallest changes that may remove what the signs point at, as plain data; None where one cannot be made."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from cnnlab.analysis.diagnosis.kinds import NORMALIZING, kernel_arguments, kernels, weighs
from cnnlab.analysis.diagnosis.signs.seen import rate_of
from cnnlab.analysis.diagnosis.suspects import Change, InsertLayer, RemoveLayer, SetArgument, SetRecipe
from cnnlab.arch import Network, Node
from cnnlab.arch.initializers import VarianceScaling, Zeros
from cnnlab.arch.layers import BatchNormalization, Dropout, Dropping
from cnnlab.arch.network import snake_case
from cnnlab.records import CategoricalCrossentropy, LearningRateSchedule, Recipe

_RATES: Final = ("initial_learning_rate", "end_learning_rate", "max_learning_rate", "warmup_target")
_DEFAULT_RATE: Final = 0.001
_SMOOTHING: Final = 0.1
_CLIPNORM: Final = 1.0
_ADDED_DROPOUT: Final = 0.25
_MOMENTUM: Final = 0.9


def rate_times(recipe: Recipe, factor: float) -> Change | None:
    """Multiply the learning rate; of a schedule all rates in it.

    None where a callback sets the rate at each epoch, for then another one changes nothing; and where the rate is 0,
    which grows to Keras' most common default and does not shrink.
    """
    rate = rate_of(recipe.optimizer)
    if rate is None or any(callback.name == "LearningRateScheduler" for callback in recipe.callbacks):
        return None
    if isinstance(rate, LearningRateSchedule):
        value: Any = _scaled(rate, factor)
        return Change(f"all learning rates of its schedule times {factor:g}", (_set_rate(value),))
    if rate == 0 and factor < 1:
        return None
    value = float(f"{rate * factor:.6g}") or _DEFAULT_RATE
    return Change(f"learning rate {value:g}", (_set_rate(value),))


def _set_rate(value: float | LearningRateSchedule) -> SetRecipe:
    return SetRecipe("optimizer.learning_rate", value)


def _scaled(schedule: LearningRateSchedule, factor: float) -> LearningRateSchedule:
    """Multiply all rates of a schedule."""
    changed: dict[str, Any] = {}
    for name in _RATES:
        rate = getattr(schedule, name, None)
        if rate is not None:
            changed[name] = rate * factor
    values = getattr(schedule, "values", None)
    if values is not None:
        changed["values"] = tuple(rate * factor for rate in values)
    return replace(schedule, **changed)


def epochs_times(recipe: Recipe, factor: int) -> Change:
    """Train longer."""
    return epochs(recipe.epochs * factor)


def epochs(count: int) -> Change:
    """Train for so many epochs."""
    return Change(f"{count} {'epoch' if count == 1 else 'epochs'}", (SetRecipe("epochs", count),))


def activation(layers: Sequence[str], name: str) -> Change | None:
    """Give layers another activation."""
    return _argument(layers, "activation", name, name)


def initializer(network: Network, layers: Iterable[str], name: str) -> Change | None:
    """Draw the kernels of layers in another way; those that are drawn so already stay."""
    changed = [node for node in _nodes(network, layers) if any(drawn != name for drawn in _drawn(node))]
    if not changed:
        return None
    edits = [SetArgument(node.name, argument, name) for node in changed for argument in kernel_arguments(node.layer)]
    return Change(f"{name} in {_joined([node.name for node in changed])}", tuple(edits))


def usual_initializer(network: Network, layers: Iterable[str]) -> Change | None:
    """Draw kernels by the variance that fits their shape, where another one was set by hand."""
    odd = [node.name for node in _nodes(network, layers) if _by_hand(node)]
    return initializer(network, odd, "he_normal")


def zero_biases(network: Network, layers: Iterable[str]) -> Change | None:
    """Begin with biases of 0 where they begin elsewhere."""
    changed = [node.name for node in _nodes(network, layers) if _has_bias_elsewhere(node)]
    return _argument(changed, "bias_initializer", "zeros", "biases that begin at 0")


def quicker_statistics(network: Network) -> Change | None:
    """Let batch normalization's moving averages follow sooner."""
    slow = [
        node.name
        for node in network.nodes
        if isinstance(node.layer, BatchNormalization) and node.layer.momentum > _MOMENTUM
    ]
    return _argument(slow, "momentum", _MOMENTUM, f"momentum {_MOMENTUM:g}")


def without(layers: Sequence[str]) -> Change | None:
    """Take layers out."""
    if not layers:
        return None
    return Change(f"without {_joined(layers)}", tuple(RemoveLayer(layer) for layer in layers))


def dropouts(network: Network) -> list[str]:
    """List the layers that drop something."""
    return [node.name for node in network.nodes if isinstance(node.layer, Dropping) and node.layer.rate > 0]


def more_dropout(network: Network) -> Change | None:
    """Drop something before the last layer with weights, where nothing is dropped right there yet."""
    weighted = [node for node in network.nodes if weighs(node.layer)]
    if not weighted:
        return None
    before = network.nodes[weighted[-1].inputs[0]]
    if before.index == 0 or isinstance(before.layer, Dropping):
        return None
    layer = Dropout(_ADDED_DROPOUT)
    return Change(f"dropout {_ADDED_DROPOUT:g} behind {before.name}", (InsertLayer(before.name, layer),))


def normalized_middle(network: Network) -> Change | None:
    """Normalize half way through, where nothing is normalized yet."""
    weighted = [node for node in network.nodes if weighs(node.layer)]
    if len(weighted) < 3 or any(isinstance(node.layer, NORMALIZING) for node in network.nodes):  # noqa: PLR2004
        return None
    middle = weighted[(len(weighted) - 1) // 2].name
    return Change(f"batch normalization behind {middle}", (InsertLayer(middle, BatchNormalization()),))


def clipping(recipe: Recipe) -> Change | None:
    """Hold gradients to a length, where nothing does so yet."""
    optimizer = recipe.optimizer
    if any(value is not None for value in (optimizer.clipnorm, optimizer.clipvalue, optimizer.global_clipnorm)):
        return None
    return Change(f"gradients clipped to norm {_CLIPNORM:g}", (SetRecipe("optimizer.global_clipnorm", _CLIPNORM),))


def smoothing(recipe: Recipe) -> Change | None:
    """Believe labels a little less."""
    if not isinstance(recipe.loss, CategoricalCrossentropy) or recipe.loss.label_smoothing:
        return None
    return Change(f"label smoothing {_SMOOTHING:g}", (SetRecipe("loss.label_smoothing", _SMOOTHING),))


def _argument(layers: Sequence[str], argument: str, value: Any, what: str) -> Change | None:  # noqa: ANN401 - any
    """Set an argument of some layers."""
    if not layers:
        return None
    return Change(f"{what} in {_joined(layers)}", tuple(SetArgument(layer, argument, value) for layer in layers))


def _nodes(network: Network, layers: Iterable[str]) -> list[Node]:
    names = set(layers)
    return [node for node in network.nodes if node.name in names]


def _drawn(node: Node) -> list[str]:
    """Say how a layer's kernels are drawn, as their initializers are spelt in a recipe."""
    names = [type(kernel.initializer).__name__ for kernel in kernels(node)]
    return [snake_case(name) for name in names]


def _by_hand(node: Node) -> bool:
    """Tell whether a kernel is drawn without regard to its shape, or by a scale of one's own."""
    drawn = [type(kernel.initializer) for kernel in kernels(node)]
    return any(kind is VarianceScaling or not issubclass(kind, VarianceScaling) for kind in drawn)


def _has_bias_elsewhere(node: Node) -> bool:
    bias = next((one for one in node.parameters if one.name == "bias"), None)
    return bias is not None and not isinstance(bias.initializer, Zeros)


def _joined(names: Sequence[str]) -> str:
    """Name all: the text of a change tells it from every other."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
