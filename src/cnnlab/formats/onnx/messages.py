"""The messages of an ONNX file, as far as trained networks need them, with the numbers of `onnx.proto`.

ONNX: https://github.com/onnx/onnx/blob/main/docs/IR.md
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.formats.onnx.wire import bytes_field, float_field, text_field, whole_field
from cnnlab.version import __version__

OPSET: Final = 17
"""Version of the set of operators: the first with LayerNormalization, which all runtimes since 2022 read."""
IR_VERSION: Final = 8
"""Version of the file's form that came with it."""
PRODUCER: Final = "cnnlab"
BATCH: Final = "N"
"""What the number of images is called: any number may be handed over."""

Attribute = int | float | str | Sequence[int]
Dimension = int | str

_ELEMENTS: Final = {"float32": 1, "uint8": 2, "int64": 7}


@dataclass(frozen=True)
class Operator:
    """One step of a graph.

    Attributes:
        kind: The operator's name in ONNX.
        inputs: Names of values.
        outputs: Names of values.
        name: Its own.
        attributes: Numbers, texts and rows of whole numbers.
    """

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    name: str
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True)
class Port:
    """Where something comes in or goes out.

    Attributes:
        name: Of the value.
        element: "float32" or "uint8".
        shape: The number of images first; a word is a number that is open.
    """

    name: str
    element: str
    shape: tuple[Dimension, ...]


@dataclass(frozen=True, eq=False)
class Graph:
    """A whole computation.

    Attributes:
        name: Of the network.
        operators: In an order in which they can be computed.
        constants: Weights and other fixed arrays, by the names of their values.
        taken: Its input.
        given: Its output.
    """

    name: str
    operators: Sequence[Operator]
    constants: Mapping[str, npt.NDArray[Any]]
    taken: Port
    given: Port


def model_bytes(graph: Graph, told: Mapping[str, str]) -> bytes:
    """Write a file's content (ModelProto); the same model is the same bytes.

    Args:
        graph: What is computed.
        told: To stand beside it, by names; runtimes hand it out.
    """
    opset = text_field(1, "") + whole_field(2, OPSET)
    return b"".join(
        [
            whole_field(1, IR_VERSION),
            text_field(2, PRODUCER),
            text_field(3, __version__),
            bytes_field(7, _graph(graph)),
            bytes_field(8, opset),
            *(bytes_field(14, text_field(1, name) + text_field(2, text)) for name, text in told.items()),
        ]
    )


def _graph(graph: Graph) -> bytes:
    """Write a GraphProto."""
    return b"".join(
        [
            *(bytes_field(1, _operator(one)) for one in graph.operators),
            text_field(2, graph.name),
            *(bytes_field(5, _constant(name, array)) for name, array in graph.constants.items()),
            bytes_field(11, _port(graph.taken)),
            bytes_field(12, _port(graph.given)),
        ]
    )


def _operator(one: Operator) -> bytes:
    """Write a NodeProto."""
    return b"".join(
        [
            *(text_field(1, name) for name in one.inputs),
            *(text_field(2, name) for name in one.outputs),
            text_field(3, one.name),
            text_field(4, one.kind),
            *(bytes_field(5, _attribute(name, value)) for name, value in one.attributes.items()),
        ]
    )


def _attribute(name: str, value: Attribute) -> bytes:
    """Write an AttributeProto: its name, its value in the field of its type, and which type that is."""
    match value:
        case int():
            content, kind = whole_field(3, value), 2
        case float():
            content, kind = float_field(2, value), 1
        case str():
            content, kind = text_field(4, value), 3
        case _:
            content, kind = b"".join(whole_field(8, one) for one in value), 7
    return text_field(1, name) + content + whole_field(20, kind)


def _constant(name: str, array: npt.NDArray[Any]) -> bytes:
    """Write a TensorProto: numbers in the order of rows, little-endian."""
    raw = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
    sizes = _joined(whole_field(1, size) for size in array.shape)
    return sizes + whole_field(2, _ELEMENTS[array.dtype.name]) + text_field(8, name) + bytes_field(9, raw)


def _port(port: Port) -> bytes:
    """Write a ValueInfoProto with the type of its tensor."""
    shape = _joined(bytes_field(1, _dimension(size)) for size in port.shape)
    tensor = whole_field(1, _ELEMENTS[port.element]) + bytes_field(2, shape)
    return text_field(1, port.name) + bytes_field(2, bytes_field(1, tensor))


def _dimension(size: Dimension) -> bytes:
    return text_field(2, size) if isinstance(size, str) else whole_field(1, size)


def _joined(parts: Iterable[bytes]) -> bytes:
    return b"".join(parts)
