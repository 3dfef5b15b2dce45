"""Zeros around images."""

from dataclasses import dataclass

from cnnlab.arch.arguments import data_format, set_field, whole
from cnnlab.arch.layer import Layer, Shape, spatial
from cnnlab.errors import NetworkError, explain

Sides = tuple[int, int]


@dataclass(frozen=True)
class ZeroPadding2D(Layer):
    """Put rows and columns of zeros around each image.

    Attributes:
        padding: One number for all sides, (rows, columns) for both sides of each, or ((top, bottom), (left, right)).
        data_format: None for the network's own.
    """

    padding: int | tuple[int, int] | tuple[Sides, Sides] = ((1, 1), (1, 1))
    data_format: str | None = None

    def __post_init__(self) -> None:
        """Bring every accepted spelling into one."""
        super().__post_init__()
        both = self.padding if isinstance(self.padding, list | tuple) else (self.padding, self.padding)
        if len(both) != 2:  # noqa: PLR2004 - height and width
            raise _refused(self.padding)
        padding = (_sides(both[0], self.padding), _sides(both[1], self.padding))
        set_field(self, padding=padding, data_format=data_format(self.data_format))

    @property
    def rows(self) -> Sides:
        """Return how many rows stand above and below the image."""
        return self._both[0]

    @property
    def columns(self) -> Sides:
        """Return how many columns stand left and right of the image."""
        return self._both[1]

    @property
    def _both(self) -> tuple[Sides, Sides]:
        return self.padding  # type: ignore[return-value]  # `__post_init__` has brought it into this form

    def output_shape(self, input_shape: Shape) -> Shape:
        """Return (h + top + bottom, w + left + right, c)."""
        height, width, channels = spatial(input_shape, "ZeroPadding2D")
        return (height + sum(self.rows), width + sum(self.columns), channels)


def _sides(value: object, given: object) -> Sides:
    """Read one number, or those before and after."""
    pair = value if isinstance(value, list | tuple) else (value, value)
    if len(pair) != 2:  # noqa: PLR2004 - before and after
        raise _refused(given)
    return whole(pair[0], "padding", least=0), whole(pair[1], "padding", least=0)


def _refused(given: object) -> NetworkError:
    expected = "padding to be a whole number, (rows, columns) or ((top, bottom), (left, right))"
    return NetworkError(explain(expected=expected, got=repr(given)))
