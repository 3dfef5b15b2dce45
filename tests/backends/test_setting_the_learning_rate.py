"""A model's learning rate is read, set, kept in the optimizer's state and taken back, on both backends alike."""

from dataclasses import replace

import numpy as np
import pytest

from cnnlab.arch import chain, initial_weights
from cnnlab.arch.layers import Conv2D, Dense, Flatten, Input
from cnnlab.backends import Backend, Model, ReferenceBackend
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.backends.learning_rates import rate_of_step
from cnnlab.errors import UsageError
from cnnlab.records import (
    SGD,
    Adadelta,
    Adam,
    CosineDecay,
    Examples,
    OneCycle,
    Optimizer,
    PiecewiseConstantDecay,
    RMSprop,
    SparseCategoricalCrossentropy,
)

NETWORK = chain("small", [Input((6, 6, 1)), Conv2D(3, 3, activation="relu"), Flatten(), Dense(4)])
NUMBERS = np.random.default_rng(1)
DATA = Examples(NUMBERS.integers(0, 256, (40, 6, 6, 1), dtype=np.uint8), NUMBERS.integers(0, 4, 40), divisor=255.0)
KINDS: list[Optimizer] = [Adam(amsgrad=True), SGD(momentum=0.9), RMSprop(), Adadelta(), Adam(weight_decay=0.1)]
BACKENDS = [CompiledBackend(), ReferenceBackend()]

both = pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
kinds = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: type(kind).__name__)


def loaded(backend: Backend, optimizer: Optimizer | None) -> Model:
    loss = SparseCategoricalCrossentropy(from_logits=True)
    return backend.load(NETWORK, initial_weights(NETWORK, 3), loss=loss, optimizer=optimizer, seed=5)


def train(model: Model, first: int, count: int) -> list[bytes]:
    for step in range(first, first + count):
        model.train_step(DATA, np.arange(20) + step % 20, 0)
    return [weight.tobytes() for weight in model.get_weights()]


def bits(state: dict[str, np.ndarray]) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in state.items()}


@both
@kinds
def test_a_set_rate_gives_the_bits_of_a_model_made_with_it(backend: Backend, kind: Optimizer) -> None:
    made, changed = loaded(backend, replace(kind, learning_rate=0.03)), loaded(backend, kind)
    changed.learning_rate = 0.03
    assert train(changed, 0, 4) == train(made, 0, 4)
    other = loaded(backend, replace(kind, learning_rate=0.007))
    other.set_weights(made.get_weights())
    other.set_state({**made.get_state(), "learning_rate": np.array(0.007)})
    changed.learning_rate = 0.007
    assert train(changed, 4, 4) == train(other, 4, 4)
    assert bits(changed.get_state()) == bits(other.get_state())
    assert train(changed, 8, 1) != train(made, 8, 1)


@both
@kinds
def test_a_state_brings_the_set_rate_back_to_the_bit(backend: Backend, kind: Optimizer) -> None:
    whole, taken_up = loaded(backend, kind), loaded(backend, kind)
    whole.learning_rate = 0.1 / 3
    train(whole, 0, 3)
    state = whole.get_state()
    assert state["learning_rate"].dtype == np.float64
    assert state["learning_rate"].shape == ()
    taken_up.set_weights(whole.get_weights())
    taken_up.set_state(state)
    assert taken_up.learning_rate == 0.1 / 3
    assert train(taken_up, 3, 3) == train(whole, 3, 3)


@both
def test_a_schedule_moves_weights_as_the_same_rates_set_one_by_one(backend: Backend) -> None:
    for schedule in (CosineDecay(0.1, 6, 0.1), PiecewiseConstantDecay([1, 3], [0.1, 0.2, 0.01]), OneCycle(0.1, 8)):
        scheduled, by_hand = loaded(backend, Adam(schedule)), loaded(backend, Adam(0.5))
        rate = rate_of_step(schedule)
        for step in range(8):
            assert scheduled.learning_rate == rate(step)
            by_hand.learning_rate = scheduled.learning_rate
            assert train(scheduled, step, 1) == train(by_hand, step, 1)
        assert set(by_hand.get_state()) - set(scheduled.get_state()) == {"learning_rate"}


