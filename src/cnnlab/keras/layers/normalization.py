"""Where old Keras kept normalizations."""

from cnnlab.keras.layers import BatchNormalization, LayerNormalization
from cnnlab.keras.old_spellings import moved

__all__ = ["BatchNormalization", "LayerNormalization"]

moved(__name__, "cnnlab.keras.layers")
