"""What ``fit`` prints where there is no notebook: a line for each epoch, redrawn while it runs where that can be."""

import sys
import textwrap
from collections.abc import Sequence
from time import perf_counter
from typing import Final, Literal, TextIO

from cnnlab.errors import UsageError, explain
from cnnlab.keras.display import in_kernel, in_marimo
from cnnlab.records import BatchDone, EpochDone, EpochRow, Event, RunStarted
from cnnlab.report.terminal import epoch_line
from cnnlab.report.words import format_seconds
from cnnlab.training.loop import Fit

Verbose = Literal["auto", 0, 1, 2]

_WIDTH: Final = 80
_BAR: Final = 20
# Redrawing more often costs time in a notebook and cannot be seen.
_SECONDS_BETWEEN: Final = 0.1


def verbosity(verbose: object, stream: TextIO) -> int:
    """Read ``verbose=``: "auto" is 1 in a terminal or a notebook, and 2 elsewhere.

    Raises:
        UsageError: If it is none of "auto", 0, 1 and 2.
    """
    if isinstance(verbose, str) and verbose == "auto":
        return 1 if stream.isatty() or in_kernel(stream) or in_marimo() else 2
    if verbose in {0, 1, 2}:
        return int(verbose)  # True and False are 1 and 0, as in Keras
    raise UsageError(explain(expected="'auto', 0, 1 or 2", got=repr(verbose), where="verbose"))


class Progress:
    """A sink of events that prints as Keras' ``fit`` does.

    Args:
        verbose: 1 to redraw a line while an epoch runs, 2 for a plain line after each.
        epochs: Until which epoch, as the user counts.
        stream: Where to; standard output if left out.
        counted: The names of the further metrics, which stand beneath the line of an epoch.
    """

    cell = None

    def __init__(self, verbose: int, epochs: int, stream: TextIO | None = None, counted: Sequence[str] = ()) -> None:
        self._live = verbose == 1
        self._epochs = epochs
        self._stream = stream or sys.stdout
        self._counted = tuple(counted)
        self._steps = 1
        self._drawn = -_SECONDS_BETWEEN

    def __call__(self, event: Event) -> None:
        """Print what an event says."""
        match event:
            case RunStarted(steps=steps):
                self._steps = steps
            case BatchDone() if self._live and perf_counter() - self._drawn >= _SECONDS_BETWEEN:
                self._drawn = perf_counter()
                self._write(f"\r{running_line(event, self._epochs, self._steps, self._counted):<{_WIDTH - 1}}")
            case EpochDone(row=row):
                line = epoch_line(row, self._epochs, self._steps)
                self._write(f"\r{line:<{_WIDTH - 1}}\n" if self._live else f"{line}\n")
                self._write(further_lines(row, self._counted))
            case _:
                pass

    def ended(self, fitted: Fit) -> None:
        """Do nothing: the lines have said it all."""

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def running_line(batch: BatchDone, epochs: int, steps: int, counted: Sequence[str] = ()) -> str:
    """Draw an epoch that is under way.

    Args:
        batch: The step that has just ended.
        epochs: Until which epoch.
        steps: In an epoch.
        counted: The names of the further metrics, to which the bar gives way; what has no room is told with the epoch.

    Returns:
        At most 79 columns.

    Example:
        >>> from cnnlab.records import RunKey
        >>> print(running_line(BatchDone(RunKey("a", 0), 10, 234, 0.4657, 0.8501, 14.0), 12, 469))
        10/12 [=========>----------] 234/469  loss 0.4657  accuracy 0.8501  14s left
    """
    place = f"{batch.epoch}/{epochs}".rjust(2 * len(str(epochs)) + 1)
    filled = _BAR * batch.step // steps
    bar = ("=" * filled + ">")[:_BAR].ljust(_BAR, "-")
    left = batch.seconds / batch.step * (steps - batch.step)
    step = f"{batch.step}/{steps}".rjust(2 * len(str(steps)) + 1)
    numbers = f"loss {batch.loss:.4f}  accuracy {batch.accuracy:.4f}"
    rest = f"  {format_seconds(left)} left"
    line = f"{place} {step}  {numbers}" if counted else f"{place} [{bar}] {step}  {numbers}"
    for name, value in zip(counted, batch.metrics, strict=False):
        more = f"{line}  {name} {value:.4f}"
        line = more if len(more + rest) < _WIDTH else line
    return f"{line}{rest}"[: _WIDTH - 1]


def further_lines(row: EpochRow, counted: Sequence[str]) -> str:
    """Write what the further metrics say of an epoch, beneath its line; nothing where there are none.

    Args:
        row: The epoch.
        counted: The names of the further metrics, in their order.

    Returns:
        Whole lines of at most 80 columns.

    Example:
        >>> row = EpochRow(1, 0.5, 0.9, 0.6, 0.8, 1.0, metrics=(0.75,), val_metrics=(0.5,))
        >>> print(further_lines(row, ["recall"]), end="")
           recall 0.7500  val_recall 0.5000
    """
    names = [*counted, *(f"val_{name}" for name in counted)]
    # A space that is no place to break holds a name and its number together.
    said = [f"{name}\0{value:.4f}" for name, value in zip(names, (*row.metrics, *row.val_metrics), strict=False)]
    lines = textwrap.wrap(
        "  ".join(said), _WIDTH, initial_indent="   ", subsequent_indent="   ", break_on_hyphens=False
    )
    return "".join(f"{line}\n" for line in lines).replace("\0", " ")
