"""The reference backend against real Keras: same weights, batches and masks in, same numbers out."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from random import Random

import numpy as np
import parity
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_networks import Case, case_numbers, case_of_seed, draw_case

from cnnlab.arch.activations import ACTIVATIONS
from cnnlab.arch.layers import LAYERS
from cnnlab.records import (
    SGD,
    Adam,
    CategoricalCrossentropy,
    Optimizer,
    RMSprop,
    SparseCategoricalCrossentropy,
)
from cnnlab.training.names import OPTIMIZERS

pytestmark = pytest.mark.keras

SAMPLE = case_numbers(33)


@pytest.mark.parametrize("seed", SAMPLE, ids=lambda seed: f"network {seed}")
def test_a_random_network_trains_as_in_keras(seed: int) -> None:
    parity.check(case_of_seed(seed))


@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_networks_that_hypothesis_makes_smaller_train_as_in_keras(random: Random) -> None:
    parity.check(draw_case(random))


def all_that(cases: list[Case], what: Callable[[Case], Iterable[object]]) -> set[object]:
    return {thing for case in cases for thing in what(case)}


def test_the_sample_covers_every_layer_activation_loss_and_optimizer_argument() -> None:
    cases = [case_of_seed(seed) for seed in SAMPLE]
    layers = [node.layer for case in cases for node in case.network.nodes[1:]]
    assert {type(layer) for layer in layers} == {kind for kind in LAYERS.values() if kind.input_count == (1, 1)}
    assert {getattr(layer, "activation", "linear") for layer in layers} == set(ACTIVATIONS)
    assert {type(case.loss) for case in cases} == {CategoricalCrossentropy, SparseCategoricalCrossentropy}
    assert all_that(cases, lambda case: [case.loss.from_logits]) == {True, False}
    assert {type(case.optimizer) for case in cases} == set(OPTIMIZERS.values())
    for kind in (Adam, SGD, RMSprop):  # the others' arguments: tests/backends/test_optimizers_against_keras.py
        own = [case.optimizer for case in cases if isinstance(case.optimizer, kind)]
        for field in fields(kind):
            if field.name in {shared.name for shared in fields(Optimizer)}:
                continue
            assert len({getattr(optimizer, field.name) for optimizer in own}) > 1, f"{kind.__name__}({field.name}=)"
    for field in fields(Optimizer):
        assert len({getattr(case.optimizer, field.name) for case in cases}) > 1, field.name


def test_a_case_is_the_same_each_time_it_is_named() -> None:
    one, other = case_of_seed(5), case_of_seed(5)
    assert str(one) == str(other)
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(one.weights, other.weights, strict=True))
    assert np.array_equal(one.examples.images, other.examples.images)
