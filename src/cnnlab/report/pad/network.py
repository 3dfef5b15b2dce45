"""A trained network as plain data for `engine.js`: every shape, padding and place of a weight resolved."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch.layer import Layer, pad_before_after
from cnnlab.arch.layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
    Rescaling,
)
from cnnlab.arch.network import Network, Node
from cnnlab.report.pad.contract import PadNetwork

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]
Form = dict[str, Any]

# What the last layer puts out, by its activation; any other gives logits, as a loss with from_logits=True takes them.
_OUTPUTS: Final = {"softmax": "probabilities", "sigmoid": "shares"}


def network_data(pad: PadNetwork) -> Form:
    """Describe a network with the weights of its seeds, as JSON takes it.

    Args:
        pad: Whose layers the engine knows: `obstacle` found none.

    Returns:
        The type ``PadNet`` of `engine.js`.
    """
    nodes = node_forms(pad.network)
    return {
        "name": pad.name,
        "divisor": pad.divisor,
        "outputs": _outputs(nodes),
        "nodes": nodes,
        "seeds": [
            {"seed": seed, "weights": encoded(packed(pad.network, weights))}
            for seed, weights in zip(pad.seeds, pad.weights, strict=True)
        ],
    }


def obstacle(pad: PadNetwork, shape: tuple[int, int], classes: int) -> str | None:
    """Say in a sentence why a network cannot answer in a pad; None where it can.

    Args:
        pad: The network.
        shape: (height, width) of the images.
        classes: How many have a name.
    """
    unknown = sorted({type(node.layer).__name__ for node in pad.network.nodes[1:] if not _known(node)})
    if unknown:
        return f"The pad cannot compute {', '.join(unknown)} yet."
    if pad.network.input_shape not in {(*shape, 1), shape}:
        return f"It does not take grey images of {shape[0]} x {shape[1]} pixels."
    if pad.network.output_shape != (classes,):
        return f"It does not answer with one number for each of {classes} classes."
    if not pad.seeds:
        return "None of its runs has kept its weights."
    if not all(np.isfinite(array).all() for weights in pad.weights for array in weights):
        return "Its weights are not finite."
    return None


def node_forms(network: Network) -> list[Form]:
    """Describe the nodes behind the input: the type ``PadNode`` of `layers.js`."""
    forms, place = [], 0
    for node in network.nodes[1:]:
        form = {
            "inputs": list(node.inputs),
            "input": list(node.input_shape),
            "output": list(node.output_shape),
            "activation": getattr(node.layer, "activation", None) or "linear",
            **_FORMS[type(node.layer)](node),
        }
        for name, size in _stored(node).items():
            form[name], place = (place, place + size) if size else (-1, place)
        forms.append(form)
    return forms


def packed(network: Network, weights: tuple[Array, ...]) -> npt.NDArray[np.float32]:
    """Put a network's weights into one row, each where `node_forms` says.

    Args:
        network: Its description.
        weights: In Keras' order.
    """
    rows: list[Array] = []
    left = iter(weights)
    for node in network.nodes[1:]:
        arrays: Arrays = {parameter.name: next(left) for parameter in node.parameters}
        if isinstance(node.layer, BatchNormalization):
            arrays = _scale_and_shift(node.layer, arrays)
        rows.extend(arrays[name].ravel() for name, size in _stored(node).items() if size)
    return np.concatenate(rows).astype(np.float32) if rows else np.zeros(0, np.float32)


def encoded(numbers: Array) -> str:
    """Write numbers as base64, the low byte first."""
    return b64encode(numbers.astype(numbers.dtype.newbyteorder("<")).tobytes()).decode("ascii")


def _outputs(nodes: list[Form]) -> str:
    """Say what comes out: the last layer that changes numbers decides."""
    last = next((form for form in reversed(nodes) if form["kind"] != "same" or form["activation"] != "linear"), None)
    return _OUTPUTS.get(last["activation"] if last else "", "logits")


def _known(node: Node) -> bool:
    return type(node.layer) in _FORMS and len(node.inputs) == 1


def _stored(node: Node) -> dict[str, int]:
    """Say which numbers a node has in the row of weights, and how many; 0 where it has none of them."""
    match node.layer:
        case Conv2D() | Dense():
            sizes = {parameter.name: parameter.size for parameter in node.parameters}
            return {"kernel": sizes["kernel"], "bias": sizes.get("bias", 0)}
        case BatchNormalization():
            return {"scale": node.input_shape[-1], "shift": node.input_shape[-1]}
        case _:
            return {}


def _scale_and_shift(layer: BatchNormalization, arrays: Arrays) -> Arrays:
    """Make of a normalization in evaluation one factor and one summand for each channel."""
    exact = {name: array.astype(np.float64) for name, array in arrays.items()}
    scale = exact.get("gamma", 1.0) / np.sqrt(exact["moving_variance"] + layer.epsilon)
    return {"scale": scale, "shift": exact.get("beta", 0.0) - exact["moving_mean"] * scale}


def _window(kind: str) -> Callable[[Node], Form]:
    """Return what describes a layer with a window."""

    def form(node: Node) -> Form:
        window = node.layer.window
        assert window is not None, "only layers with a window are listed with one"
        before = [
            pad_before_after(node.input_shape[axis], window.reach[axis], window.strides[axis], window.padding)[0]
            for axis in (0, 1)
        ]
        sizes = {"size": window.size, "strides": window.strides, "dilation": window.dilation}
        return {"kind": kind, **{name: list(pair) for name, pair in sizes.items()}, "before": before}

    return form


def _plain(kind: str) -> Callable[[Node], Form]:
    """Return what describes a layer that needs no more than its kind."""
    return lambda node: {"kind": kind}  # noqa: ARG005 - all describe a node


def _rescaling(node: Node) -> Form:
    layer = node.layer
    assert isinstance(layer, Rescaling), "listed for it alone"
    return {"kind": "rescaling", "factor": layer.scale, "offset": layer.offset}


_FORMS: Final[Mapping[type[Layer], Callable[[Node], Form]]] = {
    Activation: _plain("same"),
    AveragePooling2D: _window("average_pooling"),
    BatchNormalization: _plain("normalization"),
    Conv2D: _window("convolution"),
    Dense: _plain("dense"),
    Dropout: _plain("same"),
    Flatten: _plain("same"),
    GlobalAveragePooling2D: _plain("global_average"),
    GlobalMaxPooling2D: _plain("global_max"),
    MaxPooling2D: _window("max_pooling"),
    Rescaling: _rescaling,
}

__all__ = ["encoded", "network_data", "node_forms", "obstacle", "packed"]
