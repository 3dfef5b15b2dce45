import hashlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.arch import chain
from cnnlab.arch.augmented import refuse_behind_weights
from cnnlab.arch.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    RandomFlip,
    RandomMap,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
    Rescaling,
)
from cnnlab.arch.trigonometry import sine_and_cosine
from cnnlab.errors import CnnlabError, NetworkError, NotSupportedError
from cnnlab.randomness import Stream, stream_key, uniforms_at


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=20))
def test_sine_and_cosine_are_right_to_fifteen_digits(turns: list[float]) -> None:
    at = np.array(turns)
    sine, cosine = sine_and_cosine(at)
    np.testing.assert_allclose(sine, np.sin(2 * np.pi * at), atol=5e-15)
    np.testing.assert_allclose(cosine, np.cos(2 * np.pi * at), atol=5e-15)


def test_sine_and_cosine_are_the_same_bits_everywhere_and_exact_at_quarters() -> None:
    sine, cosine = sine_and_cosine(np.arange(-1000, 1001) / 777)
    bits = hashlib.sha256(sine.tobytes() + cosine.tobytes()).hexdigest()
    assert bits == "ba8cb7fafbeafcf0721acee864aaba593c4589c0809ba19cb4a39725569fa619"
    sine, cosine = sine_and_cosine(np.arange(-8, 9) / 4)
    assert set(np.concatenate([sine, cosine])) == {-1.0, 0.0, 1.0}


@pytest.mark.parametrize(
    ("layer", "intervals"),
    [
        (RandomTranslation(0.2, (-0.1, 0.4)), [(-0.2, 0.2), (-0.1, 0.4)]),
        (RandomRotation((0.3, -0.1)), [(-0.1, 0.3)]),
        (RandomRotation(-0.25), [(-0.25, 0.25)]),
        (RandomZoom(0.3, (0.1, 0.5)), [(0.7, 1.3), (1.1, 1.5)]),
    ],
)
def test_random_values_are_uniform_in_the_stated_intervals(
    layer: RandomMap, intervals: list[tuple[float, float]]
) -> None:
    values = layer.values(uniforms_at(stream_key(5, Stream.AUGMENTATION, 1, 0), np.arange(20_000), layer.uniforms))
    for column, (least, most) in enumerate(intervals):
        assert values[:, column].min() > least
        assert values[:, column].max() < most
        # Kolmogorov and Smirnov: even numbers stay this close to the line with a chance of 99 %.
        line = least + (most - least) * np.arange(1, 20_001) / 20_000
        assert np.abs(np.sort(values[:, column]) - line).max() < 1.63 / np.sqrt(20_000) * (most - least)
    if layer.uniforms == 2:
        assert abs(np.corrcoef(values.T)[0, 1]) < 0.03


def test_a_zoom_without_a_width_factor_zooms_both_axes_alike_and_a_flip_comes_every_second_time() -> None:
    uniform = uniforms_at(stream_key(5, Stream.AUGMENTATION, 1, 0), np.arange(20_000), 2)
    zooms = RandomZoom(0.3).values(uniform)
    assert np.array_equal(zooms[:, 0], zooms[:, 1])
    flips = RandomFlip().values(uniform[:, :1])
    assert set(flips.ravel()) == {-1.0, 1.0}
    assert abs(flips.mean()) < 0.03


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: RandomTranslation(1.5, 0.1), "RandomTranslation: expected height_factor from -1 to 1, got 1.5"),
        (lambda: RandomTranslation(0.1, (0.1,)), "RandomTranslation: expected width_factor to be one or two numbers"),
        (lambda: RandomRotation("a"), "RandomRotation: expected factor to be a number, got 'a'"),
        (lambda: RandomZoom((-1, 0)), r"RandomZoom: expected height_factor above -1 and up to 1, got \(-1, 0\)"),
        (lambda: RandomZoom(0.1, fill_mode="mirror"), "RandomZoom: expected fill_mode to be one of constant, nearest"),
        (lambda: RandomRotation(0.1, interpolation="cubic"), "RandomRotation: expected interpolation to be one of bil"),
        (lambda: RandomFlip("sideways"), "RandomFlip: expected mode to be one of horizontal, vertical, horizontal_and"),
        (lambda: RandomFlip(seed=-1), "RandomFlip seed: expected a whole number from 0"),
        (lambda: RandomFlip(bounding_box_format="xyxy"), "RandomFlip: expected bounding_box_format=None, the only"),
        (lambda: chain("n", [RandomFlip()], input_shape=(4,)), r"n, layer 1 'random_flip' \(RandomFlip\): expected an"),
    ],
)
def test_what_cannot_be_is_refused_by_name(build: Callable[[], object], message: str) -> None:
    with pytest.raises(CnnlabError, match=message):
        build()


def test_a_pair_is_taken_in_either_order_and_a_single_number_goes_to_both_sides() -> None:
    half = np.array([[0.5, 0.5]])
    np.testing.assert_allclose(RandomTranslation((0.4, 0.2), -0.3).values(half), [[0.3, 0.0]], atol=1e-15)


@pytest.mark.parametrize("front", [[], [Rescaling(1 / 255)]])
def test_augmentation_may_stand_before_the_first_weights_only(front: list[Rescaling]) -> None:
    end = [Flatten(), Dense(3)]
    refuse_behind_weights(chain("well", [*front, RandomFlip(), RandomZoom(0.1), *end], input_shape=(4, 4, 1)))
    for weights in (Conv2D(2, 1), BatchNormalization()):
        network = chain("odd", [*front, weights, RandomFlip(), *end], input_shape=(4, 4, 1))
        with pytest.raises(
            NotSupportedError, match=r"odd: expected augmentation layers before .* got random_flip behin"
        ):
            refuse_behind_weights(network)


def test_an_image_keeps_its_shape() -> None:
    for layer in (RandomTranslation(0.1, 0.1), RandomRotation(0.1), RandomZoom(0.1), RandomFlip()):
        assert layer.output_shape((5, 7, 3)) == (5, 7, 3)
        with pytest.raises(NetworkError, match="expected an input of height, width and channels"):
            layer.output_shape((5,))
