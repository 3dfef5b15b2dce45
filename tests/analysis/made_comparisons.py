"""Comparisons to test with, made by hand: consistent in themselves, whoever computes real ones."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import inf
from string import ascii_lowercase

import studies
from hypothesis import strategies as st

from cnnlab.analysis import Interval
from cnnlab.analysis.comparison import Comparison, Estimate, PairFinding, Standing
from cnnlab.records import StudyResult

NAMES = ("alpha", "beta", "gamma", "delta", "architecture-1", "architecture-2", "lenet-5")


def estimate(value: float, reach: float = 0.003, *, seeds: int = 3) -> Estimate:
    """Make an estimate whose interval reaches so far to both sides."""
    low, high = max(0.0, value - reach), min(1.0, value + reach)
    if seeds == 1:
        return Estimate(value, Interval(low, high), None, reach / 1.96, None, inf)
    return Estimate(value, Interval(low, high), reach / 6, reach / 8, reach / 3, 2.0 * seeds)


def standing(
    architecture: str,
    value: float,
    *,
    seeds: Sequence[int] = (0, 1, 2),
    collapsed: Sequence[int] = (),
    reach: float = 0.003,
    warnings: tuple[str, ...] = (),
    images: int = 10_000,
) -> Standing:
    """Make a standing, without its group."""
    rest = [seed for seed in seeds if seed not in collapsed] or list(seeds)
    mean = value - 0.8 * len(collapsed) / len(seeds) if len(collapsed) < len(seeds) else value
    return Standing(
        architecture=architecture,
        seeds=tuple(rest),
        collapsed=tuple(collapsed),
        collapse_rate=Interval(len(collapsed) / len(seeds) / 3, min(1.0, (len(collapsed) + 0.9) / len(seeds))),
        images=images,
        accuracy=estimate(value, reach, seeds=len(rest)),
        loss=None,
        all_seeds=max(0.0, mean),
        group="",
        warnings=warnings,
    )


def comparison(
    *standings: Standing,
    reach: float = 0.004,
    seeds: Mapping[tuple[str, str], int] | None = None,
    images: Mapping[tuple[str, str], int] | None = None,
) -> Comparison:
    """Compare standings: two are distinguishable where their gap is more than ``reach``."""
    pairs = [_pair(first, second, reach, seeds or {}, images or {}) for first, second in combinations(standings, 2)]
    letters = _letters([one.architecture for one in standings], pairs)
    grouped = tuple(Standing(**{**vars(one), "group": letters[one.architecture]}) for one in standings)
    ordered = tuple(sorted(pairs, key=lambda pair: pair.gap))
    return Comparison(grouped, ordered, standings[0].images if standings else 0, 0.95)


def _pair(
    first: Standing,
    second: Standing,
    reach: float,
    seeds: Mapping[tuple[str, str], int],
    images: Mapping[tuple[str, str], int],
) -> PairFinding:
    better, worse = (first, second) if first.accuracy.value >= second.accuracy.value else (second, first)
    gap = better.accuracy.value - worse.accuracy.value
    interval = Interval(max(-1.0, gap - reach), min(1.0, gap + reach))
    single = None in (first.accuracy.seed_error, second.accuracy.seed_error)
    key = (better.architecture, worse.architecture)
    return PairFinding(
        *key,
        gap=gap,
        interval=interval,
        distinguishable=0 not in interval,
        scope="trained networks" if single else "architectures",
        more_seeds=seeds.get(key) if 0 in interval else None,
        more_images=images.get(key) if 0 in interval else None,
    )


def _letters(names: Sequence[str], pairs: Sequence[PairFinding]) -> dict[str, str]:
    """Give each largest set of which no two are distinguishable a letter."""
    apart = {frozenset((pair.better, pair.worse)) for pair in pairs if pair.distinguishable}
    alike = [
        set(some)
        for size in range(len(names), 0, -1)
        for some in combinations(names, size)
        if not any(frozenset(two) in apart for two in combinations(some, 2))
    ]
    largest = [some for some in alike if not any(some < other for other in alike)]
    return {
        name: "".join(letter for letter, some in zip(ascii_lowercase, largest, strict=False) if name in some)
        for name in names
    }


def study_of(found: Comparison, *others: str, history: int = 1) -> StudyResult:
    """Make a study that such a comparison could be of, and with other architectures without answers."""
    runs = [
        studies.run(
            one.architecture,
            [(0.3, 0.9, 0.2, 0.9)] * history,
            seed=seed,
            test=(0.1, 0.1 if seed in one.collapsed else one.accuracy.value),
        )
        for one in found.standings
        for seed in sorted({*one.seeds, *one.collapsed})
    ]
    runs += [studies.run(name, [(0.3, 0.9, 0.2, 0.9)] * history, test=(0.1, 0.9)) for name in others]
    return studies.study(*runs, test_images=found.images or 10_000)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """Draw a comparison of up to seven architectures, near and far ones, with one seed or more, some collapsed."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    images = draw(st.integers(50, 10_000))
    standings = [draw(_standings(name, images)) for name in names]
    both = st.dictionaries(
        st.tuples(st.sampled_from(names), st.sampled_from(names)), st.integers(2, 100_000), max_size=9
    )
    return comparison(*standings, reach=draw(st.sampled_from([0.001, 0.01, 0.2])), seeds=draw(both), images=draw(both))


@st.composite
def _standings(draw: st.DrawFn, name: str, images: int) -> Standing:
    seeds = draw(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=5, unique=True))
    value = draw(st.sampled_from([0.98, 0.981, 0.9815, 0.5, 0.1]) | st.integers(0, images).map(lambda n: n / images))
    return standing(
        name,
        value,
        seeds=seeds,
        collapsed=seeds[: draw(st.integers(0, len(seeds)))] if draw(st.booleans()) else (),
        reach=draw(st.floats(0, 0.1)),
        warnings=draw(st.sampled_from([(), ("Only 2 seeds: the interval is a guess.",)])),
        images=images,
    )
