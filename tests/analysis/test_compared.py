"""What is said where the answers of all runs are known."""

from dataclasses import replace

import made_answers
import made_comparisons
import pytest
import studies
from made_comparisons import comparison, standing

from cnnlab.analysis import observe
from cnnlab.analysis.chances import quantile
from cnnlab.analysis.comparison import Comparison, compare


def texts(found: Comparison, kind: str, *others: str) -> list[str]:
    result = made_comparisons.study_of(found, *others)
    return [one.text for one in observe(result, found.images, comparison=found) if one.kind == kind]


def test_an_accuracy_has_its_seeds_its_images_its_interval_and_both_chances() -> None:
    (text,) = texts(comparison(standing("a", 0.99)), "interval")
    assert text == (
        "a: mean test accuracy 0.9900 of 3 seeds on n = 10,000 images, 95 % interval 0.9870 to 0.9930. In it: other "
        "seeds (+-0.12 points) and 10,000 other images (+-0.09 points)."
    )


def test_seeds_that_differ_are_given_with_their_range() -> None:
    found = comparison(standing("a", 0.98))
    runs = [studies.run("a", [(0.3, 0.9, 0.2, 0.9)], seed=s, test=(0.1, 0.97 + s / 100)) for s in range(3)]
    told = observe(studies.study(*runs), 10_000, comparison=found)
    assert "0.9800 of 3 seeds (0.9700 to 0.9900) on n = 10,000" in told[1].text


def test_of_one_seed_the_interval_is_said_not_to_know_another() -> None:
    (text,) = texts(comparison(standing("a", 0.99, seeds=[4])), "interval")
    assert text == (
        "a: test accuracy 0.9900 of this one trained network on n = 10,000 images, 95 % interval 0.9870 to 0.9930. In "
        "it: 10,000 other images (+-0.30 points). Another seed is not in it."
    )


@pytest.mark.parametrize(
    ("value", "reach", "grade"),
    [
        (0.960, 0.009, "Good test accuracy"),
        (0.960, 0.011, "Neither good nor poor"),
        (0.790, 0.009, "Poor test accuracy"),
        (0.790, 0.011, "Neither good nor poor"),
    ],
)
def test_the_verdict_goes_by_the_interval_over_seeds_and_images(value: float, reach: float, grade: str) -> None:
    (text,) = texts(comparison(standing("a", value, reach=reach)), "verdict")
    assert text.startswith(f"{grade}: a ({value:.4f}). The rule: good where the whole 95 % interval")


def test_single_seeds_are_judged_as_trained_networks() -> None:
    found = comparison(standing("a", 0.99, seeds=[0]), standing("b", 0.98))
    (verdict,) = texts(found, "verdict")
    assert verdict.startswith(
        "Good test accuracy: b (0.9800). Good test accuracy, of these trained networks: a (0.9900)."
    )
    assert texts(found, "seeds") == [
        (
            "One seed alone: a. What is said of it is said of this trained network and not of its architecture: "
            "another seed may give another accuracy, and one seed cannot say how far away."
        )
    ]


def test_pairs_are_told_with_what_holds_together() -> None:
    (text,) = texts(comparison(standing("a", 0.99), standing("b", 0.989), standing("c", 0.5)), "comparison")
    assert text == (
        "Distinguishable: b over c by 0.4890 (0.4850 to 0.4930) and a over c by 0.4900 (0.4860 to 0.4940). Not "
        "distinguishable: a over b by 0.0010 (-0.0030 to 0.0050). All 3 intervals hold together at 95 %, over other "
        "seeds and other images; answers are compared image by image."
    )


def test_one_pair_has_one_interval() -> None:
    (text,) = texts(comparison(standing("a", 0.99, seeds=[0]), standing("b", 0.5, seeds=[0])), "comparison")
    assert text == (
        "Distinguishable, as these trained networks: a over b by 0.4900 (0.4860 to 0.4940). The interval holds at 95 "
        "%, over other images alone; answers are compared image by image."
    )


