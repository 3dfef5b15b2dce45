"""The templates, and how they write numbers."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from cnnlab.analysis import Interval
from cnnlab.analysis.chances import Chances
from cnnlab.report.rows import Range, TableRow
from cnnlab.report.words import format_seconds, metric, points

NONE = "-"


@cache
def environment() -> Environment:
    """Load templates that escape whatever is not marked as ours, and that fail on a name that is not there."""
    made = Environment(
        loader=PackageLoader("cnnlab.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "chances": chances_text,
        "count": count,
        "epochs": epochs_text,
        "four": four,
        "seconds": seconds_text,
        "signed": signed,
        "span": span,
    }
    return made


def template_text(name: str) -> str:
    """Return a file that stands beside the templates; nothing where it is not there."""
    file = files("cnnlab.report") / "templates" / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def seconds_text(value: float | None) -> str:
    """Write a time, or a dash for none."""
    return NONE if value is None else format_seconds(value)


def four(value: float | None) -> str:
    """Write a loss or an accuracy, or a dash for none."""
    return NONE if value is None else metric(value)


def signed(points: float) -> str:
    """Write a gain in points.

    Example:
        >>> signed(27.31), signed(-0.04)
        ('+27.3', '+0.0')
    """
    return f"{round(points, 1) + 0.0:+.1f}"


def count(value: int | None) -> str:
    """Write a count, or a dash for none."""
    return NONE if value is None else f"{value:,}"


def span(values: Interval | Range) -> str:
    """Write the two ends of an interval or a range."""
    return f"{four(values.low)} to {four(values.high)}"


def chances_text(parts: Chances) -> str:
    """Write what each source of chance may do to an accuracy."""
    images = f"other images ±{points(parts.images)} points"
    if parts.seeds is None:
        return images
    seeds = "too few other seeds to say" if parts.too_few_seeds else f"other seeds ±{points(parts.seeds)}"
    return f"{seeds}, {images}"


def epochs_text(row: TableRow) -> str:
    """Write how many epochs were trained, and of how many where not all."""
    if not row.seeds:
        return "failed" if row.failed else "not trained"
    if row.early:
        low, high = row.early
        return f"{low} of {row.epochs}" if low == high else f"{low} to {high} of {row.epochs}"
    return f"{row.epochs_done} of {row.epochs}" if row.interrupted else str(row.epochs)
