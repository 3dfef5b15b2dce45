import studies
from hypothesis import given, settings

from cnnlab.analysis import outcomes
from cnnlab.records import StudyResult


@settings(max_examples=50)
@given(studies.studies())
def test_every_architecture_and_every_run_is_in_one_outcome(result: StudyResult) -> None:
    found = outcomes(result)
    assert tuple(outcome.architecture for outcome in found) == result.architectures
    assert {id(run) for outcome in found for run in outcome.runs} == {id(run) for run in result.runs}
    assert sum(len(outcome.runs) for outcome in found) == len(result.runs)


@settings(max_examples=50)
@given(studies.studies())
def test_a_mean_lies_within_the_range_it_is_of(result: StudyResult) -> None:
    for outcome in outcomes(result):
        assert (outcome.accuracy is None) == (not outcome.accuracies)
        if outcome.accuracy is not None:
            assert min(outcome.accuracies) <= outcome.accuracy <= max(outcome.accuracies)


def test_an_interrupted_run_does_not_count_beside_finished_ones() -> None:
    whole, broken = studies.notebook_run("architecture-1"), studies.notebook_run("architecture-1", seed=1, epochs=2)
    (outcome,) = outcomes(studies.study(whole, broken))
    assert outcome.counted == (whole,)
    assert outcome.accuracy == 0.9903


def test_an_interrupted_run_counts_where_none_is_finished() -> None:
    (outcome,) = outcomes(studies.study(studies.notebook_run("architecture-1", epochs=2)))
    assert outcome.accuracy == 0.9831


def test_an_architecture_without_a_run_has_no_numbers() -> None:
    (outcome,) = outcomes(studies.study(architectures=("later",)))
    assert (outcome.accuracy, outcome.loss, outcome.seconds, outcome.interval(100)) == (None, None, None, None)


def test_a_run_of_an_architecture_that_the_study_does_not_name_is_not_lost() -> None:
    found = outcomes(studies.study(studies.notebook_run("architecture-1"), architectures=("other",)))
    assert [outcome.architecture for outcome in found] == ["other", "architecture-1"]
