"""Fashion-MNIST in Keras' form."""

from cnnlab.data import load
from cnnlab.keras.absent import absent_names
from cnnlab.keras.datasets.mnist import Part, own_copy

__all__ = ["load_data"]


def load_data() -> tuple[Part, Part]:
    """Return the images and labels of Fashion-MNIST, from files that have the published sums.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: uint8 of shapes (60000, 28, 28), (60000,), (10000, 28, 28), (10000,).

    Raises:
        DataUnavailableError: If no source has it: each with its reason.
    """
    split = load("fashion_mnist")
    return own_copy(split.train), own_copy(split.test)


__getattr__ = absent_names(__name__, __all__)
