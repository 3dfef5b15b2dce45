"""A comparison as a whole: standings, groups, warnings, and what cannot be compared."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seeds_and_images import architectures, as_tested, law

from cnnlab import records
from cnnlab.analysis.comparison import compare, estimate, pair
from cnnlab.errors import UsageError

LAWS = [law(0.97, 0.002), law(0.90, 0.01), law(0.968, 0.002), law(0.6, 0.05)]


def study(seed: int = 0, seeds: int = 4, images: int = 1_000) -> list[records.Tested]:
    """Give four architectures, "0" and "2" alike."""
    right = architectures(np.random.default_rng(seed), LAWS, seeds, images)
    losses = np.random.default_rng(seed).lognormal(0, 1, (seeds, images))
    return [replace(as_tested(str(place), each, None), losses=losses) for place, each in enumerate(right)]


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 4))
def test_two_architectures_share_a_letter_exactly_where_their_pair_is_not_distinguishable(
    seed: int, seeds: int
) -> None:
    found = compare(study(seed, seeds, 300))
    groups = {each.architecture: set(each.group) for each in found.standings}
    assert len(found.pairs) == 6
    for each in found.pairs:
        assert each.distinguishable == groups[each.better].isdisjoint(groups[each.worse])


def test_a_comparison_is_made_of_its_pieces() -> None:
    tested = study()
    found = compare(tested)
    assert [each.architecture for each in found.standings] == ["0", "1", "2", "3"]
    assert [each.gap for each in found.pairs] == sorted(each.gap for each in found.pairs)
    for one, other in combinations(tested, 2):
        assert pair(one, other, pairs=6) in found.pairs
    for each, standing in zip(tested, found.standings, strict=True):
        assert standing.accuracy == estimate(each.correct)
        assert standing.loss == estimate(each.losses, measure="loss")
        assert standing.all_seeds == pytest.approx(standing.accuracy.value)
        assert (standing.seeds, standing.collapsed, standing.images) == ((0, 1, 2, 3), (), 1_000)
    assert found.standings[0].group[0] == "a"


def test_one_architecture_alone_has_a_standing_and_no_pair() -> None:
    found = compare(study()[:1])
    assert (found.pairs, found.standings[0].group) == ((), "a")


def test_the_numbers_are_of_the_seeds_that_learnt() -> None:
    right = architectures(np.random.default_rng(3), LAWS[:1], 5, 1_000)[0]
    failed = np.array([False, True, False, False, False])
    standing = compare([as_tested("one", right, failed)]).standings[0]
    assert (standing.seeds, standing.collapsed) == ((0, 2, 3, 4), (1,))
    assert standing.accuracy == estimate(right[~failed])
    assert standing.all_seeds == pytest.approx((right[~failed].mean(axis=1).sum() + 0.1) / 5)
    assert standing.collapse_rate.low == pytest.approx(0.0051, abs=1e-4)
    assert standing.collapse_rate.high == pytest.approx(0.7164, abs=1e-4)


def test_an_infinite_loss_of_a_seed_that_learnt_leaves_no_loss() -> None:
    losses = np.ones((4, 1_000))
    losses[2, 5] = np.inf
    assert compare([replace(study()[0], losses=losses)]).standings[0].loss is None


def test_networks_at_chance_are_compared_as_they_are() -> None:
    labels = np.arange(500) % 10
    flat = [np.full((3, 500), named) for named in (1, 2)]
    tested = [records.Tested(str(n), (0, 1, 2), labels, said, np.ones((3, 500))) for n, said in enumerate(flat)]
    found = compare(
        [
            *tested,
            records.Tested("good", (0, 1, 2), labels, np.tile(labels, (3, 1)), 0 * tested[0].losses),
        ]
    )
    assert [each.collapsed for each in found.standings] == [(0, 1, 2), (0, 1, 2), ()]
    assert [each.group for each in found.standings] == ["b", "b", "a"]
    assert all(each.scope == "architectures" for each in found.pairs)


def warnings(seeds: int, share: float = 0.9, failed: tuple[int, ...] = (), images: int = 1_000) -> tuple[str, ...]:
    """Return what is warned of for seeds of about one accuracy."""
    right = np.random.default_rng(seeds).random((seeds, images)) < share
    return compare([as_tested("one", right, np.isin(np.arange(seeds), failed))]).standings[0].warnings


def test_one_seed_is_said_to_speak_for_itself_alone() -> None:
    assert warnings(1) == (
        "One seed: the interval is of this trained network alone, and another seed may lie outside it.",
    )


def test_two_seeds_are_said_to_say_little_of_how_far_seeds_spread() -> None:
    assert warnings(2) == (
        (
            "With 2 seeds a failure that hits one seed in ten stays unseen 81 % of the time. "
            "Two seeds say little of how far seeds spread."
        ),
    )


def test_how_easily_few_seeds_miss_a_failure_is_said_until_they_hardly_do() -> None:
    assert warnings(10) == ("With 10 seeds a failure that hits one seed in ten stays unseen 35 % of the time.",)
    assert len(warnings(28)) == 1
    assert warnings(29) == ()


def test_seeds_that_learn_nothing_are_said_to_be_counted_apart() -> None:
    assert warnings(5, failed=(1,))[0] == (
        "1 of 5 seeds did no better than always naming the most frequent class. The interval is of seeds that learn; "
        "a seed fails to with a chance of 0.5 to 71.6 %."
    )


def test_an_architecture_at_chance_is_said_to_be() -> None:
    assert warnings(3, failed=(0, 1, 2))[0] == (
        "No seed did better than always naming the most frequent class: the interval is of networks at chance."
    )


def test_seeds_hardly_above_those_at_chance_are_said_not_to_be_set_apart() -> None:
    right = np.arange(1_000) < np.array([[115], [125]])
    assert compare([as_tested("one", right, None)]).standings[0].warnings[0] == (
        "Some seeds did no better than always naming the most frequent class, and the others not clearly better than "
        "those: none is counted apart."
    )


def test_uneven_seeds_are_warned_of_with_their_errors() -> None:
    right = np.arange(1_000) < np.array([[990], [995], [930]])
    assert compare([as_tested("one", right, None)]).standings[0].warnings[1] == (
        "The seeds err on 0.50 to 7.00 % of the images: so uneven that the interval may miss the true accuracy more "
        "often than it says, which then is lower as a rule."
    )


def test_noise_of_the_images_is_not_taken_for_uneven_seeds() -> None:
    assert not any("uneven" in text for text in warnings(10, 0.995))


def test_a_handful_of_wrong_images_is_warned_of() -> None:
    right = np.arange(1_000) < np.array([[997], [996], [998]])
    said = compare([as_tested("one", right, None)]).standings[0].warnings
    assert said[-1] == "Only 3.0 of 1,000 images are wrong on average: a few images more or less decide."


def test_nothing_to_compare_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^comparison: expected the answers of 1 architecture or more, got none\.$"):
        compare([])


def test_an_architecture_given_twice_is_refused() -> None:
    with pytest.raises(UsageError, match=r"expected each architecture once, got '0' twice"):
        compare([study()[0], study()[0]])


def test_other_images_are_refused() -> None:
    tested = study()
    fewer = study(images=500)[1]
    with pytest.raises(
        UsageError, match=r"architecture '1': expected the 1,000 images that '0' .* got 500 others\. Comp"
    ):
        compare([tested[0], fewer])
    with pytest.raises(UsageError, match=r"architecture '1': .*, in their order, got other classes\."):
        compare([tested[0], replace(tested[1], labels=np.roll(tested[1].labels, 1))])


@pytest.mark.parametrize("name", ["classes", "losses"])
def test_tables_of_another_shape_are_refused(name: str) -> None:
    words = "answers" if name == "classes" else name
    with pytest.raises(UsageError, match=rf"'0': expected {words} of 4 seeds by 1000 images, got shape \(3, 1000\)"):
        compare([replace(study()[0], **{name: np.ones((3, 1_000))})])


def test_an_architecture_without_a_seed_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'0': expected 1 seed and 1 image or more, got 0 and 1000"):
        compare([replace(study()[0], seeds=(), classes=np.ones((0, 1_000)))])


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_of_95_is_refused_and_so_are_the_ends(confidence: float) -> None:
    calls = (
        lambda: compare(study(), confidence=confidence),
        lambda: pair(study()[0], study()[1], confidence=confidence),
        lambda: estimate(study()[0].correct, confidence=confidence),
    )
    for call in calls:
        with pytest.raises(UsageError, match=rf"^comparison: expected a confidence between 0 and 1, got {confidence}"):
            call()


def test_architectures_with_as_many_right_answers_have_no_gap() -> None:
    # In float64 the mean of 0.1, 0.2 and 0.3 is not that of 0.3, 0.2 and 0.1.
    images = np.arange(10)
    right = [images < np.array(hits)[:, None] for hits in ([1, 2, 3], [3, 2, 1], [2, 2, 2])]
    found = compare([as_tested(str(place), each, None) for place, each in enumerate(right)])
    assert [each.gap for each in found.pairs] == [0, 0, 0]
