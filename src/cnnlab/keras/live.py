"""``fit`` in a notebook: a figure that follows the training in place, and stays as it was at the end."""

from time import perf_counter

from cnnlab.keras.display import Display, Refreshed, this_cell
from cnnlab.records import BatchDone, EpochDone, EpochRow, Event, RunStarted
from cnnlab.report.notebook.fit import FitView, Moment, State, fit_html, fit_text
from cnnlab.training.logs import named_numbers, numbers_of
from cnnlab.training.loop import Fit


class LiveFit:
    """A sink of events that draws them.

    Args:
        display: Where to.
        name: Of the model.
        epochs: How many.
        metrics: The names under which the accuracy was asked for.
        counted: Those of the further metrics, in their order.

    Attributes:
        cell: In which it draws; None where nobody counts.
    """

    def __init__(
        self, display: Display, name: str, epochs: int, metrics: tuple[str, ...], counted: tuple[str, ...] = ()
    ) -> None:
        self.cell = this_cell()
        self._name = name
        self._epochs = epochs
        self._metrics = metrics
        self._counted = counted
        self._rows: list[EpochRow] = []
        self._last: BatchDone | None = None
        self._steps = 1
        self._state: State = "running"
        self._why: str | None = None
        self._began = perf_counter()
        self._figure = Refreshed(display, lambda: _picture(self.view()))

    def ended(self, fitted: Fit) -> None:
        """Draw how it ended; what was trained stays, whatever ended it."""
        self._state, self._why, self._last = ("stopped" if fitted.error else "done"), fitted.ended, None
        self._figure.draw(now=True)

    def __call__(self, event: Event) -> None:
        """Follow an event."""
        match event:
            case RunStarted(steps=steps):
                self._steps = max(steps, 1)
                self._figure.draw(now=True)
            case BatchDone():
                self._last = event
                self._figure.draw()
            case EpochDone(row=row):
                self._rows.append(row)
                self._last = None
                self._figure.draw()
            case _:
                pass

    def view(self) -> FitView:
        """Return what is known."""
        return FitView(
            self._name,
            self._history(),
            self._epochs,
            self._state,
            self._moment(),
            self._left() if self._state == "running" else perf_counter() - self._began,
            self._why,
        )

    def _history(self) -> dict[str, list[float | None]]:
        rows = [named_numbers(row, self._metrics, self._counted) for row in self._rows]
        order = ["loss", *self._metrics, *self._counted]
        names = [name for name in (*order, *(f"val_{name}" for name in order)) if any(name in row for row in rows)]
        return {name: [row.get(name) for row in rows] for name in names}

    def _moment(self) -> Moment | None:
        last = self._last
        if last is None:
            return None
        numbers = numbers_of(last.loss, last.accuracy, last.metrics, self._metrics, self._counted)
        return Moment(min(last.step / self._steps, 1.0), numbers)

    def _left(self) -> float | None:
        """Estimate the time left: by the epochs that are done, validation included, else by the steps so far."""
        share = self._last.step / self._steps if self._last else 0.0
        if self._rows:
            each = sum(row.seconds for row in self._rows) / len(self._rows)
        elif self._last is not None and share > 0:
            each = self._last.seconds / share
        else:
            return None
        return each * max(self._epochs - len(self._rows) - share, 0.0)


def _picture(view: FitView) -> tuple[str, str]:
    return fit_html(view), fit_text(view)
