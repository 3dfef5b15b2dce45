"""Where old Keras kept BatchNormalization."""

from cnnlab.keras.layers import BatchNormalization
from cnnlab.keras.old_spellings import moved

__all__ = ["BatchNormalization"]

moved(__name__, "cnnlab.keras.layers")
