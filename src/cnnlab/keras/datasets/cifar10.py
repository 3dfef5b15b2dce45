"""CIFAR-10 in Keras' form."""

from cnnlab.data import load
from cnnlab.keras.absent import absent_names
from cnnlab.keras.backend import image_data_format
from cnnlab.keras.datasets.mnist import Part, own_copy

__all__ = ["load_data"]


def load_data() -> tuple[Part, Part]:
    """Return the images and labels of CIFAR-10, from files that have the published sums.

    Returns:
        ``(x_train, y_train), (x_test, y_test)``: uint8 of shapes (50000, 32, 32, 3), (50000, 1),
        (10000, 32, 32, 3), (10000, 1); colours come first where `backend.image_data_format` says so.

    Raises:
        DataUnavailableError: If no source has it: each with its reason.
    """
    split = load("cifar10")
    return _columns(own_copy(split.train)), _columns(own_copy(split.test))


def _columns(part: Part) -> Part:
    """Bring a part into Keras' form: a column of labels, and colours first where the backend is told so."""
    images, labels = part
    if image_data_format() == "channels_first":
        images = images.transpose(0, 3, 1, 2)
    return images, labels.reshape(-1, 1)


__getattr__ = absent_names(__name__, __all__)
