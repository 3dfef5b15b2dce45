"""Layers called on each other, as Keras' functional models are written: ``Conv2D(8, 3)(inputs)``.

A call computes nothing. It returns an `Output`, which remembers the layer and what the layer takes from; `wired` walks
back from the last of them and makes the network.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, cast

from cnnlab.arch.layer import Layer
from cnnlab.arch.layers import Add, Input, Multiply, Subtract
from cnnlab.arch.network import DataFormat, Network, graph
from cnnlab.arch.ordering import in_keras_order
from cnnlab.errors import NetworkError, NotSupportedError, explain

_CALLS: Final = count()
_EXAMPLE: Final = "Write x = Conv2D(8, 3)(inputs), where inputs = Input((28, 28, 1))."


@dataclass(frozen=True, eq=False)
class Output:
    """What comes out of a layer that was called.

    Attributes:
        layer: That was called.
        sources: What it was called on.
        number: Which call it was; layers are named in this order, as Keras names them.
    """

    layer: Layer
    sources: tuple["Output | Input", ...] = field(repr=False)  # a text of all before it would have no end
    number: int = field(default_factory=lambda: next(_CALLS))

    @property
    def shape(self) -> tuple[int | None, ...]:
        """Return the shape of a batch, as (None, 26, 26, 8); layers without a data format count as channels last.

        Raises:
            NetworkError: If a layer on the way does not fit.
        """
        network = wired("shape", _first_of(self), self)
        return (None, *network.shown(network.output_shape))

    def __add__(self, other: object) -> "Output":
        return called(Add(), [self, other])

    def __sub__(self, other: object) -> "Output":
        return called(Subtract(), [self, other])

    def __mul__(self, other: object) -> "Output":
        return called(Multiply(), [self, other])


def called(layer: Layer, inputs: object, **others: object) -> Output:
    """Call a layer.

    Args:
        layer: Any but an `Input`.
        inputs: What another call returned, or an `Input`; a list of them for layers of several inputs.
        others: Keras' ``training`` and ``mask``, at None.

    Raises:
        NetworkError: If the inputs are none.
        NotSupportedError: If it is called with anything else.
    """
    where = f"a call of {type(layer).__name__}"
    for name, value in others.items():
        if value is not None:
            expected = "a layer called with its inputs alone"
            raise NotSupportedError(explain(expected=expected, got=f"{name}={value!r}", where=where))
    if isinstance(layer, Input):
        raise NetworkError(explain(expected="a layer to call", got="an Input", where=where, fix=_EXAMPLE))
    sources = tuple(inputs) if isinstance(inputs, list | tuple) else (inputs,)
    for source in sources:
        if not isinstance(source, Output | Input):
            kind = f"the class {source.__name__}" if isinstance(source, type) else type(source).__name__
            expected = "what an Input or a called layer gives"
            raise NetworkError(explain(expected=expected, got=kind, where=where, fix=_EXAMPLE))
    return Output(layer, cast(tuple[Output | Input, ...], sources))


def wired(name: str, first: Input, last: Output, data_format: DataFormat = "channels_last") -> Network:
    """Make the network between an input and an output.

    Args:
        name: Of the network.
        first: Where the images come in.
        last: What the last layer gave.
        data_format: What layers without one of their own take.

    Returns:
        The network, its layers in Keras' order, each with its name.

    Raises:
        NetworkError: If the output does not come from this input alone, or a layer does not fit.
        NotSupportedError: If a layer was called twice.
    """
    outputs = sorted(_behind(last), key=lambda output: output.number)
    _refuse_twice(name, outputs)
    places: dict[int, int] = {id(first): 0}
    steps = []
    for output in outputs:
        steps.append((output.layer, tuple(_place(places, source, name) for source in output.sources)))
        places[id(output)] = len(steps)
    return in_keras_order(graph(name, first, steps, data_format=data_format))


def _behind(last: Output) -> list[Output]:
    """List all that an output comes from, itself too."""
    found: dict[int, Output] = {}
    waiting: list[Output] = [last]
    while waiting:
        output = waiting.pop()
        if id(output) not in found:
            found[id(output)] = output
            waiting.extend(source for source in output.sources if isinstance(source, Output))
    return list(found.values())


def _first_of(last: Output) -> Input:
    inputs = [source for output in _behind(last) for source in output.sources if isinstance(source, Input)]
    return inputs[0]


def _refuse_twice(name: str, outputs: Sequence[Output]) -> None:
    seen: dict[int, Output] = {}
    for output in outputs:
        if id(output.layer) in seen:
            layer: Any = output.layer
            kind = type(layer).__name__
            told = f"{kind} {layer.name!r}" if layer.name else f"one {kind}"
            raise NotSupportedError(
                explain(
                    expected="each layer to be called once in a model",
                    got=f"{told} called twice: both places would share its weights, which cnnlab does not do",
                    where=name,
                    fix=f"Make a {kind}(...) of its own for each place.",
                )
            )
        seen[id(output.layer)] = output


def _place(places: dict[int, int], source: Output | Input, name: str) -> int:
    if id(source) in places:
        return places[id(source)]
    got = f"another Input, of shape {source.shape}" if isinstance(source, Input) else "another input"
    fix = "Give Model(inputs, outputs) the Input that the outputs come from; a model has one."
    raise NetworkError(
        explain(expected="outputs that come from the model's own input alone", got=got, where=name, fix=fix)
    )
