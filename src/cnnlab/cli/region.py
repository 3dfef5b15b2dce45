"""The region at the bottom of a terminal that is drawn again and again while a study runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cnnlab.lab.course import Course, Training
from cnnlab.report.words import cut, format_seconds, metric, plural, printable

_BETWEEN: Final = 0.15
_WIDTH: Final = 80
_NAME: Final = 26
# The heading of the table, a blank line above and below it, and the line with the time left.
_AROUND: Final = 6
_LEAST_LINES: Final = 2


class Region:
    """Shows a course; nothing at all where the stream is no terminal.

    It is drawn when something happens, and not by a thread of its own: what is shown is never half of an event, and
    what else is printed never comes in between.
    """

    def __init__(self, stream: TextIO) -> None:
        """Prepare to draw on a stream."""
        self._console = Console(file=stream, highlight=False)
        self._live: Live | None = None
        self._drawn = -_BETWEEN
        self.there = stream.isatty() and not self._console.is_dumb_terminal

    def draw(self, course: Course, *, now: bool = False) -> None:
        """Draw what is known; a moment after the last drawing not yet, unless it must be now."""
        if not self.there or (not now and monotonic() - self._drawn < _BETWEEN):
            return
        shown = self.picture(course)
        if self._live is None:
            self._live = Live(
                console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._live.start()
        self._live.update(shown, refresh=True)
        self._drawn = monotonic()

    def close(self) -> None:
        """Take it off the screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    @contextmanager
    def aside(self, course: Course | None) -> Iterator[None]:
        """Make room for lines that stay."""
        was_there = self._live is not None
        self.close()
        yield
        if was_there and course is not None:
            self.draw(course, now=True)

    def picture(self, course: Course) -> RenderableType:
        """Compose the table, a line for each run in training, and the line with the time left."""
        unicode = not self._console.options.ascii_only
        width = min(self._console.width - 1, _WIDTH)
        room = self._console.height - _AROUND - len(course.training)
        table = course.table(width, unicode=unicode, lines=max(room, _LEAST_LINES))
        *head, body = table.split("\n", 2)
        parts: list[RenderableType] = [Text(), _text("\n".join(head), "bold"), _text(body), Text()]
        if course.training:
            parts.append(self._runs(course, width, unicode=unicode))
        parts.append(_text(_summed_up(course)))
        return Group(*parts)

    def _runs(self, course: Course, width: int, *, unicode: bool) -> Table:
        grid = Table.grid(padding=(0, 1), pad_edge=False)
        grid.width = width
        for justify, ratio in (("left", None), ("right", None), ("left", 1), ("right", None), ("left", None)):
            grid.add_column(justify=justify, ratio=ratio, no_wrap=True)  # type: ignore[arg-type]  # rich's own words
        for key, training in course.training.items():
            name = cut(printable(key.architecture, unicode=unicode), _NAME - len(f", seed {key.seed}"))
            last, steps = training.last, training.start.steps
            step = last.step if last else 0
            grid.add_row(
                f"{name}, seed {key.seed}",
                f"epoch {training.epoch}/{training.start.epochs}",
                ProgressBar(total=steps, completed=step, style="bright_black", complete_style="green"),
                f"{step}/{steps}",
                _numbers(training),
            )
        return grid


def _text(text: str, style: str = "") -> Text:
    return Text(text, style=style, no_wrap=True, overflow="crop")


def _numbers(training: Training) -> str:
    if training.last is None:
        return "begins"
    return f"loss {metric(training.last.loss)}, acc {metric(training.last.accuracy)}"


def _summed_up(course: Course) -> str:
    """Say how far the study is."""
    left = course.seconds_left()
    done = f"{course.done} of {plural(course.planned, 'run')} done"
    if course.stopping:
        return f"{done}, stopping"
    if course.done == course.planned:
        return f"{done}, writing the page"
    told = f", about {format_seconds(left)} left" if left is not None else ""
    return f"{done}{told}. Ctrl-C stops and keeps what is there."
