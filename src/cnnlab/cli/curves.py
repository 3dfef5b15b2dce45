"""The curves of a study beneath its table: for people at a terminal, in colour where it has some."""

from typing import Final, Literal, TextIO

from rich.console import Console
from rich.text import Text

from cnnlab.records import StudyResult
from cnnlab.report.curves_text import LETTERS, Line, curves_text, plain
from cnnlab.report.palette import SERIES
from cnnlab.report.seed_curves import Metric

Curves = Literal["loss", "accuracy", "none"]

_METRICS: Final[dict[Curves, Metric]] = {"loss": "val_loss", "accuracy": "val_accuracy"}


def curves_for(asked: Curves | None, stream: TextIO) -> Curves:
    """Say which curves are shown: what was asked for, else the loss at a terminal and none elsewhere."""
    return asked or ("loss" if stream.isatty() else "none")


def write_curves(result: StudyResult, asked: Curves | None, stream: TextIO) -> None:
    """Write the curves, a blank line before them; nothing where there are none."""
    which = curves_for(asked, stream)
    if which == "none":
        return
    lines = curves_text(result, _METRICS[which], unicode=_shows(LETTERS, stream))
    if not lines:
        return
    console = Console(file=stream, highlight=False)
    if console.color_system is None:
        print(f"\n{plain(lines)}", file=stream, flush=True)
        return
    for line in ((), *lines):
        console.print(_coloured(line), soft_wrap=True)


def _coloured(line: Line) -> Text:
    return Text.assemble(*((one.text, "" if one.series is None else SERIES[one.series]) for one in line))


def _shows(letters: str, stream: TextIO) -> bool:
    """Tell whether a stream can show these letters."""
    try:
        letters.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
