from dataclasses import replace

import numpy as np
import pytest

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Conv2D, Dense, Flatten, Input, Rescaling
from cnnlab.errors import DataError
from cnnlab.experiments import Architecture, preparation, prepare_all, trials
from cnnlab.experiments.prepare import prepared_for
from cnnlab.records import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Examples,
    Loss,
    MeanSquaredError,
    Recipe,
    SparseCategoricalCrossentropy,
)

SHAPE = (12, 12, 1)
MADE_UP = data.load("made-up")


def test_grey_images_get_a_channel_axis_a_divisor_and_one_hot_labels_without_a_notice() -> None:
    prepared = prepared_for(chain("n", [Input(SHAPE), Flatten(), Dense(4)]), CategoricalCrossentropy(), MADE_UP)
    assert prepared.notices == ()
    assert prepared.train.images.shape == (320, *SHAPE)
    assert prepared.train.images.dtype == np.uint8
    assert prepared.train.divisor == 255
    assert prepared.train.batch(slice(0, 320)).max() <= 1
    assert (prepared.train.labels.argmax(axis=1) == MADE_UP.train.labels).all()
    assert (prepared.train.labels.sum(axis=1) == 1).all()


def test_the_sparse_loss_keeps_class_numbers() -> None:
    prepared = prepared_for(chain("n", [Input(SHAPE), Flatten(), Dense(4)]), SparseCategoricalCrossentropy(), MADE_UP)
    assert prepared.validation is not None
    assert prepared.validation.labels is MADE_UP.test.labels


@pytest.mark.parametrize("loss", [BinaryCrossentropy(), MeanSquaredError()])
def test_a_loss_of_each_output_gets_one_hot_labels_and_a_single_output_the_classes(loss: Loss) -> None:
    several = prepared_for(chain("n", [Input(SHAPE), Flatten(), Dense(4)]), loss, MADE_UP)
    assert np.array_equal(several.train.labels, np.eye(4)[MADE_UP.train.labels])
    two = replace(MADE_UP, train=of_two(MADE_UP.train), test=of_two(MADE_UP.test), class_names=("a", "b"))
    single = chain("n", [Input(SHAPE), Flatten(), Dense(1)])
    assert np.array_equal(prepared_for(single, loss, two).train.labels, two.train.labels)
    assert preparation(single, loss, two) == "a channel axis added, pixels divided by 255"
    with pytest.raises(DataError, match=r"labels 0 or 1 for a network with one output, got [23]. Give .* 4 units"):
        prepared_for(single, loss, MADE_UP)


def of_two(examples: Examples) -> Examples:
    """Leave the images of two classes."""
    kept = examples.labels < 2
    return Examples(examples.images[kept], examples.labels[kept])


def test_a_network_that_rescales_gets_the_raw_pixels() -> None:
    net = chain("n", [Rescaling(1 / 255, input_shape=SHAPE), Flatten(), Dense(4)])
    assert prepared_for(net, SparseCategoricalCrossentropy(), MADE_UP).train.divisor is None


def test_a_layer_that_rescales_behind_flatten_is_seen_too() -> None:
    net = chain("n", [Flatten(input_shape=SHAPE), Rescaling(1 / 255), Dense(4)])
    assert prepared_for(net, SparseCategoricalCrossentropy(), MADE_UP).train.divisor is None


def test_what_is_done_to_the_data_is_said() -> None:
    net = chain("n", [Input(SHAPE), Flatten(), Dense(4)])
    said = preparation(net, CategoricalCrossentropy(), MADE_UP)
    assert said == "a channel axis added, pixels divided by 255, labels made one-hot"
    own = chain("n", [Flatten(input_shape=(12, 12)), Rescaling(1 / 255), Dense(4)])
    assert preparation(own, SparseCategoricalCrossentropy(), MADE_UP) == "nothing to do"


def test_a_channels_first_network_gets_the_same_images() -> None:
    net = chain("n", [Input((1, 12, 12)), Conv2D(1, 1), Flatten(), Dense(4)], data_format="channels_first")
    prepared = prepared_for(net, SparseCategoricalCrossentropy(), MADE_UP)
    assert (prepared.train.images[..., 0] == MADE_UP.train.images).all()


@pytest.mark.parametrize("loss", [CategoricalCrossentropy(), SparseCategoricalCrossentropy()])
def test_too_few_outputs_are_refused_by_the_class_that_has_none(loss: CategoricalCrossentropy) -> None:
    with pytest.raises(DataError, match="expected class numbers from 0 to 2 for 3 outputs, got 3"):
        prepared_for(chain("n", [Input(SHAPE), Flatten(), Dense(3)]), loss, MADE_UP)


def test_every_architecture_is_checked_before_any_is_trained() -> None:
    fits = Architecture("fits", chain("fits", [Input(SHAPE), Flatten(), Dense(4)]), Recipe())
    not_fits = Architecture("other", chain("other", [Input((9, 9, 1)), Flatten(), Dense(4)]), Recipe())
    with pytest.raises(DataError, match=r"images of shape \(n, 9, 9, 1\) for other"):
        prepare_all([fits, not_fits], MADE_UP)


def test_trials_go_seed_by_seed_across_the_architectures() -> None:
    one, two = (Architecture(name, chain(name, [Input(SHAPE), Flatten()]), Recipe()) for name in "ab")
    order = [(trial.key.architecture, trial.key.seed) for trial in trials([one, two], [5, 3])]
    assert order == [("a", 5), ("b", 5), ("a", 3), ("b", 3)]


def test_a_network_that_takes_images_without_channels_gets_them_as_they_are() -> None:
    net = chain("n", [Flatten(input_shape=(12, 12)), Dense(4)])
    assert prepared_for(net, SparseCategoricalCrossentropy(), MADE_UP).train.images.shape == (320, 12, 12)
