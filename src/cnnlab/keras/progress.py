"""What ``fit`` prints where there is no notebook: a line for each epoch, redrawn while it runs where that can be."""

import sys
from time import perf_counter
from typing import Final, Literal, TextIO

from cnnlab.errors import UsageError, explain
from cnnlab.keras.display import in_kernel, in_marimo
from cnnlab.records import BatchDone, EpochDone, Event, RunStarted
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
    """

    cell = None

    def __init__(self, verbose: int, epochs: int, stream: TextIO | None = None) -> None:
        self._live = verbose == 1
        self._epochs = epochs
        self._stream = stream or sys.stdout
        self._steps = 1
        self._drawn = -_SECONDS_BETWEEN

    def __call__(self, event: Event) -> None:
        """Print what an event says."""
        match event:
            case RunStarted(steps=steps):
                self._steps = steps
            case BatchDone() if self._live and perf_counter() - self._drawn >= _SECONDS_BETWEEN:
                self._drawn = perf_counter()
                self._write(f"\r{running_line(event, self._epochs, self._steps):<{_WIDTH - 1}}")
            case EpochDone(row=row):
                line = epoch_line(row, self._epochs, self._steps)
                self._write(f"\r{line:<{_WIDTH - 1}}\n" if self._live else f"{line}\n")
            case _:
                pass

    def ended(self, fitted: Fit) -> None:
        """Do nothing: the lines have said it all."""

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def running_line(batch: BatchDone, epochs: int, steps: int) -> str:
    """Draw an epoch that is under way.

    Args:
        batch: The step that has just ended.
        epochs: Until which epoch.
        steps: In an epoch.

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
    return f"{place} [{bar}] {step}  {numbers}  {format_seconds(left)} left"[: _WIDTH - 1]
