"""A trained network as plain data for `engine.js`: every shape, padding and place of a weight resolved."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch.layer import Layer, pad_before_after
from cnnlab.arch.layers import (
    Activation,
    Add,
    Average,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
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
    Maximum,
    MaxPooling2D,
    Minimum,
    Multiply,
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
    Subtract,
    ZeroPadding2D,
)
from cnnlab.arch.network import Network, Node
from cnnlab.report.pad.contract import PadNetwork

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]
Form = dict[str, Any]

# What the last layer puts out, by its activation; any other gives logits, as a loss with from_logits=True takes them.
_OUTPUTS: Final = {"softmax": "probabilities", "sigmoid": "shares"}


# What the engine calls some arrays.
_NAMES: Final = {"depthwise_kernel": "kernel", "pointwise_kernel": "pointwise", "gamma": "scale", "beta": "shift"}


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
        arrays = {_NAMES.get(name, name): array for name, array in arrays.items()}
        rows.extend(arrays[name].ravel() for name, size in _stored(node).items() if size)
    return np.concatenate(rows).astype(np.float32) if rows else np.zeros(0, np.float32)


def encoded(numbers: Array) -> str:
    """Write numbers as base64, the low byte first."""
    return b64encode(numbers.astype(numbers.dtype.newbyteorder("<")).tobytes()).decode("ascii")


def _outputs(nodes: list[Form]) -> str:
    """Say what comes out: the last layer that changes numbers decides; where ways join, what they bring."""
    return _output_of(nodes, len(nodes))


def _output_of(nodes: list[Form], place: int) -> str:
    while place and nodes[place - 1]["kind"] == "same" and nodes[place - 1]["activation"] == "linear":
        place = nodes[place - 1]["inputs"][0]
    last = nodes[place - 1] if place else None
    if last is not None and len(last["inputs"]) > 1:
        brought = {_output_of(nodes, source) for source in last["inputs"]}
        return "logits" if "logits" in brought else "shares"
    return _OUTPUTS.get(last["activation"] if last else "", "logits")


def _known(node: Node) -> bool:
    return type(node.layer) in _FORMS


def _stored(node: Node) -> dict[str, int]:
    """Say which numbers a node has in the row of weights, and how many; 0 where it has none of them."""
    sizes = {_NAMES.get(parameter.name, parameter.name): parameter.size for parameter in node.parameters}
    match node.layer:
        case Conv2D() | Dense() | DepthwiseConv2D():
            return {"kernel": sizes["kernel"], "bias": sizes.get("bias", 0)}
        case SeparableConv2D():
            return {name: sizes.get(name, 0) for name in ("kernel", "pointwise", "bias")}
        case LayerNormalization():
            return {name: sizes.get(name, 0) for name in ("scale", "shift")}
        case PReLU():
            return {"alpha": sizes["alpha"]}
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


def _depthwise(kind: str) -> Callable[[Node], Form]:
    """Return what describes a layer with kernels for each channel alone."""
    window = _window(kind)

    def form(node: Node) -> Form:
        layer = node.layer
        assert isinstance(layer, DepthwiseConv2D | SeparableConv2D), "listed for these two"
        return {**window(node), "multiplier": layer.depth_multiplier}

    return form


def _layer_normalization(node: Node) -> Form:
    layer = node.layer
    assert isinstance(layer, LayerNormalization), "listed for it alone"
    return {"kind": "layer_normalization", "epsilon": layer.epsilon}


def _prelu(node: Node) -> Form:
    """Say how far it is from one alpha to the next; a row of features is an image of one place."""
    missing = (1,) * (3 - len(node.input_shape))
    rows, columns, channels = missing + node.parameters[0].shape
    steps = [columns * channels * (rows > 1), channels * (columns > 1), int(channels > 1)]
    return {"kind": "prelu", "image": list(missing + node.input_shape), "steps": steps}


def _rectified(node: Node) -> Form:
    """Describe a bend with arguments of its own, which takes the place of the activation of its name."""
    layer = node.layer
    assert isinstance(layer, ReLU | LeakyReLU), "listed for these two"
    form: Form = {"kind": "rectified", "activation": "linear", "slope": layer.negative_slope}
    if isinstance(layer, LeakyReLU):
        return {**form, "threshold": 0.0, "most": None}
    return {**form, "threshold": layer.threshold, "most": layer.max_value}


def _zero_padding(node: Node) -> Form:
    layer = node.layer
    assert isinstance(layer, ZeroPadding2D), "listed for it alone"
    return {"kind": "zero_padding", "before": [layer.rows[0], layer.columns[0]]}


_FORMS: Final[Mapping[type[Layer], Callable[[Node], Form]]] = {
    Activation: _plain("same"),
    Add: _plain("add"),
    Average: _plain("average"),
    AveragePooling2D: _window("average_pooling"),
    BatchNormalization: _plain("normalization"),
    Concatenate: _plain("concatenate"),
    Conv2D: _window("convolution"),
    Dense: _plain("dense"),
    DepthwiseConv2D: _depthwise("depthwise"),
    Dropout: _plain("same"),
    Flatten: _plain("same"),
    GaussianNoise: _plain("same"),
    GlobalAveragePooling2D: _plain("global_average"),
    GlobalMaxPooling2D: _plain("global_max"),
    LayerNormalization: _layer_normalization,
    Maximum: _plain("maximum"),
    LeakyReLU: _rectified,
    MaxPooling2D: _window("max_pooling"),
    PReLU: _prelu,
    Minimum: _plain("minimum"),
    Multiply: _plain("multiply"),
    ReLU: _rectified,
    RandomFlip: _plain("same"),
    RandomRotation: _plain("same"),
    RandomTranslation: _plain("same"),
    RandomZoom: _plain("same"),
    Rescaling: _rescaling,
    SeparableConv2D: _depthwise("separable"),
    Subtract: _plain("subtract"),
    Reshape: _plain("same"),
    Softmax: _plain("same"),
    SpatialDropout2D: _plain("same"),
    ZeroPadding2D: _zero_padding,
}

__all__ = ["encoded", "network_data", "node_forms", "obstacle", "packed"]
