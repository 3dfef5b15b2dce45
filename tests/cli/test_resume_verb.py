"""`cnnlab runs resume`, and its study found again: in this process, stopped where the test wants it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Dropout, Flatten, Input
from cnnlab.errors import CnnlabError, DataError, UsageError
from cnnlab.experiments import Architecture
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.resume import resumable
from cnnlab.records import EpochDone, Event, Recipe
from cnnlab.store import RunFilter, open_store
from cnnlab.training.callbacks import Callback, callback_recipe


class Quiet(Callback):
    """A callback of a user's that does nothing."""


NET = chain("net", [Input((12, 12, 1)), Flatten(), Dropout(0.3), Dense(4, activation="softmax")])
PLAN = StudyPlan(
    "two",
    (Architecture("net", NET, Recipe(batch_size=16, epochs=4)), Architecture("other", NET.renamed("other"), Recipe())),
    data="made-up",
    limit=100,
    seeds=(0, 1),
)


def stopped(out: Path, plan: StudyPlan = PLAN, backend: str | None = None) -> StudyOutcome:
    """Run a study until the first run has two epochs behind it."""
    epochs: list[int] = []

    def note(event: Event) -> None:
        if isinstance(event, EpochDone):
            epochs.append(event.row.epoch)

    split = data.load("made-up")
    return conduct(plan, split, Means(threads=1, backend=backend), out=out, sink=note, stop=lambda: len(epochs) >= 2)


def cnnlab(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cnnlab", *words],
        env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def statuses(out: Path) -> dict[tuple[str, int], str]:
    with open_store(out, create=False) as store:
        return {(run.architecture, run.seed): run.status for run in store.runs()}


def test_an_interrupted_study_is_gone_on_with_in_its_own_folder_and_to_the_bit(tmp_path: Path) -> None:
    out = tmp_path / "runs"
    begun = stopped(out)
    assert begun.interrupted
    assert set(statuses(out).values()) == {"interrupted", "planned"}
    done = cnnlab("runs", "resume", "--out", str(out), "--threads", "1", "--json")
    assert done.returncode == 0, done.stderr
    (document,) = json.loads(done.stdout)
    assert document["folder"] == str(begun.folder)
    assert [(run["architecture"], run["seed"], run["epochs"]) for run in document["runs"]] == [
        ("net", 0, 4),
        ("other", 0, 1),
        ("net", 1, 4),
        ("other", 1, 1),
    ]
    whole = conduct(PLAN, data.load("made-up"), Means(threads=1), out=tmp_path / "whole")
    assert [run["weights_sha256"] for run in document["runs"]] == [run.weights_sha256 for run in whole.runs]
    again = cnnlab("runs", "resume", "--out", str(out))
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "No run is interrupted or planned.\n")


def test_only_the_runs_that_are_named_are_gone_on_with(tmp_path: Path) -> None:
    stopped(tmp_path)
    with open_store(tmp_path, create=False) as store:
        (planned,) = store.runs(RunFilter(architecture="other", seed=1))
    done = cnnlab("runs", "resume", planned.id[:5], "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert statuses(tmp_path) == {
        ("net", 0): "interrupted",
        ("other", 0): "planned",
        ("net", 1): "planned",
        ("other", 1): "finished",
    }
    with pytest.raises(UsageError, match=rf"expected a run that is interrupted or planned, got {planned.id}: finished"):
        resumable(tmp_path, [planned.id])


def test_seeds_that_came_to_a_study_later_are_gone_on_with_too(tmp_path: Path) -> None:
    stopped(tmp_path)
    stopped(tmp_path, replace(PLAN, seeds=(7,)))
    (found,) = resumable(tmp_path).studies
    assert found.plan.seeds == (0, 1, 7)
    assert len(found.part.keys) == 6


def test_of_two_studies_with_the_same_definition_the_one_is_gone_on_with_that_was_asked_for(tmp_path: Path) -> None:
    first = stopped(tmp_path)
    second = conduct(PLAN, data.load("made-up"), Means(threads=1, fresh=True), out=tmp_path)
    assert second.folder != first.folder
    (found,) = resumable(tmp_path).studies
    outcome = conduct(found.plan, data.load("made-up"), Means(threads=1), out=tmp_path, part=found.part)
    assert outcome.folder == first.folder
    assert set(statuses(tmp_path).values()) == {"finished"}


def test_the_backend_is_that_of_the_beginning(tmp_path: Path) -> None:
    stopped(tmp_path, backend="numpy")
    done = cnnlab("runs", "resume", "--out", str(tmp_path), "--json")
    assert json.loads(done.stdout)[0]["provenance"]["backend"] == "numpy", done.stderr


def test_other_data_are_refused_and_nothing_is_trained(tmp_path: Path) -> None:
    stopped(tmp_path)
    (found,) = resumable(tmp_path).studies
    split = data.load("made-up")
    other = replace(split, sums=dict.fromkeys(split.sums, "0" * 64))
    with pytest.raises(DataError, match=r"the data that the study was begun with, 100 training .*, got others"):
        conduct(found.plan, other, Means(threads=1), out=tmp_path, part=found.part)
    assert set(statuses(tmp_path).values()) == {"interrupted", "planned"}
    fewer = replace(found.plan, limit=90)
    with pytest.raises(DataError, match=r"got 90 training and 80 test images"):
        conduct(fewer, split, Means(threads=1), out=tmp_path, part=found.part)


def test_a_study_that_reads_otherwise_than_it_was_written_is_refused(tmp_path: Path) -> None:
    stopped(tmp_path)
    (found,) = resumable(tmp_path).studies
    other = found.plan.with_recipes(epochs=9)
    with pytest.raises(CnnlabError, match=r"expected a study as it was begun, got cnnlab .*Study\(\.\.\.\)\.run\(\)"):
        conduct(other, data.load("made-up"), Means(threads=1), out=tmp_path, part=found.part)


def test_a_study_whose_folder_is_gone_is_named(tmp_path: Path) -> None:
    begun = stopped(tmp_path)
    begun.folder.rename(tmp_path / "elsewhere")
    (found,) = resumable(tmp_path).studies
    with pytest.raises(CnnlabError, match=r"two-.*: expected the study's folder, got none\. If it was moved"):
        conduct(found.plan, data.load("made-up"), Means(threads=1), out=tmp_path, part=found.part)


def test_a_study_with_a_callback_of_the_users_is_left_to_python(tmp_path: Path) -> None:
    own = Recipe(epochs=4, callbacks=(callback_recipe(Quiet()),))
    stopped(tmp_path, replace(PLAN, architectures=(Architecture("net", NET, own),)))
    done = cnnlab("runs", "resume", "--out", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "expected callbacks that cnnlab has, got Quiet" in done.stderr
    assert "run the same Study(...).run() again" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    with open_store(tmp_path, create=False) as store:
        run = next(iter(store.runs()))
    with pytest.raises(UsageError, match="expected callbacks that cnnlab has, got Quiet"):
        resumable(tmp_path, [run.id])


def test_without_a_store_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected a store of runs, got none"):
        resumable(tmp_path)
