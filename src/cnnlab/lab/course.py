"""Where a study stands, by what it has said so far; whoever shows it asks here."""

from dataclasses import dataclass, replace

from cnnlab.lab.conduct import Opening
from cnnlab.lab.time_left import TimeLeft, epoch_cost
from cnnlab.records import BatchDone, EpochDone, Event, RunFinished, RunKey, RunStarted, StudyResult
from cnnlab.report.standing import standing_text


@dataclass(frozen=True)
class Training:
    """A run in training: its beginning, and its last step, if it has made one."""

    start: RunStarted
    last: BatchDone | None = None

    @property
    def epoch(self) -> int:
        """The epoch at hand, counted from 1."""
        return min((self.last.epoch if self.last else self.start.done + 1), self.start.epochs)


class Course:
    """Follows the events of a study.

    Attributes:
        workers: How many runs are trained at once.
        training: Those in hand.
        planned: How many runs there will be.
        planned_runs: Likewise of each architecture.
        stopping: Whether the user has asked to stop.
    """

    def __init__(self, opening: Opening) -> None:
        """Begin with what is there."""
        plan, so_far = opening.plan, opening.so_far
        self.workers = opening.workers
        self.planned = opening.planned
        self.stopping = False
        self.training: dict[RunKey, Training] = {}
        self._found = opening.found
        self._missing = set(opening.missing)
        self._begun: dict[RunKey, int] = {}
        there = tuple(run for run in so_far.runs if run.status != "interrupted")
        self._result = replace(so_far, runs=there)
        self.planned_runs = {
            name: sum(key.architecture == name for key in opening.missing)
            + sum(run.key.architecture == name for run in there)
            for name in so_far.architectures
        }
        self._text: dict[tuple[int, bool], str] = {}
        epochs = {one.name: one.recipe.epochs for one in plan.architectures}
        done = {run.key: len(run.history) for run in so_far.runs if run.status == "interrupted"}
        images = len(opening.split.train)
        self._left = TimeLeft(
            [(key, epochs[key.architecture], done.get(key, 0)) for key in opening.missing],
            {one.name: epoch_cost(one.network, images) for one in plan.architectures},
            {
                one.name: [row.seconds for run in there if run.key.architecture == one.name for row in run.history]
                for one in plan.architectures
            },
            opening.workers,
        )

    def follow(self, event: Event) -> None:
        """Note what an event says."""
        match event:
            case RunStarted(key=key):
                self.training[key] = Training(event)
                self._begun.setdefault(key, self._found + len(self._begun) + 1)
                self._left.started(event)
            case BatchDone(key=key):
                self.training[key] = replace(self.training[key], last=event)
                self._left.step_done(event)
            case EpochDone(key=key, row=row):
                self._left.epoch_done(key, row)
            case RunFinished(result=result):
                self.training.pop(result.key, None)
                if result.status != "interrupted":
                    self._missing.discard(result.key)
                    self._left.ended(result.key)
                    self._result = replace(self._result, runs=(*self._result.runs, result))
                    self._text.clear()

    def number(self, key: RunKey) -> int:
        """Say which run of all this is, counted from 1, those that were there before first."""
        return self._begun[key]

    @property
    def done(self) -> int:
        """How many runs have come to their end."""
        return self.planned - len(self._missing)

    @property
    def result(self) -> StudyResult:
        """The runs that have come to their end."""
        return self._result

    def round_ended(self, seed: int) -> bool:
        """Say whether all architectures have come to their end with a seed, and others have not with another."""
        return bool(self._missing) and all(key.seed != seed for key in self._missing)

    def seconds_left(self) -> float | None:
        """Estimate the time until the last run ends; None as long as nobody knows."""
        return self._left.seconds()

    def table(self, width: int, *, unicode: bool, lines: int | None = None) -> str:
        """Lay out what is known so far.

        Args:
            width: Columns.
            unicode: Whether names may have characters beyond ASCII.
            lines: At most so many architectures, those in training first; None for all.
        """
        if lines is None or lines >= len(self._result.architectures):
            return self._laid(width, unicode=unicode)
        busy = dict.fromkeys(key.architecture for key in self.training)
        names = [*busy, *(name for name in self._result.architectures if name not in busy)][:lines]
        text = standing_text(self._result, self.planned_runs, width, unicode=unicode, only=names)
        return f"{text}\nand {len(self._result.architectures) - len(names)} more"

    def _laid(self, width: int, *, unicode: bool) -> str:
        """Lay out the whole table, again only when a run has ended."""
        key = (width, unicode)
        if key not in self._text:
            self._text[key] = standing_text(self._result, self.planned_runs, width, unicode=unicode)
        return self._text[key]
