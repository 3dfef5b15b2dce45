"""Keras' ``activations``: their names, to be given to a layer as in ``activation=activations.relu``."""

from typing import Final

from cnnlab.arch.activations import canonical_activation
from cnnlab.keras.absent import absent_names

__all__ = ["elu", "gelu", "get", "leaky_relu", "linear", "relu", "sigmoid", "silu", "softmax", "swish", "tanh"]

linear: Final = "linear"
relu: Final = "relu"
softmax: Final = "softmax"
sigmoid: Final = "sigmoid"
tanh: Final = "tanh"
elu: Final = "elu"
leaky_relu: Final = "leaky_relu"
gelu: Final = "gelu"
silu: Final = "silu"
swish: Final = "silu"


def get(identifier: object) -> str:
    """Return the name of an activation in today's spelling.

    Raises:
        NetworkError: If it names none.

    Example:
        >>> get("swish")
        'silu'
    """
    return canonical_activation(identifier)


__getattr__ = absent_names(__name__, __all__)
