"""`Study.run` in a notebook: a figure that follows the study in place, and stays as it was at the end."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cnnlab.keras.display import Display, Refreshed
from cnnlab.lab.conduct import Opening
from cnnlab.lab.course import Course, Training
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.records import EpochDone, EpochRow, Event, RunFinished, RunKey, RunStarted, Sink
from cnnlab.report.notebook.running import RunningView, running_html, running_text
from cnnlab.report.words import format_seconds, plural


@dataclass
class LiveStudy:
    """Shows a study while it runs, and tells a sink of the user's everything that it hears.

    Attributes:
        display: Where it is drawn.
        sink: The user's.
    """

    display: Display
    sink: Sink
    _course: Course | None = None
    _histories: dict[RunKey, list[EpochRow]] = field(default_factory=dict)
    _epochs: dict[str, int] = field(default_factory=dict)
    _figure: Refreshed | None = None
    _over: str | None = None

    def opened(self, opening: Opening) -> None:
        """Draw what is there; where nothing is missing there is nothing to follow."""
        if not opening.missing:
            return
        course = self._course = Course(opening)
        self._histories = {run.key: list(run.history) for run in opening.so_far.runs}
        self._epochs = {one.name: one.recipe.epochs for one in opening.plan.architectures}
        self._figure = Refreshed(self.display, lambda: self._picture(course))
        self._figure.draw(now=True)

    def event(self, event: Event) -> None:
        """Follow an event."""
        self.sink(event)
        if self._course is None or self._figure is None:
            return
        self._course.follow(event)
        match event:
            case RunStarted(key=key, done=done):
                self._histories[key] = self._histories.get(key, [])[:done]
            case EpochDone(key=key, row=row):
                self._histories.setdefault(key, []).append(row)
            case RunFinished(result=result):
                self._histories[result.key] = list(result.history)
            case _:
                pass
        self._figure.draw()

    def closed(self, outcome: StudyOutcome | None) -> None:
        """Draw how it ended; without an outcome something went wrong, and what was trained is kept all the same."""
        if self._course is None or self._figure is None:
            return
        ended = outcome is not None and not outcome.interrupted
        done = f"{self._course.done} of {plural(self._course.planned, 'run')} done"
        self._over = f"{plural(self._course.planned, 'run')} done" if ended else f"Stopped, {done}; all of it is kept"
        self._figure.draw(now=True)

    def _picture(self, course: Course) -> tuple[str, str]:
        view = RunningView(
            course.result,
            course.planned_runs,
            self._histories,
            {} if self._over else _busy(course),
            self._over or _status(course),
            None if self._over else self._share(course),
        )
        return running_html(view), running_text(view)

    def _share(self, course: Course) -> float:
        """Return how much of all epochs is done, an architecture's epochs counted alike."""
        planned = sum(count * self._epochs.get(name, 0) for name, count in course.planned_runs.items())
        ended = sum(self._epochs.get(run.key.architecture, 0) for run in course.result.runs)
        under_way = sum(len(self._histories.get(key, ())) for key in course.training)
        return min((ended + under_way) / planned, 1.0) if planned else 1.0


def _status(course: Course) -> str:
    left = course.seconds_left()
    told = f", about {format_seconds(left)} left" if left is not None else ""
    return f"{course.done} of {plural(course.planned, 'run')} done{told}"


def _busy(course: Course) -> dict[str, str]:
    """Say where each run under way stands."""
    told: dict[str, list[str]] = {}
    for key, training in course.training.items():
        told.setdefault(key.architecture, []).append(_where(key, training))
    return {name: "; ".join(several) for name, several in told.items()}


def _where(key: RunKey, training: Training) -> str:
    return f"seed {key.seed}, epoch {training.epoch} of {training.start.epochs}"


def followed(display: Display, sink: Sink, conduct: Callable[..., StudyOutcome]) -> StudyOutcome:
    """Run a study and show it.

    Args:
        display: Where to.
        sink: Told of everything.
        conduct: Runs it; takes ``opened`` and ``sink``.
    """
    live, outcome = LiveStudy(display, sink), None
    try:
        outcome = conduct(opened=live.opened, sink=live.event)
    finally:
        live.closed(outcome)
    return outcome
