"""Where training begins: weights that are all alike, too wide or too narrow, units that start dead, the first loss."""

from collections.abc import Iterator
from math import isfinite, log, sqrt

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.walking import activation, ending, hidden, live
from cnnlab.analysis.diagnosis.description.wording import amount, change
from cnnlab.analysis.diagnosis.kinds import NORMALIZING, kernel_arguments, kernels, weighs
from cnnlab.analysis.diagnosis.suspects import RemoveLayer, SetArgument, Suspect
from cnnlab.analysis.observation import number
from cnnlab.arch import Node, Parameter
from cnnlab.arch.initializers import (
    Constant,
    GlorotNormal,
    HeNormal,
    Initializer,
    LecunNormal,
    Ones,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
from cnnlab.arch.layers import DepthwiseConv2D, LayerNormalization

# What is left of a normal distribution's standard deviation between -2 and 2 of them.
_WITHIN_TWO = 0.8796
_USUAL = (GlorotNormal(), HeNormal(), LecunNormal())

_ALL_ZERO, _ALL_ALIKE, _SPREAD, _DEAD, _LOSS = 0.9, 0.6, 0.4, 0.5, 0.3


def alike(seen: Seen) -> Iterator[Suspect]:
    """Find hidden layers whose kernel starts with one value everywhere: their units begin as copies of one another.

    From zeros a layer hands on the same for every image. The last layer may start so; what is before it differs.
    """
    for node in hidden(seen.network):
        value = _alike_value(node) if weighs(node.layer) else None
        if value is None:
            continue
        text = f"Each weight of {node.name}'s kernel starts at {amount(value)}"
        text += ", so that it hands on the same for every image." if not value else ", so that its units start alike."
        weight = _ALL_ALIKE if value else _ALL_ZERO
        evidence = (("value", value),)
        drawn = (SetArgument(node.name, argument, "glorot_uniform") for argument in kernel_arguments(node.layer))
        yield Suspect("alike-weights", (node.name,), text, evidence, "description", (change(*drawn),), weight)


def _alike_value(node: Node) -> float | None:
    """Return the one value from which all outputs of a layer begin alike; None where something tells them apart."""
    values = [constant(kernel.initializer) for kernel in kernels(node)]
    if 0 in values:
        return 0.0
    # A depthwise convolution's outputs have inputs of their own; a separable one's are made by its second kernel.
    if isinstance(node.layer, DepthwiseConv2D):
        return None
    # Biases that differ tell units apart, but not images that meet zeros only.
    others = [constant(parameter.initializer) for parameter in node.parameters if parameter.name == "bias"]
    return None if None in others else values[-1]


def closed_normalizations(seen: Seen) -> Iterator[Suspect]:
    """Find normalizations that nothing passes: gamma starts at 0, or a single channel is normalized by itself."""
    for node in live(seen.network):
        if isinstance(node.layer, LayerNormalization) and node.input_shape[-1] == 1:
            text = (
                f"{node.name} normalizes each position's one channel by itself: it hands on the same for every image."
            )
            removal = (change(RemoveLayer(node.name)),)
            yield Suspect("alike-weights", (node.name,), text, (("channels", 1),), "description", removal, _ALL_ZERO)
        elif isinstance(node.layer, NORMALIZING) and node.layer.scale:
            value = constant(node.parameters[0].initializer)
            if value == 0:
                text = f"gamma of {node.name} starts at 0, so that it hands on the same for every image."
                changes = (change(SetArgument(node.name, "gamma_initializer", "ones")),)
                evidence = (("gamma", value),)
                yield Suspect("alike-weights", (node.name,), text, evidence, "description", changes, _ALL_ALIKE)


def spreads(seen: Seen) -> Iterator[Suspect]:
    """Find kernels that start far wider or narrower than Glorot's, He's and LeCun's, which keep signals' size."""
    limits = seen.thresholds
    for node in live(seen.network):
        for kernel, argument in zip(kernels(node), kernel_arguments(node.layer), strict=True):
            own = spread(kernel)
            usual = [sqrt(initializer.variance(kernel.shape)) for initializer in _USUAL]
            if own is None or min(usual) * limits.spread_low <= own <= max(usual) * limits.spread_high:
                continue
            text = (
                f"The {kernel.name} of {node.name} starts with a standard deviation of {amount(own)}; the usual "
                f"initializers give it {amount(min(usual))} to {amount(max(usual))}."
            )
            evidence = (("standard deviation", own), ("usual, least", min(usual)), ("usual, most", max(usual)))
            best = "he_uniform" if activation(node) == "relu" else "glorot_uniform"
            changes = tuple(change(SetArgument(node.name, argument, name)) for name in (best, "glorot_uniform"))
            off = own / max(usual) if own > max(usual) else min(usual) / own
            weight = round(min(0.9, _SPREAD + 0.1 * log(off)), 2)
            yield Suspect("weight-spread", (node.name,), text, evidence, "description", changes, weight)


def biases(seen: Seen) -> Iterator[Suspect]:
    """Find biases that start ReLUs below 0, where they have no gradient, or sigmoids and tanhs on their flat part."""
    for node in hidden(seen.network):
        bias = next((parameter for parameter in node.parameters if parameter.name == "bias"), None)
        value = constant(bias.initializer) if bias is not None else None
        kind = activation(node)
        if value is None or not weighs(node.layer):
            continue
        shut = kind == "relu" and value <= -seen.thresholds.bias
        flat = kind in {"sigmoid", "tanh"} and abs(value) >= seen.thresholds.bias
        if shut or flat:
            state = (
                "lets nothing through and has no gradient wherever the rest is smaller"
                if shut
                else "begins on its flat part"
            )
            text = f"The biases of {node.name} start at {amount(value)}: its {kind} {state}."
            changes = (change(SetArgument(node.name, "bias_initializer", "zeros")),)
            weight = round(min(0.9, _DEAD + 0.02 * abs(value)), 2)
            yield Suspect("bias-start", (node.name,), text, (("bias", value),), "description", changes, weight)


def first_losses(seen: Seen) -> Iterator[Suspect]:
    """Compare the loss before the first update to that of guessing alike: ln(classes) for cross-entropy over classes.

    Several outputs that are each looked at alone begin in the middle and not at the classes' shares: nothing is said.

    Karpathy, "A Recipe for Training Neural Networks" (2019): verify the loss at the start.
    """
    loss, guess = seen.initial_loss, seen.recipe.loss.of_guessing(seen.classes)
    if seen.recipe.loss.separate and seen.network.output_shape[-1] > 1:
        return
    if loss is None or not isfinite(loss) or abs(loss - guess) <= seen.thresholds.loss_off:
        return
    end = ending(seen.network) or seen.network.nodes[-1:]
    text = f"The first loss is {number(loss)}; guessing {seen.classes} classes alike gives {number(guess)}."
    evidence = (("initial loss", loss), ("classes", float(seen.classes)), ("loss of guessing", guess))
    weight = round(min(0.8, _LOSS + 0.1 * abs(loss - guess)), 2)
    yield Suspect("first-loss", (end[0].name,), text, evidence, "description", (), weight)


def constant(initializer: Initializer) -> float | None:
    """Return the one value that an initializer gives all weights; None where they differ."""
    match initializer:
        case Zeros():
            return 0.0
        case Ones():
            return 1.0
        case Constant(value):
            return value
        case RandomUniform(low, high) if low == high:
            return low
        case RandomNormal(mean, 0):
            return mean
    return None


def spread(parameter: Parameter) -> float | None:
    """Return the standard deviation with which an initializer fills a weight; None where all are alike."""
    if constant(parameter.initializer) is not None:
        return None
    match parameter.initializer:
        case TruncatedNormal(_, deviation):
            return _WITHIN_TWO * deviation
        case RandomNormal(_, deviation):
            return deviation
        case RandomUniform(low, high):
            return (high - low) / sqrt(12)
        case VarianceScaling() as scaling:
            return sqrt(scaling.variance(parameter.shape))
    return None
