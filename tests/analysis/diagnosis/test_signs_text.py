"""Whatever runs and probes hold: no sign breaks, its text says what its evidence says, its changes can be made."""

import re
from dataclasses import replace
from math import isfinite

import pytest
from hypothesis import given, settings
from signs_by_hand import NETWORK, answers_of, anything_seen, layer, probe, run, suspects

from cnnlab.analysis.diagnosis import Change, Edit, InsertLayer, RemoveLayer, SetArgument, SetRecipe, Suspect
from cnnlab.analysis.diagnosis.signs import SIGNS, suspects_in_runs
from cnnlab.analysis.diagnosis.signs.seen import Seen
from cnnlab.arch import Layer
from cnnlab.records import Recipe

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?: %)?")
NAMES = sorted((node.name for node in NETWORK.nodes), key=len, reverse=True)


def look(found: Seen) -> tuple[Suspect, ...]:
    return suspects_in_runs(
        found.network,
        found.recipe,
        found.runs,
        found.probes,
        found.tested,
        classes=found.classes,
        training=found.training,
        thresholds=found.thresholds,
    )


def numbers_of(text: str) -> list[str]:
    for name in NAMES:
        text = text.replace(name, "")
    return NUMBER.findall(text.replace("gave exactly 0 on", ""))


def says(number: str, value: float) -> bool:
    """Tell whether a number as it is written is a rounding of a value: within half a step of its last digit."""
    digits, _, power = number.removesuffix(" %").partition("e")
    step = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
    scale = 0.01 if number.endswith(" %") else 1.0
    shown = float(number.removesuffix(" %")) * scale
    return abs(shown - value) <= 0.5 * step * scale * (1 + 1e-6)


@given(anything_seen())
@settings(max_examples=300)
def test_every_number_of_a_text_is_a_rounding_of_one_in_its_evidence(found: Seen) -> None:
    for one in look(found):
        for number in numbers_of(one.text):
            assert any(says(number, value) for _, value in one.evidence), (number, one)


@given(anything_seen())
@settings(max_examples=300)
def test_suspects_are_in_order_with_finite_evidence_plain_sentences_and_names_of_layers(found: Seen) -> None:
    suspects = look(found)
    assert [one.weight for one in suspects] == sorted((one.weight for one in suspects), reverse=True)
    assert len({one.name for one in suspects}) == len(suspects) <= len(SIGNS)
    for one in suspects:
        assert 0 < one.weight <= 0.95
        assert one.step == "run"
        assert one.evidence
        assert all(isfinite(value) for _, value in one.evidence)
        assert one.text.isascii()
        assert one.text.endswith(".")
        assert not re.search(r"\bnan\b|\binf\b|None|\(\)|  |\.\.", one.text)
        assert set(one.layers) <= set(NAMES)


@given(anything_seen())
@settings(max_examples=300)
def test_a_text_of_a_change_names_one_change_and_every_change_can_be_made(found: Seen) -> None:
    changes = [change for one in look(found) for change in one.changes]
    by_text: dict[str, Change] = {}
    for change in changes:
        assert by_text.setdefault(change.text, change) == change
        assert change.edits
        for edit in change.edits:
            made(edit, found.recipe)
    for one in look(found):
        assert len(set(one.changes)) == len(one.changes)


def made(edit: Edit, recipe: Recipe) -> None:
    """Do an edit as far as one record goes, and refuse one that changes nothing."""
    layers: dict[str, Layer] = {node.name: node.layer for node in NETWORK.nodes}
    match edit:
        case SetArgument(layer=name, argument=argument, value=value):
            assert replace(layers[name], **{argument: value}) != layers[name]
        case RemoveLayer(layer=name):
            assert name in layers
        case InsertLayer(after=name, layer=inserted):
            assert name in layers
            assert isinstance(inserted, Layer)
        case SetRecipe(field=field, value=value):
            part, _, inner = field.rpartition(".")
            record = getattr(recipe, part) if part else recipe
            assert replace(record, **{inner: value}) != record


