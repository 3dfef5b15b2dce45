"""Images and labels in every form that users have them: what means the same trains to the same bits."""
# ruff: noqa: ANN401 - either backend, either model

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab.arch import Network, chain
from cnnlab.arch.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Rescaling
from cnnlab.backends import Evaluation, ReferenceBackend
from cnnlab.backends.compiled import CompiledBackend, CompiledModel
from cnnlab.backends.compiled.examples import pixels_of
from cnnlab.compiler.frame import ImageKind
from cnnlab.records import Adam, CategoricalCrossentropy, Examples, Loss, SparseCategoricalCrossentropy

COUNT, SHAPE, CLASSES = 70, (7, 9, 3), 5
NUMBERS = np.random.default_rng(4)
BYTES = NUMBERS.integers(0, 256, (COUNT, *SHAPE), dtype=np.uint8)
CLASS_NUMBERS = NUMBERS.integers(0, CLASSES, COUNT)
ONE_HOT = np.eye(CLASSES)[CLASS_NUMBERS]
SOFT = NUMBERS.dirichlet(np.ones(CLASSES), COUNT)


def network() -> Network:
    layers = [
        Conv2D(6, 3, activation="relu", input_shape=SHAPE),
        MaxPooling2D(),
        Dropout(0.3),
        Flatten(),
        Dense(CLASSES, activation="softmax"),
    ]
    return chain("small", layers)


NETWORK = network()
WEIGHTS = [np.random.default_rng(6).normal(0, 0.2, weight.parameter.shape) for weight in NETWORK.weights]


def trained(examples: Examples, dtype: type = np.float32, loss: Loss | None = None, steps: int = 6) -> CompiledModel:
    model = loaded(CompiledBackend(dtype), loss)
    for step in range(steps):
        model.train_step(examples, np.arange(step % 3, COUNT, 2), step)
    return model


def loaded(backend: Any, loss: Loss | None = None) -> Any:
    loss = loss or SparseCategoricalCrossentropy()
    return backend.load(NETWORK, WEIGHTS, loss=loss, optimizer=Adam(0.01), seed=5, threads=2)


