"""A library that leaves this thread flushing subnormal numbers, or rounding its own way, changes no bit of ours."""

from platform import machine
from unittest.mock import patch

import breaches
import float_mode
import numpy as np
import pytest
from same_bits import SEED, Bits, Training, difference, of_the_zoo, train

from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Input
from cnnlab.backends.compiled import CompiledModel
from cnnlab.backends.compiled.memory import Frames
from cnnlab.compiler import Program
from cnnlab.records import SGD, CategoricalCrossentropy, Examples

pytestmark = pytest.mark.skipif(
    machine().lower() not in {"x86_64", "amd64"}, reason="MXCSR is x86's; the test on AArch64 has FPCR"
)

MODES = float_mode.FLUSHES | float_mode.ROUNDINGS
# Under these Python's own arithmetic is another one too; ours is looked at alone.
AROUND_COMPILED_CODE_ONLY = float_mode.ROUNDINGS


def on_subnormal_numbers() -> Training:
    """Return a training that lives on subnormal images: weights begin as zeros and take their gradients."""
    network = chain("subnormal", [Input((20,)), Dense(6, activation="relu"), Dense(4, activation="softmax")])
    numbers = np.random.default_rng(SEED)
    images = numbers.normal(0, 1e-39, (48, 20)).astype(np.float32)
    weights = [np.zeros((20, 6)), np.full(6, 0.5), numbers.normal(0, 0.5, (6, 4)), np.zeros(4)]
    examples = Examples(images, numbers.integers(0, 4, 48))
    return Training(
        network, CategoricalCrossentropy(), SGD(0.5), weights, examples, [np.arange(48)], batch_size=20, seed=SEED
    )


def trained_in(mode: str, threads: int = 1) -> Bits:
    training = on_subnormal_numbers()
    model = training.model(threads=threads)
    for program in (model._training, model._evaluation):
        assert program is not None
        assert program.run  # compiled in the plain mode, as whatever comes out of the object cache was
    if mode not in AROUND_COMPILED_CODE_ONLY:
        with float_mode.mode(MODES[mode]):
            return train(training, model)

    def in_the_mode(program: Program, frames: Frames, tiles: int) -> None:
        with float_mode.mode(MODES[mode]):
            CompiledModel._run(model, program, frames, tiles)

    with patch.object(model, "_run", in_the_mode):
        return train(training, model)


def trained_plainly() -> Bits:
    return train(on_subnormal_numbers(), on_subnormal_numbers().model())


def test_the_training_is_about_subnormal_numbers() -> None:
    kernel = trained_plainly()["weights 0, dense/kernel"]
    assert (kernel != 0).any()
    assert np.abs(kernel).max() < np.finfo(np.float32).smallest_normal


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("mode", MODES)
def test_a_mode_left_on_by_someone_else_changes_no_bit_and_is_there_afterwards(mode: str, threads: int) -> None:
    assert not difference(trained_plainly(), trained_in(mode, threads))  # `float_mode.mode` looks at it afterwards


@pytest.mark.parametrize("mode", MODES)
def test_without_a_mode_of_its_own_compiled_code_would_show_it(mode: str) -> None:
    with breaches.mode_of_the_caller():
        assert "differ, the first at" in difference(trained_plainly(), trained_in(mode))


@pytest.mark.slow
def test_the_notebooks_networks_do_not_mind_a_mode_either() -> None:
    training = of_the_zoo("architecture-3", 6)
    plain = train(training, training.model())
    with float_mode.mode(float_mode.FLUSHES["both"]):
        flushed = train(training, training.model())
    assert not difference(plain, flushed)
