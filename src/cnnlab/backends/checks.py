"""What every backend checks before it loads a network."""

from collections.abc import Mapping, Sequence

import numpy as np

from cnnlab.arch import Network
from cnnlab.backends.interface import Array
from cnnlab.errors import NetworkError, UsageError, explain
from cnnlab.records import Loss


def check_load(network: Network, loss: Loss | None, threads: int | None) -> None:
    """Refuse what cannot be.

    Raises:
        NetworkError: If there is a loss and the network does not end in one number for each class.
        UsageError: If the number of threads is below 1.
    """
    if loss is not None and len(network.output_shape) != 1:
        raise NetworkError(
            explain(
                expected="an output of shape (classes,) for a loss",
                got=f"shape {network.output_shape}",
                where=network.name,
                fix="End with Flatten or a global pooling and Dense.",
            )
        )
    if threads is not None and threads < 1:
        raise UsageError(explain(expected="at least 1 thread", got=str(threads), where="threads"))


def check_weights(network: Network, weights: Sequence[Array]) -> None:
    """Refuse weights that are not the network's.

    Raises:
        UsageError: If their number or a shape does not fit.
    """
    places = network.weights
    if len(weights) != len(places):
        raise UsageError(
            explain(expected=f"{len(places)} arrays of weights", got=str(len(weights)), where=network.name)
        )
    for place, value in zip(places, weights, strict=True):
        if np.shape(value) != place.parameter.shape:
            where = f"{network.name}, {place.name}"
            raise UsageError(
                explain(expected=f"shape {place.parameter.shape}", got=f"shape {np.shape(value)}", where=where)
            )


def check_state(network: Network, own: Mapping[str, Array], state: Mapping[str, Array]) -> None:
    """Refuse an optimizer's state that is not of this optimizer on this network.

    Raises:
        UsageError: If its names or shapes are not those of ``own``.
    """
    for name in own.keys() | state.keys():
        if name not in own or name not in state or np.shape(state[name]) != own[name].shape:
            expected = f"{name} of shape {own[name].shape}" if name in own else f"no {name}"
            got = f"shape {np.shape(state[name])}" if name in state else "none"
            raise UsageError(explain(expected=expected, got=got, where=f"{network.name}, optimizer state"))
