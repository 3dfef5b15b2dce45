"""A budget that is the same for all: what each run makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnlab.analysis.equal_cost import Spending, equal_cost, training_multiply_adds, updates_of_epoch
from cnnlab.errors import UsageError

prices = st.lists(st.floats(0.01, 100), min_size=1, max_size=8)


def spending(name: str, steps: list[float], seed: int = 0) -> Spending:
    totals, total = [], 0.0
    for step in steps:
        total += step
        totals.append(total)
    return Spending(name, seed, tuple(totals))


@given(st.lists(prices, min_size=1, max_size=5))
def test_each_run_is_taken_at_the_last_epoch_within_the_budget_and_one_spends_all_of_it(
    runs: list[list[float]],
) -> None:
    spendings = [spending(f"net-{number}", steps) for number, steps in enumerate(runs)]
    least = min(one.totals[-1] for one in spendings)
    if any(one.totals[0] > least * (1 + 1e-9) for one in spendings):
        with pytest.raises(UsageError, match=r"--equal seconds: expected a budget for at least one epoch of each run"):
            equal_cost(spendings, "seconds")
        return
    budget = equal_cost(spendings, "seconds")
    assert budget.amount == least
    assert not budget.given
    for one, taken in zip(spendings, budget.taken, strict=True):
        assert (taken.architecture, taken.epochs) == (one.architecture, len(one.totals))
        assert taken.spent == one.totals[taken.epoch - 1]
        assert taken.spent <= least * (1 + 1e-9)
        assert taken.epoch == len(one.totals) or one.totals[taken.epoch] > least
    assert any(taken.epoch == taken.epochs for taken in budget.taken)


@given(prices, st.floats(0.01, 1000), st.floats(0, 1000))
def test_a_larger_budget_never_buys_fewer_epochs(steps: list[float], amount: float, more: float) -> None:
    one = spending("net", steps)
    if one.totals[0] > amount:
        return
    small, large = (equal_cost([one], "madds", budget).taken[0].epoch for budget in (amount, amount + more))
    assert large >= small


def test_a_budget_that_is_named_may_be_more_than_a_run_ever_spent() -> None:
    budget = equal_cost([spending("a", [1, 1]), spending("b", [1, 1, 1])], "epochs", 3)
    assert [(one.epoch, one.spent) for one in budget.taken] == [(2, 2.0), (3, 3.0)]
    assert budget.given


def test_rounding_does_not_cost_a_run_its_last_epoch() -> None:
    one = spending("a", [0.1] * 3)
    assert one.totals[-1] > 0.3
    assert equal_cost([one], "seconds", 0.3).taken[0].epoch == 3


def test_what_cannot_be_afforded_or_never_ran_is_refused_by_name() -> None:
    with pytest.raises(
        UsageError,
        match=r"got 2 epochs, and the first epoch of b \(seed 1\) costs 5. The least that is enough: --budget 5.",
    ):
        equal_cost([spending("a", [1, 1]), spending("b", [5], 1)], "epochs")
    with pytest.raises(UsageError, match="--equal updates: expected runs with at least one epoch, got one without"):
        equal_cost([Spending("a", 0, ())], "updates")
    with pytest.raises(UsageError, match="expected runs with at least one epoch"):
        equal_cost([], "updates")


@given(prices, prices)
def test_the_budget_that_a_refusal_proposes_is_enough(one: list[float], two: list[float]) -> None:
    spendings = [spending("a", one), spending("b", two)]
    try:
        equal_cost(spendings, "seconds", 0.001)
    except UsageError as error:
        proposed = float(str(error).split("--budget ")[1].split(". Or")[0])
    assert equal_cost(spendings, "seconds", proposed).amount == proposed


def test_updates_and_multiply_adds_are_counted_as_the_notebooks_table_has_them() -> None:
    assert [updates_of_epoch(60_000, size) for size in (128, 200, 60_000, 60_001)] == [469, 300, 1, 1]
    assert training_multiply_adds(17_970, 60_000) == 3 * 17_970 * 60_000
