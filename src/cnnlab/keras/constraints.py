"""Keras' ``constraints``: plain descriptions of what is done to trained weights after each step."""

from cnnlab.arch.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm, get
from cnnlab.keras.absent import absent_names

max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "unit_norm",
]

__getattr__ = absent_names(__name__, __all__)
