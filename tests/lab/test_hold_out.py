"""`hold_out`: the last training images validate, and the test images are looked at once, at the end."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hold_out_data import NET, RECIPE

from cnnlab import data
from cnnlab.backends import get_backend
from cnnlab.errors import CnnlabError, DataError, StudyFileError, UsageError
from cnnlab.experiments import Architecture, provenance
from cnnlab.lab import Study, load_plan
from cnnlab.lab.checkpointing import CHECKPOINT_VARIABLE
from cnnlab.lab.conduct import Means, conduct, held_out, limited
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.resume import resumable
from cnnlab.lab.stored_studies import study_key
from cnnlab.lab.study_file import plan_from_text
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import BatchDone, CallbackRecipe, Event, Examples, RunResult, Split
from cnnlab.store import open_store

OLD_KEY = "077a6cf4dff265a0"
MADE_UP = data.load("made-up")
PLAN = StudyPlan("held", (Architecture("net", NET, RECIPE),), "made-up", seeds=(0, 1), hold_out=80)
CALLBACKS = (
    CallbackRecipe("ReduceLROnPlateau", (("patience", 1), ("factor", 0.1))),
    CallbackRecipe("EarlyStopping", (("patience", 2), ("restore_best_weights", True))),
)
SHUFFLED = replace(MADE_UP, test=replace(MADE_UP.test, labels=np.roll(MADE_UP.test.labels, 1)))


def ran(out: Path, plan: StudyPlan = PLAN, workers: int = 1, split: Split = MADE_UP) -> StudyOutcome:
    return conduct(plan, split, Means(threads=1, workers=workers), out=out)


def told(run: RunResult) -> tuple[object, ...]:
    """All that a run gives but its time."""
    history = tuple(replace(row, seconds=0) for row in run.history)
    return (run.key, run.status, history, run.test_loss, run.test_accuracy, run.weights_sha256)


def kept(out: Path) -> list[bytes]:
    """What the store has of the answers to the test images, run by run."""
    with open_store(out, create=False) as store:
        runs = sorted(store.runs(), key=lambda run: (run.architecture, run.seed))
        said = [store.predictions(run.id, part="test") for run in runs]
    return [b"" if one is None else one.classes.tobytes() + one.true_class_probability.tobytes() for one in said]


def test_the_last_images_are_held_out_and_the_limit_takes_the_first_of_the_rest() -> None:
    split = limited(held_out(MADE_UP, 100), 50)
    assert split.validation is not None
    np.testing.assert_array_equal(split.train.images, MADE_UP.train.images[:50])
    np.testing.assert_array_equal(split.validation.images, MADE_UP.train.images[220:])
    np.testing.assert_array_equal(split.validation.labels, MADE_UP.train.labels[220:])
    assert split.test is MADE_UP.test
    assert held_out(MADE_UP, None) is MADE_UP
    assert len(held_out(MADE_UP, 319).train) == 1


@pytest.mark.parametrize("count", [0, -1, 320, 10**9, True, 2.5, "5"])
def test_what_cannot_be_held_out_is_refused_and_nothing_is_written(tmp_path: Path, count: int) -> None:
    with pytest.raises(DataError, match=r"made-up: expected 1 to 319 images to hold out, got .*left to train on"):
        ran(tmp_path / "runs", replace(PLAN, hold_out=count))
    assert not (tmp_path / "runs").exists()


def test_a_limit_beyond_what_is_left_is_refused_with_the_reason() -> None:
    with pytest.raises(DataError, match=r"a limit from 1 to 240 images, got 241\. 80 others are held out"):
        limited(held_out(MADE_UP, 80), 241)
    lone = replace(MADE_UP, train=MADE_UP.train.head(1))
    with pytest.raises(DataError, match="expected a data set of which images can be held out, got 1"):
        held_out(lone, 1)


def test_held_out_images_may_be_the_test_as_well_and_the_data_sets_own_are_then_never_touched(tmp_path: Path) -> None:
    # Images of another size: whoever looked at them would have to refuse them.
    unfit = replace(MADE_UP, test=Examples(np.zeros((3, 5, 5), np.uint8), np.zeros(3, np.uint8)))
    plan = replace(PLAN, spare_test=True)
    outcome = conduct(plan, unfit, Means(threads=1), out=tmp_path, page=False)
    for run in outcome.runs:
        assert run.test_accuracy == run.history[-1].val_accuracy
    assert outcome.result.provenance.test_images == 80
    assert outcome.result.validated_on_test


def test_a_study_that_spares_its_test_images_is_written_down_and_is_another_one() -> None:
    plan = replace(PLAN, spare_test=True)
    assert plan_from_text(plan_as_toml(plan), "a study") == plan
    assert plan_as_toml(plan) != plan_as_toml(PLAN)
    with pytest.raises(UsageError, match="expected images held out, to test on, got none"):
        replace(plan, hold_out=None)


def test_the_study_key_is_the_old_one_unless_images_are_held_out() -> None:
    origin = provenance(get_backend(), MADE_UP, 1)
    bare = replace(PLAN, hold_out=None)
    assert "hold_out" not in plan_as_toml(bare)
    # As it was before images could be held out; a change would make users train everything again.
    fixed = replace(origin, data_sums={"a": "b"}, train_images=1, test_images=1, backend="compiled")
    assert study_key(bare, fixed)[:16] == OLD_KEY
    assert len({study_key(replace(PLAN, hold_out=count), fixed) for count in (None, 10, 11)}) == 3


def test_a_study_file_says_how_many_and_writes_it_down_again(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(plan_as_toml(PLAN))
    assert load_plan(path) == PLAN
    path.write_text(plan_as_toml(PLAN).replace("hold_out = 80", "hold_out = 0"))
    with pytest.raises(StudyFileError, match=r"data, hold_out: expected greater than or equal to 1, got 0"):
        load_plan(path)


def test_each_epoch_is_validated_with_them_and_the_result_says_so(tmp_path: Path) -> None:
    study = Study("held", data_set="made-up").add(NET, epochs=3, batch_size=16)
    outcome = study.run(seeds=1, hold_out=80, out=tmp_path)
    (run,) = outcome.runs
    assert not outcome.result.validated_on_test
    assert (outcome.result.provenance.train_images, outcome.result.provenance.validation_images) == (240, 80)
    with open_store(tmp_path, create=False) as store:
        (line,) = store.runs()
        stored = store.run(line.id)
        assert (stored.train_images, stored.validation_images, stored.test_images) == (240, 80, 80)
        for row in run.history:
            said = store.predictions(line.id, row.epoch)
            assert said is not None
            assert (said.classes == MADE_UP.train.labels[240:]).mean() == row.val_accuracy
            assert store.predictions(line.id, row.epoch, "test") is None
        last = store.predictions(line.id, part="test")
        assert last is not None
        assert (last.classes == MADE_UP.test.labels).mean() == run.test_accuracy == line.test_accuracy
    results = json.loads((outcome.folder / "results.json").read_text())
    assert (results["validated_on_test"], results["provenance"]["validation_images"]) == (False, 80)
    page = outcome.page.read_text(encoding="utf-8")
    for text in (page, str(outcome)):
        assert "80 held-out training images" in text
        assert "test images are also the validation images" not in text
        assert "80 training images that were held out" in " ".join(text.split())


def test_a_limited_study_holds_the_last_images_out_before_it_takes_the_first_of_the_rest(tmp_path: Path) -> None:
    plan = replace(PLAN, limit=32, seeds=(0,))
    moved = np.concatenate([np.arange(32), np.arange(240, 320)])
    by_hand = replace(MADE_UP, train=replace(MADE_UP.train, images=MADE_UP.train.images[moved]))
    by_hand = replace(by_hand, train=replace(by_hand.train, labels=MADE_UP.train.labels[moved]))
    one, other = ran(tmp_path / "one", plan), ran(tmp_path / "other", replace(plan, limit=None), split=by_hand)
    assert told(one.runs[0]) == told(other.runs[0])
    assert (one.result.provenance.train_images, one.result.provenance.validation_images) == (32, 80)


def test_the_protocol_of_a_study_is_checked_with_the_data_that_it_used(tmp_path: Path) -> None:
    twice = replace(MADE_UP, test=MADE_UP.train.head(80))
    held, plain = ran(tmp_path, split=twice), ran(tmp_path, replace(PLAN, hold_out=None), split=twice)
    assert [one.kind for one in held.protocol] == ["test-in-training"]
    assert [one.kind for one in plain.protocol] == ["test-in-training", "validation-is-test"]
    assert ran(tmp_path / "clean").protocol == ()
    assert held.observations[0].text.startswith("80 of the 80 test images of made-up stand among the training images")


def test_an_interrupted_study_compares_the_runs_that_were_tested_and_says_who_is_left_out(tmp_path: Path) -> None:
    nets = [Architecture(name, NET.renamed(name), RECIPE) for name in ("one", "two")]
    done: list[int] = []

    def note(event: Event) -> None:
        if isinstance(event, BatchDone):
            done.append(event.step)

    # 45 steps are a run: stopped in the second run of "two", when both of "one" and one of "two" have ended
    plan = replace(PLAN, architectures=tuple(nets))
    means = Means(threads=1, workers=1)
    outcome = conduct(plan, MADE_UP, means, out=tmp_path, sink=note, stop=lambda: len(done) >= 3 * 45 + 20)
    ended = [run for run in outcome.runs if run.test_accuracy is not None]
    assert [(run.key.architecture, run.key.seed) for run in ended] == [("one", 0), ("two", 0), ("one", 1)]
    assert outcome.comparison is not None
    assert [one.seeds for one in outcome.comparison.standings] == [(0, 1), (0,)]
    for one in outcome.comparison.standings:
        mine = [run.test_accuracy for run in ended if run.key.architecture == one.architecture]
        assert one.all_seeds == pytest.approx(np.mean(mine))
    text = " ".join(str(outcome).split())
    assert "two (seed 1) was interrupted after 1 of 3 epochs; it has no test numbers, since the test comes" in text
    assert "and is left out" in text
    assert "also the validation images" not in text


def test_the_test_labels_decide_nothing_that_is_trained(tmp_path: Path) -> None:
    plan = replace(PLAN, architectures=(Architecture("net", NET, replace(RECIPE, callbacks=CALLBACKS)),))
    one, other = ran(tmp_path / "one", plan), ran(tmp_path / "other", plan, split=SHUFFLED)
    for first, second in zip(one.runs, other.runs, strict=True):
        assert told(first)[:3] == told(second)[:3]
        assert first.weights_sha256 == second.weights_sha256
        assert first.test_accuracy != second.test_accuracy


def test_two_processes_give_the_bits_and_the_test_numbers_of_one(tmp_path: Path) -> None:
    one, two = ran(tmp_path / "one"), ran(tmp_path / "two", workers=2)
    assert [told(run) for run in one.runs] == [told(run) for run in two.runs]
    assert all(run.test_loss is not None for run in one.runs)
    assert kept(tmp_path / "one") == kept(tmp_path / "two")
    assert all(kept(tmp_path / "one"))


@pytest.mark.parametrize("step", [1, 7, 15, 16, 29, 44])
def test_stopped_at_any_step_and_gone_on_with_it_gives_the_same_bits_and_test_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setenv(CHECKPOINT_VARIABLE, "0")
    plan = replace(PLAN, seeds=(0,))
    whole = ran(tmp_path / "whole", plan)
    done: list[int] = []

    def note(event: Event) -> None:
        if isinstance(event, BatchDone):
            done.append(event.step)

    stopped = conduct(plan, MADE_UP, Means(threads=1), out=tmp_path / "cut", sink=note, stop=lambda: len(done) >= step)
    (run,) = stopped.runs
    assert stopped.interrupted
    assert (run.status, run.test_loss, run.test_accuracy) == ("interrupted", None, None)
    assert kept(tmp_path / "cut") == [b""]
    (found,) = resumable(tmp_path / "cut").studies
    assert found.plan.hold_out == 80
    again = ran(tmp_path / "cut", plan)
    assert told(again.runs[0]) == told(whole.runs[0])
    assert kept(tmp_path / "cut") == kept(tmp_path / "whole")


KILLED = """
import os, signal, sys
from pathlib import Path
from cnnlab.backends.compiled.model import CompiledModel
sys.path.insert(0, sys.argv[2])
import test_hold_out as study
evaluate, calls = CompiledModel.evaluate, []
def killed(self, examples, batch_size):
    calls.append(1)
    if len(calls) == study.RECIPE.epochs + 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return evaluate(self, examples, batch_size)
