"""Where old Keras kept the activations that are layers of their own."""

from cnnlab.keras.layers import LeakyReLU, ReLU, Softmax
from cnnlab.keras.old_spellings import moved

__all__ = ["LeakyReLU", "ReLU", "Softmax"]

moved(__name__, "cnnlab.keras.layers")
