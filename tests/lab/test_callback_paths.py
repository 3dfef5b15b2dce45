"""Where callbacks of a study file may write: in their run's own folder and nowhere else."""

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.errors import CnnlabError, StudyFileError
from cnnlab.lab import background
from cnnlab.lab.plan import StudyPlan, from_zoo
from cnnlab.lab.resume import resumable
from cnnlab.lab.stored_plan import not_repeatable
from cnnlab.lab.study_file import load_networks, load_plan
from cnnlab.store import open_store
from cnnlab.training.callbacks import CSVLogger, ModelCheckpoint, callback_recipe, why_not_inside
from cnnlab.training.callbacks.checks import parameters_of
from cnnlab.training.callbacks.names import CALLBACKS
from cnnlab.training.trainee import Trainee
from cnnlab.web.doing import plan_of

# What may end a name, climb, begin elsewhere, or be put in; also what a format can fill or cut.
_PIECES = [
    "a",
    "..",
    ".",
    "/",
    "\\",
    "C:",
    "~",
    "{epoch:02d}",
    "{val_loss:.4f}",
    "{seed}",
    "{architecture}",
    "{{",
    "}}",
]
_PIECES += [
    "{architecture:.0}",
    "{architecture:.>2.0}",
    "{epoch:/>4}",
    "{epoch:.>3}",
    "{seed!r:.0}",
    "{epoch:+d}",
    ".0}",
]
_PIECES += ["{epoch.numerator}", "{architecture:", "{seed:"]


def study_file(tmp_path: Path, callback: str) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(f'name = "x"\n[[architecture]]\nname = "one"\nzoo = "lenet-5"\ncallbacks = [{callback}]\n')
    return path


def plan_with(*callbacks: CSVLogger | ModelCheckpoint) -> StudyPlan:
    base = from_zoo("lenet-5")
    recipe = replace(base.recipe, epochs=1, callbacks=tuple(map(callback_recipe, callbacks)))
    return StudyPlan("mine", (replace(base, name="mine", recipe=recipe),), limit=100, seeds=(0,))


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        (
            "{ name = 'CSVLogger', filename = '/home/me/.bashrc' }",
            r"CSVLogger, filename: .*an absolute path\).*'.bashrc'",
        ),
        ("{ name = 'CSVLogger', filename = '../log.csv' }", r"'../log.csv' \('..' in it\). Write filename = 'log.csv'"),
        ("{ name = 'csv_logger', filename = 'a/../../../b.csv' }", r"'..' in it"),
        ("{ name = 'CSVLogger', filename = 'C:log.csv' }", r"an absolute path"),
        ("{ name = 'CSVLogger', filename = '\\\\host\\share\\log.csv' }", r"an absolute path"),
        ("{ name = 'CSVLogger', filename = 'a\\..\\..\\log.csv' }", r"'..' in it"),
        ('{ name = "CSVLogger", filename = "a\\u0000.csv" }', r"a character that nobody sees"),
        (
            "{ name = 'ModelCheckpoint', filepath = '/tmp/w.npz' }",
            r"ModelCheckpoint, filepath: .*Write filepath = 'w.npz'",
        ),
        ("{ name = 'ModelCheckpoint', filepath = '{architecture:.0}/tmp/w.npz' }", r"a word in braces that may become"),
        ("{ name = 'ModelCheckpoint', filepath = '{architecture:.>2.0}/w.npz' }", r"a word in braces that may become"),
        ("{ name = 'ModelCheckpoint', filepath = '{epoch:/>3}.npz' }", r"may become any text\). .*'weights.npz'"),
        ("{ name = 'CSVLogger', filename = '{epoch:/>3}.csv' }", r"may become any text\). Write filename = 'log.csv'"),
    ],
)
def test_a_study_file_whose_callback_would_write_elsewhere_is_refused_by_name(
    tmp_path: Path, callback: str, message: str
) -> None:
    path = study_file(tmp_path, callback)
    with pytest.raises(StudyFileError, match=message) as refused:
        load_plan(path)
    assert "architecture 'one'" in str(refused.value)
    assert list(load_networks(path)) == ["one"]  # to look at its networks writes nothing


@pytest.mark.parametrize(
    "place", ["log.csv", "logs/{architecture}-{seed}.csv", "a..b.csv", "..csv", "./log.csv", "~/x"]
)
def test_a_path_that_stays_in_the_runs_folder_is_taken_from_a_study_file(tmp_path: Path, place: str) -> None:
    (one,) = load_plan(study_file(tmp_path, f"{{ name = 'CSVLogger', filename = '{place}' }}")).architectures
    assert one.recipe.callbacks == (callback_recipe(CSVLogger(place)),)


@settings(max_examples=400, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(_PIECES), min_size=1, max_size=6),
    name=st.sampled_from(["net", "../..", "/", "a/b", ".", "C:\\x"]),
    value=st.sampled_from([0.5, 0.0, -1.0, float("inf"), float("nan"), 1e-30]),
)
def test_whatever_is_taken_from_a_study_file_is_written_in_the_runs_folder(
    pieces: list[str], name: str, value: float
) -> None:
    path = "".join(pieces)
    if why_not_inside(path):
        return
    model = cast("Trainee", SimpleNamespace(name=name, seed=3, folder=Path("/runs/study/net/seed-3")))
    written = [os.path.normpath(Path("/runs/study/net/seed-3") / path)]
    try:
        callback = ModelCheckpoint(path + ".npz")
        callback.model = model
        written.append(callback._path(0, {"val_loss": value}))
    except CnnlabError:
        pass
    for one in written:
        for seen in (one, one.replace("\\", "/")):
            assert os.path.normpath(seen).startswith("/runs/study/net/seed-3"), seen


def test_every_argument_of_a_callback_that_names_a_file_is_known_as_one() -> None:
    for kind in CALLBACKS.values():
        named = [name for name in parameters_of(kind) if any(word in name for word in ("file", "path", "dir"))]
        assert list(kind.paths) == named


def test_a_study_in_python_keeps_its_own_paths_in_the_store_and_goes_on_with_them(tmp_path: Path) -> None:
    plan = plan_with(CSVLogger(str(tmp_path / "log.csv")), ModelCheckpoint("../kept.npz"))
    with open_store(tmp_path / "runs") as store:
        folder = background.begin(store, plan, offline=True).folder
        with pytest.raises(StudyFileError, match=r"the study, architecture 'mine': CSVLogger, filename"):
            plan_of(store, {"architectures": ["mine"]})
    (found,) = resumable(tmp_path / "runs").studies
    assert [one.recipe for one in found.plan.architectures] == [one.recipe for one in plan.architectures]
    with pytest.raises(StudyFileError, match=r"CSVLogger, filename"):
        load_plan(folder / "study.toml")


def test_a_page_does_not_offer_a_definition_as_a_file_that_would_be_refused() -> None:
    assert not not_repeatable(plan_with(CSVLogger("log.csv")))
    said = not_repeatable(plan_with(CSVLogger("/private/log.csv"), ModelCheckpoint("../w.npz"), CSVLogger("/b.csv")))
    assert said.endswith("as a file it may not write where CSVLogger and ModelCheckpoint did.")
    assert "private" not in said
