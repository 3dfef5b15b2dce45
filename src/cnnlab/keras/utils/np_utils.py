"""Where old Keras kept to_categorical."""

from cnnlab.keras.old_spellings import moved
from cnnlab.keras.utils.categories import to_categorical

__all__ = ["to_categorical"]

moved(__name__, "cnnlab.keras.utils")