def same_bits(ours: CompiledModel, others: CompiledModel) -> bool:
    pairs = zip(ours.get_weights(), others.get_weights(), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


def close_to_the_reference(examples: Examples, loss: Loss | None = None, steps: int = 3) -> None:
    """Compare in float64 with the reference, which takes whatever NumPy takes."""
    ours, reference = trained(examples, np.float64, loss, steps), loaded(ReferenceBackend(np.float64), loss)
    for step in range(steps):
        reference.train_step(examples, np.arange(step % 3, COUNT, 2), step)
    for one, other in zip(ours.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-10)
    mine: Evaluation = ours.evaluate(examples, 32)
    theirs: Evaluation = reference.evaluate(examples, 32)
    assert mine.loss == pytest.approx(theirs.loss, rel=1e-10)
    assert mine.accuracy == theirs.accuracy
    assert np.array_equal(mine.predictions.classes, theirs.predictions.classes)


SCALED = Examples(BYTES, CLASS_NUMBERS, divisor=255.0)
DIVIDED = BYTES.astype(np.float32) / np.float32(255)


def mapped(folder: Path) -> np.ndarray:
    """Return the bytes as they lie in a file, behind a head of odd length."""
    path = folder / "images"
    path.write_bytes(b"a head" + b"x" * 11 + BYTES.tobytes())
    return np.memmap(path, np.uint8, mode="r", offset=17, shape=BYTES.shape)


def strided() -> np.ndarray:
    """Return the bytes as every second image of a larger array."""
    larger = np.zeros((2 * COUNT, *SHAPE), np.uint8)
    larger[::2] = BYTES
    return larger[::2]


def test_bytes_mapped_from_a_file_train_as_bytes_in_memory(tmp_path: Path) -> None:
    assert same_bits(trained(Examples(mapped(tmp_path), CLASS_NUMBERS, 255.0)), trained(SCALED))


def test_bytes_stay_where_they_are(tmp_path: Path) -> None:
    images = mapped(tmp_path)
    assert np.shares_memory(pixels_of(images, 255.0, np.dtype(np.float32)).array, images)
    assert np.shares_memory(pixels_of(BYTES, None, np.dtype(np.float32)).array, BYTES)


FORMS: dict[str, tuple[np.ndarray, float | None]] = {
    "floats of a byte over 255": (DIVIDED, None),
    "the same in 64 bits": (DIVIDED.astype(np.float64), None),
    "the same, turned in memory": (np.asfortranarray(DIVIDED), None),
    "bytes turned in memory": (np.asfortranarray(BYTES), 255.0),
    "every second image": (strided(), 255.0),
    "channels that were first": (np.moveaxis(np.moveaxis(BYTES, -1, 1).copy(), 1, -1), 255.0),
    "whole numbers with a divisor": (BYTES.astype(np.int32), 255.0),
    "floats with a divisor": (BYTES.astype(np.float32), 255.0),
    "bytes of the other end": (DIVIDED.astype(">f4"), None),
    "a read-only view": (np.broadcast_to(DIVIDED, (1, *DIVIDED.shape))[0], None),
}


@pytest.mark.parametrize(("images", "divisor"), FORMS.values(), ids=FORMS)
def test_images_that_are_the_same_numbers_train_to_the_same_bits(images: np.ndarray, divisor: float | None) -> None:
    given = Examples(images, CLASS_NUMBERS, divisor)
    assert same_bits(trained(given), trained(SCALED))
    evaluations = trained(given).evaluate(given, 16), trained(SCALED).evaluate(SCALED, 16)
    assert evaluations[0].loss == evaluations[1].loss


def test_floats_of_bytes_become_bytes_again_and_others_do_not() -> None:
    def kind(images: np.ndarray) -> ImageKind:
        return pixels_of(images, None, np.dtype(np.float32)).kind

    assert kind(DIVIDED) == ImageKind.SCALED_BYTES
    other = DIVIDED.copy()
    other[-1, 0, 0, 0] = np.nextafter(other[-1, 0, 0, 0], np.float32(2))
    for images in (other, -DIVIDED, DIVIDED * 2, np.full_like(DIVIDED, np.nan), np.full_like(DIVIDED, np.inf)):
        assert kind(images) == ImageKind.FLOATS
    every = np.arange(256, dtype=np.float32) / np.float32(255)
    assert np.array_equal(pixels_of(every, None, np.dtype(np.float32)).array, np.arange(256))


OTHERS: dict[str, Examples] = {
    "floats that are no bytes": Examples(NUMBERS.normal(0, 1, BYTES.shape).astype(np.float32), CLASS_NUMBERS),
    "floats of 64 bits": Examples(NUMBERS.normal(0, 1, BYTES.shape), CLASS_NUMBERS),
    "floats of 16 bits": Examples(NUMBERS.normal(0, 1, BYTES.shape).astype(np.float16), CLASS_NUMBERS),
    "turned floats": Examples(np.asfortranarray(NUMBERS.normal(0, 1, BYTES.shape)), CLASS_NUMBERS),
    "bytes of another divisor": Examples(BYTES, CLASS_NUMBERS, 127.5),
    "floats with a divisor that is no power of two": Examples(BYTES + np.float32(0.25), CLASS_NUMBERS, 3.0),
    "black and white bytes that nobody divides": Examples(BYTES & 1, CLASS_NUMBERS),
    "whole numbers that nobody divides": Examples((BYTES & 1).astype(np.int64), CLASS_NUMBERS),
    "bits": Examples(BYTES > 127, CLASS_NUMBERS),
}


@pytest.mark.parametrize("examples", OTHERS.values(), ids=OTHERS)
def test_images_of_any_kind_train_as_in_the_reference(examples: Examples) -> None:
    close_to_the_reference(examples)


def test_a_rescaling_layer_takes_raw_bytes() -> None:
    layers = [Rescaling(1 / 255, -0.5, input_shape=SHAPE), *(node.layer for node in NETWORK.nodes[1:])]
    raw = Examples(BYTES, CLASS_NUMBERS)
    arguments = {"loss": SparseCategoricalCrossentropy(), "optimizer": Adam(), "seed": 5, "threads": 2}
    models = [
        backend.load(chain("raw", layers), WEIGHTS, **arguments)
        for backend in (CompiledBackend(np.float64), ReferenceBackend(np.float64))
    ]
    losses = [model.train_step(raw, np.arange(COUNT), 0).loss for model in models]
    assert losses[0] == pytest.approx(losses[1], rel=1e-10)


LABELS: dict[str, tuple[np.ndarray, Loss]] = {
    "class numbers": (CLASS_NUMBERS, SparseCategoricalCrossentropy()),
    "class numbers in a byte": (CLASS_NUMBERS.astype(np.uint8), SparseCategoricalCrossentropy()),
    "one-hot": (ONE_HOT, CategoricalCrossentropy()),
    "one-hot in 32 bits": (ONE_HOT.astype(np.float32), CategoricalCrossentropy()),
    "one-hot, turned in memory": (np.asfortranarray(ONE_HOT), CategoricalCrossentropy()),
    "one-hot and smoothed": (ONE_HOT, CategoricalCrossentropy(label_smoothing=0.1)),
    "probabilities": (SOFT, CategoricalCrossentropy()),
    "probabilities, turned in memory": (np.asfortranarray(SOFT), CategoricalCrossentropy()),
    "probabilities, smoothed": (SOFT, CategoricalCrossentropy(label_smoothing=0.2)),
    "probabilities of one class among rows of none": (np.where(SOFT > 0.5, 1.0, 0.0), CategoricalCrossentropy()),
}


@pytest.mark.parametrize(("labels", "loss"), LABELS.values(), ids=LABELS)
def test_labels_of_any_form_train_as_in_the_reference(labels: np.ndarray, loss: Loss) -> None:
    close_to_the_reference(Examples(BYTES, labels, 255.0), loss)


def test_one_hot_labels_and_class_numbers_train_to_the_same_bits() -> None:
    one_hot = trained(Examples(BYTES, ONE_HOT, 255.0), loss=CategoricalCrossentropy())
    assert same_bits(one_hot, trained(SCALED))


def test_images_and_labels_that_change_in_place_between_two_calls_are_seen_anew() -> None:
    images, labels = DIVIDED.copy(), CLASS_NUMBERS.copy()
    model = trained(Examples(images, labels))
    first = model.evaluate(Examples(images, labels), 16)
    images[:] = images[::-1].copy()
    turned = model.evaluate(Examples(images, labels), 16)
    assert np.array_equal(turned.predictions.classes, first.predictions.classes[::-1])
    labels[:] = labels[::-1].copy()
    assert model.evaluate(Examples(images, labels), 16).accuracy == pytest.approx(first.accuracy)


def test_predictions_take_bytes_as_numbers_and_floats_of_any_kind() -> None:
    model, reference = loaded(CompiledBackend(np.float64)), loaded(ReferenceBackend(np.float64))
    bits = BYTES & 1
    for images in (bits, bits.astype(np.float32), bits.astype(np.float64), bits.astype(np.int64), strided()[:9] & 1):
        np.testing.assert_allclose(model.predict(images, 8), reference.predict(images, 8), rtol=0, atol=1e-12)
    assert model.predict(bits[:0], 8).shape == (0, CLASSES)
