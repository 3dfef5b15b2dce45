"""How predicting is timed: by a clock of the test's own."""

from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest

from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.backends import why_not_compiled
from cnnlab.lab import latency
from cnnlab.lab.latency import BATCH, latencies


class Slow:
    """A model that takes one second, and another for each sixteenth of an image; the first call takes a minute."""

    def __init__(self, calls: list[int]) -> None:
        self.calls = calls
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def predict(self, images: np.ndarray, batch_size: int) -> None:
        assert len(images) == batch_size
        self.now += 1 + len(images) / 16 + (60 if len(self.calls) == 0 else 0)
        self.calls.append(len(images))


class Lender:
    """A backend that gives the same model to all."""

    def __init__(self, model: Slow) -> None:
        self.model = model

    def load(self, *_: object) -> Slow:
        return self.model


NET = chain("net", [Input((4, 4, 1)), Flatten(), Dense(2)])


def test_a_time_is_the_median_of_calls_without_the_first_and_of_a_batch_it_is_that_of_one_image(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = Slow([])
    monkeypatch.setattr(latency, "get_backend", lambda _: Lender(model))
    found = latencies({"net": NET}, model.clock).of["net"]
    assert found.alone == 1 + 1 / 16
    assert found.in_batch == (1 + BATCH / 16) / BATCH
    assert found.calls == model.calls.count(1) / 2 == model.calls.count(BATCH) / 2


def test_networks_take_turns_so_that_a_busy_moment_hits_all(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Slow([])
    monkeypatch.setattr(latency, "get_backend", lambda _: Lender(model))
    latencies({"one": NET, "two": NET}, model.clock)
    # each turn of this slow model is two calls: one to warm, one that counts
    turn = [1, 1, BATCH, BATCH]
    assert model.calls == turn * (len(model.calls) // len(turn))
    assert len(model.calls) >= 2 * 2 * len(turn)


def test_however_fast_a_model_is_the_calls_come_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks: Iterator[float] = (number * 1e-9 for number in count())
    monkeypatch.setattr(latency, "get_backend", lambda _: Lender(Slow([])))
    assert latencies({"net": NET}, lambda: next(ticks)).of["net"].calls > 100


@pytest.mark.parametrize(("slow", "steady"), [(0, True), (4, True), (6, False), (8, False)])
def test_where_most_calls_take_far_longer_than_the_quickest_the_machine_was_busy(
    monkeypatch: pytest.MonkeyPatch, slow: int, steady: bool
) -> None:
    """Of ten calls so many take twice as long."""
    times = [1.0] * (10 - slow) + [2.0] * slow
    monkeypatch.setattr(latency, "get_backend", lambda _: Lender(Slow([])))
    monkeypatch.setattr(latency, "_calls", lambda *_: times)
    found = latencies({"net": NET})
    assert found.steady == steady
    assert found.swing >= 1


@pytest.mark.skipif(bool(why_not_compiled()), reason="the compiled backend does not run here")
def test_the_compiled_code_is_timed_and_the_machine_is_named() -> None:
    found = latencies({"net": NET})
    assert 0 < found.of["net"].in_batch < found.of["net"].alone < 1
    assert found.machine
    assert (found.batch, found.threads >= 1) == (256, True)
