"""Pooling over height and width."""

from dataclasses import dataclass

from cnnlab.arch.arguments import data_format, flag, one_of, pair, set_field
from cnnlab.arch.layer import Layer, Shape, Window, spatial, windowed_size


@dataclass(frozen=True)
class _Pooling2D(Layer):
    """What max and average pooling share."""

    pool_size: int | tuple[int, int] = (2, 2)
    strides: int | tuple[int, int] | None = None
    padding: str = "valid"
    data_format: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        pool_size = pair(self.pool_size, "pool_size")
        set_field(
            self,
            pool_size=pool_size,
            strides=pool_size if self.strides is None else pair(self.strides, "strides"),
            padding=one_of(self.padding, ("valid", "same"), "padding"),
            data_format=data_format(self.data_format),
        )

    @property
    def window(self) -> Window:
        """Say how the pool reaches over height and width."""
        return Window(pair(self.pool_size, "pool_size"), pair(self.strides, "strides"), padding=self.padding)

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (h, w, c)."""
        height, width, channels = spatial(input_shape, type(self).__name__)
        size, strides = self.window.size, self.window.strides
        return (
            windowed_size(height, size[0], strides[0], self.padding, "height"),
            windowed_size(width, size[1], strides[1], self.padding, "width"),
            channels,
        )


@dataclass(frozen=True)
class MaxPooling2D(_Pooling2D):
    """Keep the largest value under each window; padding counts as minus infinity.

    Attributes:
        pool_size: One number, or (height, width).
        strides: Steps between two windows; None for the pool size.
        padding: "valid" or "same".
        data_format: None for the network's own.
    """


@dataclass(frozen=True)
class AveragePooling2D(_Pooling2D):
    """Keep the mean under each window; padding does not count.

    Attributes:
        pool_size: One number, or (height, width).
        strides: Steps between two windows; None for the pool size.
        padding: "valid" or "same".
        data_format: None for the network's own.
    """


@dataclass(frozen=True)
class _GlobalPooling2D(Layer):
    """What both global poolings share."""

    data_format: str | None = None
    keepdims: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        set_field(self, data_format=data_format(self.data_format), keepdims=flag(self.keepdims, "keepdims"))

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (c,), or (1, 1, c) with keepdims."""
        channels = spatial(input_shape, type(self).__name__)[2]
        return (1, 1, channels) if self.keepdims else (channels,)

    @property
    def sees_whole_image(self) -> bool:
        """Every output depends on every position."""
        return True


@dataclass(frozen=True)
class GlobalAveragePooling2D(_GlobalPooling2D):
    """Keep the mean of each channel over the whole image."""


@dataclass(frozen=True)
class GlobalMaxPooling2D(_GlobalPooling2D):
    """Keep the largest value of each channel over the whole image."""
