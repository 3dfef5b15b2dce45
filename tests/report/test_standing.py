import pytest
import studies
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.records import StudyResult
from cnnlab.report.standing import standing_text


def some_runs() -> StudyResult:
    first = [(0, 0.9903, 0.0281), (1, 0.9911, 0.0301)]
    return studies.study(
        *(studies.run("architecture-1", [(0.1, 0.97, 0.1, 0.9)], seed=s, test=(loss, a)) for s, a, loss in first),
        architectures=("architecture-1", "architecture-2"),
    )


def test_a_line_says_how_many_runs_are_done_and_how_far_apart_they_are() -> None:
    text = standing_text(some_runs(), {"architecture-1": 3, "architecture-2": 3})
    assert text.split("\n") == [
        "                runs    test      test     95 % interval      seeds",
        "architecture    done    loss  accuracy        n = 10,000  differ by  time",
        "architecture-1   2/3  0.0291    0.9907  0.9886 to 0.9924     0.0008  1.0s",
        "architecture-2   0/3       -         -                 -          -     -",
    ]


def test_only_some_architectures_can_be_shown() -> None:
    text = standing_text(some_runs(), {"architecture-1": 3, "architecture-2": 3}, only=["architecture-2"])
    assert "architecture-1" not in text
    assert "architecture-2" in text


@settings(max_examples=60)
@given(studies.studies(), st.integers(50, 120), st.booleans())
def test_no_line_is_wider_than_the_terminal(result: StudyResult, width: int, unicode: bool) -> None:
    text = standing_text(result, dict.fromkeys(result.architectures, 3), width, unicode=unicode)
    for line in text.split("\n"):
        assert len(line) <= width
        assert line == line.rstrip()
    assert unicode or text.isascii()


@pytest.mark.parametrize(("width", "gone"), [(80, []), (66, ["seeds"]), (50, ["seeds", "interval"])])
def test_a_narrow_terminal_loses_the_spread_first_then_the_interval(width: int, gone: list[str]) -> None:
    text = standing_text(some_runs(), {"architecture-1": 3, "architecture-2": 3}, width)
    assert [word for word in ("seeds", "interval", "accuracy") if word not in text] == gone
