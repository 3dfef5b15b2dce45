"""From single runs to medians, spreads and ratios."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from contestants import Contestant
from processes import Run


@dataclass(frozen=True)
class Spread:
    """Several measurements of one thing.

    Attributes:
        median: The middle one.
        least: The smallest.
        most: The largest.
        n: How many.
    """

    median: float
    least: float
    most: float
    n: int


@dataclass(frozen=True)
class Summary:
    """What one contestant took for one case.

    Attributes:
        epoch_seconds: Of the epochs after the first of each process; None if there were none.
        first_epoch_seconds: From the start of a process to the end of its first epoch.
        peak_bytes: Of memory.
        val_accuracy: After the last epoch, from 0 to 1.
        failures: What went wrong in the processes that failed.
    """

    epoch_seconds: Spread | None
    first_epoch_seconds: Spread | None
    peak_bytes: Spread | None
    val_accuracy: Spread | None
    failures: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


Summaries = dict[str, dict[str, Summary]]


def summarize(runs: Iterable[Run]) -> Summaries:
    """Join the repetitions: by case, then by contestant, in the order in which they first ran."""
    grouped: dict[str, dict[str, list[Run]]] = {}
    for run in runs:
        grouped.setdefault(run.case, {}).setdefault(run.contestant, []).append(run)
    return {case: {name: _summary(same) for name, same in by_name.items()} for case, by_name in grouped.items()}


def ratios(summaries: Summaries, contestants: Sequence[Contestant]) -> dict[str, dict[str, Any]]:
    """Hold ours on all cores against the fastest peer, case by case.

    Returns:
        For each case that both have: the peer's name, and how many times as fast ours is for a steady epoch.
    """
    ours = [one.name for one in contestants if one.ours and one.cores is None]
    peers = [one.name for one in contestants if not one.ours]
    compared = {}
    for case, by_name in summaries.items():
        mine, theirs = _steady(by_name, ours), _steady(by_name, peers)
        if mine and theirs:
            best = min(theirs, key=lambda name: theirs[name])
            compared[case] = {"best_peer": best, "times_as_fast": theirs[best] / min(mine.values())}
    return compared


def spread(values: Sequence[float]) -> Spread | None:
    """Describe measurements by their median and their extremes; None if there are none."""
    return Spread(median(values), min(values), max(values), len(values)) if values else None


def _summary(runs: list[Run]) -> Summary:
    good = [run for run in runs if run.failure is None]
    return Summary(
        epoch_seconds=spread([seconds for run in good for seconds in run.epoch_seconds[1:]]),
        first_epoch_seconds=spread([run.first_epoch_seconds for run in good if run.first_epoch_seconds is not None]),
        peak_bytes=spread([run.peak_bytes for run in good if run.peak_bytes is not None]),
        val_accuracy=spread([run.val_accuracies[-1] for run in good]),
        failures=tuple(run.failure for run in runs if run.failure is not None),
    )


def _steady(by_name: dict[str, Summary], wanted: list[str]) -> dict[str, float]:
    """Return the median seconds of an epoch of those who have one."""
    steady = {name: by_name[name].epoch_seconds for name in wanted if name in by_name}
    return {name: seconds.median for name, seconds in steady.items() if seconds is not None}
