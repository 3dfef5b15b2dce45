"""Keras' ``regularizers``: plain descriptions of what large weights cost."""

from cnnlab.arch.regularizers import L1, L1L2, L2, Regularizer, get
from cnnlab.keras.absent import absent_names

l1 = L1
l2 = L2
l1_l2 = L1L2

__all__ = ["L1", "L1L2", "L2", "Regularizer", "get", "l1", "l1_l2", "l2"]

__getattr__ = absent_names(__name__, __all__)
