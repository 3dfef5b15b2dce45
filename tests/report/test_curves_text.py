import random
from math import isfinite

import goldens
import pytest
import studies
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.records import StudyResult
from cnnlab.report.curves_text import ASCII_MARKERS, MARKERS, MOST, curves_text, plain
from cnnlab.report.seed_curves import Metric, seed_curves


def seeded_study(seeds: int = 3) -> StudyResult:
    """Repeat the notebook's numbers with each of some seeds, moved a little by each."""
    random_source = random.Random(1)

    def moved(architecture: str) -> list[tuple[float | None, ...]]:
        rows = []
        for loss, accuracy, val_loss, val_accuracy in studies.HISTORY[architecture]:
            assert val_loss is not None
            rows.append((loss, accuracy, val_loss * random_source.uniform(0.8, 1.2), val_accuracy))
        return rows

    runs = [studies.run(name, moved(name), seed=seed) for seed in range(seeds) for name in studies.HISTORY]
    return studies.study(*runs)


@pytest.mark.parametrize("unicode", [True, False])
def test_the_losses_of_three_seeds_look_like_this(unicode: bool) -> None:
    goldens.check(
        f"curves_loss_{'braille' if unicode else 'ascii'}", plain(curves_text(seeded_study(), unicode=unicode))
    )


def test_the_accuracies_of_a_single_seed_look_like_this() -> None:
    goldens.check("curves_accuracy", plain(curves_text(studies.notebook_study(), "val_accuracy")))


def test_one_epoch_is_a_point_in_the_middle() -> None:
    result = studies.study(studies.run("alone", studies.HISTORY["architecture-1"][:1]))
    goldens.check("curves_one_epoch", plain(curves_text(result)))


@given(studies.studies(), st.sampled_from(["val_loss", "val_accuracy"]), st.booleans(), st.integers(50, 120))
def test_it_keeps_to_the_width_and_to_the_letters_that_the_stream_has(
    result: StudyResult, which: Metric, unicode: bool, width: int
) -> None:
    lines = plain(curves_text(result, which, width, unicode=unicode)).split("\n")
    assert all(len(line) <= width and line == line.rstrip() for line in lines)
    assert all(letter.isprintable() for line in lines for letter in line)
    assert unicode or plain(curves_text(result, which, width, unicode=False)).isascii()


@given(studies.studies())
def test_each_architecture_with_a_number_is_named_once_beside_the_plot(result: StudyResult) -> None:
    curves = seed_curves(result, "val_loss")
    ends = [line[-1] for line in curves_text(result) if line]
    named = [one.series for one in ends if one.series is not None and f"  {MARKERS[one.series]} " in one.text]
    assert sorted(named) == list(range(min(len(curves), MOST)))


def test_architectures_beyond_those_with_a_marker_are_counted() -> None:
    runs = [studies.run(f"net-{number}", studies.HISTORY["architecture-1"]) for number in range(MOST + 2)]
    text = plain(curves_text(studies.study(*runs)))
    assert "And 2 architectures more, on the page." in text
    assert "net-7" in text
    assert "net-8" not in text


@given(st.lists(st.floats(1e-5, 100), min_size=2, max_size=6), st.booleans())
def test_a_higher_loss_never_stands_lower(losses: list[float], unicode: bool) -> None:
    runs = [studies.run(f"n{place}", [(1.0, 0.5, loss, 0.5)] * 3) for place, loss in enumerate(losses)]
    markers = MARKERS if unicode else ASCII_MARKERS
    lines = [plain([line]) for line in curves_text(studies.study(*runs), unicode=unicode)]
    named = [
        next(place for place, m in enumerate(markers) if f" {m} n{place} " in line) for line in lines if " n" in line
    ]
    assert [losses[place] for place in named] == sorted(losses, reverse=True)


def test_a_name_cannot_move_the_cursor_or_end_the_line() -> None:
    rows = studies.HISTORY["architecture-1"]
    text = plain(curves_text(studies.study(studies.run("\x1b[2J\r\nbad", rows))))
    assert "\x1b" not in text
    assert "\r" not in text
    assert " [2J" in text


def test_nothing_to_draw_is_no_line() -> None:
    assert curves_text(studies.study()) == ()
    assert curves_text(studies.study(studies.run("none", [(1.0, 0.5, None, None)]))) == ()
    assert curves_text(studies.study(studies.run("nan", [(1.0, 0.5, float("nan"), 0.1)]))) == ()


@given(studies.studies())
def test_the_mean_and_the_range_are_those_of_the_seeds(result: StudyResult) -> None:
    for curve in seed_curves(result, "val_loss"):
        runs = [run for run in result.runs if run.key.architecture == curve.architecture and run.history]
        whole = [run for run in runs if run.status == "finished"] or runs
        assert curve.seeds == len(whole)
        for epoch, value in enumerate(curve.mean):
            known = [run.history[epoch].val_loss for run in whole if len(run.history) > epoch]
            finite = [loss for loss in known if loss is not None and isfinite(loss)]
            assert (curve.low[epoch], curve.high[epoch]) == (min(finite, default=None), max(finite, default=None))
            if len(finite) < curve.seeds:
                assert value is None
            else:
                assert value == pytest.approx(sum(finite) / len(finite))
