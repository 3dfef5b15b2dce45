"""Where old Keras kept the layers that add noise."""

from cnnlab.keras.layers import GaussianNoise
from cnnlab.keras.old_spellings import moved

__all__ = ["GaussianNoise"]

moved(__name__, "cnnlab.keras.layers")
