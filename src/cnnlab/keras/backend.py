"""Keras' ``backend``, usually imported as K."""

from dataclasses import dataclass
from typing import Final, cast

from cnnlab.arch.network import DataFormat
from cnnlab.errors import UsageError, explain
from cnnlab.keras.absent import absent_names
from cnnlab.keras.names import clear_session

__all__ = ["backend", "clear_session", "epsilon", "floatx", "image_data_format", "set_image_data_format"]

_DATA_FORMATS: Final = ("channels_last", "channels_first")
_EPSILON: Final = 1e-7


@dataclass
class _Settings:
    """What holds for the models made from now on."""

    data_format: DataFormat = "channels_last"


_SETTINGS = _Settings()


def image_data_format() -> DataFormat:
    """Return where the channels stand in the images of models made from now on.

    Example:
        >>> image_data_format()
        'channels_last'
    """
    return _SETTINGS.data_format


def set_image_data_format(data_format: str) -> None:
    """Say where the channels stand in the images of models made from now on.

    Args:
        data_format: "channels_last" for (n, h, w, c), "channels_first" for (n, c, h, w).

    Raises:
        UsageError: If it is another word.
    """
    if data_format not in _DATA_FORMATS:
        raise UsageError(
            explain(expected=" or ".join(_DATA_FORMATS), got=repr(data_format), where="set_image_data_format")
        )
    _SETTINGS.data_format = cast(DataFormat, data_format)


def backend() -> str:
    """Return who computes: neither tensorflow nor jax nor torch.

    Example:
        >>> backend()
        'cnnlab'
    """
    return "cnnlab"


def floatx() -> str:
    """Return the type of weights and activations, the only one.

    Example:
        >>> floatx()
        'float32'
    """
    return "float32"


def epsilon() -> float:
    """Return the small number that keeps logarithms and divisions finite.

    Example:
        >>> epsilon()
        1e-07
    """
    return _EPSILON


__getattr__ = absent_names(__name__, __all__)
