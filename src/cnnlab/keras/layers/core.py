"""Where old Keras kept its plainest layers."""

from cnnlab.keras.layers import Activation, Dense, Dropout, Flatten, Reshape, SpatialDropout2D
from cnnlab.keras.old_spellings import moved

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Reshape", "SpatialDropout2D"]

moved(__name__, "cnnlab.keras.layers")
