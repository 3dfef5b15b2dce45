"""The live region, drawn onto a recorded terminal."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from cnnlab import data
from cnnlab.backends import get_backend
from cnnlab.cli.region import Region
from cnnlab.experiments import provenance
from cnnlab.lab.conduct import Opening
from cnnlab.lab.course import Course
from cnnlab.lab.plan import NOTEBOOK, StudyPlan, from_zoo
from cnnlab.records import BatchDone, EpochDone, EpochRow, RunFinished, RunKey, RunResult, RunStarted, StudyResult

SPLIT = data.load("made-up")
PLAN = StudyPlan("s", tuple(from_zoo(name) for name in NOTEBOOK), seeds=(0, 1))
KEYS = tuple(RunKey(name, seed) for seed in (0, 1) for name in NOTEBOOK)
ORIGIN = provenance(get_backend("numpy"), SPLIT, 1)


def result(key: RunKey, accuracy: float = 0.5, status: str = "finished") -> RunResult:
    rows = (EpochRow(1, 0.5, 0.5, 0.5, accuracy, 2.0),)
    recipe = from_zoo(key.architecture).recipe
    return RunResult(
        key=key,
        status=status,  # type: ignore[arg-type]
        recipe=recipe,
        total_params=1,
        trainable_params=1,
        history=rows,
        test_loss=0.5,
        test_accuracy=accuracy,
        seconds=2.0,
    )


def opening(*found: RunResult, workers: int = 1) -> Opening:
    so_far = StudyResult(name="s", runs=found, provenance=ORIGIN, architectures=NOTEBOOK, seeds=(0, 1))
    missing = tuple(key for key in KEYS if key not in {run.key for run in found if run.status != "interrupted"})
    return Opening(
        PLAN,
        SPLIT,
        SPLIT,
        ("nothing to do",),
        ORIGIN,
        Path("runs/s"),
        so_far=so_far,
        found=len(KEYS) - len(missing),
        planned=len(KEYS),
        about="in this process",
        workers=workers,
        missing=missing,
    )


def drawn(course: Course, *, columns: int = 80, lines: int = 24) -> list[str]:
    region = Region(io.StringIO())
    region._console = Console(file=io.StringIO(), width=columns, height=lines, force_terminal=True)
    with region._console.capture() as shown:
        region._console.print(region.picture(course), no_wrap=True, crop=True)
    return Text.from_ansi(shown.get()).plain.split("\n")


def test_the_region_shows_the_table_the_runs_in_training_and_the_time_left() -> None:
    course = Course(opening(result(KEYS[0], 0.75), workers=2))
    course.follow(RunStarted(KEYS[1], 10, 30, 320))
    course.follow(RunStarted(KEYS[2], 15, 30, 320))
    course.follow(EpochDone(KEYS[1], EpochRow(1, 0.5, 0.5, 0.5, 0.5, 3.0), None))
    course.follow(BatchDone(KEYS[1], 2, 15, 0.25, 0.875, 1.5))
    lines = drawn(course)
    text = "\n".join(lines)
    assert "architecture-1   1/2  0.5000    0.7500" in text
    assert "architecture-2   0/2       -" in text
    (second,) = [line for line in lines if line.startswith("architecture-2, seed 0")]
    assert "epoch 2/10" in second
    assert "15/30 loss 0.2500, acc 0.8750" in second
    assert any("architecture-3, seed 0 epoch 1/15" in line and "begins" in line for line in lines)
    assert any(line.startswith("1 of 6 runs done, about ") for line in lines)
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (66, 24), (60, 12), (50, 8)])
def test_the_region_fits_into_the_terminal(columns: int, lines: int) -> None:
    course = Course(opening(result(KEYS[0])))
    course.follow(RunStarted(KEYS[1], 10, 30, 320))
    shown = drawn(course, columns=columns, lines=lines)
    assert max(map(len, shown)) <= columns
    assert any("epoch 1/" in line or line.startswith("architecture-2, ") for line in shown)


def test_of_many_architectures_those_in_training_are_shown_first() -> None:
    course = Course(opening())
    course.follow(RunStarted(KEYS[2], 15, 30, 320))
    text = "\n".join(drawn(course, lines=9))
    assert "architecture-3   0/2" in text
    assert "architecture-2   0/2" not in text
    assert "and 1 more" in text


def test_a_course_counts_what_was_there_and_what_ends() -> None:
    course = Course(opening(result(KEYS[0]), replace(result(KEYS[1]), status="interrupted")))
    assert (course.done, course.planned) == (1, 6)
    course.follow(RunStarted(KEYS[1], 10, 30, 320, 1))
    assert course.number(KEYS[1]) == 2
    course.follow(RunStarted(KEYS[1], 10, 30, 320, 1))  # its worker died, another one goes on
    course.follow(RunStarted(KEYS[2], 15, 30, 320))
    assert course.number(KEYS[2]) == 3
    course.follow(RunFinished(result(KEYS[1])))
    assert not course.round_ended(0)
    course.follow(RunFinished(result(KEYS[2], status="failed")))
    assert course.round_ended(0)
    assert course.done == 3
    for key in KEYS[3:]:
        course.follow(RunStarted(key, 10, 30, 320))
        course.follow(RunFinished(result(key)))
    assert (course.done, course.training) == (6, {})
    assert course.seconds_left() == 0
    assert not course.round_ended(1)


def test_a_stream_that_is_no_terminal_gets_nothing() -> None:
    stream = io.StringIO()
    region = Region(stream)
    region.draw(Course(opening()), now=True)
    region.close()
    assert stream.getvalue() == ""
