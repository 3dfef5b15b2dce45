"""Where Keras before version 3 kept ``ImageDataGenerator``, and the readers of one picture beside it."""

from cnnlab.keras.absent import absent_names
from cnnlab.keras.preprocessing.generator import ImageDataGenerator
from cnnlab.keras.utils.pictures import img_to_array, load_img

__all__ = ["ImageDataGenerator", "img_to_array", "load_img"]

__getattr__ = absent_names(__name__, __all__)
