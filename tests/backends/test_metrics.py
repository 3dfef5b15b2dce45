"""Metrics: the same counts in every backend, entry by entry, on any number of threads, and nothing else changed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import OF_NUMBERS, OF_ROWS, by_hand, drawn, identity

from cnnlab.arch import chain, initial_weights
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten
from cnnlab.backends import Model, ReferenceBackend
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.backends.reference.counting import counts_of
from cnnlab.compiler import compile_program
from cnnlab.compiler.target import Target, host_target
from cnnlab.errors import CnnlabError, UsageError
from cnnlab.records import (
    SGD,
    Adam,
    BinaryAccuracy,
    CategoricalCrossentropy,
    Counted,
    Examples,
    Loss,
    Precision,
    Recall,
    SparseCategoricalCrossentropy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from cnnlab.records.metrics import added, share_of, unique_names

FORMS = ("one-hot", "soft", "numbers")
LOSSES: dict[str, Loss] = {
    "one-hot": CategoricalCrossentropy(from_logits=True, label_smoothing=0.25),
    "soft": CategoricalCrossentropy(from_logits=True, label_smoothing=0.25),
    "numbers": SparseCategoricalCrossentropy(from_logits=True),
}
NET = chain(
    "small",
    [
        Conv2D(3, 3, activation="relu"),
        BatchNormalization(momentum=0.8),
        Dropout(0.3),
        Flatten(),
        Dense(5, activation="softmax"),
    ],
    input_shape=(6, 6, 1),
)
IMAGES = 70  # of 16 in a tile and 23 in a batch


@given(seed=st.integers(0, 10**6), images=st.integers(1, 40), classes=st.integers(3, 6), form=st.sampled_from(FORMS))
@settings(deadline=None, max_examples=40)
def test_the_reference_counts_what_counting_entry_by_entry_does(
    seed: int, images: int, classes: int, form: str
) -> None:
    said = drawn(seed, images, classes, form=form)
    for metric in said.metrics:
        assert counts_of(metric, said.outputs, said.labels) == by_hand(metric, said), metric


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_tile_counts_the_same_ties_and_thresholds(form: str, dtype: str) -> None:
    said = drawn(5, 53, 4, form=form)
    network, weights = identity(4)
    expected = tuple(by_hand(metric, said) for metric in said.metrics)
    examples = Examples(said.outputs, said.labels)
    for backend in (CompiledBackend(dtype), ReferenceBackend(dtype)):
        model = backend.load(network, weights, loss=LOSSES[form], optimizer=SGD(0.0), metrics=said.metrics, threads=2)
        assert model.evaluate(examples, 20).counts == expected
        assert model.train_step(examples, np.arange(53), 0).counts == expected


def test_an_output_that_is_no_number_is_the_smallest_and_says_no() -> None:
    said = drawn(9, 33, 4)
    said.outputs[::3, 1] = np.nan
    said.outputs[1::3] = np.nan
    network, weights = identity(4)
    for metric in said.metrics:
        assert counts_of(metric, said.outputs, said.labels) == by_hand(metric, said), metric
    # Through a layer an image's other outputs are NaN as well, as 0 times NaN is.
    said.outputs[:, :] = np.where(np.isnan(said.outputs).any(axis=1, keepdims=True), np.nan, said.outputs)
    model = CompiledBackend().load(network, weights, loss=LOSSES["one-hot"], metrics=said.metrics)
    counts = model.evaluate(Examples(said.outputs, said.labels), 33).counts
    assert counts == tuple(by_hand(metric, said) for metric in said.metrics)


def small_examples(form: str) -> Examples:
    numbers = np.random.default_rng(2)
    images = numbers.random((IMAGES, 6, 6, 1), np.float32)
    return Examples(images, drawn(3, IMAGES, 5, form=form).labels)


def trained(model: Model, examples: Examples) -> list[Any]:
    """Train three epochs in batches of 23, and return all counts, also of evaluation."""
    found: list[Any] = []
    for epoch in range(3):
        order = np.random.default_rng(epoch).permutation(IMAGES)
        found += [model.train_step(examples, order[start : start + 23], epoch).counts for start in range(0, IMAGES, 23)]
        found.append(model.evaluate(examples, 32).counts)
    return found


@pytest.mark.parametrize("form", FORMS)
def test_compiled_trainings_count_what_the_reference_counts(form: str) -> None:
    examples = small_examples(form)
    loss = SparseCategoricalCrossentropy() if form == "numbers" else CategoricalCrossentropy(label_smoothing=0.1)
    metrics = OF_NUMBERS if form == "numbers" else OF_ROWS
    counts = [
        trained(
            backend.load(
                NET, initial_weights(NET, 1), loss=loss, optimizer=Adam(0.02), metrics=metrics, seed=4, threads=2
            ),
            examples,
        )
        for backend in (ReferenceBackend(np.float64), CompiledBackend(np.float64))
    ]
    assert counts[0] == counts[1]
    assert len({step for step in counts[0] if step}) > 3


def targets() -> list[Target]:
    found = []
    for isa in ("avx2", "avx512"):
        try:
            found.append(host_target(isa))
        except CnnlabError:
            continue
    return found or [host_target()]


@pytest.fixture(scope="module")
def alone() -> tuple[list[Any], list[bytes]]:
    """Return counts and weights of a training on one thread."""
    return counted_bits(targets()[0], 1, OF_ROWS)


def counted_bits(target: Target, threads: int, metrics: tuple[Counted, ...]) -> tuple[list[Any], list[bytes]]:
    model = CompiledBackend(target=target).load(
        NET,
        initial_weights(NET, 1),
        loss=CategoricalCrossentropy(),
        optimizer=Adam(0.02),
        metrics=metrics,
        seed=4,
        threads=threads,
    )
    counts = trained(model, small_examples("soft"))
    return counts, [weight.tobytes() for weight in model.get_weights()]


@pytest.mark.parametrize("target", targets(), ids=lambda target: target.isa)
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_counts_and_weights_are_the_same_bits_on_any_threads_and_instructions(
    target: Target, threads: int, alone: tuple[list[Any], list[bytes]]
) -> None:
    assert counted_bits(target, threads, OF_ROWS) == alone


def test_steps_made_at_once_count_each_what_they_count_alone() -> None:
    examples, order = small_examples("soft"), np.random.default_rng(0).permutation(IMAGES)
    together, one_by_one = (
        CompiledBackend().load(
            NET, initial_weights(NET, 1), loss=CategoricalCrossentropy(), optimizer=Adam(0.02), metrics=OF_ROWS
        )
        for _ in range(2)
    )
    found = [result.counts for result in together._train(examples, order, 23, 0)]
    alone = [one_by_one.train_step(examples, order[start : start + 23], 0).counts for start in range(0, IMAGES, 23)]
    assert found == alone
    assert len(set(found)) == len(found)


def test_metrics_change_no_weight(alone: tuple[list[Any], list[bytes]]) -> None:
    without = counted_bits(targets()[0], 2, ())
    assert without[1] == alone[1]
    assert set(without[0]) == {()}


def test_a_program_without_metrics_has_no_trace_of_them_and_one_with_them_is_another() -> None:
    loss, adam = CategoricalCrossentropy(), Adam()
    plain, counting = (compile_program(NET, loss, adam, metrics=metrics) for metrics in ((), OF_ROWS))
    names = [{function.name for function in program.module.functions} for program in (plain, counting)]
    assert names[1] - names[0] == {"metrics", "sum_counts"}
    assert plain.plan.scratch_bytes == compile_program(NET, loss, adam).plan.scratch_bytes
    assert plain.key != counting.key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (TopKCategoricalAccuracy(k=2), TopKCategoricalAccuracy(k=3), False),
        (TopKCategoricalAccuracy(k=2), TopKCategoricalAccuracy(k=2, name="mine"), True),
        (Precision(thresholds=0.3), Precision(thresholds=0.4), False),
        (Precision(class_id=1), Precision(class_id=2), False),
        (Precision(), Recall(), False),
        (BinaryAccuracy(threshold=0.3), BinaryAccuracy(threshold=0.4), False),
    ],
)
def test_the_key_of_an_object_has_all_of_a_metric_but_its_name(one: Counted, other: Counted, same: bool) -> None:
    keys = [compile_program(NET, CategoricalCrossentropy(), metrics=[metric]).key for metric in (one, other)]
    assert (keys[0] == keys[1]) is same


def test_a_metric_of_nothing_is_0_and_counts_add_up() -> None:
    assert [share_of(counts) for counts in ((0, 0), (0, 3), (3, 0), (1, 3))] == [0.0, 0.0, 1.0, 0.25]
    assert added((), [(1, 2), (0, 0)]) == ((1, 2), (0, 0))
    assert unique_names(["a", "b", "a", "a"]) == ["a", "b", "a_1", "a_2"]


@pytest.mark.parametrize("backend", [ReferenceBackend(), CompiledBackend()], ids=["numpy", "compiled"])
@pytest.mark.parametrize(
    ("metric", "loss", "message"),
    [
        (Precision(class_id=5), CategoricalCrossentropy(), "small, Precision, class_id: expected a class from 0 to 4"),
        (Precision(), SparseCategoricalCrossentropy(), r"got Precision, which reads one-hot labels. Use y = to_cat"),
        (BinaryAccuracy(), SparseCategoricalCrossentropy(), "got BinaryAccuracy, which reads one-hot labels"),
        (TopKCategoricalAccuracy(), SparseCategoricalCrossentropy(), "Write SparseTopKCategoricalAccuracy"),
        (SparseTopKCategoricalAccuracy(), CategoricalCrossentropy(), "Write TopKCategoricalAccuracy"),
        (Recall(), None, "small: expected a loss beside Recall, got none"),
    ],
)
def test_a_metric_that_would_count_nonsense_is_refused(
    backend: Any,  # noqa: ANN401 - either
    metric: Counted,
    loss: Loss | None,
    message: str,
) -> None:
    with pytest.raises(UsageError, match=message):
        backend.load(NET, initial_weights(NET, 1), loss=loss, metrics=[metric])


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        (TopKCategoricalAccuracy, {"k": 0}, "metric TopKCategoricalAccuracy, k: expected a whole number of at least 1"),
        (TopKCategoricalAccuracy, {"k": 1.5}, "k: expected a whole number"),
        (Precision, {"thresholds": 1.5}, "metric Precision, thresholds: expected a number from 0 to 1, got 1.5"),
        (Recall, {"class_id": -1}, "metric Recall, class_id: expected a whole number that is not negative"),
        (BinaryAccuracy, {"threshold": float("nan")}, "metric BinaryAccuracy, threshold: expected a number"),
        (Recall, {"name": ""}, "metric Recall, name: expected a text"),
    ],
)
def test_an_argument_that_cannot_be_is_refused_by_name(kind: type[Any], arguments: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(UsageError, match=message):
        kind(**arguments)


def test_a_metric_of_another_name_counts_the_same() -> None:
    said = drawn(1)
    for metric in said.metrics:
        assert counts_of(replace(metric, name="mine"), said.outputs, said.labels) == by_hand(metric, said)
