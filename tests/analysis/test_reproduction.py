"""What is said of published numbers, and that it is never more than the runs carry."""

from itertools import combinations

import numpy as np
import pytest
import studies
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cnnlab.analysis.prediction import Scale
from cnnlab.analysis.reproduction import CurveFinding, Reproduction, ValueFinding, _family, place, reproduce
from cnnlab.records import Published, PublishedCurves, RunResult, StudyResult, notebook

IMAGES = 10_000
ROWS = ((0.9, 0.7, 0.8, 0.75), (0.5, 0.85, 0.4, 0.88))


def seeds(count: int, *, spread: float = 0.02, seed: int = 0, rows: int = 6, name: str = "a") -> list[RunResult]:
    """Make runs that differ by chance, each with a level of its own, so that its epochs go together."""
    rng = np.random.default_rng(seed)
    runs = []
    for number in range(count):
        level = rng.normal(0, spread)
        made = [
            [float(value * np.exp(level + rng.normal(0, spread / 3))) for value in (0.5, 0.7, 0.45, 0.72)]
            for _ in range(rows)
        ]
        runs.append(studies.run(name, made, seed=number))
    return runs


def found(runs: list[RunResult], published: Published, **changes: int) -> Reproduction:
    return reproduce(studies.study(*runs, test_images=IMAGES, **changes), {"a": published})


def accuracy_of(result: Reproduction) -> ValueFinding:
    return next(one for one in result.values if one.measure == "test accuracy")


def judged(values: list[float], published: float, half: float = 0.0) -> ValueFinding:
    return place("a", "test accuracy", published, values, Scale(IMAGES), half)


SPREAD = [0.9771, 0.9784, 0.9790, 0.9804, 0.9812]


@pytest.mark.parametrize(
    ("values", "published", "verdict"),
    [
        (SPREAD, 0.9800, "reproduced"),
        (SPREAD, 0.9751, "reproduced"),
        (SPREAD, 0.9700, "not reproduced"),
        (SPREAD, 0.9900, "not reproduced"),
        (SPREAD[:2], 0.9780, "cannot be told"),
        (SPREAD[:2], 0.3115, "cannot be told"),
        ([], 0.9780, "cannot be told"),
        ([0.98] * 4, 0.98, "reproduced"),
        ([0.98] * 4, 0.31, "cannot be told"),
        ([1.0, 1.0, 0.9999], 1.0, "reproduced"),
    ],
)
def test_a_verdict_needs_three_runs_and_some_spread(values: list[float], published: float, verdict: str) -> None:
    assert judged(values, published).verdict == verdict


@settings(max_examples=200)
@given(
    st.lists(st.integers(1, IMAGES - 1), min_size=3, max_size=10, unique=True),
    st.integers(1, IMAGES - 1),
)
def test_reproduced_is_what_lies_where_student_says_that_95_percent_of_further_runs_lie(
    rights: list[int], published: int
) -> None:
    logits = np.log(np.array(rights) / (IMAGES - np.array(rights)))
    reach = stats.t(len(rights) - 1).ppf(0.975) * logits.std(ddof=1) * np.sqrt(1 + 1 / len(rights))
    away = abs(np.log(published / (IMAGES - published)) - logits.mean())
    one = judged([right / IMAGES for right in rights], published / IMAGES)
    if abs(away - reach) > 1e-9:
        assert one.verdict == ("reproduced" if away < reach else "not reproduced")
    assert (one.below, one.equal, one.above) == (
        sum(right < published for right in rights),
        rights.count(published),
        sum(right > published for right in rights),
    )


def test_rounding_is_given_the_benefit_of_its_half_unit() -> None:
    interval = judged(SPREAD, 0.98).interval
    assert interval is not None
    beyond = interval.low - 0.0004
    assert judged(SPREAD, beyond).verdict == "not reproduced"
    assert judged(SPREAD, beyond, half=0.0005).verdict == "reproduced"
    assert judged(SPREAD, beyond, half=0.0003).verdict == "not reproduced"


