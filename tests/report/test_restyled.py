import re
import xml.etree.ElementTree as ET

from drawn import COLOURS, CSS, points
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.report.drawing import palette
from cnnlab.report.figures import new_figure, svg_text
from cnnlab.report.svg import restyled

SVG = "{http://www.w3.org/2000/svg}"
places = st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=2, max_size=40)


def chart() -> str:
    """Draw a curve with marks, as matplotlib writes it."""
    with new_figure((6.2, 4.0)) as figure:
        axes = figure.add_subplot()
        for stroke, colour in (("-o", "#1d4ed8"), ("--s", "#b91c1c")):
            axes.plot(range(12), [1 / (1 + epoch) for epoch in range(12)], stroke, color=colour)
        axes.grid(visible=True)
        return svg_text(figure, "a: loss", "It falls.")


def drawing(inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inside}</svg>'


def test_a_style_becomes_attributes_and_a_style_element_goes() -> None:
    inside = "<defs><style>*{stroke-linejoin: round}</style></defs>"
    svg = restyled(drawing(f'{inside}<path d="M 0 0 L 1 1" style="fill: none; stroke: #1d4ed8; opacity: 0.5"/>'))
    assert 'fill="none" stroke="#1d4ed8" opacity="0.5"' in svg
    assert "style" not in svg
    assert 'stroke-linejoin="round"' in svg


def test_of_a_font_its_size_is_kept_however_it_is_written() -> None:
    for style in ("font-size: 12px; font-family: 'DejaVu Sans'", "font: 12px 'DejaVu Sans', sans-serif"):
        svg = restyled(drawing(f'<text style="{style}; text-anchor: middle" x="1" y="2">a &lt; b</text>'))
        assert '<text x="1" y="2" font-size="12" text-anchor="middle">a &lt; b</text>' in svg


def test_white_paper_goes_and_hollow_marks_stay_white() -> None:
    paper = '<g id="patch_1"><path d="M 0 9 L 9 9 L 9 0 z" style="fill: #ffffff"/></g>'
    mark = '<defs><path id="m" d="M 0 0 L 1 1"/></defs><use href="#m" x="4" y="4" style="fill: #ffffff"/>'
    framed = '<path d="M 0 0 L 1 1" style="fill: #ffffff; stroke: #1f2937"/>'
    svg = restyled(drawing(paper + mark + framed))
    assert svg.count("<path") == 2
    assert svg.count("#ffffff") == 2


def test_what_is_used_has_its_colours_where_it_is_used_since_no_rule_of_a_page_reaches_into_it() -> None:
    svg = restyled(chart())
    defined = [path for defs in ET.fromstring(svg).iter(f"{SVG}defs") for path in defs.iter(f"{SVG}path")]
    assert defined
    assert not any(path.get("fill") or path.get("stroke") for path in defined)
    assert all(use.get("stroke") for use in ET.fromstring(svg).iter(f"{SVG}use"))


def test_nothing_that_is_defined_is_drawn_where_it_is_defined() -> None:
    before, after = (ET.fromstring(svg) for svg in (chart(), restyled(chart())))
    counts = [
        len([path for defs in root.iter(f"{SVG}defs") for path in defs.iter(f"{SVG}path")]) for root in (before, after)
    ]
    assert counts[0] == counts[1] > 0


def test_a_drawing_is_half_as_long_and_the_same_when_it_is_restyled_again() -> None:
    svg = chart()
    assert len(restyled(svg)) < 0.6 * len(svg)
    assert restyled(restyled(svg)) == restyled(svg)


@given(places)
def test_a_line_goes_where_it_went_before_to_a_twentieth_of_a_pixel(line: list[tuple[float, float]]) -> None:
    path = " \n".join(f"{'L' if index else 'M'} {x:.6f} {y:.6f}" for index, (x, y) in enumerate(line))
    (drawn,) = ET.fromstring(restyled(drawing(f'<path d="{path}" stroke="#1f2937"/>')))
    found = points(drawn.get("d", ""))
    assert len(found) == len(line)
    for (x, y), (again, below) in zip(line, found, strict=True):
        assert abs(x - again) < 0.0501
        assert abs(y - below) < 0.0501


def test_a_curve_keeps_its_commands_and_a_turn_that_turns_nothing_goes() -> None:
    svg = restyled(drawing('<path d="M 0.04 1 C 1 2 3 4 5.55 6 z" stroke="#1f2937" transform="rotate(-0 1 2)"/>'))
    assert 'd="M0 1C1 2 3 4 5.5 6z"' in svg or 'd="M0 1C1 2 3 4 5.6 6z"' in svg
    assert "rotate" not in svg


def test_the_page_knows_every_colour_as_a_fill_and_as_a_stroke_and_no_other() -> None:
    named = re.findall(r'\[(fill|stroke)="(#[0-9a-f]{6})"\]', CSS)
    assert {colour for _, colour in named} == COLOURS
    assert len(named) == 2 * len(COLOURS)
    assert palette.INK in COLOURS
