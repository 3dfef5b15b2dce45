"""Keras' ``models``."""

from cnnlab.arch.keras_config import from_keras_config
from cnnlab.keras.absent import absent_names
from cnnlab.keras.sequential import Sequential

__all__ = ["Sequential", "model_from_json"]


def model_from_json(json_string: str) -> Sequential:
    """Make a model of what ``to_json`` gave, here or in Keras.

    Args:
        json_string: The text.

    Raises:
        NetworkError: If it is no description of a Sequential, or the layers do not fit.
        NotSupportedError: If Keras has it and cnnlab does not.

    Example:
        >>> from cnnlab.keras.layers import Dense
        >>> text = Sequential([Dense(3, input_shape=(2,))], name="tiny").to_json()
        >>> model_from_json(text).count_params()
        9
    """
    return Sequential.from_network(from_keras_config(json_string))


__getattr__ = absent_names(__name__, __all__)
