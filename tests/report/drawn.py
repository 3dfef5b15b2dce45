"""What holds of every figure, whatever it draws."""

import re
import xml.etree.ElementTree as ET
from importlib.resources import files
from math import isfinite

from cnnlab.report.drawing import palette
from cnnlab.report.figure import Figure

SVG = "{http://www.w3.org/2000/svg}"
COLOURS = {value for name, value in vars(palette).items() if name.isupper()} | {"#6b7280"}
CSS = files("cnnlab.report").joinpath("templates/figures.css").read_text(encoding="utf-8")
HOSTILE = "<script>alert(1)</script>&\"'$x^2$\x1b[31m]]>"
# Rounding to a decimal, and half of a mark at an edge.
SLACK = 3.0


def texts(figure: Figure) -> list[str]:
    """Return the texts that are drawn."""
    return [element.text or "" for element in ET.fromstring(figure.svg).iter(f"{SVG}text")]


def check(figure: Figure) -> None:
    """Check what a page relies on."""
    root = ET.fromstring(figure.svg)
    assert re.fullmatch(r"[A-Za-z0-9-]+", figure.name)
    assert figure.svg.startswith("<svg")
    assert figure.caption
    assert figure.caption.isprintable()
    assert all(len(row) == len(figure.numbers.heads) for row in figure.numbers.rows)
    assert (root[0].tag, root[1].tag) == (f"{SVG}title", f"{SVG}desc")
    assert root[0].text
    assert root[1].text
    _check_policy(root)
    _check_ids(root)
    _check_colours(root)
    _check_places(root)


def _check_policy(root: ET.Element) -> None:
    """Nothing that a strict policy forbids, nothing that is fetched."""
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {
            *("svg", "title", "desc", "g", "defs", "clipPath", "use"),
            *("path", "rect", "line", "circle", "text", "image"),
        }
        for name, value in element.attrib.items():
            assert name.rpartition("}")[2] != "style"
            assert not name.lower().startswith("on")
            if name.endswith("href"):
                assert value.startswith(("#", "data:image/png;base64,"))


def _check_ids(root: ET.Element) -> None:
    """Each id is there once and used; each reference leads somewhere."""
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    text = ET.tostring(root, encoding="unicode")
    used = {*re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', text)}
    assert len(ids) == len(set(ids))
    assert set(ids) == {first or second for first, second in used} | {"title", "desc"}


def _check_colours(root: ET.Element) -> None:
    """Each colour is one of the palette, so that the page's sheet knows its counterpart."""
    for element in root.iter():
        for name in ("fill", "stroke"):
            colour = element.get(name, "none")
            assert colour in COLOURS | {"none"}
            assert colour == "none" or f'.figure svg [{name}="{colour}"]' in CSS


def _check_places(root: ET.Element) -> None:
    """All that is drawn lies on the sheet."""
    left, top, width, height = map(float, root.get("viewBox", "").split())
    assert (left, top) == (0, 0)
    for x, y in _places(root):
        assert isfinite(x)
        assert isfinite(y)
        assert -SLACK <= x <= width + SLACK, (x, width)
        assert -SLACK <= y <= height + SLACK, (y, height)


def _places(element: ET.Element) -> list[tuple[float, float]]:
    """List the corners and ends of what is drawn, without definitions and without what is clipped."""
    if element.tag == f"{SVG}defs" or element.get("clip-path"):
        return []
    found = []
    values = {name: float(value) for name, value in element.attrib.items() if _is_number(value)}
    match element.tag.removeprefix(SVG):
        case "path":
            found = points(element.get("d", ""))
        case "circle":
            found = [(values["cx"], values["cy"])]
        case "line":
            found = [(values["x1"], values["y1"]), (values["x2"], values["y2"])]
        case "text" | "use":
            # Bands are defined where they lie and used at the corner of the sheet.
            found = [(values["x"], values["y"])]
        case "rect" | "image":
            found = [(values["x"], values["y"]), (values["x"] + values["width"], values["y"] + values["height"])]
    return found + [place for child in element for place in _places(child)]


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def points(path: str) -> list[tuple[float, float]]:
    """Walk a path of straight lines; of a curve the ends are kept."""
    x = y = 0.0
    found = []
    for command, told in re.findall(r"([A-Za-z])([^A-Za-z]*)", path):
        numbers = [float(number) for number in re.findall(r"-?\d*\.?\d+", told)]
        if command in "HV":
            x, y = (numbers[0], y) if command == "H" else (x, numbers[0])
            found.append((x, y))
        for first, second in zip(numbers[::2], numbers[1::2], strict=False):
            x, y = (x + first, y + second) if command == "l" else (first, second)
            found.append((x, y))
    return found
