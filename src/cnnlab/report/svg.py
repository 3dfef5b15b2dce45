"""SVG text made fit for people and pages: a title and a description, ids of its own, no style that a policy forbids."""

import re
from html import escape
from xml.etree import ElementTree as ET

from cnnlab.report.words import printable

IDS = re.compile(
    r"""(?P<before>\sid="|\shref="#|xlink:href="#|url\(#|aria-labelledby="|aria-describedby=")(?P<id>[^")]+)"""
)
FONTS = "system-ui, sans-serif"
"""What a figure's letters are drawn with where no page says anything else."""

_NUMBER = re.compile(r"-?\d*\.?\d+(?:e[-+]?\d+)?")
_COORDINATES = frozenset(("d", "x", "y", "x1", "x2", "y1", "y2", "points", "transform"))
_UNTOLD = frozenset(("font-family", "font-stretch", "font-variant", "font-style", "id", "version"))
"""What matplotlib writes and nobody needs: one family for all stands at the root, ids are kept where they are used."""

_SAME_AS_NONE = {("text-anchor", "start"), ("stroke-linecap", "butt"), ("font-weight", "400")}
_STRAIGHT = re.compile(r"(?:[ML] [-\d.e]+ [-\d.e]+ ?|z ?)+")
_NO_TURN = re.compile(r"rotate\(-?0 [^)]*\)")
_USED = re.compile(r"url\(#([^)]+)\)")
_SIZE = re.compile(r"([\d.]+)px")
_WHITE = frozenset(("#ffffff", "white", "none"))


def finish(svg: str, title: str, description: str) -> str:
    """Cut a drawing down to its ``<svg>`` element and name it for those who do not see it.

    Args:
        svg: A whole SVG file, as matplotlib writes it.
        title: What it is.
        description: What it shows.

    Returns:
        One element, which a file or a page can hold.

    Example:
        >>> finish('<?xml version="1.0"?><svg width="1"><g/></svg>', "Loss", "It falls.")
        '<svg role="img" aria-labelledby="title" aria-describedby="desc" width="1">\
<title id="title">Loss</title><desc id="desc">It falls.</desc><g/></svg>'
    """
    element = svg[svg.index("<svg") :].strip()
    head, rest = element.split(">", 1)
    names = (
        f'<title id="title">{escape(printable(title))}</title><desc id="desc">{escape(printable(description))}</desc>'
    )
    labels = 'role="img" aria-labelledby="title" aria-describedby="desc"'
    return f"{head.replace('<svg', f'<svg {labels}', 1)}>{names}{rest}"


def with_own_ids(svg: str, prefix: str) -> str:
    """Put a prefix before every id in a drawing, so that many can stand in one page.

    Args:
        svg: One element, as `finish` gives it.
        prefix: Unique in the page.

    Example:
        >>> with_own_ids('<svg><path id="a"/><use xlink:href="#a"/></svg>', "f1-")
        '<svg><path id="f1-a"/><use xlink:href="#f1-a"/></svg>'
    """
    return IDS.sub(rf"\g<before>{prefix}\g<id>", svg)


def restyled(svg: str) -> str:
    """Write a drawing of matplotlib's again without styles and without paper, and shorter.

    A page under a strict policy takes neither ``style`` attributes nor ``<style>`` elements. The first become
    presentation attributes, which any rule of a page's style sheet overrides: ``templates/figures.css`` gives the
    colours their dark counterparts in that way. The second, matplotlib's ``*{stroke-linejoin: round}``, becomes an
    attribute of the root, which all inherit; no page need replace it. White grounds go, so that a figure stands on the
    page's own paper; coordinates keep one decimal, in definitions two; ids stay only where something refers to them.

    Args:
        svg: One element, as `finish` gives it; ours, since it is parsed as it is.

    Returns:
        One element; the same for the same drawing, and for what this function gave.

    Example:
        >>> restyled('<svg><g id="a"><path d="M 0.123 9.96" style="fill: none; stroke: #000"/></g></svg>')
        '<svg xmlns="http://www.w3.org/2000/svg" font-family="system-ui, sans-serif" stroke-linejoin="round">\
<path d="M.1 10" fill="none" stroke="#000"/></svg>'
    """
    root = ET.fromstring(svg)  # noqa: S314 - we wrote it
    kept = {"xmlns": "http://www.w3.org/2000/svg", "font-family": FONTS, "stroke-linejoin": "round"}
    return _written(root, _referred(root), more=kept)


