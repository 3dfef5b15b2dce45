import json

import numpy as np
import pytest

import cnnlab
from cnnlab.errors import NetworkError, NotSupportedError, UsageError
from cnnlab.keras import Input, Sequential, backend, utils
from cnnlab.keras.layers import BatchNormalization, Conv2D, Dense, Flatten, InputLayer, MaxPooling2D
from cnnlab.keras.models import model_from_json


def small() -> list[object]:
    return [Conv2D(2, 3, input_shape=(8, 8, 1)), Flatten(), Dense(3, activation="softmax")]


def test_added_layers_and_a_list_of_layers_are_the_same_network() -> None:
    listed = Sequential(small(), name="a")
    added = Sequential(name="a")
    for layer in small():
        added.add(layer)
    assert added.network == listed.network


@pytest.mark.parametrize(
    ("name", "total", "trainable", "non_trainable"),
    [("architecture-1", 69135, 69095, 40), ("architecture-2", 10075, 10075, 0), ("architecture-3", 2615, 2595, 20)],
)
def test_the_summaries_of_the_notebooks_networks_have_its_totals(
    name: str, total: int, trainable: int, non_trainable: int, capsys: pytest.CaptureFixture[str]
) -> None:
    model = cnnlab.zoo.get(name)
    model.summary()
    printed = capsys.readouterr().out
    assert f"Total params: {total:,}" in printed
    assert f"Trainable params: {trainable:,}" in printed
    assert f"Non-trainable params: {non_trainable:,}" in printed
    assert model.count_params() == total
    assert max(map(len, printed.splitlines())) <= 80


def test_a_summary_goes_where_it_is_told_to() -> None:
    texts: list[str] = []
    Sequential(small()).summary(print_fn=texts.append)
    assert "conv2d (Conv2D)" in "".join(texts)


def test_a_summary_refuses_what_it_would_have_to_ignore() -> None:
    with pytest.raises(NotSupportedError, match=r"summary: expected expand_nested=False, .*, got expand_nested=True"):
        Sequential(small()).summary(expand_nested=True)


def test_a_notebook_shows_a_model_as_a_table_and_an_unfinished_one_as_text() -> None:
    assert "conv2d (Conv2D)" in str(Sequential(small())._repr_html_())
    assert Sequential()._repr_html_() is None
    assert repr(Sequential(name="mine")) == "<Sequential name=mine, built=False>"


def test_models_are_named_as_keras_names_them() -> None:
    assert [Sequential().name for _ in range(3)] == ["sequential", "sequential_1", "sequential_2"]
    backend.clear_session()
    assert Sequential().name == "sequential"


def test_shapes_carry_the_number_of_images_first() -> None:
    model = Sequential([Input((8, 8, 1)), Conv2D(2, 3)])
    assert model.input_shape == (None, 8, 8, 1)
    assert model.output_shape == (None, 6, 6, 2)
    assert [type(layer) for layer in model.layers] == [Conv2D]


def test_a_model_without_a_shape_is_built_for_one_later() -> None:
    model = Sequential([Flatten(), Dense(3)])
    with pytest.raises(NetworkError, match=r"sequential: expected the shape of one image, got none. Begin with Input"):
        model.summary()
    model.build((None, 4, 4, 1))
    assert [weight.shape for weight in model.get_weights()] == [(16, 3), (3,)]
    assert model.built


def test_building_for_another_shape_than_the_first_layers_is_refused() -> None:
    with pytest.raises(NetworkError, match=r"expected input_shape \(None, 8, 8, 1\), which .*, got \(None, 9, 9, 1\)"):
        Sequential(small()).build((None, 9, 9, 1))


def test_a_model_that_was_built_for_a_shape_keeps_to_it() -> None:
    model = Sequential([Conv2D(2, 3)])
    model.build((None, 4, 4, 1))
    with pytest.raises(
        NetworkError, match=r"build: expected input_shape \(None, 4, 4, 1\), which .*, got \(None, 9, 9, 1\)"
    ):
        model.build((None, 9, 9, 1))
    with pytest.raises(NetworkError, match=r"layer 2 'conv2d_1' \(Conv2D\): expected an input of height at least 5"):
        model.add(Conv2D(2, 5))
    assert model.output_shape == (None, 2, 2, 2)


def test_a_built_model_can_lose_all_its_layers_and_get_others() -> None:
    model = Sequential([Dense(3, input_shape=(2,))])
    model.build()
    model.pop()
    assert not model.built
    model.add(Dense(4, input_shape=(5,)))
    assert [weight.shape for weight in model.get_weights()] == [(5, 4), (4,)]


def test_a_layer_that_does_not_fit_is_refused_when_it_is_added_and_not_kept() -> None:
    model = Sequential([Input((4, 4, 1))], name="mine")
    with pytest.raises(
        NetworkError, match=r"mine, layer 1 'conv2d' \(Conv2D\): expected an input of height at least 5"
    ):
        model.add(Conv2D(2, 5))
    assert model.layers == []


