import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnlab.records.published
from cnnlab.errors import UsageError
from cnnlab.records import Published, PublishedCurves, notebook
from cnnlab.records.published import MOST_DECIMALS, as_table, from_table, half_unit

NAMES = ("architecture-1", "architecture-2", "architecture-3")

lists = st.integers(1, 6).flatmap(lambda size: st.lists(st.floats(0, 1), min_size=size, max_size=size).map(tuple))
decimals = st.none() | st.integers(0, MOST_DECIMALS)


@st.composite
def published(draw: st.DrawFn) -> Published:
    curves = None
    if draw(st.booleans()):
        values = draw(lists)
        named = draw(st.sets(st.sampled_from(["loss", "accuracy", "val_loss", "val_accuracy"]), min_size=1))
        curves = PublishedCurves(**dict.fromkeys(named, values), decimals=draw(decimals))
    return Published(
        draw(st.floats(0, 100)),
        draw(st.floats(0, 1)),
        decimals=draw(decimals),
        epochs=draw(st.none() | st.integers(1, 50)),
        seconds_per_epoch=draw(st.none() | st.floats(0, 1e4)),
        source=draw(st.text(max_size=9)),
        curves=curves,
    )


@given(published())
def test_a_published_run_survives_its_table(one: Published) -> None:
    assert from_table(as_table(one)) == one


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(cnnlab.records.published).failed == 0


@pytest.mark.parametrize(("name", "epochs"), [("architecture-1", 12), ("architecture-2", 10), ("architecture-3", 15)])
def test_the_notebook_has_all_four_values_of_every_epoch_with_four_decimals(name: str, epochs: int) -> None:
    run = notebook().runs[name]
    assert run.curves is not None
    assert run.curves.epochs == run.epochs == epochs
    assert set(run.curves.lists) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(value == round(value, 4) for values in run.curves.lists.values() for value in values)


@pytest.mark.parametrize("name", NAMES)
def test_the_last_validation_is_the_final_test_rounded(name: str) -> None:
    run = notebook().runs[name]
    assert run.curves is not None
    assert (run.curves.val_loss[-1], run.curves.val_accuracy[-1]) == (
        round(run.test_loss, 4),
        round(run.test_accuracy, 4),
    )


def test_no_value_of_the_notebook_was_mistyped() -> None:
    sums = {
        name: [round(sum(values), 4) for values in run.curves.lists.values()]
        for name, run in notebook().runs.items()
        if run.curves
    }
    assert sums == {
        "architecture-1": [1.3187, 11.5823, 0.5237, 11.847],
        "architecture-2": [1.6731, 9.4843, 1.1676, 9.6306],
        "architecture-3": [29.6305, 3.3084, 25.4956, 5.3791],
    }


def test_the_notebooks_final_accuracies_are_shares_of_its_ten_thousand_images() -> None:
    for run in notebook().runs.values():
        right = run.test_accuracy * 10_000
        assert abs(right - round(right)) < 10_000 * half_unit(run.decimals)


def test_every_assumption_says_what_is_there_and_what_is_done_here() -> None:
    topics = [one.topic for one in notebook().assumptions]
    assert len(topics) == len(set(topics)) > 10
    for one in notebook().assumptions:
        assert one.there.endswith(".")
        assert one.here.endswith(".")
        assert (one.there + one.here).isascii()


@pytest.mark.parametrize("curves", [{}, {"loss": (0.5,), "val_loss": (0.5, 0.4)}])
def test_lists_of_epochs_are_of_one_length(curves: dict[str, tuple[float, ...]]) -> None:
    with pytest.raises(UsageError, match="published epochs: expected lists with one value for each epoch, got "):
        PublishedCurves(**curves)