def test_a_schedule_moves_on_with_every_batch_of_a_call_and_goes_on_from_a_state() -> None:
    schedule, order = OneCycle(0.1, 30), np.tile(np.arange(40), 6)
    at_once, one_by_one = (loaded(CompiledBackend(), Adam(schedule)) for _ in range(2))
    done = 0
    while done < len(order):
        done += sum(result.count for result in at_once.train_batches(DATA, order[done:], 8, 0))
    for start in range(0, len(order), 8):
        one_by_one.train_step(DATA, order[start : start + 8], 0)
    assert bits(at_once.get_state()) == bits(one_by_one.get_state())
    assert [w.tobytes() for w in at_once.get_weights()] == [w.tobytes() for w in one_by_one.get_weights()]
    taken_up = loaded(CompiledBackend(), Adam(schedule))
    taken_up.set_weights(at_once.get_weights())
    taken_up.set_state(at_once.get_state())
    assert taken_up.learning_rate == rate_of_step(schedule)(30)
    assert train(taken_up, 0, 2) == train(at_once, 0, 2)


@both
def test_what_is_read_is_what_keras_says(backend: Backend) -> None:
    decayed = loaded(backend, SGD(0.1, decay=0.5))
    train(decayed, 0, 3)
    assert decayed.learning_rate == 0.1
    decayed.learning_rate = np.float32(0.25)
    assert decayed.learning_rate == 0.25
    assert type(decayed.learning_rate) is float


@both
def test_the_old_decay_goes_on_from_a_set_rate(backend: Backend) -> None:
    decayed, plain = loaded(backend, SGD(0.1, decay=0.5)), loaded(backend, SGD(0.1))
    for step in range(4):
        decayed.learning_rate = 0.1 * (step + 1)
        plain.learning_rate = 0.1 * (step + 1) / (1 + 0.5 * step)
        assert train(decayed, step, 1) == train(plain, step, 1)


@both
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "fast", True, None])
def test_a_rate_that_cannot_be_is_refused_and_nothing_changes(backend: Backend, value: object) -> None:
    model = loaded(backend, Adam())
    with pytest.raises(UsageError, match=r"small, learning_rate: expected a number that is not negative, got"):
        model.learning_rate = value  # type: ignore[assignment]
    assert model.learning_rate == 0.001


@both
def test_a_state_with_a_rate_that_cannot_be_is_refused_and_nothing_changes(backend: Backend) -> None:
    model = loaded(backend, Adam())
    train(model, 0, 2)
    before = bits(model.get_state())
    with pytest.raises(UsageError, match=r"small, learning_rate: expected a number that is not negative, got nan"):
        model.set_state({**model.get_state(), "step": np.array(0), "learning_rate": np.array(np.nan)})
    assert bits(model.get_state()) == before


@both
def test_a_state_of_a_plain_rate_does_not_fit_a_schedule_nor_the_other_way_round(backend: Backend) -> None:
    plain, scheduled = loaded(backend, Adam()), loaded(backend, Adam(CosineDecay(0.1, 10)))
    with pytest.raises(UsageError, match=r"small, optimizer state: expected no learning_rate, got shape \(\)"):
        scheduled.set_state(plain.get_state())
    with pytest.raises(UsageError, match=r"small, optimizer state: expected learning_rate of shape \(\), got none"):
        plain.set_state(scheduled.get_state())


@both
def test_a_schedule_refuses_to_be_set(backend: Backend) -> None:
    model = loaded(backend, Adam(CosineDecay(0.1, 10)))
    with pytest.raises(UsageError, match=r"small, learning_rate: expected an optimizer whose .*Make the optimizer"):
        model.learning_rate = 0.1
    assert model.learning_rate == 0.1


@both
def test_a_model_without_an_optimizer_has_no_learning_rate(backend: Backend) -> None:
    model = loaded(backend, None)
    with pytest.raises(UsageError, match=r"small: expected an optimizer for training, got none"):
        _ = model.learning_rate
    with pytest.raises(UsageError, match=r"small: expected an optimizer for training, got none"):
        model.learning_rate = 0.1


def test_both_backends_walk_a_schedule_alike_in_float64() -> None:
    for schedule in (CosineDecay(0.05, 9, warmup_target=0.1, warmup_steps=3), OneCycle(0.1, 12)):
        ours, reference = (
            loaded(backend, Adam(schedule, gradient_accumulation_steps=2))
            for backend in (CompiledBackend(np.float64), ReferenceBackend(np.float64))
        )
        train(ours, 0, 12)
        train(reference, 0, 12)
        for got, expected in zip(ours.get_weights(), reference.get_weights(), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)
