"""Backends by name."""

from collections.abc import Callable
from typing import Final

from cnnlab.backends.interface import Backend
from cnnlab.backends.reference import ReferenceBackend
from cnnlab.errors import UsageError, did_you_mean, explain

_BACKENDS: Final[dict[str, Callable[[], Backend]]] = {"numpy": ReferenceBackend}


def get_backend(name: str = "numpy") -> Backend:
    """Return a backend by its name.

    Args:
        name: "numpy".

    Raises:
        UsageError: If there is none of that name.

    Example:
        >>> get_backend("numpy").name
        'numpy'
    """
    if name not in _BACKENDS:
        raise UsageError(
            explain(expected="the name of a backend", got=repr(name), fix=did_you_mean(name, list(_BACKENDS)))
        )
    return _BACKENDS[name]()
