"""Keras' ``datasets``: MNIST and its like, CIFAR-10, the user's own images, and a message for each of the others."""

from cnnlab.keras.absent import absent_names
from cnnlab.keras.datasets import cifar10, fashion_mnist, kmnist, mnist
from cnnlab.keras.datasets.own import from_arrays, from_path

__all__ = ["cifar10", "fashion_mnist", "from_arrays", "from_path", "kmnist", "mnist"]

__getattr__ = absent_names(__name__, __all__)
