import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import studies
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import rc_context, rcParams

from cnnlab.records import EpochRow
from cnnlab.report.figures import accuracy_figure, loss_figure, sample_figure

NOTEBOOK = studies.history(studies.HISTORY["architecture-1"])
SVG = "{http://www.w3.org/2000/svg}"
BLUE, RED = "#1d4ed8", "#b91c1c"


def words(svg: str) -> list[str]:
    """Return the texts that are drawn."""
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]


def lines(svg: str, colour: str) -> list[str]:
    """Return the styles of the lines drawn in a colour."""
    styles = [element.get("style", "") for element in ET.fromstring(svg).iter(f"{SVG}path")]
    return [style for style in styles if f"stroke: {colour}" in style and "stroke-width: 2" in style]


def test_the_loss_figure_is_the_notebooks_validation_blue_train_red_and_axes_named() -> None:
    svg = loss_figure(NOTEBOOK, "architecture-1")
    assert {"epoch", "Categorical Crossentropy Loss", "architecture-1: loss", "Validation", "Train"} <= {*words(svg)}
    assert len(lines(svg, BLUE)) == len(lines(svg, RED)) == 1


def test_the_lines_differ_without_colour() -> None:
    svg = loss_figure(NOTEBOOK, "a")
    assert "stroke-dasharray" in lines(svg, RED)[0]
    assert "stroke-dasharray" not in lines(svg, BLUE)[0]
    names = {element.text: element.get("style", "") for element in ET.fromstring(svg).iter(f"{SVG}text")}
    assert BLUE in names["Validation"]
    assert RED in names["Train"]


def test_the_names_at_the_ends_of_two_near_lines_do_not_overlap() -> None:
    svg = loss_figure(studies.history([(0.5, 0.9, 0.5, 0.9), (0.1, 0.9, 0.1, 0.9)]), "a")
    names = [element for element in ET.fromstring(svg).iter(f"{SVG}text") if element.text in {"Validation", "Train"}]
    first, second = (float(element.get("y", "nan")) for element in names)
    assert abs(first - second) >= 12  # the size of the letters


def test_a_figure_describes_itself_to_those_who_do_not_see_it() -> None:
    root = ET.fromstring(accuracy_figure(NOTEBOOK, "architecture-1"))
    assert root.get("role") == "img"
    title, description = root[0], root[1]
    assert (title.get("id"), description.get("id")) == (root.get("aria-labelledby"), root.get("aria-describedby"))
    assert title.text == "architecture-1: accuracy"
    assert description.text == (
        "Validation: 0.9760 after epoch 1, 0.9903 after epoch 12. Train: 0.8501 after epoch 1, 0.9838 after epoch 12."
    )


def test_the_same_numbers_give_the_same_bytes_whatever_the_users_style() -> None:
    first = loss_figure(NOTEBOOK, "a"), sample_figure(np.eye(28, dtype=np.uint8), 1)
    with rc_context({"font.size": 30, "lines.linewidth": 9, "svg.hashsalt": None, "axes.facecolor": "black"}):
        again = loss_figure(NOTEBOOK, "a"), sample_figure(np.eye(28, dtype=np.uint8), 1)
    assert first == again


def test_drawing_leaves_the_users_style_alone() -> None:
    with rc_context({"font.size": 30}):
        loss_figure(NOTEBOOK, "a")
        assert rcParams["font.size"] == 30


def test_a_figure_has_no_date_no_program_and_no_address_but_its_namespaces() -> None:
    svg = loss_figure(NOTEBOOK, "a")
    assert "<metadata" not in svg
    assert "<!DOCTYPE" not in svg
    assert set(re.findall(r"https?://[^\"'<\s]+", svg)) == {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert len(svg) < 30_000


rows = st.builds(
    EpochRow,
    st.just(1),
    studies.losses,
    studies.shares,
    st.none() | studies.losses,
    st.none() | studies.shares,
    st.floats(0, 100),
)


@settings(max_examples=15)
@given(st.lists(rows, max_size=4), studies.names)
def test_any_history_and_any_name_can_be_drawn(drawn: list[EpochRow], name: str) -> None:
    history = [EpochRow(i, r.loss, r.accuracy, r.val_loss, r.val_accuracy, 1) for i, r in enumerate(drawn, start=1)]
    for svg in (loss_figure(history, name), accuracy_figure(history, name)):
        assert ET.fromstring(svg).tag == f"{SVG}svg"


def test_a_loss_that_is_no_number_at_the_end_leaves_room_for_the_names() -> None:
    rows = [EpochRow(1, 0.5, 0.5, 0.5, 0.5, 1), EpochRow(2, float("nan"), 0.5, float("nan"), 0.5, 1)]
    assert "Train: 0.5000 after epoch 1, not finite after epoch 2." in loss_figure(rows, "broken")


def test_one_epoch_is_one_point_at_a_whole_epoch() -> None:
    svg = loss_figure(NOTEBOOK[:1], "a")
    assert {"1", "Validation", "Train"} <= {*words(svg)}
    assert not any(word.startswith("0.9") or "1.0" in word for word in words(svg))


def test_without_validation_the_training_is_drawn_alone() -> None:
    svg = loss_figure(studies.history([(0.5, 0.8, None, None), (0.4, 0.9, None, None)]), "a")
    assert "Train" in words(svg)
    assert "Validation" not in words(svg)


@pytest.mark.parametrize(
    ("history", "text"),
    [((), "no epoch was finished"), (studies.history([(float("nan"), 0.1, None, None)]), "no finite value")],
)
def test_a_figure_without_a_line_says_why(history: tuple[EpochRow, ...], text: str) -> None:
    assert text in words(loss_figure(history, "a"))


def test_a_name_is_text_and_neither_markup_nor_mathematics() -> None:
    name = "<script>alert(1)</script> & $x^2$ \x1b[31m"
    svg = loss_figure(NOTEBOOK, name)
    assert "<script" not in svg
    assert "<script>alert(1)</script> & $x^2$  [31m: loss" in " ".join(words(svg))


def test_the_sample_is_named_by_its_label_and_needs_no_other_file() -> None:
    svg = sample_figure(np.eye(28, dtype=np.uint8) * 255, "seven")
    root = ET.fromstring(svg)
    assert root[0].text == "Sample image, label seven"
    assert root[1].text == "An image of 28 x 28 pixels whose label is seven."
    (image,) = root.iter(f"{SVG}image")
    assert image.get("{http://www.w3.org/1999/xlink}href", "").startswith("data:image/png;base64,")


@pytest.mark.parametrize("shape", [(28, 28, 1), (16, 20, 3)])
def test_a_sample_may_have_channels(shape: tuple[int, ...]) -> None:
    size = f"{shape[0]} x {shape[1]} pixels"
    assert size in sample_figure(np.full(shape, 200, np.uint8), 0)
