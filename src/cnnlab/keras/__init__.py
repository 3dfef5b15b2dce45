"""cnnlab in Keras' spelling: ``from keras.layers import Conv2D`` becomes ``from cnnlab.keras.layers import Conv2D``.

What Keras has and this face has not answers with a message; docs/keras-face.md lists both.
"""

from cnnlab.keras import (
    activations,
    backend,
    callbacks,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    preprocessing,
    regularizers,
    saving,
    utils,
)
from cnnlab.keras.absent import absent_names, answer_absent_modules
from cnnlab.keras.initializers import Initializer
from cnnlab.keras.layers import Input, Layer
from cnnlab.keras.model import Model
from cnnlab.keras.regularizers import Regularizer
from cnnlab.keras.sequential import Sequential
from cnnlab.records import Loss, Metric, Optimizer
from cnnlab.version import __version__

__all__ = [
    "Initializer",
    "Input",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "__version__",
    "activations",
    "backend",
    "callbacks",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "preprocessing",
    "regularizers",
    "saving",
    "utils",
]

answer_absent_modules()
__getattr__ = absent_names(__name__, __all__)
