"""The same bits on an AArch64: our own object code for it, run by qemu, beside this processor's."""

from dataclasses import replace

import breaches
import emulated
import pytest
from random_networks import case_numbers
from same_bits import Training, difference, of_a_random_network, of_the_zoo, train

from cnnlab.records import SGD

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(emulated.what_is_missing()), reason=emulated.what_is_missing()),
]

# Steps and images in each: emulated arithmetic is some hundred times slower.
SIZES = {"architecture-1": (2, 20), "architecture-2": (4, 40), "architecture-3": (5, 40), "mnist-convnet": (2, 20)}


@pytest.mark.parametrize("name", ["architecture-1", "mnist-convnet"])  # all of them: `make prove-bits`
def test_aarch64_gives_the_same_bits(name: str) -> None:
    training = of_the_zoo(name, *SIZES[name])
    assert not difference(train(training, training.model()), train(training, emulated.model(training)))


@pytest.mark.thorough
@pytest.mark.parametrize("number", case_numbers(3))
def test_aarch64_gives_the_same_bits_for_random_networks(number: int) -> None:
    training = of_a_random_network(number, batch_size=20)
    dtype = ("float32", "float64")[number % 2]
    theirs = train(training, emulated.model(training, dtype=dtype))
    assert not difference(train(training, training.model(dtype=dtype)), theirs)


def test_threads_on_aarch64_give_the_same_bits() -> None:
    training = of_the_zoo("architecture-3", 3, 40)
    assert not difference(train(training, training.model()), train(training, emulated.model(training, threads=3)))


def test_aarch64_restores_a_callers_flush_to_zero_and_does_not_mind_it() -> None:
    training = of_the_zoo("architecture-3", 2, 20)
    flushing = emulated.model(training, float_mode=emulated.FLUSH)  # `emulated` checks that it is restored
    assert not difference(train(training, training.model()), train(training, flushing))


def lost() -> Training:
    """Return a training whose weights become NaN: an infinite rate times gradients that are 0."""
    return replace(of_the_zoo("architecture-3", 2, 20), optimizer=SGD(1e39, momentum=0.9))


def test_numbers_that_are_lost_are_the_same_nan_on_aarch64() -> None:
    assert not difference(train(lost(), lost().model()), train(lost(), emulated.model(lost())))


def test_a_planted_nan_of_the_processors_own_shows() -> None:
    with breaches.nan_as_the_processor_makes_it():
        ours, theirs = train(lost(), lost().model()), train(lost(), emulated.model(lost()))
    assert "np.float32(nan) and np.float32(nan)" in difference(ours, theirs)


@pytest.mark.parametrize("breach", [breaches.fast_flags, breaches.unfused, breaches.another_order_of_lanes])
def test_a_planted_breach_on_aarch64_shows(breach: object) -> None:
    training = of_the_zoo("architecture-3", 2, 20)
    sound = train(training, training.model())
    with breach():  # type: ignore[operator]
        assert "differ, the first at" in difference(sound, train(training, emulated.model(training)))
