"""Our counts beside Keras' own metric objects: on ties, on thresholds, and over the steps of a training."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from keras_oracle import real_keras
from metric_cases import OF_NUMBERS, OF_ROWS, drawn

from cnnlab.arch import chain, initial_weights
from cnnlab.arch.layers import Conv2D, Dense, Flatten
from cnnlab.backends import ReferenceBackend, StepResult
from cnnlab.backends.keras import KerasBackend
from cnnlab.backends.reference.counting import counts_of
from cnnlab.records import Adam, CategoricalCrossentropy, Counted, Examples, Loss, SparseCategoricalCrossentropy
from cnnlab.records.metrics import added, share_of

pytestmark = [
    pytest.mark.keras,
    # Keras' own variables under JAX do not know NumPy 2's copy=.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
]
FORMS = ("one-hot", "soft", "numbers")
NETS = {
    ending: chain(
        "small",
        [Conv2D(3, 3, activation="relu"), Flatten(), Dense(5, activation=ending)],
        input_shape=(6, 6, 1),
    )
    for ending in ("softmax", "linear")
}


def of_keras(metric: Counted) -> Any:  # noqa: ANN401 - Keras' metric
    return getattr(real_keras().metrics, type(metric).__name__)(**asdict(metric))


@pytest.mark.parametrize("form", FORMS)
def test_an_epoch_says_what_keras_metric_objects_say_of_it(form: str) -> None:
    batches = [drawn(seed, 17, 4, form=form) for seed in range(3)]
    batches[1].outputs[::4, 2] = np.nan
    for metric in batches[0].metrics:
        theirs, counts = of_keras(metric), ()
        for said in batches:
            theirs.update_state(said.labels, said.outputs)
            counts = added(counts, [counts_of(metric, said.outputs, said.labels)])
            assert abs(share_of(counts[0]) - float(theirs.result())) < 1e-6, metric
    assert share_of(counts[0]) not in {0.0, 1.0}


def test_what_ties_with_the_kth_is_in_and_a_k_beyond_the_classes_takes_all() -> None:
    outputs, labels = np.array([[0.5, 0.5, 0.5, 0.1]], np.float32), np.eye(4, dtype=np.float32)
    said = []
    for k in (1, 3, 4, 9):
        (metric,) = [type(OF_ROWS[0])(k=k)]
        for label in labels:
            theirs = of_keras(metric)
            theirs.update_state(label[None], outputs)
            assert float(theirs.result()) == share_of(counts_of(metric, outputs, label[None]))
            said.append(float(theirs.result()))
    assert said == [1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(("form", "ending"), [("soft", "softmax"), ("numbers", "linear")])
def test_keras_as_a_backend_counts_what_the_reference_counts(form: str, ending: str) -> None:
    numbers = np.random.default_rng(4)
    images = numbers.random((32, 6, 6, 1), np.float32)
    examples = Examples(images, drawn(3, 32, 5, form=form).labels)
    metrics, logits = (OF_NUMBERS if form == "numbers" else OF_ROWS), ending == "linear"
    loss: Loss = CategoricalCrossentropy(from_logits=logits, label_smoothing=0.1)
    if form == "numbers":
        loss = SparseCategoricalCrossentropy(from_logits=logits)
    counts: list[list[object]] = []
    for backend in (ReferenceBackend(), KerasBackend()):
        model = backend.load(
            NETS[ending], initial_weights(NETS[ending], 1), loss=loss, optimizer=Adam(0.02), metrics=metrics
        )
        steps: list[StepResult] = [model.train_step(examples, np.arange(start, start + 16), 0) for start in (0, 16)]
        counts.append([*(step.counts for step in steps), model.evaluate(examples, 16).counts])
    assert counts[0] == counts[1]
