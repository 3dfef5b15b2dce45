"""Who executes a training step: one interface, several answers."""

from cnnlab.backends.choice import backend_names, get_backend, why_not_compiled
from cnnlab.backends.interface import Backend, Evaluation, Model, StepResult
from cnnlab.backends.reference import ReferenceBackend

__all__ = [
    "Backend",
    "Evaluation",
    "Model",
    "ReferenceBackend",
    "StepResult",
    "backend_names",
    "get_backend",
    "why_not_compiled",
]
