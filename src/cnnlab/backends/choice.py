"""Backends by name."""

from collections.abc import Callable
from functools import cache
from typing import Final

from cnnlab.backends.interface import Backend
from cnnlab.backends.reference import ReferenceBackend
from cnnlab.errors import NotSupportedError, UsageError, did_you_mean, explain


def _compiled() -> Backend:
    from cnnlab.backends.compiled import CompiledBackend  # noqa: PLC0415 - start-up time
    from cnnlab.compiler import host_target  # noqa: PLC0415

    return CompiledBackend(target=host_target())


def _keras() -> Backend:
    from cnnlab.backends.keras import KerasBackend  # noqa: PLC0415 - start-up time

    return KerasBackend()


_BACKENDS: Final[dict[str, Callable[[], Backend]]] = {
    "compiled": _compiled,
    "numpy": ReferenceBackend,
    "keras": _keras,
}


def backend_names() -> list[str]:
    """List the names that `get_backend` knows, the default first."""
    return list(_BACKENDS)


def get_backend(name: str | None = None) -> Backend:
    """Return a backend by its name.

    Args:
        name: "compiled", "numpy" or "keras"; None for the compiled one where this machine can run it, else NumPy.

    Raises:
        NotSupportedError: If the compiled one was asked for and this machine cannot run it, or Keras is not installed.
        UsageError: If there is none of that name.

    Example:
        >>> get_backend("numpy").name
        'numpy'
    """
    if name is None:
        return _BACKENDS["numpy" if why_not_compiled() else "compiled"]()
    if name not in _BACKENDS:
        raise UsageError(explain(expected="the name of a backend", got=repr(name), fix=did_you_mean(name, _BACKENDS)))
    return _BACKENDS[name]()


@cache
def why_not_compiled() -> str:
    """Say why this machine cannot run the compiled backend; nothing if it can."""
    try:
        _compiled()
    except ImportError as error:
        return f"llvmlite cannot be imported: {error}"
    except NotSupportedError as error:
        return str(error)
    return ""
