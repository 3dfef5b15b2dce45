"""What a store says of a study that is still in training."""

from dataclasses import replace
from pathlib import Path

from cnnlab import data
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.plan import StudyPlan, from_zoo
from cnnlab.lab.stored_outcome import stored_outcome
from cnnlab.lab.stored_plan import stored_plan
from cnnlab.records import EpochDone, Event, RunKey
from cnnlab.store import open_store


def test_while_a_study_trains_its_table_is_of_the_runs_that_have_come_to_their_end(tmp_path: Path) -> None:
    plan = StudyPlan("small", (from_zoo("architecture-3"),), limit=300, seeds=(0, 1)).with_recipes(epochs=2)
    ended: list[int] = []

    def watch(event: Event) -> None:
        if isinstance(event, EpochDone):
            ended.append(event.key.seed)

    # Both epochs of the first seed, and one of the second.
    whole = data.load("mnist", offline=True)
    conduct(plan, whole, Means(threads=1, workers=1), out=tmp_path, sink=watch, stop=lambda: len(ended) > 2)
    assert ended == [0, 0, 1]
    with open_store(tmp_path) as store:
        (study,) = store.studies()
        so_far, at_end = (stored_outcome(store, study, stored_plan(study), at_end=only) for only in (False, True))
    assert so_far is not None
    assert at_end is not None
    assert [run.key for run in so_far.result.runs] == [RunKey("architecture-3", seed) for seed in (0, 1)]
    assert [run.key for run in at_end.result.runs] == [RunKey("architecture-3", 0)]


def test_a_study_that_holds_images_out_is_compared_by_the_images_that_it_was_tested_on(tmp_path: Path) -> None:
    whole = data.load("mnist", offline=True)
    plan = StudyPlan("spare", (from_zoo("architecture-3"), from_zoo("architecture-2")), limit=300, seeds=(0, 1))
    plan = replace(plan.with_recipes(epochs=1), hold_out=500, spare_test=True)
    done = conduct(plan, whole, Means(threads=1, workers=1), out=tmp_path)
    with open_store(tmp_path) as store:
        (study,) = store.studies()
        told = stored_outcome(store, study, stored_plan(study), whole)
        other = stored_outcome(store, study, stored_plan(study), replace(whole, sums={"train-images": "0" * 64}))
    assert told is not None
    assert other is not None
    assert told.comparison == done.comparison
    assert [one.text for one in told.observations] == [one.text for one in done.observations]
    assert (other.split, other.comparison) == (None, None)
