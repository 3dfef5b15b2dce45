"""How large numbers are when they arrive: initial weights that let signals fade or grow from layer to layer."""

from collections.abc import Callable, Iterator
from itertools import dropwhile
from math import isfinite, log, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.start import spread
from cnnlab.analysis.diagnosis.description.walking import activation, back, ending
from cnnlab.analysis.diagnosis.description.wording import amount, change
from cnnlab.analysis.diagnosis.kinds import NORMALIZING, inputs_of, kernel_arguments, kernels, weighs
from cnnlab.analysis.diagnosis.suspects import Change, SetArgument, Suspect
from cnnlab.arch import Layer, Node
from cnnlab.arch.initializers import Initializer, RandomNormal, RandomUniform
from cnnlab.arch.layers import Rescaling

Array = npt.NDArray[Any]

_WEIGHT = 0.3
_SQRT_2_OVER_PI = sqrt(2 / np.pi)


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -500, 500))))


_ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    # The usual approximation by tanh is near enough for a size.
    "gelu": lambda x: x * _sigmoid(2 * _SQRT_2_OVER_PI * (x + 0.044715 * x**3)),
    "silu": lambda x: x * _sigmoid(x),
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
}


def sizes(seen: Seen) -> Iterator[Suspect]:
    """Find chains of layers whose initial weights bring numbers of size 1 far below or above it at the logits.

    With n inputs of root mean square q and independent weights of mean square w, what a layer computes before its
    activation f is about normal with variance n w q^2, so that f gives the root mean square of f(z sqrt(n w) q), z
    standard normal: Poole et al., "Exponential expressivity in deep neural networks through transient chaos" (2016).
    """
    chain = _chain(seen)
    size = _size(chain)
    limits = seen.thresholds
    if size is None or limits.faint <= size <= limits.loud:
        return
    layers = tuple(node.name for node in chain if weighs(node.layer))
    where = layers[0] if len(layers) == 1 else f"{layers[0]} to {layers[-1]}, {len(layers)} layers with weights"
    text = f"By the spread of the initial weights of {where}, numbers of size 1 become about {amount(size)}."
    evidence = (("size before", 1.0), ("layers", float(len(layers))), ("size at the end", size))
    off = log(max(size / limits.loud, limits.faint / size)) if size else 10.0
    weight = round(min(0.9, _WEIGHT + 0.1 * off), 2)
    yield Suspect("signal-size", layers, text, evidence, "description", _usual(chain), weight)


def _chain(seen: Seen) -> tuple[Node, ...]:
    """Return the single way to the logits from the first weights on, or from the last batch normalization on."""
    end = ending(seen.network)
    if not end:
        return ()
    way = (*reversed(back(seen.network, end[0], (Layer,))), end[0])
    fresh = [place for place, node in enumerate(way) if isinstance(node.layer, NORMALIZING) or not node.inputs]
    return tuple(dropwhile(lambda node: not weighs(node.layer), way[max(fresh, default=-1) + 1 :]))


def _size(chain: tuple[Node, ...]) -> float | None:
    """Estimate the root mean square of the logits; None where it cannot be told."""
    size = 1.0
    for node in chain:
        gain = _gain(node)
        function = _ACTIVATIONS.get(activation(node) if node is not chain[-1] else "linear")
        if gain is None or function is None:
            return None
        size = _after(function, size * gain)
        if not isfinite(size):
            return None
    return size if chain else None


def _gain(node: Node) -> float | None:
    """Say by what a layer multiplies the size of numbers before its activation; None where that cannot be told.

    Weights whose mean is not 0 add up, the more the more alike their inputs are.
    """
    if isinstance(node.layer, Rescaling):
        return abs(node.layer.scale)
    if not weighs(node.layer):
        return 1.0
    gain = 1.0
    for kernel in kernels(node):
        deviation = spread(kernel)
        if deviation is None or not _centred(kernel.initializer):
            return None
        gain *= deviation * sqrt(inputs_of(node.layer, kernel))
    return gain


def _centred(initializer: Initializer) -> bool:
    """Tell whether the mean of an initializer's numbers is 0."""
    match initializer:
        case RandomNormal(mean):
            return mean == 0
        case RandomUniform(low, high):
            return low == -high
    return True


def _after(function: Callable[[Array], Array], size: float) -> float:
    """Return the root mean square that an activation makes of normal numbers of a size, by Gauss-Hermite quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(64)
    with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told by the caller
        return float(np.sqrt(weights @ function(points * size) ** 2 / weights.sum()))


def _usual(chain: tuple[Node, ...]) -> tuple[Change, ...]:
    """Propose the usual initializer in each layer alone, then in all."""
    edits = [
        SetArgument(node.name, argument, "he_uniform" if activation(node) == "relu" else "glorot_uniform")
        for node in chain
        for argument in kernel_arguments(node.layer)
    ]
    return (*(change(edit) for edit in edits), change(*edits))
