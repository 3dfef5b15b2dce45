"""What `cnnlab bench layers` shows, as text."""

import textwrap

from cnnlab.lab.roofline import Roofline, RooflineRow
from cnnlab.report.columns import Column, columns_text
from cnnlab.report.words import plural

NONE = "-"
_MICRO = 1e6
_SHORT = 1e-4
_MEANING = (
    "lost: time beyond what the multiply-adds take at the peak; the part marked < loses most. GFLOP/s count the sums "
    "that define a layer, padding included: code that needs fewer multiplications may exceed the peak."
)
_BUSY = (
    " The machine was busy: the process had its cores for {:.0f} % of the whole step's time, so that this time says "
    "more of the others."
)
_QUIET = 0.95
# Parts below this share of the step are told together.
_LEAST = 0.001


def roofline_text(line: Roofline, words: str, width: int = 80) -> str:
    """Write a line for each part of a step, their sum and the step.

    Args:
        line: As measured.
        words: What names the network on the command line.
        width: Of the terminal.
    """
    shown = [row for row in line.rows if row.seconds >= _LEAST * line.step_seconds]
    rest = [row for row in line.rows if row not in shown]
    rows = [_part(row, line) for row in shown]
    if rest:
        rows.append(_cells(f"{plural(len(rest), 'part')} below 0.1 %", sum(row.seconds for row in rest), line))
    rows += [
        [""] * 7,
        _cells("all parts", line.parts_seconds, line),
        _cells(
            "Python, calls, cold caches" + ", waiting" * (line.threads > 1),
            line.step_seconds - line.parts_seconds,
            line,
        ),
        _step(line),
    ]
    columns = [
        Column("\npart"),
        Column("time\nus", right=True),
        Column("of step\n%", right=True),
        Column("speed\nGFLOP/s", right=True),
        Column("of peak\n%", right=True),
        Column("lost\nus", right=True),
        Column("\n"),
    ]
    tables = (columns_text(columns, rows, width, gap=gap) for gap in (2, 1))
    table = next((text for text in tables if max(map(len, text.splitlines())) <= width), None)
    table = table or columns_text(columns, rows, width, gap=1)
    return "\n\n".join([_head(line), table, _legend(line, words, width)])


def _head(line: Roofline) -> str:
    images, tiles = plural(line.batch, "image"), plural(line.tiles, "tile")
    return "\n".join(
        [
            f"{line.network}: a training step of {images} in {tiles}, {plural(line.threads, 'thread')}",
            f"Data: {line.data}",
            f"Peak of {line.isa} multiply-adds, measured: {line.peak_gflops:.1f} GFLOP/s",
        ]
    )


def _micro(seconds: float, line: Roofline) -> str:
    """Write microseconds, of a very short step with more digits."""
    return f"{_MICRO * seconds:z.{1 if line.step_seconds > _SHORT else 3}f}"


def _cells(name: str, seconds: float, line: Roofline) -> list[str]:
    share = f"{100 * seconds / line.step_seconds:.1f}"
    return [name, _micro(seconds, line), share, NONE, NONE, NONE, ""]


def _part(row: RooflineRow, line: Roofline) -> list[str]:
    cells = _cells(row.name, row.seconds, line)
    if row.gflops is not None and row.share_of_peak is not None:
        cells[3:5] = [f"{row.gflops:.1f}", f"{100 * row.share_of_peak:.0f}"]
    cells[5] = _micro(row.lost_seconds, line)
    cells[6] = "<" if row is line.largest_gap else ""
    return cells


def _step(line: Roofline) -> list[str]:
    cells = _cells("whole step", line.step_seconds, line)
    cells[3] = f"{line.share_of_peak * line.peak_gflops:.1f}"
    cells[4] = f"{100 * line.share_of_peak:.0f}"
    cells[5] = _micro((1 - line.share_of_peak) * line.step_seconds, line)
    return cells


def _legend(line: Roofline, words: str, width: int) -> str:
    command = f"cnnlab compile {words} --show asm --function {line.largest_gap.name}"
    busy = _BUSY.format(100 * line.had) if line.had < _QUIET else ""
    return f"{textwrap.fill(_MEANING + busy, width)}\nIts code: {command}"
