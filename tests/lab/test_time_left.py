"""The estimate of the time left, held against a simulated study whose epochs take known seconds."""

import doctest
import heapq
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.lab import time_left
from cnnlab.lab.time_left import TimeLeft
from cnnlab.records import BatchDone, EpochRow, RunKey, RunStarted

STEPS = 10


def started(key: RunKey, epochs: int, done: int = 0) -> RunStarted:
    return RunStarted(key, epochs, STEPS, 1000, done)


def step(key: RunKey, epoch: int, number: int, seconds: float) -> BatchDone:
    return BatchDone(key, epoch, number, 0.5, 0.5, seconds)


def row(epoch: int, seconds: float) -> EpochRow:
    return EpochRow(epoch, 0.5, 0.5, None, None, seconds)


def test_the_example_in_the_docstring_is_true() -> None:
    assert doctest.testmod(time_left, extraglobs=vars(time_left)).failed == 0


runs_of = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9), st.integers(0, 4)), min_size=1, max_size=8).map(
    lambda drawn: [(RunKey(name, seed), done + more, done) for seed, (name, more, done) in enumerate(drawn)]
)


@given(runs_of, st.integers(1, 4))
def test_with_every_epoch_as_it_was_before_the_estimate_is_what_the_simulation_takes(
    runs: list[tuple[RunKey, int, int]], workers: int
) -> None:
    each = {"a": 1.0, "b": 2.5, "c": 7.0}
    left = TimeLeft(runs, dict.fromkeys("abc", 1), {name: [seconds] for name, seconds in each.items()}, workers)
    assert left.seconds() == pytest.approx(simulated(runs, each, workers)[0])


@given(runs_of, st.integers(1, 3), st.data())
def test_in_the_middle_of_a_study_the_estimate_is_what_remains(
    runs: list[tuple[RunKey, int, int]], workers: int, data: st.DataObject
) -> None:
    """Whatever was done before: seconds are in proportion to the costs, so that one epoch tells of all others."""
    costs = {"a": 100, "b": 250, "c": 700}
    each = {name: cost / 100 for name, cost in costs.items()}
    total, events = simulated(runs, each, workers)
    left = TimeLeft(runs, costs, None, workers)
    now, measured = 0.0, False
    for moment, event in events[: data.draw(st.integers(0, len(events)))]:
        now = moment
        match event:
            case RunStarted():
                left.started(event)
            case EpochRow(), key:
                left.epoch_done(key, event[0])
                measured = True
            case key:
                left.ended(key)
    if not measured:
        assert left.seconds() is None
        return
    # Several may be in hand: those have trained since their last epoch what the estimate cannot know without steps.
    slack = max(each.values()) if workers > 1 else 0.0
    estimate = left.seconds()
    assert estimate is not None
    assert total - now - 1e-9 <= estimate <= total - now + slack + 1e-9


def simulated(runs: Sequence[tuple[RunKey, int, int]], each: dict[str, float], workers: int) -> tuple[float, list]:  # type: ignore[type-arg]
    """Let workers take run after run; return the whole time and what they say, by its moment."""
    free = [(0.0, worker) for worker in range(workers)]
    events: list[tuple[float, int, object]] = []
    for order, (key, epochs, done) in enumerate(runs):
        began, worker = heapq.heappop(free)
        events.append((began, order, RunStarted(key, epochs, STEPS, 1000, done)))
        for epoch in range(done + 1, epochs + 1):
            seconds = each[key.architecture]
            events.append((began + (epoch - done) * seconds, order, (row(epoch, seconds), key)))
        end = began + (epochs - done) * each[key.architecture]
        events.append((end, order, key))
        heapq.heappush(free, (end, worker))
    events.sort(key=lambda event: event[:2])
    return max(end for end, _ in free), [(moment, event) for moment, _, event in events]


def test_steps_of_the_epoch_at_hand_count_before_the_first_has_ended() -> None:
    key = RunKey("a", 0)
    left = TimeLeft([(key, 3, 0)], {"a": 1})
    left.started(started(key, 3))
    assert left.seconds() is None
    left.step_done(step(key, 1, 2, 5.0))  # the first steps waited for the compiler
    left.step_done(step(key, 1, 4, 6.0))  # half a second each
    assert left.seconds() == pytest.approx((3 - 0.4) * 5.0)


def test_an_epoch_that_goes_on_in_its_middle_is_not_taken_for_a_short_one() -> None:
    key = RunKey("a", 0)
    left = TimeLeft([(key, 3, 0)], {"a": 1})
    left.started(started(key, 3, 1))
    left.step_done(step(key, 2, 9, 0.5))
    left.step_done(step(key, 2, 10, 1.0))
    left.epoch_done(key, row(2, 1.1))
    assert left.seconds() == pytest.approx(5.0)
    # The next one is whole and is believed.
    left.step_done(step(key, 3, 1, 0.1))
    left.epoch_done(key, row(3, 6.9))
    left.ended(key)
    assert left.seconds() == 0


def test_a_run_that_a_callback_ends_takes_its_time_with_it() -> None:
    first, second = RunKey("a", 0), RunKey("a", 1)
    left = TimeLeft([(first, 100, 0), (second, 100, 0)], {"a": 1})
    left.started(started(first, 100))
    left.epoch_done(first, row(1, 2.0))
    assert left.seconds() == pytest.approx(99 * 2 + 100 * 2)
    left.ended(first)
    assert left.seconds() == pytest.approx(100 * 2)


def test_what_was_measured_before_gives_way_to_what_is_measured_now() -> None:
    key = RunKey("a", 0)
    left = TimeLeft([(key, 11, 0)], {"a": 1}, {"a": [1.0, 1.0]})
    left.started(started(key, 11))
    assert left.seconds() == pytest.approx(11)
    left.epoch_done(key, row(1, 3.0))
    assert left.seconds() == pytest.approx(30)


def test_a_run_begun_again_after_its_worker_died_counts_from_where_it_goes_on() -> None:
    key = RunKey("a", 0)
    left = TimeLeft([(key, 10, 0)], {"a": 1}, workers=2)
    left.started(started(key, 10))
    for epoch in (1, 2, 3):
        left.epoch_done(key, row(epoch, 1.0))
    left.started(started(key, 10, 2))
    assert left.seconds() == pytest.approx(8)
