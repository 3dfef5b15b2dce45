"""Plain columns."""

import doctest

from cnnlab.report import columns
from cnnlab.report.columns import Column, columns_text

ROWS = [["conv2d", "1,200", "a gradient by the input that goes through an activation"], ["dense", "7", ""]]
COLUMNS = [Column("layer"), Column("size", right=True), Column("what")]


def test_the_example_is_what_comes_out() -> None:
    assert doctest.testmod(columns).failed == 0


def test_the_last_column_goes_on_beneath_itself_and_no_line_ends_in_blanks() -> None:
    assert columns_text(COLUMNS, ROWS, 40, indent=1).splitlines() == [
        " layer    size  what",
        " conv2d  1,200  a gradient by the input",
        "                that goes through an",
        "                activation",
        " dense       7",
    ]


def test_without_any_heading_there_is_no_line_for_them() -> None:
    assert columns_text([Column(""), Column("")], [["a", "b"]]) == "a  b"


def test_headings_of_two_lines_end_at_the_same_one() -> None:
    assert columns_text([Column("a"), Column("in\nus", right=True)], [["x", "1"]]).splitlines() == [
        "   in",
        "a  us",
        "x   1",
    ]