def test_a_float32_is_equal_to_the_share_that_it_was_made_of() -> None:
    published = notebook().runs["architecture-2"]
    one = place("a", "test accuracy", published.test_accuracy, [0.9751, 0.9752, 0.975], Scale(IMAGES), 5e-8)
    assert (one.below, one.equal, one.above) == (1, 1, 1)


def test_only_finished_runs_count_and_the_others_are_told_of() -> None:
    whole = seeds(4)
    cut = studies.run("a", ROWS[:1], seed=8, epochs=9)
    result = found([*whole, cut], Published(0.45, 0.72))
    assert accuracy_of(result).seeds == 4
    assert result.unfinished == (("a", 1),)
    assert result.failed == ()


def test_architectures_of_which_nothing_was_published_are_named_and_not_judged() -> None:
    study = studies.study(*seeds(3), *seeds(3, name="b"))
    result = reproduce(study, {"a": Published(0.45, 0.72), "elsewhere": Published(1, 0.1)})
    assert {one.architecture for one in result.values} == {"a"}
    assert result.unpublished == ("b",)


def test_another_number_of_epochs_is_told_of() -> None:
    assert found(seeds(3), Published(0.45, 0.72, epochs=9)).other_epochs == (("a", 9, 6),)
    assert found(seeds(3), Published(0.45, 0.72, epochs=6)).other_epochs == ()
    assert found(seeds(3), Published(0.45, 0.72)).other_epochs == ()


def test_an_accuracy_of_all_images_is_read_as_half_an_image_less_of_the_test_images() -> None:
    shares = [1.0, 0.99, 0.98, 1.0]
    runs = [studies.run("a", [[0.5, share, 0.5, share]], seed=seed) for seed, share in enumerate(shares)]
    curves = PublishedCurves(accuracy=(0.97,), val_accuracy=(0.97,))
    study = studies.study(*runs, test_images=100, train_images=2_000)
    result = reproduce(study, {"a": Published(0.5, 0.97, curves=curves)})
    on_test, on_train = (place("a", "test accuracy", 0.97, shares, Scale(images)).interval for images in (100, 2_000))
    assert on_test is not None
    assert on_train is not None
    assert on_test.high + 1e-4 < on_train.high
    final = accuracy_of(result).interval
    by_epoch = {one.metric: one.epochs[0].interval for one in result.curves}
    for interval, same in ((final, on_test), (by_epoch["val_accuracy"], on_test), (by_epoch["accuracy"], on_train)):
        assert interval is not None
        assert (interval.low, interval.high) == pytest.approx((same.low, same.high))


def finding(name: str, tail: float | None) -> ValueFinding:
    return ValueFinding(
        name, "test loss", 1.0, 0.0, (1.0,), 1.0, None, 0, 0, None, None, tail,
        "cannot be told" if tail is None else "reproduced" if tail >= 0.05 else "not reproduced",
    )  # fmt: skip


# Around 0.05 over 1 to 7, where Holm's and Bonferroni's bounds part.
NEAR_BOUNDS = st.integers(1, 7).flatmap(lambda count: st.sampled_from([0.04 / count, 0.049 / count, 0.051 / count]))


@given(st.lists(st.none() | NEAR_BOUNDS | st.floats(0, 0.2), max_size=7))
def test_what_is_outside_together_is_what_the_closed_test_of_all_groups_rejects(tails: list[float | None]) -> None:
    values = [finding(str(number), tail) for number, tail in enumerate(tails)]
    given_ = {one.architecture: one.tail for one in values if one.tail is not None}
    groups = [group for size in range(1, len(given_) + 1) for group in combinations(given_, size)]
    rejected = {
        name
        for name in given_
        if all(min(given_[other] for other in group) < 0.05 / len(group) for group in groups if name in group)
    }
    family = _family(values)
    assert {name for name, _ in family.together} == rejected
    assert (family.published, family.judged) == (len(tails), len(given_))
    assert family.outside == sum(tail < 0.05 for tail in given_.values())
    assert family.reproduced == (bool(tails) and all(tail is not None and tail >= 0.05 for tail in tails))


