"""Comparisons to show: made by hand, and any that hypothesis can think of."""

from dataclasses import replace
from itertools import combinations
from math import inf

from hypothesis import strategies as st

from cnnlab.analysis import Interval
from cnnlab.analysis.comparison import Comparison, Estimate, PairFinding, Standing
from cnnlab.analysis.costs import Costs
from cnnlab.analysis.equal_cost import Spending, equal_cost
from cnnlab.analysis.pareto import fronts
from cnnlab.analysis.protocol import ProtocolFinding
from cnnlab.report.comparison_sheet import ComparisonSheet, Member, Moment, Timed

WARNING = "With 3 seeds a failure that hits one seed in ten stays unseen 73 % of the time."
ZOO = {
    "architecture-1": Costs("architecture-1", 69_135, 1_732_380, 252.4, 446.2e-6, 62.52e-6, 248_917.0),
    "architecture-2": Costs("architecture-2", 10_075, 154_530, 28.3, 75.2e-6, 8.224e-6, 39_614.5),
    "architecture-2-as-intended": Costs("architecture-2-as-intended", 10_095, 154_530, 29.0, 79.1e-6, 8.4e-6, 39_900.0),
    "architecture-3": Costs("architecture-3", 2_615, 17_970, 2.4, 28.6e-6, 0.883e-6, 13_879.25),
}


def estimate(value: float, reach: float, seeds: int = 3) -> Estimate:
    """Make an estimate that is uncertain by so much."""
    several = seeds > 1
    interval = Interval(value - reach, value + reach)
    return Estimate(
        value,
        interval,
        reach / 3 if several else None,
        0.0012,
        reach / 2 if several else None,
        7.25 if several else inf,
    )


def standing(name: str, accuracy: float, group: str, *, seeds: int = 3, reach: float = 0.004) -> Standing:
    return Standing(
        architecture=name,
        seeds=tuple(range(seeds)),
        collapsed=(),
        collapse_rate=Interval(0.0, 0.7076),
        images=10_000,
        accuracy=estimate(accuracy, reach, seeds),
        loss=estimate(0.1, 0.01, seeds),
        all_seeds=accuracy,
        group=group,
        warnings=(WARNING,) if seeds > 1 else (),
    )


def pair(better: str, worse: str, gap: float, reach: float, **more: object) -> PairFinding:
    interval = Interval(gap - reach, gap + reach)
    told = {"scope": "architectures", "more_seeds": None, "more_images": None} | more
    return PairFinding(better, worse, gap, interval, gap > reach, **told)  # type: ignore[arg-type]


def member(name: str, epochs: tuple[int, ...] = (10, 10, 10), trained: int = 10) -> Member:
    runs = tuple(f"run{number}aaaa" for number in range(len(epochs)))
    return Member(name, name, ("notebook-20240506-070809",), runs, epochs, (trained,) * len(epochs))


def sheet(
    standings: list[Standing], pairs: list[PairFinding], costs: list[Costs], moment: Moment = "last", **more: object
) -> ComparisonSheet:
    values = {
        "data": "mnist",
        "comparison": Comparison(tuple(standings), tuple(pairs), 10_000, 0.95),
        "members": tuple(member(one.architecture, (10,) * len(one.seeds)) for one in standings),
        "moment": moment,
        "picked_on_test": False,
        "budget": None,
        "costs": tuple(costs),
        "fronts": fronts(costs, pairs),
        "timed": Timed("A processor", 2, 256),
    }
    return ComparisonSheet(**(values | more))  # type: ignore[arg-type]


def notebook(**more: object) -> ComparisonSheet:
    """Four networks: one best, two tied, one poor and seldom."""
    one, two, intended, three = ZOO
    poor = standing(three, 0.3105, "c", reach=0.09)
    poor = Standing(**(vars(poor) | {"seeds": (0, 2), "collapsed": (1,), "collapse_rate": Interval(0.0084, 0.9057)}))
    standings = [
        standing(one, 0.9903, "a"),
        standing(two, 0.9751, "b"),
        standing(intended, 0.9729, "b", reach=0.006),
        Standing(**(vars(poor) | {"all_seeds": 0.2448, "warnings": ("Two seeds say little.", WARNING)})),
    ]
    pairs = [
        pair(two, intended, 0.0022, 0.0071, more_seeds=27),
        pair(one, two, 0.0152, 0.0050),
        pair(one, intended, 0.0174, 0.0072),
        pair(intended, three, 0.6624, 0.0901),
        pair(two, three, 0.6646, 0.0900),
        pair(one, three, 0.6798, 0.0900),
    ]
    return sheet(standings, pairs, list(ZOO.values()), **more)


