import json

import pytest

from cnnlab.arch import chain, summarize, zoo
from cnnlab.arch.layers import Conv2D, Dense, Flatten


@pytest.mark.parametrize(
    ("name", "totals"),
    [
        ("architecture-1", (69_135, 69_095, 40, 1_732_380)),
        ("architecture-2", (10_075, 10_075, 0, 154_530)),
        ("architecture-3", (2_615, 2_595, 20, 17_970)),
    ],
)
def test_totals_are_the_notebooks_to_the_digit(name: str, totals: tuple[int, ...]) -> None:
    found = summarize(zoo.network(name))
    assert (found.total_params, found.trainable_params, found.non_trainable_params, found.multiply_adds) == totals


def test_rows_add_up_to_the_totals() -> None:
    for name in zoo.names():
        found = summarize(zoo.network(name))
        assert sum(row.params for row in found.layers) == found.total_params
        assert sum(row.multiply_adds for row in found.layers) == found.multiply_adds


def test_plain_data_for_json_holds_every_number() -> None:
    network = chain("n", [Conv2D(2, 3, input_shape=(1, 6, 5)), Flatten(), Dense(4)], data_format="channels_first")
    as_dict = summarize(network).as_dict()
    assert json.loads(json.dumps(as_dict)) == as_dict
    assert as_dict == {
        "name": "n",
        "input_shape": [1, 6, 5],
        "layers": [
            {
                "name": "conv2d",
                "class_name": "Conv2D",
                "output_shape": [2, 4, 3],
                "params": 20,
                "multiply_adds": 216,
                "receptive_field": [3, 3],
                "connected_to": ["input_layer"],
            },
            {
                "name": "flatten",
                "class_name": "Flatten",
                "output_shape": [24],
                "params": 0,
                "multiply_adds": 0,
                "receptive_field": [6, 5],
                "connected_to": ["conv2d"],
            },
            {
                "name": "dense",
                "class_name": "Dense",
                "output_shape": [4],
                "params": 100,
                "multiply_adds": 96,
                "receptive_field": [6, 5],
                "connected_to": ["flatten"],
            },
        ],
        "total_params": 120,
        "trainable_params": 120,
        "non_trainable_params": 0,
        "multiply_adds": 312,
        "activation_bytes": 112,
        "receptive_field": [6, 5],
    }


def test_features_have_no_receptive_field_in_json() -> None:
    assert summarize(chain("n", [Dense(4, input_shape=(3,))])).as_dict()["receptive_field"] is None
