"""Layers that could be left out: they compute what is there already."""

from collections.abc import Iterator

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.walking import activation, live
from cnnlab.analysis.diagnosis.description.wording import change
from cnnlab.analysis.diagnosis.suspects import RemoveLayer, Suspect
from cnnlab.arch import Node
from cnnlab.arch.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Dropping,
    Flatten,
    GaussianNoise,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    PReLU,
    ReLU,
    Rescaling,
    Reshape,
    ZeroPadding2D,
)

# They cost no accuracy; they are a sign that something else was meant.
_WEIGHT = 0.05


def without_effect(seen: Seen) -> Iterator[Suspect]:
    """Find layers that change nothing, or nothing that the layer before has not done."""
    for node in live(seen.network):
        before = seen.network.nodes[node.inputs[0]]
        reason = (_reason(node) or _reason_behind(node, before)) if len(node.inputs) == 1 else None
        if reason:
            removal = (change(RemoveLayer(node.name)),)
            text = f"{node.name} {reason}."
            yield Suspect("without-effect", (node.name,), text, (), "description", removal, _WEIGHT)


def _reason(node: Node) -> str | None:
    """Say why a layer has no effect wherever it stands; None if it has one."""
    reason = None
    match node.layer:
        case Dropping(rate=0):
            reason = "drops nothing"
        case GaussianNoise(stddev=0):
            reason = "adds no noise"
        case Reshape() if node.input_shape == node.output_shape:
            reason = "reshapes into the shape that is there"
        case ZeroPadding2D() if node.input_shape == node.output_shape:
            reason = "puts no zeros anywhere"
        case Flatten() if len(node.input_shape) == 1:
            reason = "flattens what is flat"
        case Activation(activation="linear"):
            reason = "applies no activation"
        case Rescaling(scale=1.0, offset=0.0):
            reason = "multiplies by one and adds nothing"
        case MaxPooling2D() | AveragePooling2D() if _pools_single_positions(node):
            reason = "pools single positions"
    return reason


def _reason_behind(node: Node, before: Node) -> str | None:
    """Say why a layer has no effect behind the one before; None if it has one."""
    match node.layer:
        case Activation(activation="relu") | ReLU(is_plain=True) if activation(before) == "relu":
            return f"applies relu to what {before.name} has given through relu"
        case LeakyReLU() if activation(before) == "relu":
            return f"keeps what is not negative, and {before.name} gives nothing else"
        case BatchNormalization() if isinstance(before.layer, BatchNormalization):
            return f"normalizes what {before.name} has normalized"
        case LayerNormalization() if isinstance(before.layer, LayerNormalization):
            return f"normalizes what {before.name} has normalized"
        case PReLU() if activation(before) == "relu":
            return f"bends what is negative, where {before.name} leaves nothing"
        case _:
            return None


def _pools_single_positions(node: Node) -> bool:
    """Tell whether each window of a pool holds one position, and no position is left out."""
    window = node.layer.window
    return (
        window is not None
        and node.input_shape == node.output_shape
        and (window.size == (1, 1) or node.input_shape[:2] == (1, 1))
    )