def test_an_input_layer_is_an_input_in_each_of_keras_spellings() -> None:
    shape = (28, 28, 1)
    spelt = [InputLayer(shape), InputLayer(input_shape=shape), InputLayer(batch_shape=(None, *shape), name=None)]
    assert spelt == [Input(shape)] * 3
    with pytest.raises(NetworkError, match=r"expected .*got \(\)"):
        InputLayer()


def test_what_is_no_layer_is_refused() -> None:
    for layers in ([], small()):
        with pytest.raises(NetworkError, match=r"expected one of .*Conv2D.*, got 'conv'"):
            Sequential(layers).add("conv")


def test_weights_are_set_in_the_order_in_which_they_are_got() -> None:
    model, other = Sequential(small(), seed=1), Sequential(small(), seed=2)
    other.set_weights(model.get_weights())
    for mine, its in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)


def test_weights_that_do_not_fit_are_refused_by_name() -> None:
    model = Sequential(small(), name="mine")
    with pytest.raises(UsageError, match=r"mine, weights: expected 4 arrays of weights, got 1"):
        model.set_weights([np.zeros(3)])
    wrong = [*model.get_weights()[:2], np.zeros((3, 72)), np.zeros(3)]
    with pytest.raises(UsageError, match=r"mine, dense/kernel: expected shape \(72, 3\), got \(3, 72\)"):
        model.set_weights(wrong)


def test_changing_the_weights_one_got_changes_no_model() -> None:
    model = Sequential(small())
    model.get_weights()[0][:] = 7
    assert not (model.get_weights()[0] == 7).any()


def test_a_layer_added_to_a_built_model_leaves_the_weights_before_it() -> None:
    model = Sequential(small(), seed=5)
    marked = [weight + 1 for weight in model.get_weights()]
    model.set_weights(marked)
    model.add(BatchNormalization())
    assert len(model.get_weights()) == 8
    for mine, was in zip(model.get_weights(), marked, strict=False):
        np.testing.assert_array_equal(mine, was)


def test_the_last_layer_can_be_taken_away_again() -> None:
    model = Sequential(small(), seed=5)
    kernel = model.get_weights()[0]
    assert isinstance(model.pop(), Dense)
    assert model.output_shape == (None, 72)
    np.testing.assert_array_equal(model.get_weights()[0], kernel)
    with pytest.raises(UsageError, match=r"expected a layer to take away, got none"):
        Sequential().pop()


def test_a_layer_is_found_by_name_and_by_place() -> None:
    model = Sequential(small())
    assert model.get_layer("dense") is model.get_layer(index=-1)
    with pytest.raises(UsageError, match=r"expected the name of a layer, got 'dens'. Did you mean 'dense'"):
        model.get_layer("dens")
    with pytest.raises(UsageError, match=r"get_layer: expected an index below 3, got 7"):
        model.get_layer(index=7)
    with pytest.raises(UsageError, match=r"get_layer: expected either name or index"):
        model.get_layer()


def test_a_configuration_makes_the_same_network() -> None:
    model = Sequential(small(), name="mine")
    for again in (Sequential.from_config(model.get_config()), model_from_json(model.to_json())):
        assert again.get_config() == model.get_config()
        assert again.count_params() == model.count_params()
    assert json.loads(model.to_json(indent=1))["class_name"] == "Sequential"


def test_channels_first_holds_for_the_networks_built_after_it() -> None:
    backend.set_image_data_format("channels_first")
    assert backend.image_data_format() == "channels_first"
    model = Sequential([Conv2D(4, 3, input_shape=(1, 12, 10)), MaxPooling2D()])
    assert model.output_shape == (None, 4, 5, 4)
    backend.set_image_data_format("channels_last")
    assert Sequential.from_config(model.get_config()).output_shape == (None, 4, 5, 4)
    with pytest.raises(UsageError, match=r"set_image_data_format: expected channels_last or .*, got 'last'"):
        backend.set_image_data_format("last")


def test_models_differ_and_a_process_repeats_them() -> None:
    first, second = Sequential(small()), Sequential(small())
    assert (first.seed, second.seed) == (0, 1)
    assert not np.array_equal(first.get_weights()[0], second.get_weights()[0])
    utils.set_random_seed(1)
    again = Sequential(small())
    np.testing.assert_array_equal(again.get_weights()[0], second.get_weights()[0])
    with pytest.raises(UsageError, match=r"set_random_seed: expected a whole number from 0 to 4294967295, got -1"):
        utils.set_random_seed(-1)


def test_the_seed_after_the_largest_is_the_smallest() -> None:
    utils.set_random_seed(2**32 - 1)
    assert [Sequential().seed, Sequential().seed] == [2**32 - 1, 0]


def test_a_model_is_not_called() -> None:
    with pytest.raises(NotSupportedError, match=r"expected predict\(x\), got a call of the model"):
        Sequential(small())(np.zeros((1, 8, 8, 1)))
