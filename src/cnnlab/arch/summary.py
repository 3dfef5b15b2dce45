"""A network's summary as data: what `cnnlab summary` shows."""

from dataclasses import dataclass
from typing import Any

from cnnlab.arch.layer import Shape
from cnnlab.arch.measures import (
    ReceptiveField,
    activation_bytes,
    image_size,
    multiply_adds,
    node_multiply_adds,
    receptive_field,
    receptive_fields,
)
from cnnlab.arch.network import Network, Node


@dataclass(frozen=True)
class LayerSummary:
    """One row of a summary.

    Attributes:
        name: The layer's name in the network.
        class_name: Keras' name of its class.
        output_shape: For one image, in the network's data format.
        params: All its parameters.
        multiply_adds: For one image, forward.
        receptive_field: Rows and columns of the input that one of its outputs depends on; None if the input is no
            image.
        connected_to: The names of the layers that it takes from.
    """

    name: str
    class_name: str
    output_shape: Shape
    params: int
    multiply_adds: int
    receptive_field: tuple[int, int] | None
    connected_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class NetworkSummary:
    """A network in numbers.

    Attributes:
        name: The network's.
        input_shape: Of one image, in the network's data format.
        image_size: Rows and columns of the input; None if it is no image.
        layers: A row each, without the input.
        total_params: All parameters.
        trainable_params: Those that training moves.
        multiply_adds: For one image, forward.
        activation_bytes: Of all layers' outputs for one image, as `measures.activation_bytes` counts them.
        receptive_field: Of the network's output.
        input_name: The input's name.
        is_chain: Whether each layer takes from the one before it.
    """

    name: str
    input_shape: Shape
    image_size: tuple[int, int] | None
    layers: tuple[LayerSummary, ...]
    total_params: int
    trainable_params: int
    multiply_adds: int
    activation_bytes: int
    receptive_field: tuple[int, int] | None
    input_name: str = "input_layer"
    is_chain: bool = True

    @property
    def non_trainable_params(self) -> int:
        """Count the parameters that training leaves alone."""
        return self.total_params - self.trainable_params

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "name": self.name,
            "input_shape": list(self.input_shape),
            "layers": [_row_as_dict(row) for row in self.layers],
            "total_params": self.total_params,
            "trainable_params": self.trainable_params,
            "non_trainable_params": self.non_trainable_params,
            "multiply_adds": self.multiply_adds,
            "activation_bytes": self.activation_bytes,
            "receptive_field": _listed(self.receptive_field),
        }


def summarize(network: Network) -> NetworkSummary:
    """Put a network into numbers.

    Example:
        >>> from cnnlab.arch import zoo
        >>> summary = summarize(zoo.network("architecture-1"))
        >>> summary.total_params, summary.trainable_params, summary.non_trainable_params, summary.multiply_adds
        (69135, 69095, 40, 1732380)
    """
    rows = zip(network.nodes[1:], receptive_fields(network)[1:], strict=True)
    return NetworkSummary(
        name=network.name,
        input_shape=network.shown(network.input_shape),
        image_size=image_size(network),
        layers=tuple(_row(network, node, field) for node, field in rows),
        total_params=network.total_params,
        trainable_params=network.trainable_params,
        multiply_adds=multiply_adds(network),
        activation_bytes=activation_bytes(network),
        receptive_field=receptive_field(network),
        input_name=network.nodes[0].name,
        is_chain=network.is_chain,
    )


def _row(network: Network, node: Node, field: ReceptiveField | None) -> LayerSummary:
    return LayerSummary(
        name=node.name,
        class_name=type(node.layer).__name__,
        output_shape=network.shown(node.output_shape),
        params=sum(parameter.size for parameter in node.parameters),
        multiply_adds=node_multiply_adds(node),
        receptive_field=None if field is None else field.size,
        connected_to=tuple(network.nodes[source].name for source in node.inputs),
    )


def _row_as_dict(row: LayerSummary) -> dict[str, Any]:
    return {
        "name": row.name,
        "class_name": row.class_name,
        "output_shape": list(row.output_shape),
        "params": row.params,
        "multiply_adds": row.multiply_adds,
        "receptive_field": _listed(row.receptive_field),
        "connected_to": list(row.connected_to),
    }


def _listed(size: tuple[int, int] | None) -> list[int] | None:
    return None if size is None else list(size)
