"""The branches of a study file's network: layers that name those they take from."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cnnlab.arch import Layer, Network, Shape, chain, graph
from cnnlab.arch.network import DataFormat, layer_names, split_input
from cnnlab.arch.ordering import in_keras_order
from cnnlab.errors import UsageError, did_you_mean, explain

KEY: Final = "inputs"
INPUT: Final = "input_layer"
"""What a layer writes to take the images themselves; Keras' name for them."""

Wishes = Sequence[Sequence[str] | None]


def take_inputs(table: dict[str, Any], where: str) -> list[str] | None:
    """Take ``inputs = [...]`` out of a layer's table; None where it does not say.

    Raises:
        UsageError: If it is no list of names.
    """
    value = table.pop(KEY, None)
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(name, str) for name in value):
        fix = 'Write inputs = ["conv2d", "conv2d_1"]; leave it out to take from the layer before.'
        raise UsageError(explain(expected="inputs to be a list of names", got=repr(value), where=where, fix=fix))
    return value


def wired(name: str, layers: Sequence[Layer], wishes: Wishes, shape: Shape | None, data_format: DataFormat) -> Network:
    """Put layers together: each takes from those it names, or from the one before it.

    Args:
        name: Of the network.
        layers: In the order of the file.
        wishes: For each the names of its inputs, or None.
        shape: Of one image.
        data_format: What layers without one of their own take.

    Returns:
        The network, its layers in Keras' order.

    Raises:
        NetworkError: If the layers do not fit together.
        UsageError: If a name is none of a layer before, or a layer leads nowhere.
    """
    if not any(wishes):
        return chain(name, layers, input_shape=shape, data_format=data_format)
    first, layers = split_input(name, layers, shape)
    places = {INPUT: 0}
    steps = []
    for index, (layer, called, wished) in enumerate(zip(layers, layer_names(name, layers), wishes, strict=True)):
        where = f"layer {index + 1} {called!r}, {KEY}"
        steps.append((layer, tuple(_place(one, places, where) for one in wished) if wished else (index,)))
        places[called] = index + 1
    _refuse_loose_ends(places, steps)
    return in_keras_order(graph(name, first, steps, data_format=data_format))


def _place(name: str, places: Mapping[str, int], where: str) -> int:
    if name not in places:
        fix = did_you_mean(name, places) or f"Before it are {', '.join(places)}."
        raise UsageError(explain(expected="names of layers before it", got=repr(name), where=where, fix=fix))
    return places[name]


def _refuse_loose_ends(places: Mapping[str, int], steps: Sequence[tuple[Layer, tuple[int, ...]]]) -> None:
    taken = {source for _, inputs in steps for source in inputs}
    for name, place in places.items():
        if place not in taken and place != len(steps):
            fix = f"Name it in the {KEY} of another, or leave it out; the last layer is the output."
            raise UsageError(
                explain(expected="layers that another takes from", got=f"{name!r}, which none does", fix=fix)
            )


def inputs_as_table(network: Network, index: int) -> dict[str, list[str]]:
    """Write what a layer takes from, where that is not the layer before it alone."""
    node = network.nodes[index]
    if node.inputs == (index - 1,):
        return {}
    return {KEY: [network.nodes[source].name if source else INPUT for source in node.inputs]}