def test_where_only_some_have_several_seeds_that_is_said() -> None:
    found = comparison(standing("a", 0.99), standing("b", 0.98), standing("c", 0.5, seeds=[0]))
    assert "over other images, and over other seeds where both have several; answers" in texts(found, "comparison")[0]


def test_three_that_cannot_be_told_apart_are_a_group_and_two_are_a_pair() -> None:
    alike = [standing(name, 0.99) for name in ("a", "b", "c")]
    (text,) = texts(comparison(*alike, standing("d", 0.5)), "comparison")
    assert text.endswith("Not distinguishable from each other: a, b and c.")
    chain = comparison(standing("a", 0.990), standing("b", 0.987), standing("c", 0.984), standing("d", 0.9875))
    assert texts(chain, "comparison")[0].endswith("from each other: a, b and d; b, c and d.")


def test_a_group_of_all_is_not_named_again_unless_the_list_of_pairs_was_cut() -> None:
    def said(names: str) -> str:
        return texts(comparison(*(standing(name, 0.99) for name in names)), "comparison")[0]

    assert "from each other" not in said("abc")
    assert "from each other" not in said("abcd")
    assert said("abcde").endswith("Not distinguishable from each other: a, b, c, d and e.")


def test_an_architecture_without_answers_is_left_out_and_named() -> None:
    (text,) = texts(comparison(standing("a", 0.99), standing("b", 0.5)), "comparison", "c")
    assert text.endswith("Not compared, for want of answers image by image: c.")
    assert texts(comparison(standing("a", 0.99)), "comparison") == []


def test_of_equal_ones_none_is_named_as_the_higher() -> None:
    (text,) = texts(comparison(standing("a", 0.99), standing("b", 0.99)), "comparison")
    assert text.startswith("Not distinguishable: a and b by 0 (-0.0040 to 0.0040).")


def test_a_tie_says_what_would_settle_it() -> None:
    found = comparison(
        standing("a", 0.990),
        standing("b", 0.989),
        standing("c", 0.988),
        seeds={("a", "b"): 14},
        images={("b", "c"): 45_000},
    )
    assert texts(found, "tie") == [
        (
            "About 14 seeds of each, those that are there included, would tell a and b apart if their gap is what it "
            "seems. On the same 10,000 images no number of seeds would tell two of these apart, but so "
            "many images would, with the seeds there are: about 45,000 for b and c. No number of seeds or images that "
            "can be named would tell apart a and c."
        )
    ]


def test_the_only_tie_that_seeds_settle_is_said_in_one_breath() -> None:
    found = comparison(standing("a", 0.990), standing("b", 0.989), seeds={("a", "b"): 14})
    assert texts(found, "tie") == [
        "About 14 seeds of each, those that are there included, would tell a and b apart if their gap is what it seems."
    ]


def test_a_tie_of_single_networks_says_how_many_images_and_no_more() -> None:
    one, other = standing("a", 0.99, seeds=[0]), standing("b", 0.988, seeds=[0])
    assert texts(comparison(one, other, images={("a", "b"): 20_000}), "tie") == [
        "So many test images would tell two of these trained networks apart: about 20,000 for a and b."
    ]
    assert texts(comparison(one, other), "tie") == []


def test_several_ties_are_listed_with_the_seeds_that_each_needs() -> None:
    found = comparison(
        standing("a", 0.990), standing("b", 0.989), standing("c", 0.988), seeds={("a", "b"): 14, ("b", "c"): 9}
    )
    (text,) = texts(found, "tie")
    assert text.startswith(
        "So many seeds of each, those that are there included, would tell two apart if their gap is what it seems: "
        "about 9 for b and c and 14 for a and b."
    )


def test_nothing_is_said_of_ties_where_there_are_none() -> None:
    assert texts(comparison(standing("a", 0.99), standing("b", 0.5)), "tie") == []


def test_collapsed_seeds_stand_apart_with_how_often_that_happens() -> None:
    found = comparison(standing("a", 0.99, seeds=[0, 1, 7, 12], collapsed=[7]))
    assert texts(found, "collapse") == [
        (
            "a: 1 of 4 seeds collapsed (seed 7): within the noise of the test images no more right answers than from "
            "always naming the most frequent class. By that, 8 % to 48 % of all seeds collapse (95 % interval, "
            "Clopper-Pearson). It counts apart: with all seeds the mean test accuracy is 0.7900."
        )
    ]
    assert "of 3 seeds that did not collapse on n" in texts(found, "interval")[0]


