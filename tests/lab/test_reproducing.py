"""Which runs stand against what was published."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.errors import UsageError
from cnnlab.experiments import Architecture
from cnnlab.lab import StudyPlan, notebook_plan
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.reproducing import ReproductionPlan, found_in_store, held_against, only_wanted, reproduction_plan
from cnnlab.records import Published, Recipe, RunKey, notebook
from cnnlab.store import open_store


def counts(plan: ReproductionPlan) -> dict[str, int]:
    names = [key.architecture for key in plan.keys]
    return {name: names.count(name) for name in sorted(set(names))}


def test_the_notebook_gets_three_seeds_of_its_slow_network_and_ten_of_the_others() -> None:
    plan = reproduction_plan(notebook_plan())
    assert counts(plan) == {"architecture-1": 3, "architecture-2": 10, "architecture-3": 10}
    assert {key.seed for key in plan.keys if key.architecture == "architecture-1"} == {0, 1, 2}
    assert plan.study.seeds == tuple(range(10))
    assert plan.publication == notebook()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"seeds": 4}, {"architecture-1": 4, "architecture-2": 4, "architecture-3": 4}),
        ({"seeds_of": {"architecture-1": 5}}, {"architecture-1": 5, "architecture-2": 10, "architecture-3": 10}),
        (
            {"seeds": 1, "seeds_of": {"architecture-3": 30}},
            {"architecture-1": 1, "architecture-2": 1, "architecture-3": 30},
        ),
    ],
)
def test_the_number_of_seeds_can_be_said_for_all_and_for_each(asked: dict[str, int], expected: dict[str, int]) -> None:
    plan = reproduction_plan(notebook_plan(), **asked)  # type: ignore[arg-type]
    assert counts(plan) == expected
    assert plan.study.seeds == tuple(range(max(expected.values())))


def own_study(seeds: tuple[int, ...] = (7, 8)) -> StudyPlan:
    net = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])
    one = Architecture("net", net, Recipe(), Published(0.5, 0.5, source="a paper"))
    other = Architecture("other", net.renamed("other"), Recipe())
    return StudyPlan("own", (one, other), "made-up", seeds=seeds)


def test_another_study_keeps_its_own_seeds_and_only_what_was_published_is_made() -> None:
    plan = reproduction_plan(own_study())
    assert plan.keys == {RunKey("net", 7), RunKey("net", 8)}
    assert plan.study.seeds == (7, 8)
    assert (plan.publication.title, plan.publication.assumptions) == ("a paper", ())


def test_a_network_of_the_notebook_with_other_published_values_is_another_publication() -> None:
    study = notebook_plan()
    other = replace(study.architectures[0], published=Published(0.02, 0.99))
    plan = reproduction_plan(replace(study, architectures=(other,)))
    assert counts(plan) == {"architecture-1": 3}
    assert plan.study.seeds == study.seeds
    assert plan.publication.title == "study 'notebook'"


def test_how_many_other_runs_a_study_happens_to_have_does_not_change_the_answer(tmp_path: Path) -> None:
    split = data.load("made-up")
    plan = reproduction_plan(own_study((0, 1, 2)))
    few = conduct(plan.study, split, out=tmp_path, only=plan.keys)
    alone = held_against(plan, few.result)
    more = conduct(replace(own_study(), seeds=(0, 1, 2, 3, 4)), split, out=tmp_path)
    assert len(more.runs) == 10
    assert held_against(plan, more.result) == alone
    assert [run.key for run in only_wanted(plan, more.result).runs] == [RunKey("net", seed) for seed in (0, 1, 2)]


def test_what_a_store_has_is_found_without_training_or_writing(tmp_path: Path) -> None:
    split = data.load("made-up")
    plan = reproduction_plan(own_study((0, 1, 2)))
    made = conduct(plan.study, split, out=tmp_path, only=plan.keys)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    result, folder = found_in_store(plan, split, Means(), tmp_path)
    assert folder == made.folder
    assert held_against(plan, result) == held_against(plan, made.result)
    wider = reproduction_plan(own_study(), seeds=9)
    assert [run.key.seed for run in found_in_store(wider, split, Means(), tmp_path)[0].runs] == [0, 1, 2]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_runs_on_fewer_images_or_by_another_backend_are_other_runs(tmp_path: Path) -> None:
    split = data.load("made-up")
    plan = reproduction_plan(own_study((0,)))
    conduct(plan.study, split, out=tmp_path, only=plan.keys)
    limited = replace(plan, study=replace(plan.study, limit=64))
    for other, means in ((limited, Means()), (plan, Means(backend="numpy"))):
        with pytest.raises(UsageError, match=r"expected runs of this study, got none\. Leave --no-run out"):
            found_in_store(other, split, means, tmp_path)
    with open_store(tmp_path) as store:
        assert store.count() == 1
    made = conduct(limited.study, split, out=tmp_path, only=limited.keys)
    assert found_in_store(limited, split, Means(), tmp_path)[1] == made.folder


def test_a_study_of_which_nothing_was_published_is_refused() -> None:
    bare = own_study()
    nothing = replace(bare, architectures=(bare.architectures[1],))
    with pytest.raises(UsageError, match=r"study 'own': expected an architecture with published values, got none\."):
        reproduction_plan(nothing)


def test_the_published_source_of_the_notebook_brings_what_it_left_open_also_from_a_file() -> None:
    study = replace(notebook_plan(), name="mine", architectures=notebook_plan().architectures[:1])
    plan = reproduction_plan(study)
    assert plan.publication.assumptions == notebook().assumptions
    assert set(plan.publication.runs) == {"architecture-1"}
