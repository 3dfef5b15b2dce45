"""Hold published numbers against several runs of the same recipe: would one more run plausibly give them?

A published value is one run's, tested on the same images as ours. So the question is not whether two means differ but
whether one more seed would plausibly give it; `prediction` answers that. "Reproduced" says that it would: the value
lies where 95 % of further runs lie. It does not say that the recipes are the same, and with few or widely scattered
runs much would be called reproduced, which the interval beside it shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np

from cnnlab.analysis.prediction import FEWEST, Floats, Scale, predict, tails
from cnnlab.analysis.proportions import CONFIDENCE, Interval
from cnnlab.records import EpochRow, Published, RunResult, StudyResult
from cnnlab.records.published import half_unit

Verdict = Literal["reproduced", "not reproduced", "cannot be told"]
Final = Literal["test loss", "test accuracy"]
Metric = Literal["loss", "accuracy", "val_loss", "val_accuracy"]

_METRICS: tuple[Metric, ...] = ("loss", "accuracy", "val_loss", "val_accuracy")
_CHANCE = round(1 - CONFIDENCE, 12)


@dataclass(frozen=True)
class ValueFinding:
    """One published final number among ours.

    Attributes:
        architecture: Its name.
        measure: Which number.
        published: As it was published.
        half_unit: By how much rounding may have moved it.
        values: Ours, ascending.
        mean: Of ours; None without any.
        deviation: Their standard deviation; None with one alone.
        below: How many of ours are lower than the published one.
        equal: How many are equal to it, as far as it was printed.
        interval: Where one more run of ours lies in 95 % of cases; None with fewer than three, and where all agree.
        share_below: How many of further runs would be lower than the published value, from 0 to 1; None likewise.
        tail: How likely one more run is to lie as far out or farther; None where that cannot be told.
        verdict: At 95 %, this number for itself.
    """

    architecture: str
    measure: Final
    published: float
    half_unit: float
    values: tuple[float, ...]
    mean: float | None
    deviation: float | None
    below: int
    equal: int
    interval: Interval | None
    share_below: float | None
    tail: float | None
    verdict: Verdict

    @property
    def seeds(self) -> int:
        """Count our runs."""
        return len(self.values)

    @property
    def above(self) -> int:
        """Count our runs that are higher than the published one."""
        return self.seeds - self.below - self.equal


@dataclass(frozen=True)
class Family:
    """All final numbers taken together.

    Attributes:
        published: How many there are.
        judged: For how many enough runs are there.
        outside: How many of those are not reproduced, each judged for itself.
        by_chance: At most so likely is at least one outside where the recipes are the same (Bonferroni's bound).
        together: Those that are not reproduced either when all are judged together at 95 % (Holm's procedure).
    """

    published: int
    judged: int
    outside: int
    by_chance: float
    together: tuple[tuple[str, Final], ...]

    @property
    def reproduced(self) -> bool:
        """Tell whether every number was judged and none is outside."""
        return 0 < self.published == self.judged and not self.outside


@dataclass(frozen=True)
class EpochFinding:
    """One published value of one epoch, among ours of that epoch.

    Attributes:
        epoch: Counted from 1.
        published: The value.
        mean: Of ours.
        low: The lowest of ours.
        high: The highest of ours.
        interval: Where one more run lies in 95 % of cases; None with fewer than three runs, and where all agree.
        outside: Whether the published value, as it may have been before rounding, lies outside of that.
    """

    epoch: int
    published: float
    mean: float
    low: float
    high: float
    interval: Interval | None
    outside: bool


@dataclass(frozen=True)
class CurveFinding:
    """The published values of all epochs among ours.

    The epochs of a run go together: where one is out its neighbours tend to be out as well. How many are out is
    therefore held against our own runs, each among the others, and no verdict is drawn from it.

    Attributes:
        architecture: Its name.
        metric: Which value.
        seeds: How many runs of ours.
        epochs: One for each epoch that was published and that all of ours have.
        expected: How many would be outside on average if the recipes were the same.
        own: For each of our runs, how many of its epochs lie outside of what the others say; none with fewer than four.
    """

    architecture: str
    metric: Metric
    seeds: int
    epochs: tuple[EpochFinding, ...]
    expected: float
    own: tuple[int, ...]

    @property
    def judged(self) -> bool:
        """Tell whether there are runs enough."""
        return self.seeds >= FEWEST

    @property
    def outside(self) -> tuple[int, ...]:
        """List the epochs whose published value is outside."""
        return tuple(one.epoch for one in self.epochs if one.outside)

    @property
    def own_as_many(self) -> int:
        """Count our runs that have as many epochs outside as the published one, or more."""
        return sum(count >= len(self.outside) for count in self.own)


@dataclass(frozen=True)
class Reproduction:
    """All published numbers among ours.

    Attributes:
        values: The final ones, in the study's order.
        curves: Those of each epoch.
        family: The final ones taken together.
        unpublished: Architectures of the study of which nothing was published.
        failed: How many runs of an architecture failed; they are in no number here.
        unfinished: How many are not at their end; likewise.
        other_epochs: Architectures whose published run had another number of epochs than ours: theirs, then ours.
        train_images: On how many ours were trained.
        test_images: On how many they were tested.
    """

    values: tuple[ValueFinding, ...]
    curves: tuple[CurveFinding, ...]
    family: Family
    unpublished: tuple[str, ...]
    failed: tuple[tuple[str, int], ...]
    unfinished: tuple[tuple[str, int], ...]
    other_epochs: tuple[tuple[str, int, int], ...]
    train_images: int
    test_images: int


def reproduce(result: StudyResult, published: Mapping[str, Published]) -> Reproduction:
    """Hold what was published against the finished runs of a study.

    Args:
        result: The runs; only finished ones count.
        published: By architecture; those that the study lacks are left out.

    Returns:
        What was found; nothing is rounded.
    """
    wanted = [name for name in result.architectures if name in published]
    finished = {name: _with(result, name, "finished") for name in wanted}
    values = tuple(
        finding for name in wanted for finding in _finals(name, published[name], finished[name], _images(result))
    )
    curves = tuple(
        finding for name in wanted for finding in _curves(name, published[name], finished[name], _images(result))
    )
    return Reproduction(
        values=values,
        curves=curves,
        family=_family(values),
        unpublished=tuple(name for name in result.architectures if name not in published),
        failed=_counted(result, wanted, "failed"),
        unfinished=_counted(result, wanted, "interrupted"),
        other_epochs=tuple(
            (name, theirs, runs[0].recipe.epochs)
            for name, runs in finished.items()
            if runs and (theirs := _epochs(published[name])) not in {None, runs[0].recipe.epochs}
        ),
        train_images=result.provenance.train_images,
        test_images=result.provenance.test_images,
    )


def _images(result: StudyResult) -> dict[str, int]:
    return {"train": result.provenance.train_images, "test": result.provenance.test_images}


def _with(result: StudyResult, name: str, status: str) -> tuple[RunResult, ...]:
    return tuple(run for run in result.runs if run.key.architecture == name and run.status == status)


def _counted(result: StudyResult, names: Sequence[str], status: str) -> tuple[tuple[str, int], ...]:
    counts = ((name, len(_with(result, name, status))) for name in names)
    return tuple((name, count) for name, count in counts if count)


def _epochs(published: Published) -> int | None:
    if published.epochs is not None:
        return published.epochs
    return published.curves.epochs if published.curves is not None else None


def _finals(
    name: str, published: Published, runs: Sequence[RunResult], images: Mapping[str, int]
) -> tuple[ValueFinding, ValueFinding]:
    half = half_unit(published.decimals)
    losses = [run.test_loss for run in runs if run.test_loss is not None]
    accuracies = [run.test_accuracy for run in runs if run.test_accuracy is not None]
    return (
        place(name, "test loss", published.test_loss, losses, Scale(), half),
        place(name, "test accuracy", published.test_accuracy, accuracies, Scale(images["test"]), half),
    )


def place(
    architecture: str, measure: Final, published: float, values: Sequence[float], scale: Scale, half: float = 0.0
) -> ValueFinding:
    """Say where a published value lies among ours.

    Args:
        architecture: Whose.
        measure: Which number.
        published: The value.
        values: Ours, one for each run; those that are not finite are left out.
        scale: On which runs are about normal.
        half: By how much rounding may have moved the published value.

    Example:
        >>> found = place("a", "test accuracy", 0.9751, [0.9779, 0.9786, 0.9801, 0.9812], Scale(10_000), 5e-5)
        >>> found.below, found.verdict, round(found.tail, 2)
        (0, 'reproduced', 0.1)
    """
    ours = sorted(value for value in values if isfinite(value))
    below = sum(value < published - half for value in ours)
    above = sum(value > published + half for value in ours)
    fitted = predict(ours, scale) if len(ours) >= FEWEST else None
    spread = fitted is not None and fitted.spread > 0
    tail = float(tails([published], [[value] for value in ours], scale, half)[0]) if fitted else None
    return ValueFinding(
        architecture=architecture,
        measure=measure,
        published=published,
        half_unit=half,
        values=tuple(ours),
        mean=float(np.mean(ours)) if ours else None,
        deviation=float(np.std(ours, ddof=1)) if len(ours) > 1 else None,
        below=below,
        equal=len(ours) - below - above,
        interval=fitted.interval() if fitted and spread else None,
        share_below=fitted.below(published) if fitted and spread else None,
        tail=None if tail is None or not isfinite(tail) else tail,
        verdict=_verdict(tail),
    )


def _verdict(tail: float | None) -> Verdict:
    """Judge by how likely one more run is to lie as far out; not a number stands for runs that all agree."""
    if tail is None or not isfinite(tail):
        return "cannot be told"
    return "reproduced" if tail >= _CHANCE else "not reproduced"


def _family(values: Sequence[ValueFinding]) -> Family:
    """Judge all numbers together.

    Reference:
        Holm, "A simple sequentially rejective multiple test procedure" (1979).
    """
    judged = sorted((one for one in values if one.tail is not None), key=lambda one: one.tail or 0.0)
    together: list[tuple[str, Final]] = []
    for index, one in enumerate(judged):
        if (one.tail or 0.0) >= _CHANCE / (len(judged) - index):
            break
        together.append((one.architecture, one.measure))
    return Family(
        published=len(values),
        judged=len(judged),
        outside=sum(one.verdict == "not reproduced" for one in judged),
        by_chance=min(1.0, len(judged) * _CHANCE),
        together=tuple(together),
    )


def _curves(
    name: str, published: Published, runs: Sequence[RunResult], images: Mapping[str, int]
) -> tuple[CurveFinding, ...]:
    if published.curves is None or not runs:
        return ()
    half = half_unit(published.curves.decimals)
    found = []
    for metric in _METRICS:
        values = published.curves.lists.get(metric, ())
        ours = _matrix([run.history for run in runs], metric, len(values))
        if ours.size:
            scale = Scale(images["test" if metric.startswith("val") else "train"] if "accuracy" in metric else None)
            found.append(_curve(name, metric, values, ours, scale, half))
    return tuple(found)


def _matrix(histories: Sequence[Sequence[EpochRow]], metric: Metric, epochs: int) -> Floats:
    """Gather a value of all runs, shape (runs, epochs): as many epochs as all have it, the first ones."""
    rows = []
    for history in histories:
        told = [getattr(row, metric) for row in history[:epochs]]
        finite = [value for value in told if value is not None and isfinite(value)]
        rows.append(finite if len(finite) == len(told) else [])
    shortest = min(map(len, rows), default=0)
    return np.array([row[:shortest] for row in rows], dtype=np.float64)


def _curve(
    name: str, metric: Metric, published: Sequence[float], ours: Floats, scale: Scale, half: float
) -> CurveFinding:
    seeds, count = ours.shape
    judged = seeds >= FEWEST
    out = tails(published[:count], ours, scale, half) < _CHANCE if judged else np.zeros(count, dtype=bool)
    own = (
        tuple(int(np.sum(tails(ours[seed], np.delete(ours, seed, axis=0), scale) < _CHANCE)) for seed in range(seeds))
        if seeds > FEWEST
        else ()
    )
    epochs = tuple(
        _epoch(index + 1, published[index], ours[:, index], scale, outside=bool(out[index])) for index in range(count)
    )
    return CurveFinding(name, metric, seeds, epochs, _CHANCE * count, own)


def _epoch(epoch: int, published: float, ours: Floats, scale: Scale, *, outside: bool) -> EpochFinding:
    fitted = predict(ours, scale) if len(ours) >= FEWEST else None
    return EpochFinding(
        epoch=epoch,
        published=published,
        mean=float(ours.mean()),
        low=float(ours.min()),
        high=float(ours.max()),
        interval=fitted.interval() if fitted and fitted.spread > 0 else None,
        outside=outside,
    )
