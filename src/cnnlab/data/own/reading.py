"""How a user's own data are to be read: what a study says of them, and what a run keeps to find them again."""

import math
import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from cnnlab.errors import UsageError, explain
from cnnlab.randomness import check_seed

Kind = Literal["folder", "zip", "csv", "npz", "idx", "prepared"]
"""What data can be; "prepared" is a folder that cnnlab wrote itself."""

KINDS: Final[tuple[str, ...]] = get_args(Kind)
LARGEST_SIDE: Final = 256
"""Pixels of an image in either direction; larger ones are read with a size to bring them to."""
TEST_SHARE: Final = 0.2
_COLOURS: Final = 3


@dataclass(frozen=True)
class Reading:
    """How data are read.

    Attributes:
        kind: What they are; None to find it by looking.
        resize: (height, width) that every image is brought to; None where all have one size already.
        test_share: The share of each class that becomes the test where the data give none.
        split_seed: Draws which images these are, and the order of images that come class by class.
        label: The name of a table's column with the labels; None to find it by its name.
        shape: Of the image in a flat row of pixels: height, width, and 3 for colours; None for square and grey.
    """

    kind: Kind | None = None
    resize: tuple[int, int] | None = None
    test_share: float = TEST_SHARE
    split_seed: int = 0
    label: str | None = None
    shape: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Check it.

        Raises:
            UsageError: If a size, a share, a seed or a kind is none.
        """
        if self.kind is not None and self.kind not in KINDS:
            raise UsageError(explain(expected=f"one of {', '.join(KINDS)}", got=repr(self.kind), where="kind of data"))
        if isinstance(self.test_share, bool) or not 0 < self.test_share < 1:
            fix = "0.2 makes a fifth of each class the test."
            raise UsageError(
                explain(expected="a share between 0 and 1", got=repr(self.test_share), where="test share", fix=fix)
            )
        check_seed(self.split_seed, "split seed")
        if self.resize is not None:
            check_size(self.resize, "resize", axes=(2,))
        if self.shape is not None:
            check_size(self.shape, "shape", axes=(2, 3))


@dataclass(frozen=True)
class OwnData:
    """A user's own data as a study names them.

    Attributes:
        reading: How they are read.
        sums: Of each part as it was read when the study began; empty before.
        class_names: As they were then.
    """

    reading: Reading = field(default_factory=Reading)
    sums: tuple[tuple[str, str], ...] = ()
    class_names: tuple[str, ...] = ()


def check_size(shape: tuple[Any, ...], where: str, axes: tuple[int, ...]) -> None:
    """Refuse what is no size of an image.

    Raises:
        UsageError: If it has other axes, or a side from outside 1 to 256.
    """
    sides = shape[:2]
    whole = all(isinstance(one, int) and not isinstance(one, bool) for one in shape)
    coloured = len(shape) == _COLOURS and shape[2] not in {1, _COLOURS}
    if not whole or len(shape) not in axes or not all(1 <= one <= LARGEST_SIDE for one in sides) or coloured:
        expected = f"a height and a width from 1 to {LARGEST_SIDE}" + (", and 3 for colours" if 3 in axes else "")  # noqa: PLR2004
        fix = "28x28 is 28 pixels high and wide" + ("; 32x32x3 is in colour." if 3 in axes else ".")  # noqa: PLR2004
        raise UsageError(explain(expected=expected, got="x".join(map(str, shape)), where=where, fix=fix))


def read_shape(text: str, where: str) -> tuple[int, ...]:
    """Read a size as people type it.

    Args:
        text: As "32x32" or "32x32x3".
        where: The option, for messages.

    Raises:
        UsageError: If it is none.

    Example:
        >>> read_shape("28x32", "--resize")
        (28, 32)
    """
    if not re.fullmatch(r"\d{1,4}(x\d{1,4}){1,2}", text.strip().lower()):
        fix = "Write height x width, as 32x32."
        raise UsageError(explain(expected="a size", got=repr(text), where=where, fix=fix))
    return tuple(int(word) for word in text.strip().lower().split("x"))


def square(pixels: int) -> tuple[int, int] | None:
    """Return the shape of the square image with so many pixels; None where there is none."""
    side = math.isqrt(pixels)
    return (side, side) if side * side == pixels and side else None
