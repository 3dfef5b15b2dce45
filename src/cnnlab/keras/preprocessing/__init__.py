"""Keras' ``preprocessing``: what old notebooks take from it."""

from cnnlab.keras.absent import absent_names
from cnnlab.keras.preprocessing import image

__all__ = ["image"]

__getattr__ = absent_names(__name__, __all__)
