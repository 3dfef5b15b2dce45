"""One training in a notebook: its curves and its last numbers, while it runs and afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Final, Literal

from markupsafe import Markup

from cnnlab.report.notebook.chart import ChartLine, chart
from cnnlab.report.notebook.shell import rendered
from cnnlab.report.scales import scale_of
from cnnlab.report.words import format_seconds, metric, plural, printable

State = Literal["running", "done", "stopped"]

_VALIDATION: Final = "val_"
_FIRST: Final = ("loss", "accuracy", "acc")
_LOOKS: Final = {"validation": 0, "training": 1}
_HEAD_ROWS: Final = 200
"""A table of more epochs than that says no more than its curves, and weighs more than them."""


@dataclass(frozen=True)
class Moment:
    """Where an epoch that is under way stands.

    Attributes:
        share: How much of it is done, from 0 to 1.
        numbers: So far, by Keras' names.
    """

    share: float
    numbers: Mapping[str, float]


@dataclass(frozen=True)
class FitView:
    """A training, as far as it came.

    Attributes:
        name: Of the model.
        history: A list for each number, by Keras' names; those of validation begin with ``val_``.
        epochs: Until which epoch it goes; None where nobody knows.
        state: Whether it goes on, came to its end, or was stopped.
        moment: The epoch under way; None between two.
        seconds: Left while it runs, taken when it is over; None where nobody knows.
        why: Why a callback ended it early; none for a training that it did not.
    """

    name: str
    history: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    epochs: int | None = None
    state: State = "done"
    moment: Moment | None = None
    seconds: float | None = None
    why: str | None = None

    @property
    def done(self) -> int:
        """Count the epochs that came to their end."""
        return max((len(numbers) for numbers in self.history.values()), default=0)


def fit_html(view: FitView) -> str:
    """Draw a training for a notebook.

    Args:
        view: What is known of it.

    Returns:
        One element with its style. While it runs there is no table, which would close again at each drawing.
    """
    share = view.moment.share if view.moment else 0.0
    return rendered(
        "fit",
        name=printable(view.name),
        status=_status(view),
        share=min((view.done + share) / view.epochs, 1.0) if view.epochs and view.state == "running" else None,
        numbers=[(_label(view, name), metric(value)) for name, value in _latest(view).items()],
        charts=[(_title(name), _chart(view, name)) for name in _drawn(view)],
        table=_table(view) if view.state != "running" else None,
        too_long=view.done > _HEAD_ROWS,
    )


def fit_text(view: FitView) -> str:
    """Say in a line how a training stands.

    Example:
        >>> fit_text(FitView("mine", {"loss": [0.5], "val_loss": [0.25]}, epochs=3, state="running"))
        'mine, epoch 2 of 3: loss 0.5000, val_loss 0.2500'
    """
    numbers = ", ".join(f"{name} {metric(value)}" for name, value in _latest(view).items())
    head = f"{printable(view.name)}, {_status(view)[:1].lower()}{_status(view)[1:]}"
    return f"{head}: {numbers}" if numbers else head


def _status(view: FitView) -> str:
    """Say how far it is."""
    whole = f" of {view.epochs}" if view.epochs else ""
    if view.state == "running":
        left = f", about {format_seconds(view.seconds)} left" if view.seconds is not None else ""
        return f"Epoch {min(view.done + 1, view.epochs or view.done + 1)}{whole}{left}"
    took = f" in {format_seconds(view.seconds)}" if view.seconds is not None else ""
    if view.state == "stopped":
        return f"Stopped after {view.done}{whole} epochs{took}; what was trained is kept"
    if view.why and view.done < (view.epochs or 0):
        return f"Ended after {view.done}{whole} epochs{took}: {view.why.rstrip('.')}"
    return f"{plural(view.done, 'epoch')}{took}"


def _latest(view: FitView) -> dict[str, float]:
    """Return the last numbers, training before validation; of an epoch that is under way those that it has."""
    now = view.moment.numbers if view.moment else {}
    last = {name: numbers[-1] for name, numbers in view.history.items() if numbers} | dict(now)
    order = [*_FIRST, *(f"{_VALIDATION}{name}" for name in _FIRST)]
    names = [*(name for name in order if name in last), *(name for name in last if name not in order)]
    return {name: value for name in names if isinstance(value := last[name], int | float)}


def _label(view: FitView, name: str) -> str:
    """Name a number, and say so where its epoch is not over."""
    return f"{name} so far" if view.moment and name in view.moment.numbers else name


def _drawn(view: FitView) -> list[str]:
    """Name what gets a chart: the loss and the accuracy, where they are known."""
    known = {*view.history, *(view.moment.numbers if view.moment else ())}
    return [name for name in _FIRST if name in known or f"{_VALIDATION}{name}" in known]


def _title(name: str) -> str:
    return {"acc": "accuracy"}.get(name, name).capitalize()


def _chart(view: FitView, name: str) -> Markup:
    """Draw training and validation of one number."""
    lines = [
        line
        for label, key in (("training", name), ("validation", f"{_VALIDATION}{name}"))
        if (line := _line(view, key, label)) is not None
    ]
    values = [value for line in lines for value in (*line.values, *((line.end[1],) if line.end else ()))]
    scale = scale_of(values, share=name != "loss")
    epochs = max(view.epochs or 1, view.done) if view.state == "running" else max(view.done, 1)
    return chart(lines, scale, epochs, f"{view.name}: {_title(name).lower()} after each epoch. {_told(lines)}")


def _line(view: FitView, key: str, label: str) -> ChartLine | None:
    values = tuple(value if _is_finite(value) else None for value in view.history.get(key, ()))
    now = view.moment.numbers.get(key) if view.moment else None
    end = (view.done + max(view.moment.share, 0.02), now) if view.moment and now is not None and isfinite(now) else None
    if end is None and not any(value is not None for value in values):
        return None
    return ChartLine(values, label, _LOOKS[label], dashed=label == "training", end=end)


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and isfinite(value)


def _told(lines: Sequence[ChartLine]) -> str:
    """Say where the lines end, for those who do not see them."""
    ends = [(line.label, next((v for v in reversed(line.values) if v is not None), None)) for line in lines]
    return ", ".join(f"{label} {metric(value)}" for label, value in ends if value is not None)


def _table(view: FitView) -> tuple[list[str], list[list[str]]] | None:
    """Write the numbers of each epoch; None where there is no epoch, or too many."""
    if not 0 < view.done <= _HEAD_ROWS:
        return None
    names = list(_latest(view))
    columns = [view.history.get(name, ()) for name in names]
    rows = [[str(epoch + 1), *(_cell(numbers, epoch) for numbers in columns)] for epoch in range(view.done)]
    return ["epoch", *names], rows


def _cell(numbers: Sequence[float | None], epoch: int) -> str:
    value = numbers[epoch] if epoch < len(numbers) else None
    return metric(value) if isinstance(value, int | float) else "-"
