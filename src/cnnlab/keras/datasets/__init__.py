"""Keras' ``datasets``: MNIST, and a message for each of the others."""

from cnnlab.keras.absent import absent_names
from cnnlab.keras.datasets import mnist

__all__ = ["mnist"]

__getattr__ = absent_names(__name__, __all__)
