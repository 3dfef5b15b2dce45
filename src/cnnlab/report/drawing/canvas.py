"""SVG by hand: elements, texts that fit, and the sheet that they stand on."""

from html import escape
from unicodedata import east_asian_width

from cnnlab.report.drawing.palette import INK, LINE
from cnnlab.report.svg import FONTS, finish
from cnnlab.report.words import cut, printable

LETTER = 0.6
"""How wide a letter is on average, in sizes of the font: as in DejaVu Sans, which is wider than most."""


def element(tag: str, content: str = "", /, **attributes: str | float) -> str:
    """Write one element; an underscore in an attribute's name stands for a hyphen.

    Args:
        tag: Its name.
        content: What stands in it, already escaped.
        attributes: Numbers are rounded to two decimals, texts are escaped.

    Example:
        >>> element("rect", x=1.0, stroke_width=0.125, fill="#fff")
        '<rect x="1" stroke-width="0.12" fill="#fff"/>'
    """
    told = "".join(f' {name.replace("_", "-")}="{_value(value)}"' for name, value in attributes.items())
    return f"<{tag}{told}>{content}</{tag}>" if content else f"<{tag}{told}/>"


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")


def words(
    x: float, y: float, text: str, size: float | None = 11, fill: str | None = INK, /, **more: str | float
) -> str:
    """Write a text with its baseline at ``y``; whatever is in it stays text.

    Args:
        x: Where it begins, or its middle or end by ``text_anchor``.
        y: Counted downwards.
        text: Any.
        size: Of its letters; None for that of its group.
        fill: Its colour; likewise.
        more: Other attributes.
    """
    looks = {name: value for name, value in (("font_size", size), ("fill", fill)) if value is not None}
    return element("text", escape(printable(text)), x=x, y=y, **looks, **more)


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = LINE, **more: str | float) -> str:
    """Draw a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, **more)


def width_of(text: str, size: float) -> float:
    """Estimate how wide a text is drawn; rather too much than too little.

    Example:
        >>> width_of("abc", 10), width_of("\N{CJK UNIFIED IDEOGRAPH-4E2D}", 10)
        (18.0, 10.0)
    """
    return round(sum(1 if east_asian_width(letter) in "WFA" else LETTER for letter in text) * size, 3)


def fitted(text: str, room: float, size: float) -> str:
    """Shorten a text in its middle until it fits.

    Args:
        text: Whatever it is; what cannot be printed becomes a blank.
        room: How wide it may be.
        size: Of its letters.

    Example:
        >>> fitted("architecture-2-as-intended", 100, 10)
        'archite..ntended'
    """
    clean = printable(text)
    letters = len(clean)
    shown = clean
    while width_of(shown, size) > room and letters > 4:  # noqa: PLR2004 - a letter at each end and the dots
        letters -= 1
        shown = cut(clean, letters)
    return shown


def sheet(width: float, height: float, title: str, description: str, parts: list[str]) -> str:
    """Put parts on a sheet of its own.

    Args:
        width: In pixels, as the figure is meant to be seen.
        height: Likewise.
        title: What it is, for those who do not see it.
        description: What it shows, likewise.
        parts: Elements, the first ones beneath.

    Returns:
        One ``<svg>`` element without ids but those of its title and its description.
    """
    box = f"0 0 {_value(width)} {_value(height)}"
    svg = element(
        "svg",
        "".join(parts),
        xmlns="http://www.w3.org/2000/svg",
        font_family=FONTS,
        width=width,
        height=height,
        viewBox=box,
    )
    return finish(svg, title, description)
