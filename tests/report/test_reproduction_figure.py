import xml.etree.ElementTree as ET

import reproductions

from cnnlab.analysis.reproduction import CurveFinding
from cnnlab.report.reproduction_figure import reproduction_figure

SVG = "{http://www.w3.org/2000/svg}"
BLUE, RED = "#1d4ed8", "#b91c1c"


def of(name: str) -> list[CurveFinding]:
    return [one for one in reproductions.of_the_notebook().curves if one.architecture == name]


def words(svg: str) -> set[str]:
    return {element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")}


def styles(svg: str, part: str) -> list[str]:
    found = [element.get("style", "") for element in ET.fromstring(svg).iter()]
    return [style for style in found if part in style]


def test_the_published_line_lies_over_two_bands_of_ours_for_validation_and_for_training() -> None:
    svg = reproduction_figure(of("architecture-2"), "architecture-2")
    assert words(svg) >= {
        "architecture-2: published, over 10 seeds of ours",
        "Categorical Crossentropy Loss",
        "Accuracy",
        "Validation: published",
        "Train: lowest to highest of ours",
        "Train: 95 % of further runs of ours",
    }
    for colour in (BLUE, RED):
        # Two panels and the legend, a light and a dark band in each.
        assert len([style for style in styles(svg, "opacity") if f"fill: {colour}" in style]) >= 4


def test_the_lines_differ_without_colour() -> None:
    svg = reproduction_figure(of("architecture-2"), "architecture-2")
    assert all("stroke-dasharray" in style for style in styles(svg, f"stroke: {RED}; stroke-width: 1.6"))
    assert all("stroke-dasharray" not in style for style in styles(svg, f"stroke: {BLUE}; stroke-width: 1.6"))


def test_only_a_figure_with_a_value_outside_explains_hollow_marks() -> None:
    curves = of("architecture-1")
    told = "hollow: outside of the 95 %"
    assert (told in words(reproduction_figure(curves, "a"))) == any(one.outside for one in curves)
    inside = [one for one in of("architecture-3") if not one.outside]
    assert inside
    assert told not in words(reproduction_figure(inside, "a"))


def test_a_figure_describes_itself_to_those_who_do_not_see_it() -> None:
    root = ET.fromstring(reproduction_figure(of("architecture-3"), "architecture-3"))
    assert root.get("role") == "img"
    description = root[1].text or ""
    assert "val_accuracy: published 0.2962 after epoch 1 and 0.3115 after epoch 15, ours " in description
    assert "of 15 outside of where 95 % of further runs would lie." in description


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert reproduction_figure(of("architecture-1"), "a") == reproduction_figure(of("architecture-1"), "a")


def test_few_seeds_have_no_band_of_95_percent_and_a_missing_list_an_empty_panel() -> None:
    found, _ = reproductions.of_little()
    svg = reproduction_figure(found.curves, "few")
    assert "nothing was published" in words(svg)
    assert "with so few seeds nobody can tell which are outside" in svg
    assert ET.fromstring(reproduction_figure([], "none")).tag == f"{SVG}svg"
