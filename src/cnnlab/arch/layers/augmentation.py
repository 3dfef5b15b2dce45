"""Layers that change each training image at random: shift, turn, zoom, flip.

Each draws some numbers for an image and makes of them one map from places of the output to places of the input: output
(x, y) takes its value from input (a x + b y + c, d x + e y + f), x a column and y a row, whole numbers at the middles
of pixels. The maps are those of Keras' layers. In evaluation the layers do nothing.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch.arguments import data_format, number, one_of, set_field
from cnnlab.arch.layer import Layer, Shape, spatial, without
from cnnlab.arch.trigonometry import sine_and_cosine
from cnnlab.errors import NetworkError, explain
from cnnlab.randomness import check_seed

Float64s = npt.NDArray[np.float64]
Factor = float | tuple[float, float]

FILL_MODES: Final = ("constant", "nearest", "reflect", "wrap")
INTERPOLATIONS: Final = ("bilinear", "nearest")
FLIPS: Final = ("horizontal", "vertical", "horizontal_and_vertical")


@dataclass(frozen=True)
class Sampling:
    """How the value at a place of the input is found.

    Attributes:
        interpolation: Between pixels: one of `INTERPOLATIONS`.
        fill_mode: Outside the image: one of `FILL_MODES`.
        fill_value: Outside the image, where the fill mode is "constant".
    """

    interpolation: str = "nearest"
    fill_mode: str = "nearest"
    fill_value: float = 0.0


class RandomMap(Layer):
    """What the layers of this file share; it is no layer by itself.

    Attributes:
        uniforms: How many random numbers an image needs.
        mixes_axes: Whether b or d of its maps may be other than 0.
    """

    uniforms: ClassVar[int] = 1
    mixes_axes: ClassVar[bool] = False
    neutral: ClassVar = without("bounding_box_format")

    @property
    def own_seed(self) -> int | None:
        """Return the seed of this layer's random numbers; None where they are of the run's."""
        seed: int | None = getattr(self, "seed", None)
        return seed

    @property
    def sampling(self) -> Sampling:
        """Say how values are found."""
        return Sampling()

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return the input's shape, which has to be an image's."""
        spatial(input_shape, type(self).__name__)
        return input_shape

    def values(self, uniform: Float64s) -> Float64s:
        """Bring random numbers into the layer's own intervals.

        Args:
            uniform: Shape (n, draws), each between 0 and 1.

        Returns:
            That shape: what `maps` takes.
        """
        raise NotImplementedError

    def maps(self, values: Float64s, height: int, width: int) -> Float64s:
        """Return the six coefficients (a, b, c, d, e, f) of each image's map.

        Args:
            values: Shape (n, draws).
            height: Of the images.
            width: Of the images.

        Returns:
            Shape (n, 6).
        """
        raise NotImplementedError

    def _check_shared(self) -> None:
        """Check the arguments that all of them have, and those that most have."""
        seed = self.own_seed
        set_field(
            self,
            data_format=data_format(getattr(self, "data_format", None)),
            seed=None if seed is None else check_seed(seed, f"{type(self).__name__} seed"),
        )
        if hasattr(self, "fill_mode"):
            set_field(
                self,
                fill_mode=one_of(self.fill_mode, FILL_MODES, "fill_mode"),
                interpolation=one_of(getattr(self, "interpolation", None), INTERPOLATIONS, "interpolation"),
                fill_value=number(getattr(self, "fill_value", None), "fill_value"),
            )


@dataclass(frozen=True)
class RandomTranslation(RandomMap):
    """Shift each training image.

    Attributes:
        height_factor: Share of the height to shift down by: (least, most), from -1 to 1; 0.1 is (-0.1, 0.1).
        width_factor: Likewise, of the width and to the right.
        fill_mode: What stands outside the image: "constant", "nearest" (its border), "reflect" (the image mirrored at
            its edge) or "wrap" (the image again).
        interpolation: Between pixels: "bilinear" or "nearest".
        seed: Of this layer's random numbers; None takes the run's.
        fill_value: With fill_mode="constant".
        data_format: "channels_last" or "channels_first"; None takes the network's.
    """

    height_factor: Factor
    width_factor: Factor
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    uniforms: ClassVar[int] = 2

    def __post_init__(self) -> None:
        """Check the arguments."""
        super().__post_init__()
        self._check_shared()
        set_field(
            self,
            height_factor=_factor(self.height_factor, "height_factor"),
            width_factor=_factor(self.width_factor, "width_factor"),
        )

    @property
    def sampling(self) -> Sampling:
        """Say how values are found."""
        return Sampling(self.interpolation, self.fill_mode, self.fill_value)

    def values(self, uniform: Float64s) -> Float64s:
        """Return the shares of the height and of the width."""
        return _within(uniform, interval(self.height_factor), interval(self.width_factor))

    def maps(self, values: Float64s, height: int, width: int) -> Float64s:
        """Take each value from where it is before the shift."""
        one, nil = np.ones(len(values)), np.zeros(len(values))
        return np.stack([one, nil, -values[:, 1] * width, nil, one, -values[:, 0] * height], axis=1)


