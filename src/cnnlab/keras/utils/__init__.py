"""Keras' ``utils``."""

from importlib import import_module
from typing import Any

from cnnlab.keras.absent import absent_names
from cnnlab.keras.names import clear_session
from cnnlab.keras.seeds import set_random_seed
from cnnlab.keras.utils.categories import to_categorical
from cnnlab.keras.utils.image_dataset import image_dataset_from_directory
from cnnlab.keras.utils.pictures import img_to_array, load_img

__all__ = [
    "clear_session",
    "image_dataset_from_directory",
    "img_to_array",
    "load_img",
    "set_random_seed",
    "to_categorical",
]

_refuse = absent_names(__name__, (*__all__, "np_utils"))


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute
    """Import ``np_utils`` when it is used, since that says a word; refuse what is not here."""
    return import_module(f"{__name__}.np_utils") if name == "np_utils" else _refuse(name)
