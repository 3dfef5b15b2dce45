"""Regularizers and constraints: the rules of Keras, in every backend, whatever the shape of the weight."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from math import prod

import compiled_parity
import numpy as np
import parity
import pytest
from keras_oracle import _floats, _rule
from random_networks import Case
from regularized_networks import regularized_case_of_seed

from cnnlab.arch import Layer, Network, chain
from cnnlab.arch.constraints import Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, Flatten, PReLU, SeparableConv2D
from cnnlab.arch.regularizers import L1, L1L2, L2
from cnnlab.backends import Backend, Model, ReferenceBackend, get_backend
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.backends.reference.weight_rules import projected
from cnnlab.compiler.lowering.constraints import Axis, axes_of
from cnnlab.errors import NonFiniteLossError
from cnnlab.records import SGD, Adam, AdamW, Examples, Optimizer, SparseCategoricalCrossentropy

COMPILED = [3, 100_001, 100_006]
IN_KERAS = [2]
LOSS = SparseCategoricalCrossentropy()


def network_with_every_rule() -> Network:
    layers = [
        Conv2D(5, 3, kernel_regularizer=L1L2(0.03125, 0.0625), bias_regularizer="l2", kernel_constraint=NonNeg()),
        BatchNormalization(momentum=0.8, gamma_regularizer=L1(0.125), beta_constraint=UnitNorm()),
        SeparableConv2D(
            18,
            2,
            activation="tanh",
            depthwise_regularizer="l1",
            pointwise_regularizer=L2(0.125),
            depthwise_constraint=UnitNorm([0, 2]),
            pointwise_constraint=MinMaxNorm(0.2, 0.9, 0.3, axis=[0, 1, 2]),
        ),
        PReLU(shared_axes=(1, 2), alpha_regularizer="l2"),
        Flatten(),
        Dense(19, activation="tanh", kernel_constraint=MaxNorm(0.5)),
        Dense(4, activation="softmax", kernel_constraint=MaxNorm(1.5, axis=1), bias_constraint=MaxNorm(0.1)),
    ]
    return chain("every-rule", layers, input_shape=(6, 5, 2))


def case_of(network: Network, optimizer: Optimizer, seed: int = 1) -> Case:
    numbers = np.random.default_rng(seed)
    weights = [numbers.normal(0, 0.4, weight.parameter.shape) for weight in network.weights]
    weights = [
        np.abs(array) if weight.parameter.name == "moving_variance" else array
        for weight, array in zip(network.weights, weights, strict=True)
    ]
    examples = Examples(numbers.normal(0, 1, (16, *network.input_shape)), numbers.integers(0, 4, 16))
    return Case(network, LOSS, optimizer, weights, examples, batch_size=8, epochs=2, seed=seed)


def described(optimizer: Optimizer) -> str:
    return repr(optimizer).replace("None", "-")


# What comes before and behind the rules in a step: clipping, accumulation, decay, averages that replace weights.
OPTIMIZERS = [
    SGD(0.1, momentum=0.9, clipnorm=0.5, use_ema=True, ema_momentum=0.6, ema_overwrite_frequency=2),
    AdamW(0.01, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.7, loss_scale_factor=8.0),
]


@pytest.mark.keras
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=described)
def test_every_rule_trains_as_in_keras_beside_all_else_that_a_step_does(optimizer: Optimizer) -> None:
    parity.check(case_of(network_with_every_rule(), optimizer))


@pytest.mark.keras
@pytest.mark.parametrize("seed", IN_KERAS, ids=lambda seed: f"network {seed}")
def test_a_random_network_with_rules_trains_as_in_keras(seed: int) -> None:
    parity.check(regularized_case_of_seed(seed))


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=described)
def test_compiled_code_trains_every_rule_as_the_reference_does(optimizer: Optimizer) -> None:
    compiled_parity.check(case_of(network_with_every_rule(), optimizer))


@pytest.mark.parametrize("seed", COMPILED, ids=lambda seed: f"network {seed}")
def test_compiled_code_trains_random_networks_with_rules_as_the_reference_does(seed: int) -> None:
    compiled_parity.check(regularized_case_of_seed(seed))


def test_compiled_code_trains_a_network_with_branches_and_rules_as_the_reference_does() -> None:
    compiled_parity.check(regularized_case_of_seed(1, branched=True))


def test_the_random_networks_have_every_rule_and_arrays_of_every_rank() -> None:
    cases = [*map(regularized_case_of_seed, [*COMPILED, *IN_KERAS]), regularized_case_of_seed(1, branched=True)]
    arrays = [weight.parameter for case in cases for weight in case.network.weights]
    assert {type(one.regularizer) for one in arrays} == {L1, L2, L1L2, type(None)}
    assert {type(one.constraint) for one in arrays} == {MaxNorm, UnitNorm, MinMaxNorm, NonNeg, type(None)}
    assert {len(one.shape) for one in arrays if one.constraint} >= {1, 2, 4}
    assert not any(one.regularizer or one.constraint for one in arrays if not one.trainable)


# Constraints on all shapes: with a learning rate of 0 a step is the constraint alone.


def on_its_own(layers: list[Layer], input_shape: tuple[int, ...], dtype: str, threads: int) -> None:
    network = chain("held", [*layers, Flatten(), Dense(4)], input_shape=input_shape)
    case = case_of(network, SGD(0.0))
    case = replace(case, loss=SparseCategoricalCrossentropy(from_logits=True))
    model = CompiledBackend(dtype).load(
        network, case.weights, loss=case.loss, optimizer=case.optimizer, threads=threads
    )
    before = model.get_weights()
    model.train_step(case.examples, np.arange(8), 0)
    for weight, old, new in zip(network.weights, before, model.get_weights(), strict=True):
        rule = weight.parameter.constraint
        wanted = old if rule is None else projected(rule, old.astype(np.float64))
        scale = float(np.abs(wanted).max(initial=1e-3))
        error = float(np.abs(new - wanted).max(initial=0)) / scale
        assert error < (1e-14 if dtype == "float64" else 1e-6), f"{weight.name} {weight.parameter.shape} {rule}"


@pytest.mark.parametrize(("dtype", "threads"), [("float64", 3)])
def test_norms_over_any_axes_of_a_kernel_are_those_of_numpy(dtype: str, threads: int) -> None:
    axes = [list(some) for count in range(1, 5) for some in combinations(range(4), count)]
    sizes = [3, 16, 17, 1, 33, 5, 32, 2]
    layers: list[Layer] = [
        Conv2D(sizes[turn % len(sizes)], (1 + turn % 2, 1 + turn % 3), kernel_constraint=MaxNorm(0.6, some))
        for turn, some in enumerate(axes)
    ]
    on_its_own(layers, (9, 17, 2), dtype, threads)


@pytest.mark.parametrize(("dtype", "threads"), [("float32", 3), ("float32", 1)])
def test_matrices_and_rows_of_any_size_are_constrained_as_in_numpy(dtype: str, threads: int) -> None:
    rules: list[Constraint] = [
        MaxNorm(0.7),
        MaxNorm(0.7, axis=-1),
        UnitNorm([0, 1]),
        MinMaxNorm(0.5, 1.0, 0.4, axis=1),
        NonNeg(),
    ]
    layers: list[Layer] = [
        Dense(units, kernel_constraint=rules[turn % 5], bias_constraint=rules[(3 * (turn % 2) and 4) or 0])
        for turn, units in enumerate([1, 15, 16, 17, 31, 32, 48, 50, 2, 7, 100, 33])
    ]
    on_its_own([Flatten(), *layers], (2, 2, 2), dtype, threads)


@pytest.mark.keras
@pytest.mark.parametrize("rule", [MaxNorm(0.7, [0, 1]), UnitNorm(-1), MinMaxNorm(0.5, 1, 0.4, 1), NonNeg()], ids=repr)
def test_a_constraint_is_keras_own_of_the_same_name(rule: Constraint) -> None:
    weight = np.random.default_rng(4).normal(0, 0.5, (3, 2, 5))
    weight[0] = 0
    with _floats("float64"):
        np.testing.assert_allclose(projected(rule, weight), np.asarray(_rule(rule)(weight)), rtol=1e-12)


def test_neighbouring_axes_of_one_kind_are_taken_together() -> None:
    assert axes_of((3, 3, 20, 10), (0, 1, 2)) == [Axis(180, 10, summed=True), Axis(10, 1, summed=False)]
    assert axes_of((3, 1, 20, 10), (0, 2)) == [Axis(60, 10, summed=True), Axis(10, 1, summed=False)]
    assert axes_of((7,), (0,)) == [Axis(7, 1, summed=True)]
    assert axes_of((1, 1), (0,)) == []
    for summed in [(), (0,), (1, 3), (0, 1, 2, 3)]:
        assert prod(axis.size for axis in axes_of((2, 3, 4, 5), summed)) == 120


# What is told of the loss.


@contextmanager
def _keras_may_warn() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def loaded(backend: str, network: Network, case: Case) -> Model:
    return get_backend(backend).load(
        network, case.weights, loss=case.loss, optimizer=case.optimizer, seed=case.seed, threads=2
    )


@pytest.mark.keras
@pytest.mark.parametrize("backend", ["numpy", "compiled", "keras"])
def test_the_penalty_is_in_the_loss_once_of_a_batch_of_any_size_and_of_evaluation(backend: str) -> None:
    plain = chain("plain", [Dense(19, activation="tanh"), Dense(4, activation="softmax")], input_shape=(5,))
    rules = {"kernel_regularizer": L1L2(0.1, 0.2), "bias_regularizer": L2(0.5)}
    dear = chain("dear", [replace(node.layer, **rules) for node in plain.nodes[1:]], input_shape=(5,))
    case = case_of(plain, SGD(0.0))
    penalty = sum(
        0.1 * np.abs(array).sum() + 0.2 * (array**2).sum() if array.ndim > 1 else 0.5 * (array**2).sum()
        for array in (weight.astype(np.float32).astype(np.float64) for weight in case.weights)
    )
    with _keras_may_warn():
        models = [loaded(backend, network, case) for network in (plain, dear)]
        for rows in (np.arange(16),) if backend == "keras" else (np.arange(3), np.arange(16)):
            without, dearer = (model.train_step(case.examples, rows, 0).loss for model in models)
            assert dearer - without == pytest.approx(penalty, rel=1e-5)
        without, dearer = (model.evaluate(case.examples, 7).loss for model in models)
        assert dearer - without == pytest.approx(penalty, rel=1e-5)
        outputs = [model.predict(case.examples.images, 7) for model in models]
    np.testing.assert_array_equal(*outputs)


@pytest.mark.keras
def test_the_keras_backend_and_compiled_code_in_float32_train_rules_alike() -> None:
    rules = {"kernel_regularizer": L1L2(0.02, 0.05), "kernel_constraint": MaxNorm(0.6), "bias_constraint": NonNeg()}
    network = chain("row", [Dense(19, "tanh", **rules), Dense(4, "softmax", **rules)], input_shape=(5,))
    case = case_of(network, Adam(0.005))
    with _keras_may_warn():
        models = [loaded(backend, case.network, case) for backend in ("compiled", "keras")]
        for turn, rows in enumerate(case.batches(0)):
            ours, theirs = (model.train_step(case.examples, rows, 0).loss for model in models)
            assert ours == pytest.approx(theirs, rel=1e-4), turn
        ours, theirs = (model.evaluate(case.examples, 8).loss for model in models)
        keras_says = models[1]._trainer.evaluate(  # type: ignore[attr-defined]  # it is Keras' model
            case.examples.images, case.examples.labels, batch_size=16, verbose=0
        )[0]
    assert ours == pytest.approx(theirs, rel=1e-4)
    assert theirs == pytest.approx(keras_says, rel=1e-5)
    for one, other in zip(models[0].get_weights(), models[1].get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("backend", [ReferenceBackend(np.float64), CompiledBackend("float64")], ids=lambda b: b.name)
def test_a_penalty_beyond_all_numbers_ends_the_run_as_a_loss_does(backend: Backend) -> None:
    network = chain("boundless", [Dense(4, activation="softmax", bias_regularizer="l2")], input_shape=(3,))
    case = case_of(network, SGD(0.1))
    weights = [case.weights[0], np.full(4, 1e160)]
    model = backend.load(network, weights, loss=LOSS, optimizer=SGD(0.1), threads=1)
    with pytest.raises(NonFiniteLossError, match="the loss"):
        model.train_step(case.examples, np.arange(8), 0)
    np.testing.assert_array_equal(model.get_weights()[1], weights[1])


def test_a_network_without_rules_has_no_function_for_them() -> None:
    def functions(network: Network) -> set[str]:
        program = (
            CompiledBackend().load(network, case_of(network, Adam()).weights, loss=LOSS, optimizer=Adam())._training
        )
        assert program is not None
        return {function.name for function in program.module.functions} & {"penalties", "constraints"}

    assert functions(network_with_every_rule()) == {"penalties", "constraints"}
    assert functions(chain("plain", [Dense(4, activation="softmax")], input_shape=(3,))) == set()


def test_arrays_that_training_does_not_move_are_left_alone() -> None:
    case = case_of(network_with_every_rule(), SGD(0.0))
    fixed = {w.name for w in case.network.weights if not w.parameter.trainable}
    assert len(fixed) == 2
    model = ReferenceBackend(np.float64).load(case.network, case.weights, loss=LOSS, optimizer=SGD(0.0))
    assert all(w.parameter.constraint is None for w in case.network.weights if w.name in fixed)
    assert not any(name in key for key in model.get_state() for name in fixed)
