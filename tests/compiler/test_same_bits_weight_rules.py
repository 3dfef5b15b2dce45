"""Penalties and constraints keep the promise of the same bits, and touch nothing beyond their arrays."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from same_bits import Training, difference, train
from test_same_bits import other_targets

from cnnlab.arch import chain
from cnnlab.arch.constraints import MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, DepthwiseConv2D, Flatten, SeparableConv2D
from cnnlab.arch.regularizers import L1, L1L2, L2
from cnnlab.records import Adam, Examples, SparseCategoricalCrossentropy

GUARDED = Path(__file__).parent / "guarded.py"
STEPS = 6


def training() -> Training:
    layers = [
        Conv2D(9, 3, kernel_regularizer=L1(0.01), kernel_constraint=MaxNorm(0.7, [0, 1, 2]), bias_regularizer=L2()),
        BatchNormalization(gamma_regularizer=L1L2(0.1, 0.01), beta_constraint=UnitNorm()),
        SeparableConv2D(33, 2, activation="tanh", pointwise_constraint=MinMaxNorm(0.3, 0.9, 0.5, axis=-1)),
        DepthwiseConv2D(2, strides=2, depthwise_constraint=MaxNorm(0.5, [0, 2]), depthwise_regularizer=L2(0.1)),
        Flatten(),
        Dense(35, activation="relu", kernel_regularizer=L1L2(0.001, 0.01), kernel_constraint=MaxNorm(0.9)),
        Dense(4, activation="softmax", kernel_constraint=UnitNorm([0, 1]), bias_constraint=NonNeg()),
    ]
    network = chain("ruled", layers, input_shape=(9, 8, 2))
    numbers = np.random.default_rng(5)
    weights = [np.abs(numbers.normal(0, 0.4, weight.parameter.shape)) for weight in network.weights]
    images, labels = numbers.integers(0, 256, (150, 9, 8, 2), np.uint8), numbers.integers(0, 4, 150)
    return Training(
        network=network,
        loss=SparseCategoricalCrossentropy(),
        optimizer=Adam(0.01, clipnorm=1.0, use_ema=True, ema_overwrite_frequency=3, gradient_accumulation_steps=2),
        weights=weights,
        examples=Examples(images, labels, 255.0),
        orders=[np.resize(numbers.permutation(150), 60 * STEPS - 20)],
        batch_size=60,
        seed=3,
    )


def test_a_network_with_rules_is_the_same_bits_on_any_threads_and_instructions_and_in_any_portions() -> None:
    one = training()
    alone = train(one, one.model())
    for threads in (2, 3):
        assert not difference(alone, train(one, one.model(threads=threads))), f"{threads} threads"
    assert not difference(alone, train(one, one.model(threads=2), chunks=(1, 3)))
    for target in other_targets():
        assert not difference(alone, train(one, one.model(target, threads=2))), str(target)


@pytest.mark.parametrize("step", [1, 4])
def test_a_training_with_rules_taken_up_from_weights_and_state_is_the_same_bits(step: int) -> None:
    whole = training()
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


def test_what_lies_behind_an_array_with_rules_stays_0() -> None:
    one = training()
    model = one.model(threads=2)
    train(one, model)
    values, plan = model._parameters.values, model._training.plan  # type: ignore[union-attr]
    own = np.zeros(len(values), bool)
    for place in plan.places:
        own[place.first : place.first + place.size] = True
    assert any(place.regularizer and place.size % 16 for place in plan.places)
    assert not values[~own].any()
    assert not model._parameters.by_weight[~own[: plan.trained]].any()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="pages are guarded by mprotect, which Windows calls otherwise")
@pytest.mark.parametrize("place", ["end", "begin"])
def test_rules_touch_nothing_beyond_an_array(place: str) -> None:
    words = [sys.executable, str(GUARDED), place, "ruled", "3", "5"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["all held"]), done.stderr
