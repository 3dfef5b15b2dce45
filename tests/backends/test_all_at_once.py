"""Losses, weights of images, rules of weights, metrics and accumulation together: each as if the others were not."""

import warnings
from dataclasses import replace
from typing import Any

import compiled_parity
import numpy as np
import parity
import pytest
from all_at_once import ENDINGS, Whole, whole_of
from metric_cases import Said, by_hand
from test_same_bits import other_targets

from cnnlab.arch import chain
from cnnlab.arch.layers import Dense
from cnnlab.backends import Backend, Model, ReferenceBackend, StepResult, get_backend
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.compiler.target import Target
from cnnlab.errors import UsageError
from cnnlab.records import (
    BinaryCrossentropy,
    Counted,
    Examples,
    SparseCategoricalCrossentropy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)

TOLERANCE = compiled_parity.TOLERANCE_64
BACKENDS = pytest.mark.parametrize("backend", ["numpy", "compiled", pytest.param("keras", marks=pytest.mark.keras)])
# Only this one has a convolution too, which takes longer to compile.
CONVOLVED = "softmax"


def steps_of(whole: Whole, model: Model) -> list[StepResult]:
    """Train all batches of all epochs: two updates of two batches each."""
    case = whole.case
    return [
        model.train_step(case.examples, rows, epoch) for epoch in range(case.epochs) for rows in case.batches(epoch)
    ]


@pytest.mark.parametrize("name", ENDINGS)
def test_compiled_code_in_float64_does_all_at_once_as_the_reference_does(name: str) -> None:
    whole = whole_of(name, convolved=name == CONVOLVED)
    case = whole.case
    ours, theirs = (whole.load(each, 2) for each in (CompiledBackend("float64"), ReferenceBackend(np.float64)))
    for mine, its in zip(steps_of(whole, ours), steps_of(whole, theirs), strict=True):
        assert mine.loss == pytest.approx(its.loss, rel=TOLERANCE)
        assert (mine.correct, mine.count, mine.counts) == (its.correct, its.count, its.counts)
    compiled_parity.close_all(ours.get_weights(), theirs.get_weights(), TOLERANCE, "weight")
    state, expected = ours.get_state(), theirs.get_state()
    compiled_parity.close_together([*state.values()], [expected[key] for key in state], TOLERANCE, "state")
    assert any(not np.allclose(*pair) for pair in zip(ours.get_weights(), case.weights, strict=True))
    mine, its = (model.evaluate(case.examples, 33) for model in (ours, theirs))
    assert mine.loss == pytest.approx(its.loss, rel=TOLERANCE)
    assert (mine.accuracy, mine.counts) == (its.accuracy, its.counts)
    assert np.array_equal(mine.predictions.classes, its.predictions.classes)
    compiled_parity.close(
        mine.predictions.true_class_probability, its.predictions.true_class_probability, 1e-6, "probability"
    )


@pytest.mark.keras
def test_the_reference_does_all_at_once_as_keras_does() -> None:
    parity.check(replace(whole_of("one sigmoid").case, batch_size=35))  # Keras compiles each size of a batch