CompiledModel.evaluate = killed
study.ran(Path(sys.argv[1]), study.replace(study.PLAN, seeds=(0,)))
"""


@pytest.mark.skipif(os.name != "posix", reason="a kill is a signal")
@pytest.mark.parametrize("every", ["0", "1000"])
def test_killed_between_the_last_epoch_and_the_test_it_goes_on_to_the_same_numbers(tmp_path: Path, every: str) -> None:
    here = Path(__file__).parent
    path = os.pathsep.join([*sys.path, str(here.parent / "training")])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed"), str(here)],
        env={**os.environ, CHECKPOINT_VARIABLE: every, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert killed.returncode == -9, killed.stderr
    with open_store(tmp_path / "killed", create=False) as store:
        (run,) = store.runs()
        assert (run.status, run.epochs, run.test_loss) == ("interrupted", RECIPE.epochs, None)
        assert store.predictions(run.id, part="test") is None
    plan = replace(PLAN, seeds=(0,))
    again, whole = ran(tmp_path / "killed", plan), ran(tmp_path / "whole", plan)
    assert told(again.runs[0]) == told(whole.runs[0])
    assert kept(tmp_path / "killed") == kept(tmp_path / "whole")


def test_a_study_with_images_held_out_is_another_one_and_neither_is_trained_twice(tmp_path: Path) -> None:
    first, second = ran(tmp_path), ran(tmp_path, replace(PLAN, hold_out=None))
    assert first.folder != second.folder
    assert ran(tmp_path).folder == first.folder
    with open_store(tmp_path, create=False) as store:
        assert sorted(str(store.run(run.id).validation_images) for run in store.runs()) == ["80", "80", "None", "None"]


def test_going_on_with_other_data_is_refused(tmp_path: Path) -> None:
    conduct(PLAN, MADE_UP, Means(threads=1), out=tmp_path, stop=lambda: True)
    (found,) = resumable(tmp_path).studies
    fewer = replace(MADE_UP, train=MADE_UP.train.head(300))
    with pytest.raises(CnnlabError, match="expected the data that the study was begun with, 240 training and 80 test"):
        conduct(found.plan, fewer, Means(threads=1), out=tmp_path, part=found.part)
