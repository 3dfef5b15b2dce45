"""Layers without weights: slopes at their jumps, which word is whose, and noise that is the same bits everywhere."""

from dataclasses import fields
from math import prod

import numpy as np
import pytest
from keras_oracle import dropout_masks, real_keras
from scipy.special import ndtr

from cnnlab.arch import Layer, chain
from cnnlab.arch.layers import (
    Activation,
    Dense,
    Flatten,
    GaussianNoise,
    LeakyReLU,
    ReLU,
    Reshape,
    Softmax,
    SpatialDropout2D,
    ZeroPadding2D,
)
from cnnlab.arch.normal import normal_quantile, normals_at
from cnnlab.backends import ReferenceBackend
from cnnlab.backends.compiled import CompiledBackend
from cnnlab.randomness import Stream, stream_key, threefry2x32
from cnnlab.records import SGD, Examples, SparseCategoricalCrossentropy

BENDS = [
    ReLU(),
    ReLU(6.0),
    ReLU(2.0),
    ReLU(6.0, 0.5),
    ReLU(2.0, 0.5),
    ReLU(None, 0.5),
    ReLU(threshold=1.0),
    ReLU(3.0, 0.5, 1.0),
    ReLU(6.0, 0.0, 1.0),
    ReLU(1.0, 0.0, 2.0),
    ReLU(2.0, 0.0, 2.0),
    ReLU(0.0),
    LeakyReLU(0.5),
    LeakyReLU(0.0),
]
BACKENDS = {"reference": ReferenceBackend(np.float64), "compiled": CompiledBackend(np.float64)}


def slopes(layer: Layer, backend: str, at: np.ndarray) -> np.ndarray:
    """Return a layer's slopes at some numbers: they are the only weights of a first layer whose gradient shows them."""
    network = chain("kinks", [Dense(len(at), use_bias=False), layer, Dense(2, activation="softmax")], input_shape=(1,))
    weights = [at[None], np.stack([np.full(len(at), 1e-3), np.zeros(len(at))], axis=1), np.zeros(2)]
    examples = Examples(np.ones((1, 1)), np.array([1]))
    model = BACKENDS[backend].load(network, weights, loss=SparseCategoricalCrossentropy(), optimizer=SGD())
    share = BACKENDS["reference"].load(network, weights).predict(examples.images, 1)[0, 0]
    return np.asarray(model.gradients(examples, np.array([0]), 0)[1][0][0]) / (share * 1e-3)


@pytest.mark.keras
@pytest.mark.parametrize("layer", BENDS, ids=str)
def test_a_bend_has_keras_slopes_also_exactly_where_they_jump(layer: Layer) -> None:
    import jax

    at = np.array([*range(-8, 9), 0.5, 1.5, -0.25])
    arguments = {field.name: getattr(layer, field.name) for field in fields(layer)}
    arguments.pop("input_shape")
    keras = getattr(real_keras().layers, type(layer).__name__)(**arguments, dtype="float64")
    expected = jax.grad(lambda x: keras(x).sum())(at)
    assert expected.dtype == np.float64
    for backend in BACKENDS:
        assert np.allclose(slopes(layer, backend, at), expected, rtol=1e-9, atol=1e-12), backend


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_bend_keeps_infinities_and_nan_as_it_keeps_numbers(backend: str) -> None:
    x = np.array([[-np.inf, np.inf, np.nan, -2.0, 2.0]])
    for layer, expected in [
        (ReLU(), [0, np.inf, np.nan, 0, 2]),
        (ReLU(1.0), [0, 1, np.nan, 0, 1]),
        (ReLU(threshold=1.0), [0, np.inf, np.nan, 0, 2]),
        (LeakyReLU(0.5), [-np.inf, np.inf, np.nan, -1, 2]),
    ]:
        network = chain("bend", [layer], input_shape=(5,))
        assert np.array_equal(BACKENDS[backend].load(network, []).predict(x, 1)[0], expected, equal_nan=True), layer


def seen_in_training(layer: Layer, shape: tuple[int, ...], backend: str, rows: np.ndarray, epoch: int) -> np.ndarray:
    """Return what a layer makes of ones in training: the loss's gradient by the kernel of 1 x 1 behind it shows it.

    One image at a time, so that the gradient by that kernel is this image's alone.
    """
    network = chain("seen", [layer, Flatten(), Dense(1, use_bias=False), Dense(2)], input_shape=shape)
    size = prod(shape)
    weights = [np.zeros((size, 1)), np.array([[1.0, 0.0]]), np.zeros(2)]
    examples = Examples(np.ones((int(rows.max()) + 1, *shape)), np.zeros(int(rows.max()) + 1, int))
    loss = SparseCategoricalCrossentropy(from_logits=True)
    model = BACKENDS[backend].load(network, weights, loss=loss, optimizer=SGD(), seed=11)
    seen = [model.gradients(examples, np.array([row]), epoch)[1][0].ravel() / -0.5 for row in rows]
    return np.array(seen).reshape(len(rows), *shape)


