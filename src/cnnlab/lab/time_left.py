"""How long a study will take from here: seconds per epoch as measured, laid out over those who work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heapreplace
from statistics import fmean

from cnnlab.arch import Network
from cnnlab.arch.measures import multiply_adds
from cnnlab.records import BatchDone, EpochRow, RunKey, RunStarted, StudyCourse

LATEST = 5
"""So many epochs of an architecture count, the latest: what else the machine does changes."""

_ENOUGH = 0.1
"""So much of an epoch must be seen before its pace counts: the first steps share the machine with the compiler."""


_BESIDE = 20_000
"""What else a step does with an image (gathering, pools, batch normalization) takes about as long as so many
multiply-adds."""


def epoch_cost(network: Network, images: int) -> int:
    """Return what an epoch costs, in multiply-adds: only how costs stand to each other is asked of it."""
    return (multiply_adds(network) + _BESIDE) * images


@dataclass
class _Run:
    """Where a run stands.

    Attributes:
        epochs: How many it will have.
        done: How many are done.
        share: Of the epoch at hand, from 0 to 1.
        training: Whether somebody has it in hand.
        first: Step and seconds at which its first epoch of this session was first seen; None after that epoch.
        pace: Seconds for the steps of an epoch, as its first epoch of this session goes.
    """

    epochs: int
    done: int = 0
    share: float = 0.0
    training: bool = False
    first: tuple[int, float] | None = None
    pace: float = 0.0


class TimeLeft:
    """Estimates when the last run of a study will end.

    An architecture that nobody has trained yet is taken to need as long for a multiply-add as those that have been.

    Args:
        runs: What is to be trained, in its order: the run, its epochs, and how many of them are done.
        costs: Multiply-adds of an epoch of each architecture.
        before: Seconds of epochs that were trained before, which serve until one of the same architecture is trained.
        workers: How many runs are trained at once.

    Example:
        >>> left = TimeLeft([(RunKey("a", 0), 4, 0), (RunKey("b", 0), 2, 0)], {"a": 100, "b": 300})
        >>> left.started(RunStarted(RunKey("a", 0), 4, 10, 1000))
        >>> left.seconds() is None
        True
        >>> left.epoch_done(RunKey("a", 0), EpochRow(1, 0.5, 0.9, None, None, 2.0))
        >>> left.seconds()  # three epochs of 2 s, and two of three times as many multiply-adds
        18.0
    """

    def __init__(
        self,
        runs: Iterable[tuple[RunKey, int, int]],
        costs: Mapping[str, int],
        before: Mapping[str, Iterable[float]] | None = None,
        workers: int = 1,
    ) -> None:
        self._runs = {key: _Run(epochs, done) for key, epochs, done in runs}
        self._costs = costs
        self._before = {name: list(seconds)[-LATEST:] for name, seconds in (before or {}).items()}
        self._measured: dict[str, list[float]] = {}
        self._steps: dict[RunKey, int] = {}
        self._workers = max(workers, 1)

    def started(self, event: RunStarted) -> None:
        """Note that a run begins or goes on."""
        self._steps[event.key] = max(event.steps, 1)
        self._runs[event.key] = _Run(event.epochs, event.done, training=True)

    def step_done(self, event: BatchDone) -> None:
        """Note how far the epoch at hand is."""
        run, steps = self._runs[event.key], self._steps[event.key]
        run.share = min(event.step / steps, 1.0)
        if run.pace == 0.0 and run.first is None:
            run.first = (event.step, event.seconds)
        elif run.first is not None:
            # An epoch that goes on in its middle has more steps behind it than its seconds tell.
            made, took = event.step - run.first[0], event.seconds - run.first[1]
            if made >= max(steps * _ENOUGH, 1) and took > 0:
                run.pace = took / made * steps

    def epoch_done(self, key: RunKey, row: EpochRow) -> None:
        """Note what an epoch took."""
        run = self._runs[key]
        took = row.seconds if run.first is None else max(row.seconds, run.pace)
        run.done, run.share, run.first, run.pace = row.epoch, 0.0, None, took
        self._measured.setdefault(key.architecture, []).append(took)
        del self._measured[key.architecture][:-LATEST]

    def ended(self, key: RunKey) -> None:
        """Note that a run has ended, whole or not."""
        self._runs.pop(key, None)

    def seconds(self) -> float | None:
        """Return the seconds left; None as long as nothing has been measured, 0 with nothing left."""
        if not self._runs:
            return 0.0
        known = {name: seconds for name in self._costs if (seconds := self._epoch(name)) is not None}
        cost = sum(self._costs[name] for name in known)
        if not cost:
            return None
        each = sum(known.values()) / cost
        costs = {name: known.get(name, each * self._costs[name]) for name in self._costs}
        in_hand = [_left(run, costs[key.architecture]) for key, run in self._runs.items() if run.training]
        # As many as work: a worker that is between two runs begins the next one at once.
        ends = [*in_hand, *[0.0] * (self._workers - len(in_hand))]
        heapify(ends)
        for key, run in self._runs.items():
            if not run.training:
                heapreplace(ends, ends[0] + _left(run, costs[key.architecture]))
        return max(ends)

    def _epoch(self, architecture: str) -> float | None:
        """Return the seconds of an epoch: as measured, as it goes, or as it was before."""
        if architecture in self._measured:
            return fmean(self._measured[architecture])
        paces = [run.pace for key, run in self._runs.items() if key.architecture == architecture and run.pace > 0]
        if paces:
            return fmean(paces)
        before = self._before.get(architecture)
        return fmean(before) if before else None


def left_of_course(course: StudyCourse, costs: Mapping[str, int]) -> float | None:
    """Estimate the seconds left from what a store has, for whoever sees no more of a training than that.

    How far the epochs at hand are is not in the store: they count as not begun.

    Args:
        course: The study's runs.
        costs: Multiply-adds of an epoch of each architecture.
    """
    open_runs = [one.run for one in course.runs if one.run.status not in {"finished", "failed"}]
    before: dict[str, list[float]] = {}
    for one in reversed(course.runs):  # the oldest first: the latest epochs of an architecture count
        before.setdefault(one.run.architecture, []).extend(row.seconds for row in one.epochs)
    running = [run for run in open_runs if run.status == "running"]
    planned = [(RunKey(run.architecture, run.seed), run.epochs_planned, run.epochs) for run in open_runs]
    left = TimeLeft(planned, costs, before, len(running))
    for run in running:
        left.started(RunStarted(RunKey(run.architecture, run.seed), run.epochs_planned, 1, 0, run.epochs))
    return left.seconds()


def _left(run: _Run, epoch: float) -> float:
    """Return the seconds that a run has before it."""
    return max(run.epochs - run.done - run.share, 0.0) * epoch
