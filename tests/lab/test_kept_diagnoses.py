"""A diagnosis is kept beside the runs that looked at the network, and shown beside that network alone."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "analysis" / "diagnosis"))
from findings_made_up import FOUND

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.experiments import Architecture
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.kept_diagnoses import FILE, keep_diagnosis, kept_diagnoses, looking_name
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.stored_reports import write_report
from cnnlab.records import Recipe
from cnnlab.store import open_store

NET = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])
BASE = Architecture("net", NET, Recipe(batch_size=16, epochs=1))
PLAN = StudyPlan("mine", (BASE,), "made-up", seeds=(0,))


def looked(out: Path, limit: int, *, name: str = "net") -> Path:
    """Train a study that looks at the network, and keep a made-up diagnosis in it."""
    base = replace(BASE, name=name, network=NET.renamed(name))
    plan = StudyPlan(looking_name(name), (base,), "made-up", seeds=(0,), limit=limit, hold_out=100, spare_test=True)
    outcome = conduct(plan, data.load("made-up"), Means(threads=1), out=out, page=False)
    keep_diagnosis(outcome.folder, replace(FOUND, architecture=f"{name} with {limit} images"))
    return outcome.folder


def shown(out: Path, plan: StudyPlan) -> tuple[list[str], tuple[str, ...]]:
    with open_store(out, create=False) as store:
        found, left = kept_diagnoses(store, plan)
    return [one.architecture for one in found], left


def test_the_newest_diagnosis_of_the_same_network_is_shown(tmp_path: Path) -> None:
    looked(tmp_path, 100)
    looked(tmp_path, 150)
    assert shown(tmp_path, PLAN) == (["net with 150 images"], ())


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, recipe=Recipe(batch_size=16, epochs=2)),
        replace(BASE, recipe=Recipe(batch_size=32, epochs=1)),
        replace(BASE, network=chain("net", [Input((12, 12, 1)), Flatten(), Dense(4)])),
        replace(BASE, name="other", network=NET.renamed("other")),
    ],
)
def test_a_diagnosis_of_another_network_or_recipe_is_not_shown(tmp_path: Path, other: Architecture) -> None:
    looked(tmp_path, 100)
    assert shown(tmp_path, replace(PLAN, architectures=(other,))) == ([], ())


def test_a_diagnosis_on_another_data_set_is_not_shown(tmp_path: Path) -> None:
    looked(tmp_path, 100)
    assert shown(tmp_path, replace(PLAN, data="mnist")) == ([], ())


def test_a_damaged_document_is_told_of_and_an_older_one_takes_its_place(tmp_path: Path) -> None:
    looked(tmp_path, 100)
    folder = looked(tmp_path, 150)
    (folder / FILE).write_text("{")
    found, left = shown(tmp_path, PLAN)
    assert found == ["net with 100 images"]
    assert left == (f"The diagnosis of net in {folder.name}/{FILE} cannot be read.",)


def test_a_page_made_after_a_diagnosis_shows_it(tmp_path: Path) -> None:
    outcome = conduct(PLAN, data.load("made-up"), Means(threads=1), out=tmp_path)
    assert "What costs accuracy" not in outcome.page.read_text(encoding="utf-8")
    looked(tmp_path, 100)
    write_report(tmp_path)
    page = outcome.page.read_text(encoding="utf-8")
    assert "What costs accuracy" in page
    assert "without dropout_3" in page
    assert "+27.3" in page
