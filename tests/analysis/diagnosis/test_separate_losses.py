"""What a diagnosis says of losses that look at each output by itself: nothing false."""

from math import log

import pytest

from cnnlab.analysis.diagnosis import suspects_in_description
from cnnlab.analysis.diagnosis.suspects import Suspect
from cnnlab.arch import Layer, chain
from cnnlab.arch.layers import Activation, Dense, Input, Softmax
from cnnlab.records import BinaryCrossentropy, Loss, MeanSquaredError, Recipe

BINARY, LOGITS, SQUARES = BinaryCrossentropy(), BinaryCrossentropy(from_logits=True), MeanSquaredError()


def suspects(end: list[Layer], loss: Loss, **known: float) -> list[Suspect]:
    network = chain("tried", [Input((784,)), Dense(32, activation="relu"), *end])
    recipe = Recipe(batch_size=20, epochs=10, loss=loss)
    classes = max(network.output_shape[-1], 2)
    return list(suspects_in_description(network, recipe, classes=classes, train_images=10_000, **known))


NO_SIGMOID = (
    "The network ends without a sigmoid in dense_1, and the loss takes what comes out for probabilities "
    "(from_logits=False)."
)
TWO_SIGMOIDS = (
    "activation ends in sigmoid, and the loss takes that for logits (from_logits=True) and applies a sigmoid "
    "of its own."
)
SOUND = [
    ([Dense(1, activation="sigmoid")], BINARY),
    ([Dense(1), Activation("sigmoid")], BINARY),
    ([Dense(1)], LOGITS),
    ([Dense(1, activation="sigmoid")], SQUARES),
    ([Dense(1)], SQUARES),
    ([Dense(10, activation="sigmoid")], BINARY),
    ([Dense(10, activation="softmax")], BINARY),
    ([Dense(10, activation="softmax")], SQUARES),
    ([Dense(10)], LOGITS),
]


@pytest.mark.parametrize(("end", "loss"), SOUND)
def test_an_ending_that_fits_its_loss_is_no_suspect_and_its_first_loss_neither(end: list[Layer], loss: Loss) -> None:
    assert suspects(end, loss) == []
    outputs = chain("end", [Input((3,)), *end]).output_shape[-1]
    middle = loss.of_guessing(2) if outputs == 1 else log(2)  # where sigmoids begin
    assert suspects(end, loss, initial_loss=middle) == []


def test_several_outputs_looked_at_alone_have_no_first_loss_that_one_expects() -> None:
    assert suspects([Dense(10, activation="sigmoid")], BINARY, initial_loss=9.0) == []


def test_the_first_loss_of_a_single_output_is_held_against_that_of_guessing_two_classes() -> None:
    (found,) = suspects([Dense(1, activation="sigmoid")], SQUARES, initial_loss=4.0)
    assert found.text == "The first loss is 4.0000; guessing 2 classes alike gives 0.2500."


@pytest.mark.parametrize(
    ("end", "loss", "text", "changes"),
    [
        (
            [Dense(1)],
            BINARY,
            NO_SIGMOID,
            ["activation sigmoid in dense_1", "loss.from_logits True"],
        ),
        (
            [Dense(1), Activation("sigmoid")],
            LOGITS,
            TWO_SIGMOIDS,
            ["without activation", "loss.from_logits False"],
        ),
        (
            [Dense(1, activation="softmax")],
            SQUARES,
            "dense_1 puts a single output through softmax: what comes out is the same for every image.",
            ["activation sigmoid in dense_1"],
        ),
        (
            [Dense(1), Softmax()],
            BINARY,
            "softmax puts a single output through softmax: what comes out is the same for every image.",
            ["without softmax and activation sigmoid in dense_1"],
        ),
    ],
)
def test_an_ending_that_the_loss_reads_otherwise_is_named_with_what_mends_it(
    end: list[Layer], loss: Loss, text: str, changes: list[str]
) -> None:
    found = next(one for one in suspects(end, loss) if one.name == "unfit-output")
    assert found.text == text
    assert [one.text for one in found.changes] == changes
