"""Who executes a training step: one interface, several answers."""

from cnnlab.backends.choice import get_backend
from cnnlab.backends.interface import Backend, Evaluation, Model, StepResult
from cnnlab.backends.reference import ReferenceBackend

__all__ = ["Backend", "Evaluation", "Model", "ReferenceBackend", "StepResult", "get_backend"]
