"""A network's summary in a terminal and in HTML."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.arch import chain, summarize, zoo
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, Flatten, GlobalAveragePooling2D, MaxPooling2D
from cnnlab.report.summary import summary_html, summary_text

GOLDEN = """\
Model: "architecture-3"
┏━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━━━━━━┳━━━━━━━━━━━┓
┃                        ┃                   ┃         ┃ Multiply- ┃ Receptive ┃
┃ Layer (type)           ┃ Output Shape      ┃ Param # ┃      adds ┃     field ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━━━━━━╇━━━━━━━━━━━┩
│ conv2d (Conv2D)        │ (None, 14, 14, 5) │      50 │     8,820 │     3 x 3 │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ max_pooling2d          │ (None, 7, 7, 5)   │       0 │         0 │     5 x 5 │
│ (MaxPooling2D)         │                   │         │           │           │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ dropout (Dropout)      │ (None, 7, 7, 5)   │       0 │         0 │     5 x 5 │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ conv2d_1 (Conv2D)      │ (None, 4, 4, 10)  │     460 │     7,200 │   13 x 13 │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ max_pooling2d_1        │ (None, 2, 2, 10)  │       0 │         0 │   21 x 21 │
│ (MaxPooling2D)         │                   │         │           │           │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ dropout_1 (Dropout)    │ (None, 2, 2, 10)  │       0 │         0 │   21 x 21 │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ conv2d_2 (Conv2D)      │ (None, 1, 1, 5)   │     455 │       450 │   28 x 28 │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ max_pooling2d_2        │ (None, 1, 1, 5)   │       0 │         0 │   28 x 28 │
│ (MaxPooling2D)         │                   │         │           │           │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ batch_normalization    │ (None, 1, 1, 5)   │      20 │         0 │   28 x 28 │
│ (BatchNormalization)   │                   │         │           │           │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ dropout_2 (Dropout)    │ (None, 1, 1, 5)   │       0 │         0 │   28 x 28 │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ flatten (Flatten)      │ (None, 5)         │       0 │         0 │   28 x 28 │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ batch_normalization_1  │ (None, 5)         │      20 │         0 │   28 x 28 │
│ (BatchNormalization)   │                   │         │           │           │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ dropout_3 (Dropout)    │ (None, 5)         │       0 │         0 │   28 x 28 │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ dense (Dense)          │ (None, 100)       │     600 │       500 │   28 x 28 │
├────────────────────────┼───────────────────┼─────────┼───────────┼───────────┤
│ dense_1 (Dense)        │ (None, 10)        │   1,010 │     1,000 │   28 x 28 │
└────────────────────────┴───────────────────┴─────────┴───────────┴───────────┘
 Total params: 2,615 (10.21 KB)
 Trainable params: 2,595 (10.14 KB)
 Non-trainable params: 20 (80.00 B)
 Multiply-adds per image: 17,970
 Activations per image: 7.23 KB
 Receptive field: 28 x 28 of 28 x 28"""


def test_the_notebooks_third_network_looks_like_this_at_80_columns() -> None:
    assert summary_text(summarize(zoo.network("architecture-3"))) == GOLDEN


def test_without_unicode_the_lines_are_ascii_and_everything_else_is_the_same() -> None:
    summary = summarize(zoo.network("architecture-3"))
    drawn, plain = summary_text(summary), summary_text(summary, unicode=False)
    assert plain.isascii()
    words = re.compile(r"[\w.,()#]+")
    assert words.findall(plain) == words.findall(drawn)


@pytest.mark.parametrize("name", zoo.names())
def test_the_zoo_fits_into_80_columns(name: str) -> None:
    lines = summary_text(summarize(zoo.network(name))).splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize(
    ("name", "totals"),
    [
        (
            "architecture-1",
            [
                "Total params: 69,135 (270.06 KB)",
                "Trainable params: 69,095 (269.90 KB)",
                "Non-trainable params: 40 (160.00 B)",
            ],
        ),
        (
            "architecture-2",
            [
                "Total params: 10,075 (39.36 KB)",
                "Trainable params: 10,075 (39.36 KB)",
                "Non-trainable params: 0 (0.00 B)",
            ],
        ),
        (
            "architecture-3",
            [
                "Total params: 2,615 (10.21 KB)",
                "Trainable params: 2,595 (10.14 KB)",
                "Non-trainable params: 20 (80.00 B)",
            ],
        ),
    ],
)
def test_totals_are_written_to_the_digit(name: str, totals: list[str]) -> None:
    lines = [line.strip() for line in summary_text(summarize(zoo.network(name))).splitlines()]
    assert [line for line in lines if "params:" in line] == totals


LONG = chain(
    "long",
    [
        Conv2D(
            180, 3, name="a_name_of_which_nobody_would_have_thought_before_it_was_written", input_shape=(1200, 1200, 3)
        ),
        BatchNormalization(name="withoutanyunderscoreatwhichitcouldbebrokenintotwo"),
        GlobalAveragePooling2D(),
    ],
)


@pytest.mark.parametrize("width", [20, 60, 80, 100, 200])
def test_no_name_and_no_shape_is_ever_cut_off(width: int) -> None:
    summary = summarize(LONG)
    rows = [line.split("│") for line in summary_text(summary, width).splitlines() if line.startswith("│")]
    names = "".join(row[1].replace(" ", "") for row in rows)
    shapes = [row[2].strip() for row in rows if row[2].strip()]
    assert names == "".join(f"{layer.name}({layer.class_name})" for layer in summary.layers)
    assert shapes == [str((None, *layer.output_shape)) for layer in summary.layers]


def test_a_table_whose_numbers_need_more_is_wider_than_the_terminal_and_otherwise_is_not() -> None:
    assert max(map(len, summary_text(summarize(LONG), 20).splitlines())) > 20
    assert max(map(len, summary_text(summarize(LONG), 100).splitlines())) == 100


@given(width=st.integers(1, 150))
def test_all_lines_of_the_table_are_of_one_length(width: int) -> None:
    table = [line for line in summary_text(summarize(LONG), width).splitlines() if line[0] in "┏┃┡│├└"]
    assert len({len(line) for line in table}) == 1


def test_long_names_go_on_after_an_underscore() -> None:
    lines = summary_text(summarize(LONG), 80).splitlines()
    assert sum("_ " in line for line in lines) >= 2


def test_channels_first_shapes_are_shown_as_keras_shows_them() -> None:
    network = chain("n", [Conv2D(20, 3, input_shape=(1, 28, 28)), MaxPooling2D()], data_format="channels_first")
    assert "(None, 20, 26, 26)" in summary_text(summarize(network))
    assert "(None, 20, 26, 26)" in summary_html(summarize(network))


def test_a_network_without_an_image_has_no_receptive_field() -> None:
    text = summary_text(summarize(chain("n", [Dense(2, input_shape=(3,))])))
    assert "Receptive field: -" in text


def test_a_receptive_field_is_set_beside_the_image() -> None:
    network = chain("n", [Conv2D(2, 3, input_shape=(8, 9, 1))])
    assert summary_text(summarize(network)).endswith("Receptive field: 3 x 3 of 8 x 9")
    flat = chain("n", [Conv2D(2, 3, input_shape=(8, 9, 1)), Flatten()])
    assert summary_text(summarize(flat)).endswith("Receptive field: 8 x 9 of 8 x 9")


class Cells(HTMLParser):
    """Collects the text of each row, and sees that every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        assert not {"src", "href"} & {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1] in {"td", "th"}:
            self.rows[-1].append(data)


def test_the_html_table_holds_the_same_rows_and_totals() -> None:
    summary = summarize(zoo.network("architecture-1"))
    cells = Cells()
    cells.feed(summary_html(summary))
    assert cells.open == []
    assert cells.rows[0] == ["Layer (type)", "Output Shape", "Param #", "Multiply-adds", "Receptive field"]
    assert cells.rows[1] == ["conv2d (Conv2D)", "(None, 26, 26, 20)", "200", "121,680", "3 x 3"]
    assert len(cells.rows) == 1 + len(summary.layers) + 6
    assert ["Total params", "69,135 (270.06 KB)"] in cells.rows


def test_names_are_escaped_in_html() -> None:
    network = chain("<script>alert(1)</script>", [Dense(2, name="a<b>&\"c'", input_shape=(3,))])
    html = summary_html(summarize(network))
    assert "<script>" not in html
    assert "a&lt;b&gt;&amp;&quot;c&#x27; (Dense)" in html
