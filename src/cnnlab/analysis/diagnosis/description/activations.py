"""Activations inside the network that add nothing or let no gradient through."""

from collections.abc import Iterator

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.walking import activation, hidden, takers
from cnnlab.analysis.diagnosis.description.wording import amount, change, names
from cnnlab.analysis.diagnosis.kinds import weighs
from cnnlab.analysis.diagnosis.suspects import SetArgument, Suspect
from cnnlab.arch import Network, Node
from cnnlab.arch.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    DepthwiseConv2D,
    Dropping,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling2D,
    Maximum,
    MaxPooling2D,
    Minimum,
    Multiply,
    PReLU,
    Rescaling,
    Reshape,
    ZeroPadding2D,
)

# Two layers with weights and only these between are together no more than one layer can be.
_LINEAR = (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Dropping,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling2D,
    Rescaling,
    Reshape,
    ZeroPadding2D,
)
# Without an activation of their own, and not linear.
_BENDING = (Maximum, MaxPooling2D, Minimum, Multiply, PReLU)
_SIGMOID_SLOPE = 0.25

_SOFTMAX, _NO_ACTIVATION, _ALL_LINEAR, _SIGMOIDS, _TANHS = 0.7, 0.35, 0.8, 0.3, 0.2


def hidden_softmaxes(seen: Seen) -> Iterator[Suspect]:
    """Find softmaxes before the last layer with weights: they make channels compete that should add up."""
    for node in hidden(seen.network):
        if activation(node) == "softmax":
            channels = node.output_shape[-1]
            text = (
                f"{node.name} applies softmax inside the network: its {channels} channels share a sum of 1 everywhere."
            )
            evidence = (("channels", float(channels)), ("sum", 1.0))
            changes = (change(SetArgument(node.name, "activation", "relu")),)
            yield Suspect("hidden-softmax", (node.name,), text, evidence, "description", changes, _SOFTMAX)


def missing_activations(seen: Seen) -> Iterator[Suspect]:
    """Find layers with weights that another follows without anything between that is not linear.

    A depthwise convolution without an activation is left alone: with what mixes its channels it is a separable one.
    """
    bent = any(activation(node) != "linear" or isinstance(node.layer, _BENDING) for node in hidden(seen.network))
    for node in hidden(seen.network):
        asked = weighs(node.layer) and not isinstance(node.layer, DepthwiseConv2D)
        following = _linear_follower(seen.network, node) if asked else None
        if following is not None and activation(node) == "linear":
            text = f"Nothing but linear layers lies between {node.name}, which has no activation, and {following.name}."
            if not bent:
                text += " The whole network before its output is linear."
            changes = (change(SetArgument(node.name, "activation", "relu")),)
            weight = _NO_ACTIVATION if bent else _ALL_LINEAR
            yield Suspect("missing-activation", (node.name,), text, (), "description", changes, weight)


def _linear_follower(network: Network, node: Node) -> Node | None:
    """Walk on over linear layers to one with weights; None where there is none."""
    for taker in takers(network, node):
        if weighs(taker.layer):
            return taker
        if isinstance(taker.layer, _LINEAR) and activation(taker) == "linear":
            found = _linear_follower(network, taker)
            if found is not None:
                return found
    return None


def saturating(seen: Seen) -> Iterator[Suspect]:
    """Find many sigmoids or tanhs one behind the other.

    The slope of a sigmoid is at most 1/4, so n of them scale a gradient by at most 1/4 ** n beside the weights' own
    factors; that of tanh is at most 1, and near 0 where it saturates (Glorot and Bengio, 2010).
    """
    limits = seen.thresholds
    for name, least in (("sigmoid", limits.sigmoids), ("tanh", limits.tanhs)):
        deep = _in_a_row(seen, name)
        layers = tuple(node.name for node in hidden(seen.network) if activation(node) == name)
        if deep < least:
            continue
        text = f"{deep} layers one behind the other end in {name}: {names(layers)}."
        evidence = [("layers in a row", float(deep))]
        weight = _TANHS
        if name == "sigmoid":
            scale = _SIGMOID_SLOPE**deep
            text += f" Their slopes together are at most {amount(scale)}."
            evidence.append(("largest slope", scale))
            weight = min(0.8, _SIGMOIDS + 0.15 * (deep - 1))
        changes = (change(*(SetArgument(layer, "activation", "relu") for layer in layers)),)
        yield Suspect("saturating-activations", layers, text, tuple(evidence), "description", changes, round(weight, 2))


def _in_a_row(seen: Seen, name: str) -> int:
    """Count the most layers of an activation on any way to the last layer with weights."""
    inside = {node.index for node in hidden(seen.network)}
    counts = [0]
    for node in seen.network.nodes[1:]:
        here = int(node.index in inside and activation(node) == name)
        counts.append(max(counts[source] for source in node.inputs) + here)
    return max(counts)