def word(seed: int, position: int, epoch: int, image: int, element: int) -> int:
    """Return the word of one element, by its definition."""
    key = stream_key(seed, Stream.DROPOUT, position, epoch)
    pair = threefry2x32(key, (np.array([image], np.uint32), np.array([element // 2], np.uint32)))
    return int(pair[element % 2][0])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_channel_of_an_image_is_kept_or_dropped_as_a_whole_by_its_own_word(backend: str) -> None:
    rows, shape, rate = np.array([5, 0, 17]), (3, 2, 5), 0.4
    seen = seen_in_training(SpatialDropout2D(rate), shape, backend, rows, 2)
    for place, image in enumerate(rows):
        kept = [word(11, 1, 2, int(image), channel) >= round(rate * 2**32) for channel in range(5)]
        assert np.allclose(seen[place], np.broadcast_to(np.array(kept) / (1 - rate), shape)), f"image {image}"
    assert 0 < (seen == 0).mean() < 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_noise_of_a_value_is_the_normal_number_of_its_own_word(backend: str) -> None:
    rows, shape = np.array([5, 0, 17]), (2, 3, 5)
    seen = seen_in_training(GaussianNoise(0.25), shape, backend, rows, 3) - 1
    for place, image in enumerate(rows):
        words = np.array([word(11, 1, 3, int(image), element) for element in range(30)])
        expected = 0.25 * normal_quantile((words + 0.5) / 2**32).reshape(shape)
        assert np.allclose(seen[place], expected, rtol=1e-9, atol=1e-12), f"image {image}"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_noise_is_the_same_bits_in_numpy_and_in_compiled_code(dtype: type) -> None:
    """With a loss that ends in float64 sums nothing else rounds: a kernel of ones shows the noise itself."""
    network = chain("noise", [GaussianNoise(1.0), Flatten(), Dense(1, use_bias=False), Dense(2)], input_shape=(9, 8, 3))
    weights = [np.zeros((216, 1)), np.array([[1.0, 0.0]]), np.zeros(2)]
    examples = Examples(np.zeros((600, 9, 8, 3)), np.zeros(600, int))
    loss = SparseCategoricalCrossentropy(from_logits=True)
    model = CompiledBackend(dtype).load(network, weights, loss=loss, optimizer=SGD(), seed=5, threads=2)
    drawn = normals_at(stream_key(5, Stream.DROPOUT, 1, 0), np.arange(600), 216)
    assert np.abs(drawn).max() > 4.2  # both the middle and the tails are there
    for row in range(0, 600, 9):
        ours = model.gradients(examples, np.array([row]), 0)[1][0].ravel()
        assert np.array_equal(ours / dtype(-0.5), drawn[row].astype(dtype)), f"image {row}"


def test_the_noise_of_many_places_is_normal() -> None:
    drawn = np.sort(normals_at(stream_key(3, Stream.DROPOUT, 2, 1), np.arange(500), 400).ravel())
    # Kolmogorov and Smirnov: 1.63 is passed by one of a hundred
    assert np.abs(ndtr(drawn) - (np.arange(len(drawn)) + 0.5) / len(drawn)).max() * np.sqrt(len(drawn)) < 1.63
    assert abs(drawn.mean()) < 0.01
    assert abs(drawn.std() - 1) < 0.01


def test_masks_and_noise_are_others_in_another_epoch_layer_and_run() -> None:
    def drawn(seed: int, epoch: int, before: int) -> list[bytes]:
        layers = [*[Activation("linear")] * before, SpatialDropout2D(0.5), GaussianNoise(0.5)]
        network = chain("drawn", layers, input_shape=(2, 2, 64))
        return [array.tobytes() for array in dropout_masks(network, seed, epoch, np.arange(4))]

    found = [drawn(*place) for place in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))]
    for kind in range(2):
        assert len({one[kind] for one in found}) == 4
    own = chain("own", [SpatialDropout2D(0.5, seed=9)], input_shape=(2, 2, 64))
    assert np.array_equal(*(dropout_masks(own, seed, 0, np.arange(4))[0] for seed in (1, 2)))


@pytest.mark.parametrize("backend", BACKENDS)
def test_zeros_stand_on_the_sides_that_they_were_asked_for(backend: str) -> None:
    images = np.random.default_rng(1).normal(size=(20, 4, 3, 2))
    layer = ZeroPadding2D(((1, 2), (0, 3)))
    out = BACKENDS[backend].load(chain("zeros", [layer], input_shape=(4, 3, 2)), []).predict(images, 20)
    assert np.array_equal(out, np.pad(images, ((0, 0), (1, 2), (0, 3), (0, 0))))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("target", [(3, 4, 2), (-1,), (6, 4), (2, 3, 4), (1, 24, 1), (1, 1, -1)], ids=str)
def test_numbers_are_reshaped_in_the_order_of_numpy(backend: str, target: tuple[int, ...]) -> None:
    images = np.random.default_rng(1).normal(size=(20, 4, 3, 2))
    network = chain("reshaped", [Reshape(target)], input_shape=(4, 3, 2))
    out = BACKENDS[backend].load(network, []).predict(images, 20)
    assert np.array_equal(out, images.reshape(20, *network.output_shape))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_softmax_layer_at_the_end_is_the_activation_of_the_same_name(backend: str) -> None:
    numbers = np.random.default_rng(2)
    examples = Examples(numbers.normal(size=(20, 6)), numbers.integers(0, 3, 20))
    weights = [numbers.normal(size=(6, 3)), np.array([60.0, 0.0, -60.0])]  # probabilities would have lost their digits
    found = []
    for layer in (Softmax(), Activation("softmax")):
        network = chain("ends", [Dense(3), layer], input_shape=(6,))
        model = BACKENDS[backend].load(network, weights, loss=SparseCategoricalCrossentropy(), optimizer=SGD())
        found.append((model.gradients(examples, np.arange(20), 0), model.predict(examples.images, 20)))
    (one, ours), (other, theirs) = found
    assert one[0] == other[0] > 30
    assert all(np.array_equal(mine, its) for mine, its in zip(one[1], other[1], strict=True))
    assert np.array_equal(ours, theirs)
    assert np.allclose(ours.sum(axis=1), 1)