def curve(result: Reproduction, metric: str) -> CurveFinding:
    return next(one for one in result.curves if one.metric == metric)


def test_each_epoch_is_held_against_that_epoch_alone() -> None:
    runs = seeds(6)
    values = [float(np.mean([run.history[epoch].val_loss for run in runs])) for epoch in range(6)]
    values[2] *= 2
    result = found(runs, Published(0.45, 0.72, curves=PublishedCurves(val_loss=tuple(values), decimals=4)))
    (only,) = result.curves
    assert (only.metric, only.seeds, only.outside, only.expected) == ("val_loss", 6, (3,), pytest.approx(0.3))
    for one, value in zip(only.epochs, values, strict=True):
        ours = [run.history[one.epoch - 1].val_loss for run in runs]
        assert (one.low, one.high, one.published) == (min(ours), max(ours), value)


def test_our_own_runs_are_held_against_the_others_without_themselves() -> None:
    runs = seeds(6, spread=0.01)
    far = studies.run("a", [[0.5, 0.7, 5.0, 0.72]] * 6, seed=9)
    curves = PublishedCurves(val_loss=(5.0,) * 6)
    only = curve(found([*runs, far], Published(0.45, 0.72, curves=curves)), "val_loss")
    # Against the six others it lies far out at every epoch; with itself among them it would not.
    assert only.own[-1] == 6
    assert only.own_as_many == sum(count >= len(only.outside) for count in only.own)


def test_three_runs_judge_a_curve_and_cannot_be_held_against_each_other() -> None:
    curves = PublishedCurves(val_loss=(9.0,) * 6)
    three = curve(found(seeds(3), Published(0.45, 0.72, curves=curves)), "val_loss")
    two = curve(found(seeds(2), Published(0.45, 0.72, curves=curves)), "val_loss")
    assert (three.outside, three.own, three.judged) == ((1, 2, 3, 4, 5, 6), (), True)
    assert (two.outside, two.own, two.judged) == ((), (), False)


def test_as_many_epochs_are_compared_as_both_have() -> None:
    curves = PublishedCurves(loss=(0.5,) * 9, accuracy=(0.7,) * 9)
    assert [len(one.epochs) for one in found(seeds(4), Published(1, 0.5, curves=curves)).curves] == [6, 6]
    curves = PublishedCurves(loss=(0.5,) * 4)
    assert [len(one.epochs) for one in found(seeds(4), Published(1, 0.5, curves=curves)).curves] == [4]


def test_where_the_published_run_is_one_of_ours_about_five_percent_of_epochs_are_outside_and_rarely_more_than_own() -> (
    None
):
    outside, as_extreme, trials = 0.0, 0, 300
    for trial in range(trials):
        *runs, theirs = seeds(8, seed=trial, rows=5)
        values = tuple(row.val_loss or 0.0 for row in theirs.history)
        one = curve(found(runs, Published(0.45, 0.72, curves=PublishedCurves(val_loss=values))), "val_loss")
        outside += len(one.outside) / len(one.epochs)
        as_extreme += one.own_as_many == 0
    assert outside / trials == pytest.approx(0.05, abs=0.02)
    # More epochs outside than all seven of ours: at most once in eight studies.
    assert as_extreme / trials < 1 / 8


def test_the_notebook_held_against_itself_is_reproduced() -> None:
    runs = [
        studies.run(name, [[value * (1 + shift) for value in row] for row in rows], seed=number)
        for name, rows in studies.HISTORY.items()
        for number, shift in enumerate((-0.004, -0.001, 0.002, 0.004))
    ]
    result: StudyResult = studies.study(*runs)
    all_of_it = reproduce(result, notebook().runs)
    assert all_of_it.family.reproduced
    assert len(all_of_it.values) == 6
    assert sum(len(one.epochs) for one in all_of_it.curves) == 4 * 37
    assert not any(one.outside for one in all_of_it.curves)
