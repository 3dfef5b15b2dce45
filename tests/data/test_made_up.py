"""The made-up data set."""

import numpy as np
import pytest

from cnnlab import data
from cnnlab.data import made_up
from cnnlab.errors import UsageError


def test_it_is_the_same_bits_everywhere() -> None:
    assert made_up.load().sums == made_up.SUMS


def test_its_shapes_and_types_are_those_of_a_data_set() -> None:
    split = data.load("made-up")
    assert split.train.images.shape == (320, 12, 12)
    assert split.test.images.shape == (80, 12, 12)
    assert split.train.images.dtype == split.train.labels.dtype == np.uint8
    assert split.train.divisor is None


def test_every_class_comes_equally_often_in_both_parts() -> None:
    split = made_up.load()
    assert np.bincount(split.train.labels).tolist() == [80] * 4
    assert np.bincount(split.test.labels).tolist() == [20] * 4
    assert len(split.class_names) == 4


def test_no_image_comes_twice() -> None:
    split = made_up.load()
    images = np.concatenate([split.train.images, split.test.images]).reshape(400, -1)
    assert len(np.unique(images, axis=0)) == 400


def test_a_longer_set_begins_with_the_shorter_one() -> None:
    assert np.array_equal(made_up.load(train=40).train.images, made_up.load().train.images[:40])


def test_another_seed_gives_other_images_of_the_same_kind() -> None:
    first, second = made_up.load(), made_up.load(seed=1)
    assert not np.array_equal(first.train.images, second.train.images)
    assert np.array_equal(first.train.labels, second.train.labels)


def test_strokes_are_brighter_than_all_noise_and_of_the_named_form() -> None:
    split = made_up.load()
    for image, label in zip(split.train.images, split.train.labels, strict=True):
        rows, columns = np.nonzero(image >= 120)
        height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert np.sort(image[image < 120])[-1] < 64
        assert _form(height, width, len(rows)) == split.class_names[label]


def _form(height: int, width: int, cells: int) -> str:
    if height == 1:
        return "horizontal stroke"
    if width == 1:
        return "vertical stroke"
    return "diagonal stroke" if cells == height == width else "ring"


def test_a_small_linear_network_on_stroke_features_learns_it() -> None:
    """Largest responses of a few 3x3 filters: what one convolution, ReLU and global pooling could see."""
    split = made_up.load()
    train, test = _responses(split.train.images), _responses(split.test.images)
    wanted = np.eye(4)[split.train.labels]
    weights, *_ = np.linalg.lstsq(train, wanted, rcond=None)
    assert ((test @ weights).argmax(1) == split.test.labels).mean() >= 0.95


def _responses(images: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(images / 255, (3, 3), axis=(1, 2))
    lines = np.stack([np.eye(3), np.eye(3)[::-1], np.outer([0, 1, 0], [1, 1, 1]), np.outer([1, 1, 1], [0, 1, 0])])
    found = np.einsum("nhwij,kij->nhwk", windows, lines * 1.5 - 0.5).max(axis=(1, 2))
    return np.column_stack([found, np.ones(len(images))])


def test_a_path_for_it_is_refused() -> None:
    with pytest.raises(UsageError, match=r"made-up: expected no path, since it is made on the spot, got some/folder\."):
        data.load("made-up", path="some/folder")
