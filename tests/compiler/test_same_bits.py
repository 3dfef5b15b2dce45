"""Same seed, same bits: on any number of threads, in any portions, with any vector instructions."""

from dataclasses import replace

import breaches
import numpy as np
import pytest
from random_networks import case_numbers
from same_bits import NETWORKS, Bits, Training, difference, of_a_random_network, of_the_zoo, train

from cnnlab.compiler.target import Target, host_target
from cnnlab.errors import CnnlabError

STEPS = 20
RANDOM_NETWORKS = case_numbers(3)


@pytest.fixture(scope="module")
def on_one_thread() -> dict[str, Bits]:
    return {name: train(of_the_zoo(name, STEPS), of_the_zoo(name, STEPS).model()) for name in NETWORKS}


def other_targets() -> list[Target]:
    """Return this processor's instruction sets besides its best; none on an ARM."""
    found = []
    for isa in ("avx2", "avx512"):
        try:
            found.append(host_target(isa))
        except CnnlabError:
            continue
    return [target for target in found if target != host_target()]


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("threads", [2, 3, 8])
def test_networks_of_the_zoo_are_the_same_bits_on_any_number_of_threads(
    name: str, threads: int, on_one_thread: dict[str, Bits]
) -> None:
    training = of_the_zoo(name, STEPS)
    assert len(training.orders[0]) % training.batch_size  # the last batch is a partial one
    assert not difference(on_one_thread[name], train(training, training.model(threads=threads)))


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("chunks", [(1,), (3, 1, 7), (STEPS,)])
def test_they_are_the_same_bits_whatever_the_number_of_steps_asked_for_at_once(
    name: str, chunks: tuple[int, ...], on_one_thread: dict[str, Bits]
) -> None:
    training = of_the_zoo(name, STEPS)
    assert not difference(on_one_thread[name], train(training, training.model(threads=2), chunks))


def test_single_steps_and_batches_are_the_same_bits() -> None:
    training = of_the_zoo("architecture-3", STEPS)
    model = training.model()
    order, size = training.orders[0], training.batch_size
    for first in range(0, len(order), size):
        model.train_step(training.examples, order[first : first + size], 0)
    together = training.model(threads=2)
    train(training, together)
    assert [weight.tobytes() for weight in model.get_weights()] == [w.tobytes() for w in together.get_weights()]


@pytest.mark.parametrize("step", [1, 9, STEPS - 1])
def test_a_training_taken_up_from_weights_and_state_is_the_same_bits(step: int) -> None:
    whole = of_the_zoo("architecture-3", STEPS)
    order, cut = whole.orders[0], step * whole.batch_size
    first = whole.model()
    train(replace(whole, orders=[order[:cut]]), first)
    second = replace(whole, weights=first.get_weights(), orders=[order[cut:]])
    taken_up = second.model(threads=2)
    taken_up.set_state(first.get_state())
    ours, theirs = train(whole, whole.model()), train(second, taken_up)
    results = [bits.pop("results of epoch 0") for bits in (ours, theirs)]
    assert results[0][step:].tobytes() == results[1].tobytes()
    assert not difference(ours, theirs)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_narrower_vector_instructions_give_the_same_bits(name: str, on_one_thread: dict[str, Bits]) -> None:
    if not other_targets():
        pytest.skip("this processor has one of our instruction sets only: AVX-512 is needed to compare it with AVX2")
    training = of_the_zoo(name, STEPS)
    for target in other_targets():
        assert not difference(on_one_thread[name], train(training, training.model(target, threads=2)))


@pytest.mark.slow
@pytest.mark.parametrize("number", RANDOM_NETWORKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_random_networks_are_the_same_bits_on_any_threads_and_instructions(number: int, dtype: str) -> None:
    training = of_a_random_network(number)
    alone = train(training, training.model(dtype=dtype))
    for threads in (2, 3, 8):
        assert not difference(alone, train(training, training.model(threads=threads, dtype=dtype)))
    for target in other_targets():
        assert not difference(alone, train(training, training.model(target, 2, dtype)))


def test_networks_with_branches_are_the_same_bits_on_any_threads_and_instructions() -> None:
    training = of_a_random_network(3, branched=True)
    assert any(len(step.parts) > 1 for step in training.model()._training.plan.steps)  # type: ignore[union-attr]
    alone = train(training, training.model())
    for threads in (2, 3):
        assert not difference(alone, train(training, training.model(threads=threads)))
    for target in other_targets():
        assert not difference(alone, train(training, training.model(target, 2)))


def small(steps: int = 2) -> Training:
    return of_the_zoo("architecture-3", steps, 64)


@pytest.mark.slow
@pytest.mark.parametrize("breach", breaches.IN_THE_ARITHMETIC)
def test_a_planted_breach_of_the_arithmetic_shows(breach: str) -> None:
    sound = train(small(), small().model())
    with breaches.IN_THE_ARITHMETIC[breach]():
        assert "differ, the first at" in difference(sound, train(small(), small().model()))
    assert not difference(sound, train(small(), small().model()))  # nothing of it stays behind


def test_a_planted_order_of_tiles_that_depends_on_the_threads_shows() -> None:
    with breaches.an_order_of_tiles_by_thread_count():
        alone, three = (train(small(), small().model(threads=threads)) for threads in (1, 3))
    assert "differ, the first at" in difference(alone, three)


def test_a_difference_of_one_bit_is_named_with_its_place() -> None:
    one = {"a": np.zeros(3, np.float32), "b": np.zeros(4, np.float32)}
    other = {"a": np.zeros(3, np.float32), "b": np.array([0, 0, -0.0, 0], np.float32)}
    assert not difference(one, one)
    assert difference(one, other) == "b: 1 of 4 numbers differ, the first at 2: np.float32(0.0) and np.float32(-0.0)"
    assert difference(one, {"a": one["a"]}) == "not the same arrays: ['b']"
    assert difference(one, one | {"b": np.zeros(4)}) == "b: float32 (4,) and float64 (4,)"


def test_what_is_compared_is_all_that_training_leaves() -> None:
    bits = train(small(), small().model())
    assert {"results of epoch 0", "evaluation", "outputs", "probabilities", "classes"} <= bits.keys()
    assert {"state step", "state learning_rate"} <= bits.keys()
    assert sum(name.startswith("weights ") for name in bits) == len(small().weights)
    assert sum(name.startswith("state ") for name in bits) == 2 + 2 * sum(
        weight.parameter.trainable for weight in small().network.weights
    )
