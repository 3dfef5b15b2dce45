"""The parts of a drawing pad: who is on it, who is not and why, and that nothing in them ends what holds them."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from cnnlab.arch import Network, chain
from cnnlab.arch.initial import initial_weights
from cnnlab.arch.layer import Layer, Shape
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, Flatten
from cnnlab.report.pad.contract import PadContents, PadNetwork, PadParts
from cnnlab.report.pad.parts import pad_parts

HOSTILE = "</script><!--<b onclick='x()'>&amp;\u2028"


@dataclass(frozen=True)
class Odd(Layer):
    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape


def plain(classes: int = 3, side: int = 28, *before: Layer) -> Network:
    return chain("n", [*before, Flatten(), Dense(classes, activation="softmax")], input_shape=(side, side, 1))


def parts(network: Network, runs: int = 1, names: tuple[str, ...] = ("a", "b", "c"), **changed: object) -> PadParts:
    weights = tuple(tuple(initial_weights(network, seed)) for seed in range(runs))
    given: dict[str, Any] = {
        "name": HOSTILE,
        "network": network,
        "seeds": tuple(range(runs)),
        "weights": weights,
        "divisor": 255.0,
    }
    none = np.zeros((0, 28, 28), np.uint8)
    return pad_parts(PadContents((PadNetwork(**{**given, **changed}),), names, none, np.zeros(0, int)))


def test_no_part_can_end_the_element_that_holds_it() -> None:
    made = parts(plain(), names=(HOSTILE, "b", "c"))
    assert not set("<>&\u2028") & set(made.data)
    assert json.loads(made.data)["classNames"][0] == HOSTILE
    assert json.loads(made.data)["networks"][0]["name"] == HOSTILE
    assert "</script" not in made.script.lower()
    assert "</style" not in made.css.lower()


def test_the_elements_have_no_style_and_no_handler_of_their_own() -> None:
    made = parts(plain())
    assert "style=" not in made.html
    assert " on" not in made.html.replace(" on the", "").replace(" one", "")
    assert "<script" not in made.html


@pytest.mark.parametrize(
    ("network", "changed", "sentence"),
    [
        (plain(3, 28, Odd()), {}, "The pad cannot compute Odd yet."),
        (plain(3, 12), {}, None),
        (plain(5), {}, "It does not answer with one number for each of 3 classes."),
        (plain(), {"seeds": (), "weights": ()}, "None of its runs has kept its weights."),
        (
            chain("c", [Flatten(), Dense(3)], input_shape=(8, 8, 3)),
            {},
            "It does not take grey images of 28 x 28 pixels.",
        ),
    ],
    ids=["unknown layer", "another size", "other classes", "no weights", "colours"],
)
def test_who_cannot_be_on_the_pad_is_left_out_with_the_reason(
    network: Network, changed: dict, sentence: str | None
) -> None:
    made = parts(network, **changed)
    if sentence is None:
        assert made.script
        assert "12 x 12 pixels" in made.html
        return
    assert sentence in made.html
    assert "&lt;/script&gt;" in made.html
    assert "<b" not in made.html
    assert (made.script, made.data) == ("", "{}")


def test_weights_that_are_not_finite_are_left_out() -> None:
    network = plain()
    weights = initial_weights(network, 0)
    weights[0][3, 1] = np.nan
    assert "Its weights are not finite." in parts(network, weights=(tuple(weights),)).html


def test_one_that_is_left_out_does_not_take_the_others_with_it() -> None:
    good, bad = plain(), plain(5)
    networks = tuple(
        PadNetwork(name, net, (0,), (tuple(initial_weights(net, 0)),), 255.0) for name, net in (("A", good), ("B", bad))
    )
    made = pad_parts(PadContents(networks, ("a", "b", "c"), np.zeros((0, 28, 28), np.uint8), np.zeros(0, int)))
    assert [one["name"] for one in json.loads(made.data)["networks"]] == ["A"]
    assert "<strong>B</strong> is not on the pad." in made.html


def test_the_data_are_as_small_as_base64_of_float32_allows() -> None:
    network = plain(10, 28, Conv2D(4, 3), BatchNormalization())
    made = parts(network, 3, tuple("0123456789"))
    assert len(made.data) < 3 * network.total_params * 4 * 4 / 3 * 1.02 + 2500


def test_without_networks_there_is_a_sentence() -> None:
    made = pad_parts(PadContents((), ("a",), np.zeros((0, 28, 28), np.uint8), np.zeros(0, int)))
    assert "There is no trained network to draw for." in made.html
    assert made.script == ""
