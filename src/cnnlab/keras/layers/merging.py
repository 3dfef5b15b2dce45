"""Keras' functions for layers of several inputs: ``add([x, y])`` is ``Add()([x, y])``."""

from collections.abc import Callable
from typing import Any

from cnnlab.arch import Layer
from cnnlab.arch.layers import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from cnnlab.arch.wiring import Output, called


def _function(kind: Any) -> Callable[..., Output]:  # noqa: ANN401 - a class whose call takes any arguments
    """Make the function that makes a layer and calls it."""

    def merged(inputs: object, **arguments: object) -> Output:
        layer: Layer = kind(**arguments)
        return called(layer, inputs)

    merged.__name__ = merged.__qualname__ = kind.__name__.lower()
    merged.__doc__ = f"Call a new {kind.__name__}, with its arguments by name, on a list of inputs."
    return merged


add = _function(Add)
average = _function(Average)
concatenate = _function(Concatenate)
maximum = _function(Maximum)
minimum = _function(Minimum)
multiply = _function(Multiply)
subtract = _function(Subtract)
