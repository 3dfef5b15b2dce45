"""A trained network as an ONNX file, written from its description and weights: neither ONNX' library nor Keras.

What a file looks like from outside: one input, ``input``, images as the network takes them from its user (channels last
unless the network says otherwise), any number of them; one output, ``output``. Transposes stand inside.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.errors import NotSupportedError, UsageError, explain
from cnnlab.files import write_bytes
from cnnlab.formats.onnx.building import INPUT, OUTPUT, Array, Builder, Turn, Value, node_weights
from cnnlab.formats.onnx.emitters import emitter_of
from cnnlab.formats.onnx.messages import BATCH, Graph, Port, model_bytes

SUFFIX: Final = ".onnx"
CLASS_NAMES: Final = "class_names"
"""Under this name a file's metadata has the names of the classes, as JSON."""


def onnx_model(
    network: Network,
    weights: Sequence[npt.NDArray[Any]],
    *,
    divisor: float | None = None,
    class_names: Sequence[str] = (),
) -> bytes:
    """Write a network as the content of an ONNX file.

    Args:
        network: Its description; it may have branches.
        weights: In Keras' order.
        divisor: Of the pixels, where the file shall take them as bytes, 0 to 255, and divide them itself; None where
            it takes floats as the network does.
        class_names: In the order of the outputs; kept in the file's metadata.

    Returns:
        The same bytes for the same model.

    Raises:
        NotSupportedError: If a layer has no emitter; the message names it and its place.

    Example:
        >>> from cnnlab.arch import zoo
        >>> from cnnlab.arch.initial import initial_weights
        >>> lenet = zoo.network("lenet-5")
        >>> len(onnx_model(lenet, initial_weights(lenet, 0))) > 4 * lenet.total_params
        True
    """
    builder = Builder()
    out = _walked(network, list(weights), builder, divisor)
    taken = Port(INPUT, "float32" if divisor is None else "uint8", (BATCH, *network.shown(network.input_shape)))
    given = Port(OUTPUT, "float32", (BATCH, *network.shown(network.output_shape)))
    graph = Graph(network.name, builder.renamed(out.name, OUTPUT), builder.constants, taken, given)
    return model_bytes(graph, {CLASS_NAMES: json.dumps(list(class_names))} if class_names else {})


def _walked(network: Network, weights: list[Array], builder: Builder, divisor: float | None) -> Value:
    """Write each node in its turn; return the network's output as its user gets it."""
    values = [_input(network, builder, divisor)]
    arrays = node_weights(network, weights)
    for node in network.nodes[1:]:
        where = f"{network.name}, layer {node.index} {node.name!r}"
        inputs = tuple(values[source] for source in node.inputs)
        values.append(emitter_of(node.layer, where)(Turn(node.layer, node, inputs, arrays[node.index], builder)))
    out = builder.ordered(values[-1], network.data_format)
    computed = out.name != INPUT
    return out if computed else Value(builder.apply("Identity", OUTPUT, out.name), out.shape, out.order)


def _input(network: Network, builder: Builder, divisor: float | None) -> Value:
    name = INPUT
    if divisor is not None:
        floats = builder.apply("Cast", "pixels/floats", INPUT, to=1)
        name = builder.apply("Div", "pixels/divided", floats, builder.constant("pixels/divisor", divisor))
    shape = network.input_shape
    return Value(name, shape, network.data_format if len(shape) == 3 else "channels_last")  # noqa: PLR2004 - an image


def write_onnx(path: str | Path, content: bytes) -> Path:
    """Write a file whole or not at all.

    Args:
        path: A name that ends in ``.onnx``.
        content: Of `onnx_model`.

    Raises:
        NotSupportedError: If the name ends otherwise.
        UsageError: If there is no such folder.
        CnnlabError: If the disk refuses.
    """
    target = Path(path)
    if target.suffix != SUFFIX:
        fix = f"Write {target.name.split('.')[0] or 'model'}{SUFFIX}."
        raise NotSupportedError(explain(expected=f"a name that ends in {SUFFIX}", got=target.name, fix=fix))
    if not target.parent.is_dir():
        raise UsageError(explain(expected="a folder that is there", got=str(target.parent), where=str(target)))
    write_bytes(target, content)
    return target