@pytest.mark.keras
@pytest.mark.parametrize("name", ["one sigmoid", pytest.param("one logit", marks=pytest.mark.thorough)])
def test_keras_as_a_backend_does_all_at_once_as_the_reference_does(name: str) -> None:
    whole = whole_of(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = (whole.load(each) for each in (get_backend("keras"), ReferenceBackend()))
        for mine, its in zip(steps_of(whole, ours), steps_of(whole, theirs), strict=True):
            assert mine.loss == pytest.approx(its.loss, rel=1e-4)
            assert (mine.correct, mine.counts) == (its.correct, its.counts)
        for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
            np.testing.assert_allclose(one, other, atol=2e-4)
        mine, its = (model.evaluate(whole.case.examples, 33) for model in (ours, theirs))
    assert mine.loss == pytest.approx(its.loss, rel=1e-4)
    assert (mine.accuracy, mine.counts) == (its.accuracy, its.counts)


def bits_of(whole: Whole, target: Target | None, threads: int) -> list[Any]:
    """Train in float32; return all that came of it, to the bit."""
    model = whole.load(CompiledBackend("float32", target), threads)
    steps = [(np.float64(one.loss).tobytes(), one.correct, one.counts) for one in steps_of(whole, model)]
    said = model.evaluate(whole.case.examples, 33)
    told = said.predictions
    arrays = [np.float64(said.loss), told.classes, told.true_class_probability]
    arrays += [*model.get_weights(), *model.get_state().values()]
    return [*steps, said.accuracy, said.counts, *(array.tobytes() for array in arrays)]


@pytest.mark.parametrize("name", ["one sigmoid", "sigmoids", "softmax"])
def test_all_at_once_is_the_same_bits_on_any_threads_and_instructions(name: str) -> None:
    whole = whole_of(name, convolved=name == CONVOLVED)
    alone = bits_of(whole, None, 1)
    for threads in (2, 3):
        assert bits_of(whole, None, threads) == alone, f"{threads} threads"
    for target in other_targets():
        assert bits_of(whole, target, 2) == alone, str(target)
    assert len({step[2] for step in alone[:4]}) > 1


@BACKENDS
@pytest.mark.parametrize("name", ["one sigmoid", "one logit", "sigmoids"])
def test_one_evaluation_has_the_weighted_loss_the_penalties_and_each_image_counted_once(
    name: str, backend: str
) -> None:
    whole = whole_of(name)
    case, examples = whole.case, whole.case.examples
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = whole.load(get_backend(backend))
        said = model.evaluate(examples, 32)
        given = model.predict(examples.images, 32)
    rows = examples.labels.reshape(given.shape).astype(float)
    shares = 1 / (1 + np.exp(-given.astype(float))) if case.loss.from_logits else given.astype(float)
    smoothed = rows * 0.9 + 0.05 if name == "one sigmoid" else rows
    losses = -(smoothed * np.log(shares) + (1 - smoothed) * np.log(1 - shares)).mean(axis=1)
    assert examples.weights is not None
    first, _, last, bias = (weight.astype(float) for weight in case.weights)
    penalty = sum(np.abs(one).sum() / 64 + (one**2).sum() / 32 for one in (first, last)) + (bias**2).sum() / 2
    assert said.loss == pytest.approx((examples.weights * losses).mean() + penalty, rel=1e-4)
    assert said.counts == tuple(by_hand(metric, Said(given, rows, whole.metrics)) for metric in whole.metrics)
    right = (shares[:, 0] > 0.5) == rows[:, 0] if len(shares[0]) == 1 else shares.argmax(1) == rows.argmax(1)
    assert said.accuracy == pytest.approx(right.mean())
    assert len(set(said.counts)) > 3


@BACKENDS
@pytest.mark.parametrize("metric", [TopKCategoricalAccuracy(k=1), SparseTopKCategoricalAccuracy(k=1)])
def test_the_best_of_one_output_are_refused(backend: str, metric: Counted) -> None:
    network = chain("one", [Dense(1, activation="sigmoid")], input_shape=(3,))
    sparse = isinstance(metric, SparseTopKCategoricalAccuracy)
    loss = SparseCategoricalCrossentropy() if sparse else BinaryCrossentropy()
    kind = type(metric).__name__
    with pytest.raises(UsageError, match=f"one: expected several outputs for {kind}, got one. Write BinaryAccuracy"):
        get_backend(backend).load(network, [np.zeros((3, 1)), np.zeros(1)], loss=loss, metrics=[metric])


@pytest.mark.parametrize("backend", [ReferenceBackend(np.float64), CompiledBackend("float64")], ids=lambda b: b.name)
def test_a_step_counts_what_a_single_output_gives_and_not_its_logit(backend: Backend) -> None:
    network = chain("one", [Dense(1, activation="sigmoid", use_bias=False)], input_shape=(1,))
    logits, labels = np.array([-2, -0.5, 0.3, 0.6, 4.0])[:, None], np.array([0, 1, 1, 0, 1])
    metrics = ENDINGS["one sigmoid"][3]
    model = backend.load(
        network,
        [np.ones((1, 1))],
        loss=BinaryCrossentropy(),
        optimizer=whole_of("softmax").case.optimizer,
        metrics=metrics,
    )
    given = 1 / (1 + np.exp(-logits))
    expected = tuple(by_hand(metric, Said(given, labels[:, None], metrics)) for metric in metrics)
    assert expected != tuple(by_hand(metric, Said(logits, labels[:, None], metrics)) for metric in metrics)
    assert model.train_step(Examples(logits, labels), np.arange(5), 0).counts == expected
