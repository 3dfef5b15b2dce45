"""A study trained by Keras: the records of any other, a study of its own, and a word about what it cannot promise."""

import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cnnlab import data
from cnnlab.backends.keras import KerasBackend
from cnnlab.errors import StudyFileError
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.study_file import plan_from_text
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import Event, Notice, RunKey
from cnnlab.store import open_store

pytestmark = pytest.mark.keras

FILE = """
name = "small"
backend = "keras"
seeds = 1
[data]
name = "made-up"
limit = 96
[[architecture]]
name = "row"
epochs = 2
input_shape = [12, 12, 1]
layers = [{ layer = "Flatten" }, { layer = "Dropout", rate = 0.3 },
          { layer = "Dense", units = 4, activation = "softmax" }]
"""


@pytest.fixture(autouse=True)
def _keras_may_warn() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_a_study_file_names_the_backend_and_its_runs_are_kept_compared_and_gone_on_with(tmp_path: Path) -> None:
    plan, split = plan_from_text(FILE, "a study"), data.load("made-up")
    told: list[Event] = []
    first = conduct(plan, split, out=tmp_path, sink=told.append, page=False)
    assert [str(event.text) for event in told if isinstance(event, Notice)] == [
        f"{KerasBackend().about} trains: the same seed gives other bits on another machine or version."
    ]
    origin = first.result.provenance
    assert (origin.backend, origin.backend_name, origin.same_bits) == (KerasBackend().about, "keras", False)
    assert first.result.runs[0].weights_sha256

    found = conduct(plan, split, out=tmp_path, page=False)  # there already: nothing is trained
    assert found.folder == first.folder
    assert [run.key for run in found.result.runs] == [RunKey("row", 0)]
    assert found.result.runs[0].weights_sha256 == first.result.runs[0].weights_sha256

    compiled = conduct(plan, split, Means(backend="numpy"), out=tmp_path, page=False)
    assert compiled.folder != first.folder  # another backend, another study; its numbers are the same but for rounding
    ours, theirs = compiled.result.runs[0], first.result.runs[0]
    assert ours.test_loss == pytest.approx(theirs.test_loss, abs=1e-5)
    assert [row.loss for row in ours.history] == pytest.approx([row.loss for row in theirs.history], abs=1e-5)
    with open_store(tmp_path) as store:
        kept = {run.provenance["backend"] for run in map(store.run, (run.id for run in store.runs()))}
    assert kept == {KerasBackend().about, "numpy"}


def test_a_plan_keeps_its_backend_and_one_that_nobody_knows_is_refused() -> None:
    plan = plan_from_text(FILE, "a study")
    assert plan_from_text(plan_as_toml(plan), "again") == plan
    assert "backend" not in plan_as_toml(replace(plan, backend=None))
    with pytest.raises(
        StudyFileError, match=r"backend: expected the name of a backend, got 'kreas'. Did you mean 'keras'"
    ):
        plan_from_text(FILE.replace('backend = "keras"', 'backend = "kreas"'), "a study")
