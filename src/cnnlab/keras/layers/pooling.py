"""Where old Keras kept poolings."""

from cnnlab.keras.layers import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from cnnlab.keras.old_spellings import moved

__all__ = ["AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "MaxPooling2D"]

moved(__name__, "cnnlab.keras.layers")
