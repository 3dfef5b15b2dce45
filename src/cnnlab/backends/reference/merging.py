"""Layers of several inputs: forward from all of them, backward to each."""

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

import numpy as np

from cnnlab.arch.layers import Concatenate
from cnnlab.arch.layers.merging import Merge
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.call import Call, Gradients, Operation

# From the inputs, brought to one rank, to the output.
Join = Callable[[list[Array]], Array]
# From a place among the inputs, the inputs and the output's gradient to the gradient by that input, not yet summed up.
Share = Callable[[int, list[Array], Array], Array]


class _Saved(NamedTuple):
    shapes: list[tuple[int, ...]]
    inputs: list[Array]


def _operation(join: Join, share: Share) -> Operation:
    """Make an operation that works value by value."""

    def forward(call: Call[Merge], *inputs: Array) -> tuple[Array, _Saved]:
        spread = [_spread(x, len(call.node.output_shape) + 1) for x in inputs]
        return join(spread), _Saved([x.shape for x in inputs], spread)

    def backward(call: Call[Merge], saved: _Saved, gradient: Array) -> Gradients:
        del call
        first, *others = [
            _gathered(share(place, saved.inputs, gradient), x.shape).reshape(shape)
            for place, (x, shape) in enumerate(zip(saved.inputs, saved.shapes, strict=True))
        ]
        return Gradients(first, by_others=tuple(others))

    return Operation(forward, backward)


def _spread(x: Array, rank: int) -> Array:
    """Give a row of one number for each channel the axes of images."""
    return x.reshape(len(x), *(1,) * (rank - x.ndim), *x.shape[1:])


def _gathered(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the places that one number met."""
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1 and gradient.shape[axis] > 1)
    return gradient.sum(axis=axes, keepdims=True) if axes else gradient


def _product(inputs: list[Array]) -> Array:
    return reduce(np.multiply, inputs)


def _by_factor(place: int, inputs: list[Array], gradient: Array) -> Array:
    others = [x for other, x in enumerate(inputs) if other != place]
    return gradient * _product(others)


def _difference(inputs: list[Array]) -> Array:
    difference: Array = inputs[0] - inputs[1]
    return difference


def _mean(inputs: list[Array]) -> Array:
    mean: Array = reduce(np.add, inputs) / len(inputs)
    return mean


def _extreme(pick: Callable[[Array, Array], Array]) -> Operation:
    """Make Maximum or Minimum: pairs from the first input on; of two that are alike each takes half the gradient."""

    def share(place: int, inputs: list[Array], gradient: Array) -> Array:
        for right in range(len(inputs) - 1, max(place, 1) - 1, -1):
            left = reduce(pick, inputs[:right])
            mine, other = (inputs[right], left) if right == place else (left, inputs[right])
            gradient = gradient * np.where(mine == other, 0.5, pick(mine, other) == mine).astype(gradient.dtype)
        return gradient

    return _operation(lambda inputs: reduce(pick, inputs), share)


def _concatenate(call: Call[Concatenate], *inputs: Array) -> tuple[Array, list[int]]:
    del call
    ends = np.cumsum([x.shape[-1] for x in inputs[:-1]])
    return np.concatenate(inputs, axis=-1), ends.tolist()


def _take_apart(call: Call[Concatenate], ends: list[int], gradient: Array) -> Gradients:
    del call
    first, *others = np.split(gradient, ends, axis=-1)
    return Gradients(first, by_others=tuple(others))


ADD = _operation(lambda inputs: reduce(np.add, inputs), lambda _place, _inputs, gradient: gradient)
SUBTRACT = _operation(_difference, lambda place, _, gradient: -gradient if place else gradient)
MULTIPLY = _operation(_product, _by_factor)
AVERAGE = _operation(_mean, lambda _, inputs, gradient: gradient / len(inputs))
MAXIMUM = _extreme(np.maximum)
MINIMUM = _extreme(np.minimum)
CONCATENATE = Operation(_concatenate, _take_apart)
