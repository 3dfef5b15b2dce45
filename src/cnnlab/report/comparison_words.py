"""The sentences of a comparison: what its columns mean, and what a reader should know before trusting them."""

from typing import Final

from cnnlab.analysis.chances import chances
from cnnlab.analysis.comparison import Standing
from cnnlab.analysis.costs import CLOCK_NOISE, MEASURED
from cnnlab.analysis.equal_cost import TRAINING_FACTOR, Budget, Unit, amount_text
from cnnlab.analysis.observation import Observation, after_colon, listing, number
from cnnlab.analysis.pareto import Place
from cnnlab.analysis.protocol import SAID_ELSEWHERE, protocol_observations
from cnnlab.report.comparison_sheet import ComparisonSheet
from cnnlab.report.words import plural

Legend = list[tuple[str, str]]
"""Words of a table with what they mean."""

MARKS: Final[tuple[tuple[Place, str, str], ...]] = (
    ("on", "*", "on the front of accuracy against that cost: all that cost less are distinguishably less accurate"),
    ("perhaps", "?", "perhaps on that front: one that costs less is not distinguishable from it"),
    ("off", "no mark", "off the front of accuracy against that cost: one that costs no more is distinguishably better"),
)
ANY: Final = "any"
"""Stands where other seeds may do anything to an accuracy."""
_SPENT: Final[dict[Unit, str]] = {
    "epochs": "epochs",
    "updates": "updates of the weights",
    "seconds": "seconds of training and validation",
    "madds": f"multiply-adds of training ({TRAINING_FACTOR} times those of the forward pass of each image)",
}


def cautions(sheet: ComparisonSheet) -> list[str]:
    """Say what must be known of the moment at which the runs are compared, before anyone reads a number."""
    found = []
    if sheet.picked_on_test:
        found.append(
            "Picked on the test set: the validation images are the test images, so that each run's best epoch was "
            "chosen by the numbers that are compared here. The accuracies are too good on average. --epoch last picks "
            "nothing."
        )
    if sheet.part == "validation":
        found.append(_held_out(sheet))
    if sheet.budget is not None:
        found.append(budget_text(sheet.budget))
    return found


def _held_out(sheet: ComparisonSheet) -> str:
    """Say why the accuracies are not of the test images, and what it means where the epoch was picked by them."""
    images = f"{plural(sheet.comparison.images, 'training image')} held out for validation"
    text = f"The accuracies are of the {images}: a run looks at the test images once, at its end."
    if not sheet.picked_on_validation:
        return text
    return (
        f"{text} Each run's best epoch was picked by the same images that it is judged by here, so that the accuracies "
        "are too good on average. --epoch last picks nothing and compares by the test images."
    )


def budget_text(budget: Budget) -> str:
    """Say how much each run may have spent, and what came of it.

    Example:
        >>> from cnnlab.analysis.equal_cost import Spending, equal_cost
        >>> runs = [Spending("a", 0, (300.0, 600.0)), Spending("b", 0, (400.0, 800.0))]
        >>> budget_text(equal_cost(runs, "updates"))
        'Budget: 600 updates of the weights for each run, the least that any run spent in all. Spent: a 600, b 400.'
    """
    spent: dict[str, list[float]] = {}
    for one in budget.taken:
        spent.setdefault(one.architecture, []).append(one.spent)
    whence = "as asked for" if budget.given else "the least that any run spent in all"
    told = ", ".join(f"{name} {_amounts(values, budget.unit)}" for name, values in spent.items())
    amount = f"{amount_text(budget.amount, budget.unit)} {_SPENT[budget.unit]}"
    return f"Budget: {amount} for each run, {whence}. Spent: {told}."


def accuracy_legend(sheet: ComparisonSheet) -> Legend:
    """Explain the columns of the accuracies."""
    standings = sheet.comparison.standings
    several = [one.architecture for one in standings if one.accuracy.seed_error is not None]
    alone = [one.architecture for one in standings if one.accuracy.seed_error is None]
    interval = "of the mean, for other seeds and other images of the same kind" if several else ""
    if alone:
        whom = f"; of {listing(alone)}, with one seed, " if several else "with one seed "
        interval += f"{whom}for other images alone"
    part, few = "part of the interval, in points, that", "too few seeds to say how far they reach"
    of_any = any(chances(one.accuracy, sheet.comparison.confidence).too_few_seeds for one in standings)
    unknown = f" ({ANY}: {few})" if of_any else ""
    return [
        ("interval", interval),
        *([("other seeds +-", f"{part} other seeds alone make{unknown}")] if several else []),
        ("other images +-", f"{part} other images alone make"),
        *([("group", "architectures that share a letter are not distinguishable")] if len(standings) > 1 else []),
    ]


