"""The compiled backend."""

from cnnlab.backends.compiled.backend import CompiledBackend
from cnnlab.backends.compiled.model import CompiledModel

__all__ = ["CompiledBackend", "CompiledModel"]
