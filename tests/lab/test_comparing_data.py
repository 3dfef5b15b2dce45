"""What the data of compared runs are made of: images that stand twice, classes that are not there."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from answered_runs import add_finished
from hold_out_data import NET, RECIPE

from cnnlab import data
from cnnlab.analysis.protocol import ProtocolFinding
from cnnlab.data import made_up
from cnnlab.experiments import Architecture
from cnnlab.lab.comparing import Question, compare_stored
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import Split
from cnnlab.report.comparison_data import comparison_as_dict
from cnnlab.report.comparison_sheet import ComparisonSheet
from cnnlab.report.comparison_text import comparison_text
from cnnlab.store import open_store

SPLIT = made_up.load(100, 20)
NOT_AT_HAND = "are not at hand: nobody looked for test images among them, nor for classes that they lack."


def leaking(*places: int) -> Split:
    """Put the first test images into the training set, each in one of some places, under a label of its own."""
    images, labels = SPLIT.train.images.copy(), SPLIT.train.labels.copy()
    for number, place in enumerate(places):
        images[place], labels[place] = SPLIT.test.images[number], SPLIT.test.labels[number]
    return replace(SPLIT, train=replace(SPLIT.train, images=images, labels=labels))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Three architectures: on 100 training images, on the first 60 of them, and on the first 60 with 40 held out."""
    with open_store(tmp_path) as store:
        origin = {"data_name": "made-up", "data_sums": dict(SPLIT.sums)}
        for seed in (0, 1):
            add_finished(store, "all-1", "whole", seed, name="all", train_images=100, **origin)
            add_finished(store, "few-1", "part", seed, name="few", train_images=60, **origin)
            held = SPLIT.train.labels[-40:]
            add_finished(store, "held-1", "held", seed, name="held", train_images=60, validation=held, **origin)
    return tmp_path


def compared(out: Path, split: Split, monkeypatch: pytest.MonkeyPatch, *words: str) -> ComparisonSheet:
    monkeypatch.setattr(data, "load", lambda *_, **__: split)
    return compare_stored(out, Question(words, latency=False), offline=True)


def of_data(findings: tuple[ProtocolFinding, ...]) -> list[ProtocolFinding]:
    return [one for one in findings if one.subject == "data"]


def test_test_images_in_the_training_set_are_told_in_the_text_and_in_the_data(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = compared(out, leaking(3, 50, 99), monkeypatch, "all")
    (found,) = of_data(sheet.protocol)
    assert (found.kind, found.severity, dict(found.evidence)["images"]) == ("test-in-training", "error", 3)
    text = " ".join(comparison_text(sheet).split())
    assert "- 3 of the 20 test images of made-up stand among the training images as well, byte for byte:" in text
    assert "test image 0 is training image 3" in text
    assert "test-in-training" in [one["kind"] for one in comparison_as_dict(sheet)["protocol"]]
    assert NOT_AT_HAND not in text


def test_sound_data_are_not_talked_of(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = compared(out, SPLIT, monkeypatch, "all", "few", "held")
    assert of_data(sheet.protocol) == []
    assert NOT_AT_HAND not in comparison_text(sheet)


def test_only_images_that_a_run_used_count_and_it_is_said_whose_they_are(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = leaking(70, 80)
    (found,) = of_data(compared(out, late, monkeypatch, "all", "few").protocol)
    assert found.text.startswith("Of whole: 2 of the 20 test images of made-up stand among the training images")
    assert of_data(compared(out, late, monkeypatch, "few").protocol) == []
    (found,) = of_data(compared(out, late, monkeypatch, "held").protocol)
    assert found.kind == "test-in-validation"
    assert "test image 0 is validation image 10" in found.text
    kinds = [one.text.partition(":")[0] for one in of_data(compared(out, late, monkeypatch, "all", "held").protocol)]
    assert sorted(kinds) == ["Of held", "Of whole"]


def test_what_is_true_of_all_data_is_said_once(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (found,) = of_data(compared(out, leaking(3, 4), monkeypatch, "all", "few", "held").protocol)
    assert found.text.startswith("2 of the 20 test images")


def test_a_class_without_training_images_is_named(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.where(SPLIT.train.labels[:60] == 2, 1, SPLIT.train.labels[:60])
    poor = replace(SPLIT, train=replace(SPLIT.train, labels=np.concatenate([labels, SPLIT.train.labels[60:]])))
    found = {one.kind: one.text for one in of_data(compared(out, poor, monkeypatch, "all", "few").protocol)}
    name = SPLIT.class_names[2]
    assert f"Of part: No training image of class {name!r} in made-up." in found["missing-in-training"]


@pytest.mark.parametrize("other", ["sums", "fewer"])
def test_where_the_training_images_are_others_it_is_said_and_nothing_is_claimed(
    out: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    split = leaking(3)
    if other == "sums":
        train = next(name for name in SPLIT.sums if name.startswith("train"))
        split = replace(split, sums=SPLIT.sums | {train: "0" * 64})
        names = "whole and part"
    else:
        split = replace(split, train=split.train.head(60))
        names = "whole"
    sheet = compared(out, split, monkeypatch, "all", "few")
    assert f"The training images of {names} {NOT_AT_HAND}" in sheet.notes
    assert len(of_data(sheet.protocol)) == (other == "fewer")


@pytest.mark.parametrize("hold_out", [None, 79])
def test_a_comparison_says_of_the_data_what_the_study_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hold_out: int | None
) -> None:
    whole = data.load("made-up")
    images = whole.train.images.copy()
    images[[5, 20, -3]] = whole.test.images[[0, 0, 7]]
    split = replace(whole, train=replace(whole.train, images=images))
    both = tuple(Architecture(name, NET.renamed(name), RECIPE) for name in ("one", "two"))
    plan = StudyPlan("real", both, "made-up", seeds=(0,), hold_out=hold_out, limit=90)
    outcome = conduct(plan, split, Means(threads=1, workers=1), out=tmp_path)
    found = of_data(outcome.protocol)
    assert found
    assert of_data(compared(tmp_path, split, monkeypatch, "real").protocol) == found
