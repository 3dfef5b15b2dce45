import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnlab import data
from cnnlab.analysis.diagnosis import DiagnosisFinding, Gain, Suspect, gain
from cnnlab.arch import chain
from cnnlab.arch.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from cnnlab.backends import ReferenceBackend
from cnnlab.errors import InterruptedRunError
from cnnlab.experiments import Architecture
from cnnlab.lab import diagnosing, looking
from cnnlab.lab.conduct import Means
from cnnlab.lab.counterfactuals import Laboratory, Listening, with_failed
from cnnlab.lab.diagnosing import Effort, Progress, diagnose
from cnnlab.lab.looking import answers_in_training
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import (
    SGD,
    Adam,
    Event,
    Examples,
    Recipe,
    RunFinished,
    RunSummary,
    Split,
    StoredStatus,
    Tested,
)
from cnnlab.report.diagnosis_text import diagnosis_document
from cnnlab.store import RunFilter, open_store

EFFORT = Effort(
    ranking_images=1_000, ranking_seeds=2, images=1_500, seeds=3, base_seeds=4, most_changes=4, most_measured=2
)
LAYERS = (
    Input((28, 28, 1)),
    Conv2D(4, 3, activation="relu"),
    MaxPooling2D(2),
    Flatten(),
    Dropout(0.8, name="heavy"),
    Dense(24, activation="relu"),
    Dropout(0.6, name="second"),
    Dense(10, activation="softmax"),
)
BROKEN = Architecture("broken", chain("broken", LAYERS), Recipe(batch_size=50, epochs=4, optimizer=Adam(0.003)))


@pytest.fixture(scope="module")
def split() -> Split:
    whole = data.load("mnist")
    return replace(whole, train=whole.train.head(2_500), test=whole.test.head(500))


def laboratory(split: Split, out: Path, listening: Listening | None = None, means: Means | None = None) -> Laboratory:
    plan = StudyPlan("study", (BROKEN,))
    return Laboratory(split, plan, 1_000, means or Means(), out, listening or Listening())


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def found(split: Split, runs: Path) -> DiagnosisFinding:
    return diagnose(BROKEN, laboratory(split, runs), EFFORT)


def test_a_diagnosis_is_kept_beside_the_runs_that_looked_at_the_network(found: DiagnosisFinding, runs: Path) -> None:
    (kept,) = runs.glob("*/diagnosis.json")
    assert kept.parent.name.startswith("diagnosis-of-broken-")
    assert json.loads(kept.read_text(encoding="utf-8")) == json.loads(json.dumps(diagnosis_document(found)))


def test_a_planted_dropout_is_named_as_a_cause(found: DiagnosisFinding) -> None:
    assert "without second" in [one.candidate.change.text for one in found.causes]


def test_the_gains_come_of_seeds_that_took_no_part_in_the_ranking(found: DiagnosisFinding) -> None:
    assert not set(found.conditions.seeds) & set(found.conditions.ranking_seeds)
    assert all(one.gain.points != one.ranking.points for one in found.measured)
    assert [one.candidate for one in found.measured] == [
        one.candidate for one in found.ranked if one.candidate in [each.candidate for each in found.measured]
    ]


def test_the_two_best_are_measured_together(found: DiagnosisFinding) -> None:
    assert found.joint is not None
    assert [part.change.text for part in found.joint.parts] == [one.candidate.change.text for one in found.measured[:2]]


def test_the_test_images_are_never_looked_at(split: Split, found: DiagnosisFinding, tmp_path: Path) -> None:
    # Images of another size: whoever looked at them would have to refuse them.
    unfit = replace(split, test=Examples(np.zeros((3, 5, 5), np.uint8), np.zeros(3, np.uint8)))
    assert diagnose(BROKEN, laboratory(unfit, tmp_path), EFFORT) == found


@pytest.mark.thorough
def test_several_workers_find_the_same(split: Split, found: DiagnosisFinding, tmp_path: Path) -> None:
    assert diagnose(BROKEN, laboratory(split, tmp_path, means=Means(workers=2, threads=1)), EFFORT) == found


def test_a_diagnosis_that_was_stopped_goes_on_to_the_same_finding(
    split: Split, found: DiagnosisFinding, tmp_path: Path
) -> None:
    finished: list[Event] = []

    def note(event: Event) -> None:
        if isinstance(event, RunFinished) and event.result.status == "finished":
            finished.append(event)

    listening = Listening(sink=note, stop=lambda: len(finished) >= 5)
    with pytest.raises(InterruptedRunError, match="the same call goes on"):
        diagnose(BROKEN, laboratory(split, tmp_path, listening), EFFORT)
    before = len(finished)
    assert diagnose(BROKEN, laboratory(split, tmp_path, Listening(sink=note)), EFFORT) == found
    with open_store(tmp_path, create=False) as store:
        assert len(finished) == len(list(store.runs(RunFilter(status="finished"))))
    assert 5 <= before < len(finished)


def test_each_step_is_told_with_what_the_one_before_gave(split: Split, tmp_path: Path) -> None:
    told: list[Progress] = []
    found = diagnose(BROKEN, laboratory(split, tmp_path), EFFORT, told.append)
    assert [one.stage for one in told] == ["looking", "ranking", "measuring"]
    assert told[1].suspects == found.suspects
    assert told[2].order == found.ranked
    assert told[2].changes == len(found.measured) + 1


