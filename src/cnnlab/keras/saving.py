"""Keras' ``saving``."""

from cnnlab.keras.absent import absent_names
from cnnlab.keras.models import load_model, save_model

__all__ = ["load_model", "save_model"]

__getattr__ = absent_names(__name__, __all__)
