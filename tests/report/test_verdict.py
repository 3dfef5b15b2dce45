"""What a page answers to its question is never stronger than the comparison."""

import made_comparisons
import pytest
import studies
from hypothesis import given, settings
from made_comparisons import comparison, standing

from cnnlab.analysis.comparison import Comparison
from cnnlab.report.page.verdict import Verdict, verdict
from cnnlab.report.rows import table_rows


def told(found: Comparison) -> Verdict:
    result = made_comparisons.study_of(found)
    return verdict(result, found, table_rows(result, found))


def test_the_best_is_called_so_only_where_it_is_distinguishable_from_all_others() -> None:
    found = told(comparison(standing("a", 0.99), standing("b", 0.9), standing("c", 0.8)))
    assert found.question == "Which of 3 architectures classifies the 10,000 test images of MNIST best?"
    assert found.answer == "a is best: distinguishably above b and c."
    assert found.reasons[0] == "a: test accuracy 0.9900, 95 % interval 0.9870 to 0.9930."


def test_a_tie_has_no_winner_and_says_what_would_settle_it() -> None:
    found = told(comparison(standing("a", 0.9805), standing("b", 0.9781), seeds={("a", "b"): 11}))
    assert found.answer == "No winner: a is highest, but it cannot be told apart from b."
    assert "about 11 seeds of each would settle it if it is what it seems." in " ".join(found.reasons)


def test_a_tie_that_only_images_settle_says_so() -> None:
    found = told(comparison(standing("a", 0.9805), standing("b", 0.9801), images={("a", "b"): 612_000}))
    assert "only more images would settle it, about 612,000." in " ".join(found.reasons)


def test_of_trained_networks_it_is_not_said_that_seeds_would_settle_nothing() -> None:
    one, other = standing("a", 0.9805, seeds=[0]), standing("b", 0.9801, seeds=[0])
    reasons = " ".join(told(comparison(one, other, images={("a", "b"): 612_000})).reasons)
    assert "more images would settle it, about 612,000." in reasons
    assert "only more images" not in reasons


def test_of_two_that_are_equal_none_is_over_the_other() -> None:
    reasons = " ".join(told(comparison(standing("a", 0.98), standing("b", 0.98))).reasons)
    assert "a and b: no difference, interval" in reasons
    assert " over " not in reasons.split("All ", maxsplit=1)[0]


def test_a_tie_at_the_top_does_not_hide_whom_both_are_above() -> None:
    found = told(comparison(standing("a", 0.9805), standing("b", 0.98), standing("c", 0.5), seeds={("a", "b"): 90}))
    expected = "No single winner: a is highest, but it cannot be told apart from b. It is distinguishably above c."
    assert found.answer == expected


def test_with_one_seed_it_is_said_of_the_networks_as_they_were_trained() -> None:
    found = told(comparison(standing("a", 0.99, seeds=[0]), standing("b", 0.9, seeds=[0])))
    assert found.answer == "a is best of these trained networks: distinguishably above b."
    assert "another seed may give another answer" in found.reasons[-1]


def test_without_answers_nobody_is_called_better() -> None:
    result = studies.notebook_study()
    found = verdict(result, None, table_rows(result))
    assert found.answer == "Which of them differ beyond chance is not known here."


def test_a_lone_architecture_is_asked_for_its_share() -> None:
    result = studies.study(*(studies.run("a", [(0.3, 0.9, 0.2, 0.9)], seed=s, test=(0.1, 0.98)) for s in range(2)))
    found = verdict(result, None, table_rows(result))
    assert found.question == "How many of the 10,000 test images of MNIST does a classify correctly?"
    assert found.answer == "0.9800 of them on average, with a 95 % interval of 0.9771 to 0.9826."


@pytest.mark.parametrize("count", [1, 2])
def test_a_study_without_numbers_has_no_answer(count: int) -> None:
    result = studies.study(architectures=tuple("ab"[:count]))
    assert verdict(result, None, table_rows(result)).answer == "No run has been tested yet."


@settings(max_examples=60)
@given(made_comparisons.comparisons())
def test_whoever_is_called_best_is_distinguishable_from_each_other_one(found: Comparison) -> None:
    answer = told(found).answer
    if len(found.standings) < 2:
        return
    best = max(found.standings, key=lambda one: one.accuracy.value).architecture
    pairs = [pair for pair in found.pairs if best in (pair.better, pair.worse)]
    assert (" is best" in answer) == all(pair.distinguishable for pair in pairs)
    assert ("winner" in answer) == any(not pair.distinguishable for pair in pairs)