TEN = [0, 1, 0, 1, 0, 1, 0, 1, 2, 2] * 10
RISING = [(0.9, 0.6, 0.7, 0.9, 1.2), (0.9, 0.6, 0.7, 0.9, 1.22)]
LISTED = {
    "dead-units": (
        suspects([run()], [probe(layer("conv2d", dead=0.5), layer("dense", dead=0.375))]),
        "conv2d: 50 % of its 8 units gave exactly 0 on all of 512 images (1 seed); likewise dense (38 %).",
    ),
    "saturated-units": (
        suspects([run()], [probe(layer("dense", saturated=s), moment=m) for s, m in ((0.02, "start"), (0.8, "end"))]),
        (
            "dense: 80 % of the outputs of its 8 units lay at an end of the activation on 512 images (1 seed). With "
            "the first weights it was 2 %."
        ),
    ),
    "vanishing-gradients": (
        suspects([run()], [probe(layer("conv2d", gradient=1e-8), layer("dense"), moment="start")]),
        "The gradient at conv2d, as a part of that at dense, is 1e-06 at the start of training (1 seed).",
    ),
    "exploding-gradients": (
        suspects([run()], [probe(layer("conv2d", gradient=9.0), layer("dense"), moment="start", training_loss=9.0)]),
        (
            "The gradient at conv2d is 9e+02 times that at dense. With the first weights the loss is 9.0000; guessing "
            "has 1.0986."
        ),
    ),
    "learning-rate-too-high": (
        suspects([run((2.0, 0.5, 0.9, 0.4, 0.3)), run((2.0, 0.5, 0.4, 0.3, 0.2), seed=1)]),
        (
            "The mean loss of the first epoch, 2.0000, lies above the 1.0986 of before it. The training loss jumped up "
            "between epochs, by 0.2000 in all (a mean over the seeds)."
        ),
    ),
    "learning-rate-too-low": (
        suspects([run((1.0, 0.9, 0.8, 0.7, 0.6))]),
        "The training loss fell in every epoch, 50 % of its fall came in the second half, and it ended at 0.6000.",
    ),
    "updates-too-small": (
        suspects([run()], [probe(layer("dense", update=3e-6), layer("dense_1"), moment="start")]),
        "At the start a training step moves a kernel by this part of itself: 3e-06 in dense (1 seed).",
    ),
    "updates-too-large": (
        suspects([run()], [probe(layer("dense", update=0.5), layer("dense_1"), moment="start")]),
        "At the start a training step moves a kernel by this part of itself: 0.5 in dense (1 seed).",
    ),
    "overfitting": (
        suspects([run(seed=seed, validation=losses) for seed, losses in enumerate(RISING)]),
        (
            "Validation loss rose from 0.6000 to 1.2100 while training loss fell; the standard error of that rise is "
            "0.0100."
        ),
    ),
    "underfitting": (
        suspects([run(test=0.5)], [probe(accuracy=0.5, training_loss=1.0)]),
        (
            "Accuracy on training images (on 512 of them) is 0.5000, on unseen images 0.5000: a gap of 0.0000 with a "
            "standard error of 0.0220 (1 seed). There the loss is 1.0000 in training mode, with dropout, and 0.2000 in "
            "evaluation mode."
        ),
    ),
    "drifted-statistics": (
        suspects([run()], [probe(layer("batch_normalization", drift=2.0), loss=1.0)]),
        "On the same 512 images the loss is 1.0000 in evaluation mode and 0.2000 in training mode (1 seed).",
    ),
    "collapsed-seeds": (
        suspects([run(), run(seed=1, test=None, status="failed"), run(seed=2, test=0.33)]),
        (
            "1 of 3 seeds did no better on unseen images than naming one class; 1 of 3 seeds ended in a loss that is "
            "not finite; the worst of the others has accuracy 0.9000."
        ),
    ),
    "class-never-named": (
        suspects([run()], answers=answers_of([[one % 2 for one in TEN]], TEN)),
        "Class 2: never named by 1 of 1 seed, though 20 of 100 unseen images show it.",
    ),
    "doubtful-labels": (
        suspects([run(), run(seed=1)], training=answers_of([[0, 1, 2, 2]] * 2, [0, 1, 2, 0], losses=3.0)),
        (
            "1 of 4 training images: all 2 seeds named the same other class and gave the label less than 10 %. Its "
            "label looks wrong: that of image 3, counted from 0."
        ),
    ),
}


@pytest.mark.parametrize("name", LISTED)
def test_each_sign_is_told_in_these_words(name: str) -> None:
    found, text = LISTED[name]
    assert found[name].text == text


def test_no_sign_is_without_its_words() -> None:
    assert len(LISTED) == len(SIGNS)
