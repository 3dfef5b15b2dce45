"""Cross-entropy where the numbers are extreme: against TensorFlow's values, and against the formula."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.backends.reference import losses
from cnnlab.records import CategoricalCrossentropy, SparseCategoricalCrossentropy

GOLDEN = Path(__file__).parent / "tensorflow_losses.json"
HOW = "make it with KERAS_BACKEND=tensorflow python tools/write_tensorflow_losses.py, which says what it needs"


def golden_cases() -> list[dict]:
    assert GOLDEN.exists(), f"{GOLDEN.name} is missing: {HOW}"
    return json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", golden_cases(), ids=lambda case: f"{case['kind']} {case['gap']} {case['true_class']}")
def test_gaps_of_any_size_give_tensorflows_loss_and_gradient(case: dict) -> None:
    logits = np.array([[case["gap"], 0, 0]], np.float32)
    label = np.array([case["true_class"]])
    loss = CategoricalCrossentropy() if case["kind"] == "categorical" else SparseCategoricalCrossentropy()
    labels = np.eye(3)[label] if case["kind"] == "categorical" else label
    value, gradient = losses.from_logits(logits, losses.targets_of(loss, labels, 3, np.float32))
    np.testing.assert_allclose(value[0], case["loss"], rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(gradient[0], case["gradient"], rtol=2e-6, atol=1e-7)


def test_the_golden_file_holds_gaps_beyond_what_clipping_would_show() -> None:
    worst = max(case["loss"] for case in golden_cases())
    assert worst == pytest.approx(100, rel=1e-6)
    assert -np.log(1e-7) < 17 < worst


@given(st.lists(st.floats(-300, 300), min_size=2, max_size=5), st.integers(0, 1), st.floats(-1e4, 1e4))
def test_moving_all_logits_alike_changes_nothing(logits: list[float], label: int, shift: float) -> None:
    targets = np.eye(len(logits))[[label]]
    one, other = (losses.from_logits(np.array([logits]) + move, targets) for move in (0.0, shift))
    np.testing.assert_allclose(one[0], other[0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one[1], other[1], rtol=1e-9, atol=1e-9)


def test_probabilities_are_normalised_and_clipped() -> None:
    outputs = np.array([[2.0, 2.0, 0.0], [0.0, 0.0, 3.0]])
    targets = np.eye(3)[[2, 2]]
    values, gradient = losses.from_probabilities(outputs, targets)
    np.testing.assert_allclose(values, [-np.log(1e-7), -np.log(1 - 1e-7)])
    assert not gradient.any(), "what is clipped does not move"


def test_label_smoothing_spreads_a_share_over_all_classes() -> None:
    smoothed = losses.targets_of(CategoricalCrossentropy(label_smoothing=0.3), np.array([1]), 3, np.float64)
    np.testing.assert_allclose(smoothed, [[0.1, 0.8, 0.1]])


def test_the_class_of_soft_labels_is_the_first_of_the_largest() -> None:
    assert list(losses.class_numbers(np.array([[0.2, 0.4, 0.4], [0.5, 0.5, 0.0]]))) == [1, 0]
    assert list(losses.class_numbers(np.array([3, 1]))) == [3, 1]