def _referred(root: ET.Element) -> frozenset[str]:
    """Find the ids that something in the drawing refers to."""
    found = {root.get("aria-labelledby", ""), root.get("aria-describedby", "")}
    for element in root.iter():
        for name, value in element.attrib.items():
            found |= {value[1:]} if name.endswith("href") and value.startswith("#") else set(_USED.findall(value))
    return frozenset(found)


def _written(
    element: ET.Element, ids: frozenset[str], *, defined: bool = False, more: dict[str, str] | None = None
) -> str:
    """Write an element and what is in it; nothing for what draws nothing."""
    tag = element.tag.rpartition("}")[2]
    values = (more or {}) | _attributes(element, ids, defined=defined)
    if tag == "style" or _draws_nothing(tag, values):
        return ""
    inside = "".join(_written(child, ids, defined=defined or tag == "defs") for child in element)
    text = escape(element.text) if element.text and element.text.strip() else ""
    if (tag == "g" and (not values or not inside)) or (tag == "defs" and not inside):
        return inside
    told = "".join(f' {name}="{escape(value)}"' for name, value in values.items())
    return f"<{tag}{told}>{text}{inside}</{tag}>" if text or inside else f"<{tag}{told}/>"


def _attributes(element: ET.Element, ids: frozenset[str], *, defined: bool) -> dict[str, str]:
    """Turn an element's attributes and its style into the attributes that it keeps."""
    found = {name.rpartition("}")[2]: value for name, value in element.attrib.items() if name != "style"}
    found |= dict(_declarations(element.get("style", "")))
    at_root = element.get("viewBox") is not None
    dropped = {name for name in _UNTOLD if not (name == "id" and found.get("id") in ids)}
    dropped -= {"font-family"} if at_root else set()
    if defined:
        # What is used takes its colours from where it is used: a page's rules do not reach into it.
        dropped |= {"fill", "stroke"}
    decimals = 2 if defined else 1
    return {
        name: _shortened(value, decimals) if name in _COORDINATES else value.replace("\n", "")
        for name, value in found.items()
        if name not in dropped
        and (name, value) not in _SAME_AS_NONE
        and not (name == "transform" and _NO_TURN.fullmatch(value))
    }


def _declarations(style: str) -> list[tuple[str, str]]:
    """Take a style apart; of the shorthand ``font`` the size alone is kept."""
    pairs = [(name.strip(), value.strip()) for name, _, value in (one.partition(":") for one in style.split(";"))]
    found = []
    for name, value in pairs:
        size = _SIZE.search(value)
        if name in ("font", "font-size") and size:
            found.append(("font-size", size[1]))
        elif name and name != "font":
            found.append((name, value))
    return found


def _shortened(value: str, decimals: int) -> str:
    """Round the numbers of a path or a place, and leave out the blanks and line breaks that SVG does not need."""
    told = " ".join(value.split())
    if _STRAIGHT.fullmatch(told):
        return _in_steps(told, decimals)
    numbers = _NUMBER.sub(lambda match: _number(float(match[0]), decimals), told)
    return re.sub(r" ?([A-Za-z]) ?", r"\1", numbers) if told.startswith("M") else numbers


def _in_steps(path: str, decimals: int) -> str:
    """Write straight lines by the steps from point to point, which are short; each begins at a rounded point."""
    parts: list[str] = []
    last = (0.0, 0.0)
    for command, *numbers in (part.split() for part in re.findall(r"[MLz][^MLz]*", path)):
        if command == "z":
            parts.append("z")
            continue
        here = (round(float(numbers[0]), decimals), round(float(numbers[1]), decimals))
        if command == "M":
            parts.append(f"M{_number(here[0], decimals)} {_number(here[1], decimals)}")
        else:
            # As in "l1 2-3 4": another step needs no letter, and a sign no blank.
            told = f"{_number(here[0] - last[0], decimals)} {_number(here[1] - last[1], decimals)}"
            step = "l" if not parts[-1].startswith("l") else " " if not told.startswith("-") else ""
            parts.append(f"l{told}" if step == "l" else f"{parts.pop()}{step}{told}")
        last = here
    return "".join(parts).replace(" -", "-")


def _number(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"
    text = re.sub(r"^(-?)0\.", r"\1.", text)
    return "0" if text in ("-0", "", "-") else text


def _draws_nothing(tag: str, values: dict[str, str]) -> bool:
    """Tell whether a shape leaves the page as it is: a path that is white or empty all over, as grounds are."""
    return tag == "path" and "id" not in values and "stroke" not in values and values.get("fill") in _WHITE
