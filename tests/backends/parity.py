"""Ours against Keras on one case: what is compared and how closely."""

from collections.abc import Sequence

import numpy as np
from keras_oracle import KerasOracle, dropout_masks
from random_networks import Case

from cnnlab.backends import ReferenceBackend, StepResult
from cnnlab.backends.reference import ReferenceModel

TOLERANCE_64 = 1e-6
# A gradient that is 0 but for rounding (a bias before batch normalization) has no relative error worth its name.
_NOTHING = 1e-6


def close(ours: object, keras: object, tolerance: float, what: str, scale: float = _NOTHING) -> None:
    """Compare two arrays, relative to the largest value of Keras' one, or to ``scale`` where that is larger.

    Raises:
        AssertionError: If they differ by more; it says what and by how much.
    """
    got, expected = np.asarray(ours, np.float64), np.asarray(keras, np.float64)
    assert got.shape == expected.shape, f"{what}: shape {got.shape}, Keras has {expected.shape}"
    scale = max(float(np.abs(expected).max(initial=0)), scale)
    error = float(np.abs(got - expected).max(initial=0)) / scale
    assert error <= tolerance, f"{what}: differs by {error:.3g} of {scale:.3g}, {tolerance:g} is allowed"


def close_all(
    ours: Sequence[object], keras: Sequence[object], tolerance: float, what: str, scale: float = _NOTHING
) -> None:
    """Compare lists of arrays."""
    assert len(ours) == len(keras), f"{what}: {len(ours)}, Keras has {len(keras)}"
    for index, (mine, theirs) in enumerate(zip(ours, keras, strict=True)):
        close(mine, theirs, tolerance, f"{what} {index}", scale)


def check(case: Case, *, threads: int = 1, least_gradient: float = 0.0) -> None:
    """Train a case in float64 with ours and with Keras, and compare all there is after each step.

    Args:
        case: The network and how to train it.
        threads: Of ours.
        least_gradient: A gradient smaller than this share of the largest one is not compared relative to itself: that
            of a bias before batch normalization is 0 but for rounding, which branches that nearly cancel blow up.

    Raises:
        AssertionError: At the first difference above `TOLERANCE_64`; it names it and describes the case.
    """
    try:
        _check(case, threads, least_gradient)
    except AssertionError as error:
        raise AssertionError(f"{error}\n  {case}") from None


def _check(case: Case, threads: int, least_gradient: float) -> None:
    oracle = KerasOracle(case.network, case.weights, case.loss, case.optimizer, "float64")
    ours = ReferenceBackend(np.float64).load(
        case.network, case.weights, loss=case.loss, optimizer=case.optimizer, seed=case.seed, threads=threads
    )
    for epoch in range(case.epochs):
        results = []
        for turn, rows in enumerate(case.batches(epoch)):
            where = f"epoch {epoch}, batch {turn}"
            masks = dropout_masks(case.network, case.seed, epoch, rows)
            before = ours.get_weights()
            loss, gradients = ours.gradients(case.examples, rows, epoch)
            ours.set_weights(before)
            result = ours.train_step(case.examples, rows, epoch)
            expected = oracle.train_step(case.examples, rows, masks)
            close(loss, expected.loss, TOLERANCE_64, f"{where}, loss")
            largest = max((float(np.abs(one).max(initial=0)) for one in expected.gradients), default=0.0)
            least = max(_NOTHING, least_gradient * largest)
            close_all(gradients, expected.gradients, TOLERANCE_64, f"{where}, gradient", least)
            close_all(ours.get_weights(), oracle.get_weights(), TOLERANCE_64, f"{where}, weight after it")
            unsure = int((~_decided(expected.outputs, oracle.middle)).sum())
            apart = abs(result.correct - expected.correct)
            assert apart <= unsure, f"{where}: {result.correct} correct, Keras {expected.correct}, {unsure} tie"
            results.append((result, unsure))
        _check_means(results, oracle.epoch_metrics(), f"epoch {epoch}")
    ours.finish()
    oracle.finish()
    close_all(ours.get_weights(), oracle.get_weights(), TOLERANCE_64, "weight at the end")
    _check_evaluation(case, ours, oracle)


def _decided(outputs: np.ndarray, limit: float) -> np.ndarray:
    """Tell for each image whether one output is the largest by more than rounding, so that its class is certain.

    A single output is held against the limit that it is told apart at.
    """
    if outputs.shape[-1] == 1:
        return np.abs(outputs[:, 0] - limit) > 1e-9
    first, second = np.sort(outputs, axis=-1)[:, :-3:-1].T
    return first - second > 1e-9


def _check_means(results: list[tuple[StepResult, int]], keras: tuple[float, float], where: str) -> None:
    """Compare an epoch's loss and accuracy: means weighted by the batches' sizes."""
    images = sum(result.count for result, _ in results)
    loss = sum(result.loss * result.count for result, _ in results) / images
    close(loss, keras[0], TOLERANCE_64, f"{where}, mean loss")
    accuracy = sum(result.correct for result, _ in results) / images
    allowed = sum(unsure for _, unsure in results) / images + TOLERANCE_64
    assert abs(accuracy - keras[1]) <= allowed, f"{where}: accuracy {accuracy}, Keras {keras[1]}"


def _check_evaluation(case: Case, ours: ReferenceModel, oracle: KerasOracle) -> None:
    """Compare evaluation mode, ours in batches of which the last is smaller."""
    evaluation = ours.evaluate(case.examples, case.batch_size)
    loss, accuracy, outputs = oracle.evaluate(case.examples)
    close(evaluation.loss, loss, TOLERANCE_64, "evaluated loss")
    limit = 0.0 if case.loss.from_logits else 0.5  # of what the network gives
    decided = _decided(outputs, limit)
    unsure = 1 - decided.mean()
    assert abs(evaluation.accuracy - accuracy) <= unsure + TOLERANCE_64, "evaluated accuracy"
    images = case.examples.batch(slice(None), np.float64)
    close(ours.predict(images, case.batch_size), outputs, TOLERANCE_64, "prediction")
    same = evaluation.predictions.classes == (outputs.argmax(-1) if outputs.shape[-1] > 1 else outputs[:, 0] > limit)
    assert same[decided].all(), "predicted classes"
