"""The wiring of a network with branches in Keras' configuration: which layer takes from which.

The layers themselves are written and read by `keras_config`; here is what stands around them: ``inbound_nodes`` with
their ``__keras_tensor__`` of Keras 3 (or the bare lists of Keras 2), ``input_layers`` and ``output_layers``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from cnnlab.arch.layer import Layer
from cnnlab.arch.layers import Input
from cnnlab.arch.network import DataFormat, Network, Node, graph
from cnnlab.arch.ordering import nodes_in_keras_order
from cnnlab.errors import NetworkError, NotSupportedError, explain

Config = dict[str, Any]

_TENSOR: Final = "__keras_tensor__"
_REFERENCE: Final = 3  # a layer's name, which call of it, which of its outputs
_CALL_NEUTRAL: Final = {"training": (None, False), "mask": (None,)}


def functional_config(network: Network, written: Callable[[Node], Config]) -> Config:
    """Write a network as Keras' ``Functional.get_config()`` does.

    Args:
        network: Whose layers all lead to the output.
        written: Writes one layer, the input too.

    Raises:
        NotSupportedError: If a layer leads nowhere.
    """
    nodes = nodes_in_keras_order(network)
    lost = {node.index for node in network.nodes} - {node.index for node in nodes}
    if lost:
        got = repr(network.nodes[min(lost)].name)
        fix = "Its output enters no other layer; leave it out, or join it with Add or Concatenate."
        raise NotSupportedError(
            explain(expected="layers that lead to the output", got=got, where=network.name, fix=fix)
        )
    return {
        "name": network.name,
        "trainable": True,
        "layers": [
            {**written(node), "name": node.name, "inbound_nodes": _inbound(network, node)} for node in network.nodes
        ],
        "input_layers": [network.nodes[0].name, 0, 0],
        "output_layers": [network.nodes[-1].name, 0, 0],
    }


def _inbound(network: Network, node: Node) -> list[Config]:
    if not node.inputs:
        return []
    tensors = [_tensor(network, network.nodes[source]) for source in node.inputs]
    several = node.layer.input_count != (1, 1)
    return [{"args": [tensors] if several else tensors, "kwargs": {}}]


def _tensor(network: Network, source: Node) -> Config:
    shape = [None, *network.shown(source.output_shape)]
    history = [source.name, 0, 0]
    return {"class_name": _TENSOR, "config": {"shape": shape, "dtype": "float32", "keras_history": history}}


def read_functional(
    name: str, inner: Config, read: Callable[[object, str], Layer], layout: Callable[[list[Layer]], DataFormat]
) -> Network:
    """Read a network from the inner part of Keras' configuration of a Functional model.

    Args:
        name: For the network.
        inner: With ``layers``, ``input_layers`` and ``output_layers``.
        read: Reads one layer, given the place for messages.
        layout: Tells the data format of some layers.

    Raises:
        NetworkError: If the layers do not fit together, or the text is none of Keras'.
        NotSupportedError: If Keras has it and cnnlab does not: several inputs or outputs, a layer used twice.
    """
    entries = inner.get("layers")
    if not isinstance(entries, list) or not entries:
        raise NetworkError(explain(expected="a list of layers", got=repr(entries), where=name))
    source = _only(inner, "input_layers", name)
    places: dict[str, int] = {}
    steps: list[tuple[Layer, tuple[int, ...]]] = []
    first: Input | None = None
    for number, entry in enumerate(entries):
        where = f"{name}, entry {number} of layers"
        layer = read(entry, where)
        called = _name_of(entry, layer)
        if called in places:
            raise NetworkError(
                explain(expected="a name of its own for each layer", got=f"{called!r} twice", where=where)
            )
        if isinstance(layer, Input):
            first = _the_input(layer, called, source, first, where)
            places[called] = 0
            continue
        inputs = tuple(_place(one, places, where) for one in _sources(entry, called, where))
        steps.append((layer, inputs))
        places[called] = len(steps)
    if first is None:
        raise NetworkError(explain(expected="an InputLayer", got="none", where=name))
    steps = _ending_in(_place(_only(inner, "output_layers", name), places, name), steps, name)
    return graph(name, first, steps, data_format=layout([layer for layer, _ in steps]))


def _name_of(entry: object, layer: Layer) -> str:
    told = entry.get("name") if isinstance(entry, Mapping) else None
    return str(told or layer.name)


def _the_input(layer: Input, called: str, source: str, before: Input | None, where: str) -> Input:
    if before is not None or called != source:
        raise NotSupportedError(explain(expected="one input", got=f"a further one, {called!r}", where=where))
    return layer


def _ending_in(last: int, steps: list[tuple[Layer, tuple[int, ...]]], name: str) -> list[tuple[Layer, tuple[int, ...]]]:
    """Check that the output is the last layer: Keras writes layers by their way to the output, so it is."""
    if last != len(steps):
        got = "another one"
        raise NotSupportedError(explain(expected="the last layer to be the only output", got=got, where=name))
    return steps


def _only(inner: Config, key: str, where: str) -> str:
    """Return the name of the only input or output: written as ["a", 0, 0] or, in older files, [["a", 0, 0]]."""
    value = inner.get(key)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    found = _reference(value)
    if found is None:
        expected = f"one layer in {key}"
        raise NotSupportedError(explain(expected=expected, got=repr(inner.get(key)), where=where))
    return found


def _reference(value: object) -> str | None:
    """Read a layer's name out of ["conv2d", 0, 0], with Keras 2's arguments behind; None if it is no such list."""
    if not isinstance(value, list | tuple) or len(value) < _REFERENCE or not isinstance(value[0], str):
        return None
    name, call, output, *arguments = value
    return name if call == 0 and output == 0 and arguments in ([], [{}]) else None


def _sources(entry: object, called: str, where: str) -> list[str]:
    """List the names of those that a layer takes from."""
    calls = entry.get("inbound_nodes") if isinstance(entry, Mapping) else None
    if not isinstance(calls, list) or not calls:
        raise NetworkError(
            explain(expected="inbound_nodes of the layer", got=repr(calls), where=f"{where}, {called!r}")
        )
    if len(calls) > 1:
        raise shared_weights(called, where)
    call = calls[0]
    if isinstance(call, Mapping):
        _check_arguments(call.get("kwargs") or {}, f"{where}, {called!r}")
        return list(_tensors(call.get("args"), f"{where}, {called!r}"))
    names = [_reference(one) for one in call] if isinstance(call, list) else [None]
    if None in names:
        raise _strange(call, f"{where}, {called!r}")
    return [str(one) for one in names]


def shared_weights(called: str, where: str) -> NotSupportedError:
    """Return the error for a layer that is used twice."""
    return NotSupportedError(
        explain(
            expected="each layer to be used once",
            got=f"{called!r} used again: both places would share its weights, which cnnlab keeps for each place alone",
            where=where,
            fix="Make a layer of its own for each place.",
        )
    )


def _check_arguments(arguments: object, where: str) -> None:
    for name, value in arguments.items() if isinstance(arguments, Mapping) else [("kwargs", arguments)]:
        if value not in _CALL_NEUTRAL.get(name, ()):
            got = f"{name}={value!r}"
            raise NotSupportedError(explain(expected="a layer called with its inputs alone", got=got, where=where))


def _tensors(arguments: object, where: str) -> Iterator[str]:
    """Yield the names of the layers whose outputs stand among a call's arguments: one, a list, or one by one."""
    for one in _flat(arguments if isinstance(arguments, Sequence) else [arguments]):
        config = one.get("config") if isinstance(one, Mapping) and one.get("class_name") == _TENSOR else None
        name = _reference(config.get("keras_history")) if isinstance(config, Mapping) else None
        if name is None:
            raise _strange(one, where)
        yield name


def _flat(arguments: Sequence[object]) -> Iterator[object]:
    for one in arguments:
        yield from one if isinstance(one, list | tuple) else [one]


def _strange(got: object, where: str) -> NotSupportedError:
    return NotSupportedError(explain(expected="outputs of other layers as inputs", got=repr(got), where=where))


def _place(name: str, places: Mapping[str, int], where: str) -> int:
    if name not in places:
        expected = "inputs from layers that stand before"
        raise NetworkError(explain(expected=expected, got=repr(name), where=where))
    return places[name]