def cost_legend(sheet: ComparisonSheet) -> Legend:
    """Explain the costs, the marks of the fronts, and on what the times were measured."""
    found = [
        ("multiply-adds", "of the forward pass of one image"),
        ("training", "of one run until the epoch that is compared, validation included"),
    ]
    timed = sheet.timed
    if timed is not None:
        told = f"{timed.machine}, at most {plural(timed.threads, 'thread')}"
        what = f"for an image alone, and for each of {timed.batch} together"
        found.append(("us", f"microseconds of predicting, {what}: medians, measured now ({told})"))
    seen = {place for places in sheet.fronts.values() for place in places.values()} if len(sheet.costs) > 1 else set()
    found += [(sign, meaning) for place, sign, meaning in MARKS if place in seen]
    if seen and MEASURED & set(sheet.fronts):
        found.append(("", f"(times that differ by at most {CLOCK_NOISE * 100:g} % count as the same)"))
    return found


def pair_legend(sheet: ComparisonSheet) -> Legend:
    """Explain the pairs, only as far as there is something to explain."""
    pairs = sheet.comparison.pairs
    ties = [pair for pair in pairs if not pair.distinguishable]
    level = f"at {sheet.comparison.confidence * 100:g} %"
    found = [("interval", f"of the gap, {level}{', wide enough to hold for all pairs together' * (len(pairs) > 1)}")]
    if any(pair.more_seeds is not None for pair in ties):
        found.append(("seeds each", "so many of each would settle it if the gap is what it seems"))
    if any(pair.more_seeds is None and pair.more_images is not None for pair in ties):
        found.append(("images", f"so many {_images(sheet)} would settle it, with as many seeds as there are"))
    if any(pair.distinguishable and pair.scope == "trained networks" for pair in pairs):
        found.append(("as trained", "with one seed it is said of these trained networks, not of the architectures"))
    return found


def _images(sheet: ComparisonSheet) -> str:
    return "test images" if sheet.part == "test" else "images"


def remarks(sheet: ComparisonSheet) -> list[str]:
    """Say what is unusual: collapsed seeds, intervals that may promise too much, runs that do not count, the protocol.

    Of the protocol what is no more than a note stays away, and what is said in another place: one seed by the warnings
    of the standings, a choice on the test set above the tables.
    """
    standings = sheet.comparison.standings
    warned: dict[str, list[str]] = {}
    for one in standings:
        for warning in one.warnings:
            warned.setdefault(warning, []).append(one.architecture)
    return [
        *(_collapse(one) for one in standings if set(one.collapsed) - set(one.seeds)),
        *(f"{listing(names)}: {after_colon(warning)}" for warning, names in warned.items()),
        *sheet.notes,
        *(one.text for one in _protocol(sheet)),
    ]


def _protocol(sheet: ComparisonSheet) -> list[Observation]:
    said = {*SAID_ELSEWHERE, "picked-epoch", *(["validation-is-test"] if sheet.picked_on_test else [])}
    return protocol_observations(sheet.protocol, severities=("error", "warning"), without=said, short=True)


def _collapse(one: Standing) -> str:
    """Say which seeds are counted apart, and what the mean is with them."""
    several = len(one.collapsed) > 1
    seeds = f"{'seeds' if several else 'seed'} {listing([str(seed) for seed in one.collapsed])}"
    them, count = ("them", "count") if several else ("it", "counts")
    return f"{one.architecture}: {seeds} collapsed and {count} apart; with {them} the mean is {number(one.all_seeds)}."


def _amounts(values: list[float], unit: Unit) -> str:
    low, high = amount_text(min(values), unit), amount_text(max(values), unit)
    return low if low == high else f"{low} to {high}"
