"""Each finding of the check before training has its own message with the fix."""

import numpy as np
import numpy.typing as npt
import pytest

from cnnlab.arch import Network, chain
from cnnlab.arch.layers import Conv2D, Dense, Flatten, Input, RandomFlip, Rescaling
from cnnlab.errors import DataError, NetworkError, NotSupportedError
from cnnlab.records import BinaryCrossentropy, CategoricalCrossentropy, Examples, Loss, SparseCategoricalCrossentropy
from cnnlab.training import Prepared, prepare

CLASSES = 3
SPARSE = SparseCategoricalCrossentropy()
ONE_HOT = CategoricalCrossentropy()


def network(shape: tuple[int, ...] = (4, 4, 1), **kwargs: str) -> Network:
    return chain("tiny", [Input(shape), Conv2D(2, 2, **kwargs), Flatten(), Dense(CLASSES)])  # type: ignore[arg-type]


def pixels(*shape: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(1).random(shape or (6, 4, 4, 1)).astype(np.float32)


def numbers(count: int = 6) -> npt.NDArray[np.int64]:
    return np.arange(count) % CLASSES


def check(
    images: npt.NDArray[np.generic],
    labels: npt.NDArray[np.generic],
    loss: Loss = SPARSE,
    net: Network | None = None,
    divisor: float | None = None,
) -> Prepared:
    return prepare(net or network(), loss, Examples(images, labels, divisor))


def test_sound_data_pass_without_a_word_and_unchanged() -> None:
    images, labels = pixels(), numbers()
    prepared = check(images, labels)
    assert prepared.notices == ()
    assert prepared.train.images is images
    assert prepared.train.labels is labels


@pytest.mark.parametrize(
    ("images", "labels", "loss", "message"),
    [
        (pixels(0, 4, 4, 1), numbers(0), SPARSE, r"training images: expected at least one image, got none"),
        (pixels(), numbers(5), SPARSE, r"training labels: expected 6 labels, one for each image, got 5"),
        (pixels(), numbers() + 1, SPARSE, r"expected class numbers from 0 to 2 for 3 outputs, got 3.*4 units"),
        (pixels(), numbers() - 1, SPARSE, r"expected class numbers from 0 to 2 for 3 outputs, got -1.*from 0"),
        (pixels(), numbers().astype(float), SPARSE, r"class numbers as integers, got dtype float64.*astype\('int64'\)"),
        (pixels(), np.array(list("abcabc")), SPARSE, r"expected labels as numbers, got dtype <U1.*numpy\.unique"),
        (
            pixels(),
            np.eye(3)[numbers()],
            SPARSE,
            r"class numbers of shape \(n,\).*got an array of shape \(6, 3\).*argmax",
        ),
        (pixels(), numbers(), ONE_HOT, r"one-hot labels of shape \(n, 3\).*got class numbers.*to_categorical\(y, 3\)"),
        (pixels(), np.eye(4)[numbers()], ONE_HOT, r"labels of shape \(n, 3\), got shape \(6, 4\)"),
        (pixels(), np.zeros((6, 3)), ONE_HOT, r"each row to be probabilities that sum to 1, got row 0"),
        (pixels(), np.full((6, 3), np.nan), ONE_HOT, r"each row to be probabilities that sum to 1, got row 0"),
        (np.array(["a"] * 6), numbers(), SPARSE, r"expected pixels as numbers, got dtype <U1.*astype\('float32'\)"),
        (pixels(6, 5, 4, 1), numbers(), SPARSE, r"images of shape \(n, 4, 4, 1\) for tiny, got shape \(6, 5, 4, 1\)"),
        (pixels(6, 16), numbers(), SPARSE, r"got shape \(6, 16\).*x\.reshape\(\(-1, 4, 4, 1\)\) has the same pixels"),
        (pixels(6, 1, 4, 4), numbers(), SPARSE, r"got shape \(6, 1, 4, 4\).*Move the channel axis"),
    ],
)
def test_unsound_data_are_refused_with_the_fix(
    images: npt.NDArray[np.generic], labels: npt.NDArray[np.generic], loss: Loss, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        check(images, labels, loss)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_pixel_that_is_not_finite_is_refused_and_its_image_named(bad: float) -> None:
    images = pixels(5000, 4, 4, 1)
    images[4321, 1, 2, 0] = bad
    with pytest.raises(DataError, match=r"expected finite pixels, got NaN or infinity in image 4321"):
        check(images, numbers(5000))


def test_unscaled_bytes_are_refused_unless_the_data_or_the_network_rescale_them() -> None:
    images = (pixels() * 255).astype(np.uint8)
    with pytest.raises(DataError, match=r"got unscaled uint8 pixels for tiny.*x\.astype\('float32'\) / 255"):
        check(images, numbers())
    check(images, numbers(), divisor=255)
    check(images, numbers(), net=chain("own", [Rescaling(1 / 255, input_shape=(4, 4, 1)), Flatten(), Dense(CLASSES)]))


def test_the_part_that_is_wrong_is_named() -> None:
    sound = Examples(pixels(), numbers())
    with pytest.raises(DataError, match="validation labels"):
        prepare(network(), SPARSE, sound, Examples(pixels(), numbers(5)))


def test_a_network_without_a_row_of_classes_is_refused() -> None:
    net = chain("flat", [Input((4, 4, 1)), Dense(CLASSES)])
    with pytest.raises(NetworkError, match=r"flat: expected an output of one number for each class.*Flatten"):
        check(pixels(), numbers(), net=net)


def test_augmentation_behind_weights_is_refused_before_anything_is_trained() -> None:
    network = chain("odd", [Conv2D(2, 3, input_shape=(6, 6, 1)), RandomFlip(), Flatten(), Dense(3)])
    examples = Examples(np.eye(6, dtype=np.float32)[None, ..., None].repeat(3, 0), np.arange(3))
    with pytest.raises(
        NotSupportedError, match="odd: expected augmentation layers before the first layer with weights"
    ):
        prepare(network, SparseCategoricalCrossentropy(), examples)


def test_a_missing_channel_axis_is_added_and_said() -> None:
    prepared = check(pixels(6, 4, 4), numbers())
    assert prepared.train.images.shape == (6, 4, 4, 1)
    assert "no channel axis in shape (6, 4, 4); one was added" in prepared.notices[0]


def test_constant_images_are_counted() -> None:
    images = pixels()
    images[[1, 3]] = 0.5
    assert "2 of 6 images are constant" in check(images, numbers()).notices[0]


def test_missing_classes_are_named() -> None:
    assert "no example of class 1, 2" in check(pixels(), np.zeros(6, np.int64)).notices[0]


def test_float_pixels_that_nobody_divided_are_noticed() -> None:
    assert "pixels go up to 250" in check(pixels() * 255, numbers()).notices[0]


@pytest.mark.parametrize(("activation", "told"), [("softmax", True), ("sigmoid", False)])
def test_a_softmax_over_one_output_is_told_of(activation: str, told: bool) -> None:
    net = chain("single", [Flatten(), Dense(1, activation=activation)], input_shape=(4, 4, 1))
    said = check(pixels(), numbers() % 2, BinaryCrossentropy(), net).notices
    assert [notice.startswith("a softmax over a single output is 1 for every image") for notice in said] == [
        True
    ] * told


def test_labels_in_a_column_are_taken_as_class_numbers() -> None:
    assert check(pixels(), numbers()[:, None]).train.labels.shape == (6,)


def test_channels_first_images_are_taken_by_a_channels_first_network() -> None:
    net = network((1, 4, 4), data_format="channels_first")
    prepared = check(pixels(6, 1, 4, 4), numbers(), net=net)
    assert prepared.train.images.shape == (6, 4, 4, 1)
    with pytest.raises(DataError, match=r"images of shape \(n, 1, 4, 4\)"):
        check(pixels(6, 4, 4, 1), numbers(), net=net)


def test_soft_labels_and_whole_number_one_hot_labels_pass() -> None:
    check(pixels(), np.full((6, 3), 1 / 3, np.float32), ONE_HOT)
    check(pixels(), np.eye(3, dtype=np.int64)[numbers()], ONE_HOT)


def test_black_and_white_bytes_are_scaled_already() -> None:
    check((pixels() > 0.5).astype(np.uint8), numbers())


def test_a_single_number_is_no_array() -> None:
    with pytest.raises(DataError, match="training images: expected an array of images, got a single number"):
        check(np.array(3.0), numbers())
    with pytest.raises(DataError, match="training labels: expected an array of labels, got a single number"):
        check(pixels(), np.array(3))
