"""The activations by Keras' names."""

from typing import Final

from cnnlab.errors import NetworkError, did_you_mean, explain

ACTIVATIONS: Final = ("linear", "relu", "softmax", "sigmoid", "tanh", "elu", "leaky_relu", "gelu", "silu")
_ALIASES: Final = {"swish": "silu"}


def canonical_activation(activation: object) -> str:
    """Return Keras' name of an activation; None is "linear".

    Raises:
        NetworkError: If it is not the name of one of :data:`ACTIVATIONS`.
    """
    if activation is None:
        return "linear"
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", "")
    name = _ALIASES.get(name, name)
    if name not in ACTIVATIONS:
        raise NetworkError(
            explain(
                expected="the name of an activation",
                got=repr(activation),
                fix=did_you_mean(str(activation), ACTIVATIONS),
            )
        )
    return name
