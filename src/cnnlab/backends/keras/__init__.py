"""Keras itself, where it is installed (`cnnlab[keras]`); nothing here imports it before it is needed."""

from cnnlab.backends.keras.backend import KerasBackend
from cnnlab.backends.keras.real import real_keras

__all__ = ["KerasBackend", "real_keras"]