def test_where_all_seeds_collapsed_none_counts_apart() -> None:
    found = comparison(standing("a", 0.1, seeds=[0, 1], collapsed=[0, 1]))
    (text,) = texts(found, "collapse")
    assert text.startswith("a: 2 of 2 seeds collapsed (seeds 0 and 1): ")
    assert "apart" not in text


def test_a_warning_that_several_share_is_said_once() -> None:
    shared, own = "The images are few: the interval is a guess.", "It has two seeds alone."
    found = comparison(standing("a", 0.99, warnings=(shared, own)), standing("b", 0.9, warnings=(shared,)))
    assert texts(found, "interval")[2:] == [
        "a and b: the images are few: the interval is a guess.",
        "a: it has two seeds alone.",
    ]


@pytest.mark.parametrize(("published", "explained"), [(0.9885, True), (0.98, False)])
def test_a_published_accuracy_is_held_against_other_images_and_another_seed(published: float, explained: bool) -> None:
    found = comparison(standing("a", 0.99))
    runs = [studies.run("a", [(0.3, 0.9, 0.2, 0.9)], seed=seed, test=(0.1, 0.99)) for seed in range(3)]
    result = studies.study(*runs, published={"a": (0.1, published)})
    (text,) = [one.text for one in observe(result, 10_000, comparison=found) if one.kind == "published"]
    assert text.startswith("a: mean test accuracy 0.9900 here (60,000 training images, 1 epoch)")
    within = "within what other images and another seed explain."
    assert text.endswith(within if explained else "more than other images and another seed explain.")


def test_an_interval_that_is_too_wide_to_say_much_is_called_so() -> None:
    for reach, wide in ((0.01, False), (0.3, True)):
        found = comparison(standing("a", 0.6, reach=reach))
        runs = [studies.run("a", [(0.3, 0.9, 0.2, 0.9)], seed=seed, test=(0.1, 0.6)) for seed in range(3)]
        result = studies.study(*runs, published={"a": (0.1, 0.6)})
        (text,) = [one.text for one in observe(result, 10_000, comparison=found) if one.kind == "published"]
        assert text.endswith("explain; so wide an interval says little.") == wide


def test_of_seeds_that_may_move_an_accuracy_anywhere_no_number_is_given() -> None:
    def told(points: float) -> str:
        found = comparison(standing("a", 0.5))
        one = found.standings[0]
        spread = replace(one.accuracy, seed_error=points / 100 / quantile(one.accuracy.freedom))
        return texts(replace(found, standings=(replace(one, accuracy=spread),)), "interval")[0]

    assert "In it: other seeds (+-49.00 points) and 10,000 other images" in told(49)
    assert "In it: other seeds (too few are there to say how far they reach) and 10,000 other images" in told(51)


def test_an_interval_that_ends_near_zero_shows_on_which_side() -> None:
    (text,) = texts(comparison(standing("a", 0.99003), standing("b", 0.986)), "comparison")
    assert text.startswith("Distinguishable: a over b by 0.0040 (0.00003 to 0.0080).")


def test_a_comparisons_own_warnings_do_not_say_twice_what_a_sentence_says() -> None:
    """Where a warning's words change, it comes back as a sentence of its own, and this test tells."""
    one = compare(made_answers.answered({"a": [0.9], "b": [0.8]}, 500))
    assert all(standing.warnings for standing in one.standings)
    assert not any("One seed: " in text for text in texts(one, "interval"))
    some = compare(made_answers.answered({"a": [0.9, 0.9, 0.9], "b": [0.8, 0.8, 0.8]}, 500, collapsed={"a": 0}))
    assert any("always naming" in warning for warning in some.standings[0].warnings)
    assert not any("always naming" in text for text in texts(some, "interval"))
    assert len(texts(some, "collapse")) == 1
