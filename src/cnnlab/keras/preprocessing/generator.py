"""Keras' old ``ImageDataGenerator``, read as the augmentation layers of today."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from typing import Any, Final, NoReturn

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Layer
from cnnlab.arch.arguments import ArgumentType
from cnnlab.arch.layers import RandomFlip, RandomRotation, RandomTranslation, RandomZoom
from cnnlab.errors import DataError, NotSupportedError, UsageError, explain
from cnnlab.keras.arrays import as_array
from cnnlab.keras.backend import image_data_format
from cnnlab.keras.fitting import read_batch_size
from cnnlab.keras.flow import Flow
from cnnlab.keras.refusals import refuse_unless_neutral
from cnnlab.keras.words import say
from cnnlab.randomness import check_seed

Array = npt.NDArray[Any]

_EPSILON: Final = 1e-6
"""What Keras adds to a deviation before it divides."""
_FULL_TURN: Final = 360
_LEAST_SHEAR: Final = 1
"""In degrees: less moves no pixel of an image of 28 by a quarter."""
_INTERPOLATIONS: Final = {0: "nearest", 1: "bilinear"}
_FLOW_NEUTRAL: Final[Mapping[str, tuple[Any, ...]]] = {
    "save_to_dir": (None,),
    "save_prefix": ("",),
    "save_format": ("png",),
    "ignore_class_split": (False, True),
    "keep_aspect_ratio": (False,),
}


@dataclass(kw_only=True)
class ImageDataGenerator(metaclass=ArgumentType):
    """Change images at random while a network is trained: ``model.fit(datagen.flow(x, y, batch_size=64))``.

    It stands for `RandomRotation`, `RandomTranslation`, `RandomZoom` and `RandomFlip`, in this order; what they cannot
    do is refused by name. docs/augmentation.md says what is a little different.

    Attributes:
        featurewise_center: Whether to subtract the mean of each channel that `fit` found.
        featurewise_std_normalization: Whether to divide by its deviation too.
        rotation_range: Degrees to either side.
        width_shift_range: Share of the width to either side; 1.0 and more are pixels.
        height_shift_range: Likewise, of the height.
        shear_range: Degrees; up to 1, which nobody can see, it is left out with a word, above it is refused.
        zoom_range: 0.1 is (0.9, 1.1); rows and columns apart.
        fill_mode: What stands outside the image, see `RandomTranslation`.
        cval: With fill_mode="constant".
        horizontal_flip: Whether every second image is flipped.
        vertical_flip: Likewise.
        rescale: What pixels are multiplied by; None for nothing.
        validation_split: Share of the examples, the first ones, that ``flow(subset="validation")`` takes.
        interpolation_order: 1 for bilinear, 0 for nearest.
        data_format: None takes the model's.

    Raises:
        NetworkError: If a number cannot be, or nobody has such an argument.
        NotSupportedError: If Keras has an argument and cnnlab has not.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     flow = ImageDataGenerator(rotation_range=9).flow(np.zeros((5, 8, 8, 1)), np.arange(5), batch_size=2)
        >>> flow.layers[0].factor, len(flow)
        ((-0.025, 0.025), 3)
    """

    featurewise_center: bool = False
    featurewise_std_normalization: bool = False
    rotation_range: float = 0
    width_shift_range: float = 0.0
    height_shift_range: float = 0.0
    shear_range: float = 0.0
    zoom_range: float | tuple[float, float] = 0.0
    fill_mode: str = "nearest"
    cval: float = 0.0
    horizontal_flip: bool = False
    vertical_flip: bool = False
    rescale: float | None = None
    validation_split: float = 0.0
    interpolation_order: int = 1
    data_format: str | None = None

    neutral = {  # noqa: RUF012 - of the class, as ArgumentType reads it
        "samplewise_center": (False,),
        "samplewise_std_normalization": (False,),
        "zca_whitening": (False,),
        "zca_epsilon": (1e-6, 1e-06),
        "brightness_range": (None,),
        "channel_shift_range": (0.0, 0),
        "preprocessing_function": (None,),
        "dtype": (None, "float32"),
    }

    def __post_init__(self) -> None:
        """Check the arguments, and say what they are read as."""
        self.mean: Array | None = None
        self.std: Array | None = None
        self.featurewise_center = bool(self.featurewise_center or self.featurewise_std_normalization)
        if not 0 <= self.validation_split < 1:
            expected = "validation_split from 0 to below 1"
            raise UsageError(explain(expected=expected, got=repr(self.validation_split), where="ImageDataGenerator"))
        if self.interpolation_order not in _INTERPOLATIONS:
            got = repr(self.interpolation_order)
            raise NotSupportedError(explain(expected="interpolation_order 0 or 1", got=got, where="ImageDataGenerator"))
        self._leave_shear_out()
        made = [type(layer).__name__ for layer in self.layers((64, 64))]
        if made:
            say(f"ImageDataGenerator is an old spelling; it is read as layers in training: {', '.join(made)}.")

    def _leave_shear_out(self) -> None:
        """Drop a shear that is next to nothing: many write a share of 0.2 where Keras reads degrees."""
        if abs(self.shear_range) > _LEAST_SHEAR:
            got, fix = repr(self.shear_range), "Leave it out, or turn by a few degrees more."
            expected = f"shear_range of at most {_LEAST_SHEAR} degree, which is left out"
            raise NotSupportedError(explain(expected=expected, got=got, where="ImageDataGenerator", fix=fix))
        if self.shear_range:
            say(f"shear_range={self.shear_range:g} is in degrees, so next to nothing; it is left out.")

    def layers(self, size: tuple[int, int], fill_value: float = 0.0, seed: int | None = None) -> tuple[Layer, ...]:
        """Return the layers that do the same, in their order.

        Args:
            size: (height, width) of the images, which a shift in pixels is a share of.
            fill_value: ``cval`` after the images are standardized.
            seed: Of the layers; None takes the run's.
        """
        sampled: dict[str, Any] = {
            "fill_mode": self.fill_mode,
            "interpolation": _INTERPOLATIONS[self.interpolation_order],
            "fill_value": fill_value,
            "seed": seed,
            "data_format": self.data_format,
        }
        height, width = (
            _share(getattr(self, name), name, pixels)
            for name, pixels in zip(("height_shift_range", "width_shift_range"), size, strict=True)
        )
        zoom, flips = _zoom(self.zoom_range), {name: sampled[name] for name in ("seed", "data_format")}
        made: list[Layer] = []
        if self.rotation_range:
            made.append(RandomRotation(self.rotation_range / _FULL_TURN, **sampled, name="generator_rotation"))
        if height or width:
            made.append(RandomTranslation(height, width, **sampled, name="generator_translation"))
        if any(zoom):
            made.append(RandomZoom(zoom, zoom, **sampled, name="generator_zoom"))
        if self.horizontal_flip:
            made.append(RandomFlip("horizontal", **flips, name="generator_flip"))
        if self.vertical_flip:
            made.append(RandomFlip("vertical", **flips, name="generator_vertical_flip"))
        return tuple(made)

    def fit(self, x: object, augment: bool = False, rounds: int = 1, seed: int | None = None) -> None:
        """Find the mean and the deviation of each channel, for featurewise_center and featurewise_std_normalization.

        Args:
            x: Images, shape (n, h, w, c).
            augment: Only False.
            rounds: Accepted for Keras' sake.
            seed: Likewise.

        Raises:
            DataError: If they are no images.
            NotSupportedError: If ``augment=True``.
        """
        del rounds, seed
        refuse_unless_neutral("ImageDataGenerator.fit", {"augment": (False,)}, {"augment": augment})
        images = self._rescaled(_images(x, "ImageDataGenerator.fit"))
        axes = (0, 2, 3) if self._channels_first else (0, 1, 2)
        self.mean = images.mean(axis=axes, dtype=np.float64, keepdims=True)[0]
        self.std = images.std(axis=axes, dtype=np.float64, keepdims=True)[0]

    def flow(
        self,
        x: object,
        y: object = None,
        batch_size: int = 32,
        shuffle: bool = True,
        sample_weight: object = None,
        *,
        seed: int | None = None,
        subset: str | None = None,
        **others: Any,  # noqa: ANN401 - Keras' arguments
    ) -> Flow:
        """Return what ``fit``, ``evaluate`` and ``predict`` of a model take.

        Args:
            x: Images, shape (n, h, w, c); they are standardized at once, into an array of their own.
            y: Labels.
            batch_size: Images for each update.
            shuffle: Whether each epoch has an order of its own.
            sample_weight: What the loss of each image is multiplied by; None for 1.
            seed: Of the changes; None takes the model's.
            subset: "training" or "validation": the parts that ``validation_split`` makes.
            others: Keras' further arguments, at its defaults.

        Raises:
            DataError: If they are no images, or there are not as many labels or weights.
            NotSupportedError: If a further argument is not at its default.
            UsageError: If `fit` had to come first.
        """
        refuse_unless_neutral(
            "flow", _FLOW_NEUTRAL, others, ("batch_size", "shuffle", "sample_weight", "seed", "subset")
        )
        images, labels = _images(x, "flow"), None if y is None else as_array(y, "flow, y")
        weights = None if sample_weight is None else as_array(sample_weight, "flow, sample_weight")
        for array, what in ((labels, "labels"), (weights, "weights")):
            if array is not None and len(array) != len(images):
                expected = f"{len(images)} {what}, as there are images"
                raise DataError(explain(expected=expected, got=str(len(array)), where="flow"))
        own = None if seed is None else check_seed(seed, "flow, seed")
        part = self._part(len(images), subset)
        standardized = self._standardized(images[part])
        size = images.shape[2:4] if self._channels_first else images.shape[1:3]
        return Flow(
            standardized,
            None if labels is None else labels[part],
            self.layers((size[0], size[1]), self._fill_value(), own),
            read_batch_size(batch_size, "flow"),
            shuffle=bool(shuffle),
            seed=own or 0,
            weights=None if weights is None else weights[part],
        )

    def flow_from_directory(self, *args: object, **kwargs: object) -> NoReturn:
        """Refuse: images come as arrays."""
        del args, kwargs
        fix = "Load the images into one array and call flow(x, y)."
        raise NotSupportedError(explain(expected="flow(x, y)", got="a folder", where="ImageDataGenerator", fix=fix))

    flow_from_dataframe = flow_from_directory

    @property
    def _channels_first(self) -> bool:
        return (self.data_format or image_data_format()) == "channels_first"

    def _part(self, count: int, subset: str | None) -> slice:
        """Return the examples of a subset: Keras takes the first ones to validate with."""
        cut = floor(count * self.validation_split)
        parts = {None: slice(None), "validation": slice(0, cut), "training": slice(cut, None)}
        if subset not in parts:
            raise UsageError(explain(expected="subset 'training' or 'validation'", got=repr(subset), where="flow"))
        return parts[subset]

    def _rescaled(self, images: Array) -> Array:
        return images * np.float32(self.rescale) if self.rescale else images

    def _standardized(self, images: Array) -> Array:
        """Rescale and normalize; both commute with the layers, which take means of pixels whose weights add up to 1."""
        mean, deviation = self._statistics()
        if mean is None:
            return self._rescaled(images)
        shifted = self._rescaled(images).astype(np.float32) - mean.astype(np.float32)
        if deviation is not None:
            shifted /= deviation.astype(np.float32)
        return shifted

    def _statistics(self) -> tuple[Array | None, Array | None]:
        """Return what is subtracted and what is divided by."""
        if not self.featurewise_center:
            return None, None
        if self.mean is None or self.std is None:
            raise UsageError(
                explain(
                    expected="the mean of the images, which featurewise_center subtracts",
                    got="none",
                    where="flow",
                    fix="Call datagen.fit(x_train) before datagen.flow(...).",
                )
            )
        return self.mean, self.std + _EPSILON if self.featurewise_std_normalization else None

    def _fill_value(self) -> float:
        """Return what ``cval`` becomes; Keras fills before it standardizes."""
        if self.fill_mode != "constant":
            return 0.0
        filled = self._standardized(np.full((1, 1, 1), self.cval, np.float32)).ravel()
        if np.ptp(filled) > 0:
            raise NotSupportedError(
                explain(
                    expected="one fill value for all channels",
                    got="fill_mode='constant' with featurewise_center of colour images",
                    where="flow",
                    fix="Use fill_mode='nearest'.",
                )
            )
        return float(filled[0])


def _images(x: object, where: str) -> Array:
    """Read images; whole numbers of more than a byte and float64 become float32, as in Keras."""
    images = as_array(x, f"{where}, x")
    if images.ndim != 4:  # noqa: PLR2004 - n, h, w, c
        fix = "Grey images need a channel axis: x[..., None]."
        expected, got = "images of shape (n, height, width, channels)", f"shape {images.shape}"
        raise DataError(explain(expected=expected, got=got, where=where, fix=fix))
    return images if images.dtype in (np.uint8, np.float32) else images.astype(np.float32)


def _share(value: object, argument: str, pixels: int) -> float:
    """Read a shift as a share of the image."""
    if not isinstance(value, int | float | np.number) or isinstance(value, bool):
        raise NotSupportedError(
            explain(expected=f"{argument} as one number", got=repr(value), where="ImageDataGenerator")
        )
    if value and isinstance(value, int | np.integer):
        raise NotSupportedError(
            explain(
                expected=f"{argument} as a share of the image",
                got=f"{value}, by which Keras shifts in whole pixels",
                where="ImageDataGenerator",
                fix=f"Write {argument}={value} / 28 for images of 28 pixels.",
            )
        )
    share = abs(float(value))
    return share if share < 1 else share / pixels


def _zoom(value: object) -> tuple[float, float]:
    """Read how much more or less of an image is seen."""
    if isinstance(value, list | tuple | np.ndarray):
        least, most = value
        return float(least) - 1, float(most) - 1
    if not isinstance(value, int | float | np.number):
        raise UsageError(explain(expected="zoom_range as one or two numbers", got=repr(value)))
    return -float(value), float(value)