def test_a_healthy_network_is_let_be(split: Split, tmp_path: Path) -> None:
    layers = [layer for layer in LAYERS if not isinstance(layer, Dropout)]
    layers = [replace(layer, filters=10) if isinstance(layer, Conv2D) else layer for layer in layers]
    sound = Architecture("sound", chain("sound", layers), replace(BROKEN.recipe, epochs=6))
    found = diagnose(sound, laboratory(split, tmp_path), EFFORT)
    assert found.causes == ()


def test_labels_that_say_nothing_leave_nothing_to_explain(split: Split, tmp_path: Path) -> None:
    labels = np.random.default_rng(0).integers(0, 10, len(split.train)).astype(np.uint8)
    noise = replace(split, train=replace(split.train, labels=labels), sums={"made up": "noise"})
    assert diagnose(BROKEN, laboratory(noise, tmp_path), EFFORT).causes == ()


def with_wrong_labels(split: Split, share: float) -> tuple[Split, set[int]]:
    """Give a share of the training images that are not held out any other class; return their places as well."""
    labels, random = split.train.labels.copy(), np.random.default_rng(0)
    wrong = np.flatnonzero(random.random(1_500) < share)
    labels[wrong] = (labels[wrong] + random.integers(1, 10, len(wrong))) % 10
    return replace(split, train=replace(split.train, labels=labels), sums={"made up": str(share)}), set(wrong.tolist())


def doubts(split: Split, out: Path) -> list[Suspect]:
    """Look at a sound network alone: no change is worth a trial."""
    layers = [layer for layer in LAYERS if not isinstance(layer, Dropout)]
    layers = [replace(layer, filters=8) if isinstance(layer, Conv2D) else layer for layer in layers]
    sound = Architecture("sound", chain("sound", layers), replace(BROKEN.recipe, epochs=6))
    found = diagnose(sound, laboratory(split, out), replace(EFFORT, ranking_images=1_500, most_changes=0))
    return [one for one in found.suspects if one.name == "doubtful-labels"]


def test_planted_wrong_labels_are_counted_and_some_of_them_named(split: Split, tmp_path: Path) -> None:
    noisy, wrong = with_wrong_labels(split, 0.1)
    (suspect,) = doubts(noisy, tmp_path)
    numbers = dict(suspect.evidence)
    assert numbers["training images"] == 1_500
    assert 0.5 * len(wrong) < numbers["doubtful training images"] < 1.2 * len(wrong)
    named = {int(value) for name, value in suspect.evidence if name.startswith("doubtful image (")}
    assert len(named) == 5
    assert named <= wrong
    assert f"{numbers['doubtful training images']:.0f} of 1500 training images" in suspect.text


def test_sound_labels_are_not_doubted(split: Split, tmp_path: Path) -> None:
    assert doubts(split, tmp_path) == []


def test_training_images_are_asked_from_the_first_on_and_only_so_many(
    split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "ASKED", 700)
    there = laboratory(split, tmp_path)
    runs = there.train("looked-at", [BROKEN], (0, 1), 1_000)
    assert runs.split is not None
    said = answers_in_training(runs, BROKEN, runs.split, there.means)
    assert said is not None
    assert said.seeds == (0, 1)
    assert said.labels.tolist() == split.train.labels[:700].tolist()
    for row, seed in enumerate(said.seeds):
        model = ReferenceBackend().load(BROKEN.network, runs.weights("broken", seed))
        outputs = model.predict(split.train.images[:700, ..., None].astype(np.float32) / np.float32(255), 100)
        assert said.classes[row].tolist() == outputs.argmax(axis=1).tolist()
        true = outputs[np.arange(700), said.labels]
        np.testing.assert_allclose(said.losses[row], -np.log(true), rtol=1e-4, atol=1e-4)


def test_a_run_that_failed_is_not_asked_and_without_others_there_are_no_answers(split: Split, tmp_path: Path) -> None:
    there = laboratory(split, tmp_path)
    wild = replace(BROKEN, recipe=replace(BROKEN.recipe, optimizer=SGD(1e30)))
    runs = there.train("looked-at", [wild], (0, 1), 1_000)
    assert {run.status for run in runs.runs} == {"failed"}
    assert answers_in_training(runs, wild, split, there.means) is None


def test_a_run_that_failed_classifies_no_image_and_counts_beside_the_others() -> None:
    labels = np.zeros(4, np.uint8)
    said = Tested("a", (0,), labels, np.zeros((1, 4), np.uint8), np.zeros((1, 4)))
    runs = [stored(0, "finished"), stored(1, "failed")]
    whole = with_failed(said, runs, labels)
    assert (whole.seeds, whole.accuracies.tolist()) == ((0, 1), [1.0, 0.0])
    alone = with_failed(None, runs[1:], labels)
    assert (alone.seeds, alone.accuracies.tolist()) == ((1,), [0.0])


def stored(seed: int, status: StoredStatus) -> RunSummary:
    return RunSummary("a" * 8, "study", "a", seed, status, 1, 1, None, None, 1.0, None, None, None, "a")


def test_the_gains_that_are_told_hold_all_at_once(
    split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together: list[int] = []

    def noted(base: Tested, changed: Tested, comparisons: int) -> Gain:
        together.append(comparisons)
        return gain(base, changed, comparisons)

    monkeypatch.setattr(diagnosing, "gain", noted)
    found = diagnose(BROKEN, laboratory(split, tmp_path), EFFORT)
    at_once = len(found.measured) + (found.joint is not None)
    assert together == [1] * len(found.ranked) + [at_once] * at_once
