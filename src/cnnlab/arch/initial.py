"""What the weights hold before training: numbers by position, the same bits on every processor."""

from math import sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch.initializers import (
    Constant,
    Initializer,
    Ones,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
from cnnlab.arch.layer import Parameter, Shape
from cnnlab.arch.network import Network
from cnnlab.arch.normal import Float64s, normal_quantile
from cnnlab.errors import NotSupportedError, explain
from cnnlab.randomness import Stream, check_seed, stream_key, uniform_words
from cnnlab.randomness.threefry import Key

# An initializer with a seed of its own gives the same numbers wherever it stands, as Keras'. They come from the last
# position, which no weight of a network has.
_OWN_SEED_POSITION: Final = 2**16 - 1
# The share of a standard normal below -2, and that between -2 and 2.
_BELOW_MINUS_TWO: Final = 0.022750131948179207
_WITHIN_TWO: Final = 0.9544997361036416
# The standard deviation of a standard normal cut off at -2 and 2, in Keras' digits.
_STDDEV_WITHIN_TWO: Final = 0.87962566103423978


def initial_weights(network: Network, seed: int) -> list[npt.NDArray[np.float32]]:
    """Draw the weights with which a run begins.

    Each number is a function of the seed, the weight's index in the network and the element's index in the weight.

    Args:
        network: Any.
        seed: The run's, from 0 to 4294967295; an initializer's own seed takes its place.

    Returns:
        float32 arrays in the order of Keras' ``get_weights``.

    Raises:
        UsageError: If the seed is none.

    Example:
        >>> from cnnlab.arch import chain
        >>> from cnnlab.arch.layers import Dense
        >>> [weight.shape for weight in initial_weights(chain("one", [Dense(3, input_shape=(2,))]), seed=0)]
        [(2, 3), (3,)]
    """
    check_seed(seed)
    return [_draw(weight.parameter, _key(weight.parameter, seed, weight.index)) for weight in network.weights]


def _key(parameter: Parameter, seed: int, index: int) -> Key:
    """Take the run's seed and the weight's index, or the initializer's own seed."""
    own: int | None = getattr(parameter.initializer, "seed", None)
    if own is None:
        return stream_key(seed, Stream.INITIAL_WEIGHTS, index)
    return stream_key(own, Stream.INITIAL_WEIGHTS, _OWN_SEED_POSITION)


def _draw(parameter: Parameter, key: Key) -> npt.NDArray[np.float32]:
    values = _fill(parameter.initializer, parameter.shape, _Uniforms(key, parameter.size))
    return values.astype(np.float32).reshape(parameter.shape)


class _Uniforms:
    """Numbers above 0 and below 1, drawn when they are asked for: most weights of many layers need none."""

    def __init__(self, key: Key, count: int) -> None:
        self._key = key
        self.count = count

    def __call__(self) -> Float64s:
        """Return float64, shape (count,), each in the middle of its cell of 2**-32."""
        return (uniform_words(self._key, 0, self.count).astype(np.float64) + 0.5) * 2.0**-32


def _fill(initializer: Initializer, shape: Shape, uniforms: _Uniforms) -> Float64s:
    """Turn uniform numbers into those an initializer wants; float64, shape (count,)."""
    match initializer:
        case Zeros():
            values = np.zeros(uniforms.count)
        case Ones():
            values = np.ones(uniforms.count)
        case Constant(value=value):
            values = np.full(uniforms.count, value)
        case RandomUniform(minval=low, maxval=high):
            values = _uniform(uniforms(), low, high)
        case TruncatedNormal(mean=mean, stddev=stddev):
            values = _truncated_normal(uniforms(), stddev) + mean
        case RandomNormal(mean=mean, stddev=stddev):
            values = normal_quantile(uniforms()) * stddev + mean
        case VarianceScaling():
            values = _scaled(initializer, shape, uniforms())
        case _:
            raise NotSupportedError(explain(expected="one of cnnlab's initializers", got=repr(initializer)))
    return values


def _uniform(uniforms: Float64s, low: float, high: float) -> Float64s:
    return uniforms * (high - low) + low


def _truncated_normal(uniforms: Float64s, stddev: float) -> Float64s:
    """Normal between -2 and 2 standard deviations, by the quantiles of that stretch alone: nothing is drawn again."""
    return normal_quantile(uniforms * _WITHIN_TWO + _BELOW_MINUS_TWO) * stddev


def _scaled(initializer: VarianceScaling, shape: Shape, uniforms: Float64s) -> Float64s:
    """Draw with a variance that fits the weight's shape, by Keras' formulas."""
    variance = initializer.variance(shape)
    if initializer.distribution == "uniform":
        limit = sqrt(3.0 * variance)
        return _uniform(uniforms, -limit, limit)
    if initializer.distribution == "untruncated_normal":
        return normal_quantile(uniforms) * sqrt(variance)
    return _truncated_normal(uniforms, sqrt(variance) / _STDDEV_WITHIN_TWO)
