"""The reference backend in plain NumPy."""

from cnnlab.backends.reference.backend import ReferenceBackend
from cnnlab.backends.reference.model import ReferenceModel

__all__ = ["ReferenceBackend", "ReferenceModel"]
