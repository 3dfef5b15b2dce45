"""Each optimizer alone against Keras' own: the same gradients handed to both, step by step."""

import warnings

import numpy as np
import pytest
from keras_oracle import keras_optimizer, real_keras

from cnnlab.backends.reference.optimizers import Updater
from cnnlab.records import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    Nadam,
    Optimizer,
    PiecewiseConstantDecay,
    PolynomialDecay,
    RMSprop,
)

pytestmark = pytest.mark.keras

STEPS = 7
OPTIMIZERS = [
    Adam(),
    Adam(0.1, beta_1=0.5, beta_2=0.9, epsilon=1e-3, amsgrad=True),
    SGD(),
    SGD(0.1, momentum=0.9),
    SGD(0.1, momentum=0.9, nesterov=True),
    SGD(0.1, nesterov=True),
    RMSprop(),
    RMSprop(0.01, rho=0.5, momentum=0.9, epsilon=1e-3, centered=True),
    Adadelta(),
    Adadelta(1.0, rho=0.5, epsilon=1e-3),
    Adagrad(),
    Adagrad(0.1, initial_accumulator_value=0.0, epsilon=1e-3, clipnorm=0.5),
    Adagrad(0.5, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.5),
    Adamax(),
    Adamax(0.1, beta_1=0.5, beta_2=0.9, epsilon=1e-3, gradient_accumulation_steps=2),
    AdamW(),
    AdamW(0.1, weight_decay=0.1, amsgrad=True),
    Nadam(),
    Nadam(0.1, beta_1=0.5, beta_2=0.9, epsilon=1e-3, weight_decay=0.1),
    Nadam(CosineDecay(0.1, 5), gradient_accumulation_steps=3),
    SGD(0.1, decay=0.1),
    Adam(0.1, decay=0.5, weight_decay=0.1),
    SGD(0.1, clipnorm=0.5),
    SGD(0.1, clipvalue=0.05),
    SGD(0.1, global_clipnorm=0.5),
    SGD(0.1, global_clipnorm=1000.0),
    Adam(0.1, weight_decay=0.1),
    Adam(0.1, use_ema=True),
    Adam(0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=3),
    SGD(0.1, loss_scale_factor=8.0),
    SGD(0.1, gradient_accumulation_steps=3),
    Adam(0.1, gradient_accumulation_steps=2, weight_decay=0.1, clipnorm=0.5),
    RMSprop(0.1, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2),
    Adam(CosineDecay(0.1, 5, alpha=0.1)),
    Adam(CosineDecay(0.01, 4, warmup_target=0.1, warmup_steps=3), amsgrad=True),
    SGD(CosineDecayRestarts(0.1, 3, t_mul=1.5, m_mul=0.5), momentum=0.9, nesterov=True),
    RMSprop(ExponentialDecay(0.1, 2, 0.5), momentum=0.9),
    Adadelta(ExponentialDecay(1.0, 2, 0.5, staircase=True)),
    Adam(PiecewiseConstantDecay([1, 4], [0.1, 0.01, 0.001]), weight_decay=0.1),
    SGD(PolynomialDecay(0.1, 3, power=2.5, cycle=True)),
    Adam(InverseTimeDecay(0.1, 2, 0.5), use_ema=True),
    SGD(ExponentialDecay(0.1, 1, 0.5), gradient_accumulation_steps=3),
    Adam(PolynomialDecay(0.1, 6), gradient_accumulation_steps=2, weight_decay=0.1),
]


def described(optimizer: Optimizer) -> str:
    return repr(optimizer).replace("None", "-")


def gradients_of(step: int) -> list[np.ndarray]:
    numbers = np.random.default_rng(step)
    return [numbers.normal(0, 1, (3, 4)).astype(np.float32), numbers.normal(0, 0.01, 5).astype(np.float32)]


def keras_weights(optimizer: Optimizer, start: list[np.ndarray]) -> tuple[list[list[np.ndarray]], list[np.ndarray]]:
    """Let Keras make all steps; return the weights after each and at the end."""
    keras = real_keras()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        variables = [keras.Variable(array, dtype="float32") for array in start]
        theirs = keras_optimizer(optimizer)
        after = []
        for step in range(STEPS):
            theirs.apply(gradients_of(step), variables)
            after.append([np.array(variable.value) for variable in variables])
        theirs.finalize_variable_values(variables)
        return after, [np.array(variable.value) for variable in variables]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=described)
def test_an_optimizer_moves_weights_as_keras_does(optimizer: Optimizer) -> None:
    start = [np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4), np.linspace(0.1, 0.5, 5, dtype=np.float32)]
    after, end = keras_weights(optimizer, start)
    weights = {"kernel": start[0].copy(), "bias": start[1].copy()}
    updater = Updater(optimizer, weights)
    for step in range(STEPS):
        updater.apply(dict(zip(weights, gradients_of(step), strict=True)))
        for ours, theirs in zip(weights.values(), after[step], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6, err_msg=f"step {step}")
    updater.finish()
    for ours, theirs in zip(weights.values(), end, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6, err_msg="at the end")


def test_a_rate_set_between_steps_moves_weights_as_keras_does() -> None:
    keras, rates = real_keras(), [0.1, 0.01, 0.01, 0.2, 0.0, 0.05, 0.1]
    start = gradients_of(100)
    variables = [keras.Variable(array, dtype="float32") for array in start]
    theirs = keras_optimizer(Adam(0.5, weight_decay=0.1))
    weights = {"kernel": start[0].copy(), "bias": start[1].copy()}
    updater = Updater(Adam(0.5, weight_decay=0.1), weights)
    for step, rate in enumerate(rates):
        theirs.learning_rate = rate
        updater.rate.set(rate, "here")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs.apply(gradients_of(step), variables)
        updater.apply(dict(zip(weights, gradients_of(step), strict=True)))
        for ours, variable in zip(weights.values(), variables, strict=True):
            np.testing.assert_allclose(ours, np.array(variable.value), rtol=2e-5, atol=2e-6, err_msg=f"step {step}")


def test_an_infinite_gradient_ruins_all_weights_under_a_global_clipnorm_as_in_keras() -> None:
    weights = {"one": np.ones(2), "other": np.ones(2)}
    Updater(SGD(0.1, global_clipnorm=1.0), weights).apply({"one": np.array([1.0, np.inf]), "other": np.ones(2)})
    assert np.isnan(weights["one"]).all()
    assert np.isnan(weights["other"]).all()


def test_gradients_of_zero_pass_every_clipping() -> None:
    for optimizer in (SGD(clipnorm=1.0), SGD(global_clipnorm=1.0), SGD(clipvalue=1.0)):
        weights = {"one": np.ones(2)}
        Updater(optimizer, weights).apply({"one": np.zeros(2)})
        assert list(weights["one"]) == [1, 1]


def test_the_old_decay_counts_updates_and_not_the_batches_accumulated_for_one() -> None:
    one_by_one, in_pairs = {"w": np.ones(5)}, {"w": np.ones(5)}
    each, pairs = (
        Updater(SGD(0.1, decay=0.5), one_by_one),
        Updater(SGD(0.1, decay=0.5, gradient_accumulation_steps=2), in_pairs),
    )
    for step in range(3):
        gradient = gradients_of(step)[1]
        each.apply({"w": gradient})
        pairs.apply({"w": gradient * 0.5})
        pairs.apply({"w": gradient * 1.5})
    np.testing.assert_allclose(one_by_one["w"], in_pairs["w"], rtol=1e-6)