@dataclass(frozen=True)
class RandomRotation(RandomMap):
    """Turn each training image about its middle.

    Attributes:
        factor: Share of a whole turn, counter-clockwise as the image is seen: (least, most), from -1 to 1; 0.1 is
            (-0.1, 0.1), up to 36 degrees either way.
        fill_mode: As of RandomTranslation.
        interpolation: Likewise.
        seed: Likewise.
        fill_value: Likewise.
        data_format: Likewise.
    """

    factor: Factor
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    mixes_axes: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Check the arguments; the factor becomes a pair, as Keras writes it."""
        super().__post_init__()
        self._check_shared()
        set_field(self, factor=interval(_factor(self.factor, "factor")))

    @property
    def sampling(self) -> Sampling:
        """Say how values are found."""
        return Sampling(self.interpolation, self.fill_mode, self.fill_value)

    def values(self, uniform: Float64s) -> Float64s:
        """Return shares of a turn."""
        return _within(uniform, interval(self.factor))

    def maps(self, values: Float64s, height: int, width: int) -> Float64s:
        """Turn about the middle of the image."""
        sine, cosine = sine_and_cosine(values[:, 0])
        x, y = (width - 1) / 2, (height - 1) / 2
        across = x - x * cosine + y * sine
        down = y - x * sine - y * cosine
        return np.stack([cosine, -sine, across, sine, cosine, down], axis=1)


@dataclass(frozen=True)
class RandomZoom(RandomMap):
    """Zoom each training image about its middle.

    Attributes:
        height_factor: By how much of its height an image shows more (positive: it gets smaller) or less: (least, most),
            above -1 and up to 1; 0.1 is (-0.1, 0.1).
        width_factor: Likewise, of the width; None zooms both alike.
        fill_mode: As of RandomTranslation.
        interpolation: Likewise.
        seed: Likewise.
        fill_value: Likewise.
        data_format: Likewise.
    """

    height_factor: Factor
    width_factor: Factor | None = None
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    seed: int | None = None
    fill_value: float = 0.0
    data_format: str | None = None

    uniforms: ClassVar[int] = 2

    def __post_init__(self) -> None:
        """Check the arguments."""
        super().__post_init__()
        self._check_shared()
        set_field(self, height_factor=_factor(self.height_factor, "height_factor", above=True))
        if self.width_factor is not None:
            set_field(self, width_factor=_factor(self.width_factor, "width_factor", above=True))

    @property
    def sampling(self) -> Sampling:
        """Say how values are found."""
        return Sampling(self.interpolation, self.fill_mode, self.fill_value)

    def values(self, uniform: Float64s) -> Float64s:
        """Return the sizes of what is seen, in heights and widths of the image."""
        both = self.width_factor is None
        across = self.height_factor if self.width_factor is None else self.width_factor
        drawn = uniform[:, [0, 0]] if both else uniform
        return 1.0 + _within(drawn, interval(self.height_factor), interval(across))

    def maps(self, values: Float64s, height: int, width: int) -> Float64s:
        """Spread places about the middle of the image."""
        nil = np.zeros(len(values))
        down, across = values[:, 0], values[:, 1]
        left, top = (width - 1) / 2 * (1.0 - across), (height - 1) / 2 * (1.0 - down)
        return np.stack([across, nil, left, nil, down, top], axis=1)


@dataclass(frozen=True)
class RandomFlip(RandomMap):
    """Flip every second training image.

    Attributes:
        mode: "horizontal" (left and right change places), "vertical", or "horizontal_and_vertical" (both at once).
        seed: Of this layer's random numbers; None takes the run's.
        data_format: "channels_last" or "channels_first"; None takes the network's.
    """

    mode: str = "horizontal_and_vertical"
    seed: int | None = None
    data_format: str | None = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        super().__post_init__()
        self._check_shared()
        set_field(self, mode=one_of(self.mode, FLIPS, "mode"))

    def values(self, uniform: Float64s) -> Float64s:
        """Return -1 for an image that is flipped, else 1."""
        return np.where(uniform < 0.5, -1.0, 1.0)  # noqa: PLR2004 - every second one

    def maps(self, values: Float64s, height: int, width: int) -> Float64s:
        """Count columns or rows from the other side."""
        one, nil = np.ones(len(values)), np.zeros(len(values))
        across = values[:, 0] if "horizontal" in self.mode else one
        down = values[:, 0] if "vertical" in self.mode else one
        left, top = (1.0 - across) / 2 * (width - 1), (1.0 - down) / 2 * (height - 1)
        return np.stack([across, nil, left, nil, down, top], axis=1)


def interval(factor: Factor) -> tuple[float, float]:
    """Return (least, most) of a factor; a single number goes as far to either side."""
    if isinstance(factor, tuple):
        return min(factor), max(factor)
    return -abs(factor), abs(factor)


def _factor(value: object, what: str, *, above: bool = False) -> Factor:
    """Read a number or a pair of numbers from -1 to 1; ``above`` leaves -1 itself out."""
    if isinstance(value, list | tuple):
        if len(value) != 2:  # noqa: PLR2004 - least and most
            raise NetworkError(explain(expected=f"{what} to be one or two numbers", got=repr(value)))
        factor: Factor = (number(value[0], what), number(value[1], what))
    else:
        factor = number(value, what)
    least, most = interval(factor)
    if least < -1 or most > 1 or (above and least == -1):
        expected = f"{what} {'above -1 and up to 1' if above else 'from -1 to 1'}"
        raise NetworkError(explain(expected=expected, got=repr(value)))
    return factor


def _within(uniform: Float64s, *intervals: tuple[float, float]) -> Float64s:
    """Bring each column of numbers between 0 and 1 into its interval."""
    columns = [least + (most - least) * uniform[:, index] for index, (least, most) in enumerate(intervals)]
    return np.stack(columns, axis=1)