def of_one_seed() -> ComparisonSheet:
    """Two networks with a seed each, picked on the test set, no latencies."""
    names = ["architecture-1", "architecture-3"]
    costs = [Costs(name, ZOO[name].parameters, ZOO[name].multiply_adds, ZOO[name].seconds) for name in names]
    pairs = [pair(*names, 0.6788, 0.01, scope="trained networks")]
    standings = [standing(names[0], 0.9903, "a", seeds=1), standing(names[1], 0.3115, "b", seeds=1)]
    members = (member(names[0], (11,), 12), member(names[1], (14,), 15))
    return sheet(standings, pairs, costs, "best", picked_on_test=True, timed=None, members=members)


def of_equal_seconds() -> ComparisonSheet:
    """Two studies' ways of training one network, until each has taken as long."""
    names = ["architecture-2 (notebook)", "architecture-2 (slower)"]
    spendings = [
        Spending(name, seed, tuple((step + 0.1 * seed) * epoch for epoch in range(1, 11)))
        for name, step in zip(names, (1.0, 1.7), strict=True)
        for seed in (0, 1)
    ]
    budget = equal_cost(spendings, "seconds")
    members = (member(names[0], (10, 9)), member(names[1], (5, 5)))
    standings = [standing(names[0], 0.9751, "a", seeds=2), standing(names[1], 0.9749, "a", seeds=2)]
    pairs = [pair(*names, 0.0002, 0.0030, more_images=212_000)]
    costs = [Costs(names[0], 10_075, 154_530, 9.9), Costs(names[1], 10_075, 154_530, 9.0)]
    notes = (f"Left out, since their training is not finished: {names[1]} (1 run).",)
    return sheet(standings, pairs, costs, "equal", budget=budget, members=members, timed=None, notes=notes)


def of_held_out() -> ComparisonSheet:
    """Two networks after their best epochs, by images that were held out; one callback listens to the test set."""
    names = ["architecture-1", "architecture-3"]
    standings = [standing(names[0], 0.9903, "a"), standing(names[1], 0.3115, "b")]
    comparison = Comparison(
        tuple(replace(one, images=5000) for one in standings), (pair(*names, 0.6788, 0.01),), 5000, 0.95
    )
    costs = [Costs(name, ZOO[name].parameters, ZOO[name].multiply_adds, ZOO[name].seconds) for name in names]
    members = tuple(replace(member(name, (9, 10, 8)), train_images=55_000, validation_images=5000) for name in names)
    found = (
        ProtocolFinding("few-images", "warning", "data", "Fact. What follows.", (), "Few images of a class."),
        ProtocolFinding("own-callback", "note", "study", "A note is not shown."),
    )
    return sheet(
        standings,
        list(comparison.pairs),
        costs,
        "best",
        comparison=comparison,
        members=members,
        timed=None,
        part="validation",
        protocol=found,
    )


names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)
shares = st.floats(0, 1)


@st.composite
def sheets(draw: st.DrawFn) -> ComparisonSheet:
    """Draw a comparison of one to six architectures."""
    called = draw(st.lists(names, min_size=1, max_size=6, unique=True))
    seeds = draw(st.integers(1, 4))
    standings = [standing(name, draw(shares), "abc", seeds=seeds, reach=draw(shares) / 10) for name in called]
    accuracies = {one.architecture: one.accuracy.value for one in standings}
    pairs = []
    for one, two in combinations(called, 2):
        better, worse = (one, two) if accuracies[one] >= accuracies[two] else (two, one)
        more = {"more_seeds": draw(st.none() | st.integers(2, 10_000)), "more_images": draw(st.none() | st.integers(1))}
        pairs.append(pair(better, worse, accuracies[better] - accuracies[worse], 0.1, **more))
    whole = st.integers(0, 10**9)
    times = st.none() | st.floats(1e-7, 1e5)
    costs = [
        Costs(name, draw(whole), draw(whole), draw(times), draw(times), draw(times), draw(times)) for name in called
    ]
    return sheet(standings, pairs, costs, draw(st.sampled_from(["last", "best", "number"])))
