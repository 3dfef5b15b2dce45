"""What regularizers and constraints do to the weights of a network: penalties, their gradients, projections.

The rules are Keras'. A penalty is taken of the weights before the step, once for the batch and not for each image; its
gradient is added before the optimizer clips or accumulates. A constraint comes last in every step.
"""

from collections.abc import Sequence

import numpy as np

from cnnlab.arch import Network
from cnnlab.arch.constraints import EPSILON, Constraint, NonNeg, NormConstraint
from cnnlab.arch.regularizers import Regularizer
from cnnlab.backends.interface import Array


class WeightRules:
    """The rules of one network's trained weights.

    Args:
        network: Whose layers name the rules.
        weights: All its weights in Keras' order; they are read, and constrained in place.
    """

    def __init__(self, network: Network, weights: Sequence[Array]) -> None:
        trained = [
            (weight.name, weight.parameter, array)
            for weight, array in zip(network.weights, weights, strict=True)
            if weight.parameter.trainable
        ]
        self._penalized = [(name, one.regularizer, array) for name, one, array in trained if one.regularizer]
        self._constrained = [(one.constraint, array) for _name, one, array in trained if one.constraint]

    def penalty(self) -> float:
        """Return what all regularizers add to the loss; 0 without any."""
        return sum((penalty_of(regularizer, array) for _name, regularizer, array in self._penalized), 0.0)

    def add_gradients(self, gradients: dict[str, Array], scale: float = 1.0) -> None:
        """Add the gradients of the penalties, times a scale, to those of the batch, by "layer/weight"."""
        for name, regularizer, array in self._penalized:
            gradients[name] = gradients[name] + gradient_of(regularizer, array) * array.dtype.type(scale)

    def constrain(self) -> None:
        """Bring the weights to where the constraints want them."""
        for constraint, array in self._constrained:
            array[...] = projected(constraint, array)


def penalties_of(network: Network, weights: Sequence[Array]) -> float:
    """Return what a network's regularizers add to its loss at these weights, in Keras' order."""
    return WeightRules(network, weights).penalty()


def penalty_of(regularizer: Regularizer, weight: Array) -> float:
    """Return the penalty of one array, summed in float64."""
    by_magnitude, by_square = regularizer.factors
    wide = weight.astype(np.float64)
    return by_magnitude * float(np.abs(wide).sum()) + by_square * float((wide * wide).sum())


def gradient_of(regularizer: Regularizer, weight: Array) -> Array:
    """Return the gradient of `penalty_of`, of the weight's own shape and type; a magnitude's slope at 0 is 1."""
    by_magnitude, by_square = (weight.dtype.type(factor) for factor in regularizer.factors)
    slope: Array = np.where(weight >= 0, by_magnitude, -by_magnitude) + 2 * by_square * weight
    return slope


def projected(constraint: Constraint, weight: Array) -> Array:
    """Return a weight as the constraint wants it.

    Raises:
        TypeError: If the constraint is of no known kind.
    """
    if isinstance(constraint, NonNeg):
        return np.where(weight < 0, weight.dtype.type(0), weight)
    if not isinstance(constraint, NormConstraint):
        raise TypeError(constraint)
    least, most, rate = constraint.bounds
    norms = np.sqrt((weight * weight).sum(axis=constraint.summed(weight.shape), keepdims=True))
    wanted = rate * norms.clip(least, most) + (1 - rate) * norms
    found: Array = weight * (wanted / (norms + EPSILON)).astype(weight.dtype)
    return found
