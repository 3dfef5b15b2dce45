"""Colours of lines that stand on a ground nobody knows: light or dark, in a terminal or a notebook."""

from typing import Final

SERIES: Final = ("#2f7de1", "#d9542b", "#2b9348", "#9b5fd0", "#a9760f", "#0b8f9c", "#d0488b", "#7b8794")
"""One for each architecture, in their order; each stands out from white and from black by 3 to 1 at least."""

VALIDATION: Final = SERIES[0]
TRAINING: Final = SERIES[1]
"""Blue and red, as in the notebook that all this began with."""


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2.2: 1 where they are the same, 21 between black and white.

    Example:
        >>> round(contrast("#000000", "#ffffff"), 1)
        21.0
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB
