"""A reproduction in a terminal: final numbers, epochs, what that says, and what the publication left open."""

from collections.abc import Sequence
from textwrap import fill

from cnnlab.analysis.reproduction import CurveFinding, Reproduction, ValueFinding
from cnnlab.records import Publication
from cnnlab.report.columns import Column, columns_text
from cnnlab.report.reproduction_words import findings, rank
from cnnlab.report.words import metric, plural, printable

WIDTH = 80
NONE = "-"

_FINALS = (
    Column(""),
    Column("published", right=True),
    Column("mean", right=True),
    Column("sd", right=True),
    Column("one more run,\n95 % of cases", right=True),
    Column("verdict"),
)
_EPOCHS = (
    Column(""),
    Column("epochs", right=True),
    Column("outside", right=True),
    Column("by\nchance", right=True),
    Column("our runs,\noutside", right=True),
    Column("as many\nor more", right=True),
    Column("which"),
)


def reproduction_text(
    found: Reproduction, publication: Publication, whole: int, width: int = WIDTH, *, unicode: bool = True
) -> str:
    """Say what became of published numbers.

    Args:
        found: What the analysis found.
        publication: What was published.
        whole: How many training images the data set has; where fewer were used the text warns.
        width: Columns of the terminal; the tables need 80.
        unicode: Whether names may have characters beyond ASCII.

    Returns:
        Lines without a final line break.
    """
    parts = [
        fill(f"Reproduction of {publication.title}", width),
        _numbers(found, width),
        _curves(found, width),
        f"What that says\n\n{_numbered(findings(found, whole), width)}",
        _listed("How the published numbers were read", publication.reading, width),
        _assumptions(publication, width),
    ]
    lines = "\n\n".join(part for part in parts if part).split("\n")
    return "\n".join(printable(line, unicode=unicode) for line in lines)


def _numbers(found: Reproduction, width: int) -> str:
    """Lay out the final numbers: a line for each, and beneath it where the published one lies among ours."""
    # Twice the width, so that no verdict is broken into two lines: each row is one.
    heading, *rows = columns_text(_FINALS, [_final(one) for one in found.values], 2 * width).split("\n")
    blocks: list[str] = [heading, rows.pop(0)]
    architecture = None
    for one, row in zip(found.values, rows, strict=True):
        if one.architecture != architecture:
            architecture = one.architecture
            blocks += ["", f"{architecture}, {plural(one.seeds, 'seed')}"]
        blocks += [row, fill(_where(one), width, initial_indent=" " * 4, subsequent_indent=" " * 4)]
    return "\n".join(blocks)


def _final(one: ValueFinding) -> list[str]:
    return [
        f"  {one.measure}",
        metric(one.published),
        _or(one.mean),
        _or(one.deviation),
        NONE if one.interval is None else f"{metric(one.interval.low)} to {metric(one.interval.high)}",
        one.verdict,
    ]


def _or(value: float | None) -> str:
    return NONE if value is None else metric(value)


def _where(one: ValueFinding) -> str:
    """Say where a published value lies among ours."""
    if not one.seeds:
        return "no run of ours is at its end"
    spread = (
        f" ({metric(one.values[0])} to {metric(one.values[-1])})" if one.seeds > 1 else f" ({metric(one.values[0])})"
    )
    lower = "" if one.share_below is None else f"; {_share(one.share_below)} of further runs would be lower"
    return f"{rank(one)}{spread}{lower}"


def _share(share: float) -> str:
    """Write a share in percent, never as none or all.

    Example:
        >>> _share(0.534), _share(0.0001), _share(0.9999)
        ('53 %', 'less than 1 %', 'more than 99 %')
    """
    if share < 0.01:  # noqa: PLR2004 - a percent
        return "less than 1 %"
    return "more than 99 %" if share > 0.99 else f"{share:.0%}".replace("%", " %")  # noqa: PLR2004 - likewise


def _curves(found: Reproduction, width: int) -> str:
    """Lay out how many epochs lie outside."""
    if not found.curves:
        return ""
    rows: list[list[str]] = []
    for one in found.curves:
        if [one.architecture] != [row[0] for row in rows if not row[0].startswith(" ")][-1:]:
            rows.append([one.architecture, *[""] * 6])
        rows.append(_curve(one))
    return f"Epoch by epoch\n\n{columns_text(_EPOCHS, rows, width)}"


def _curve(one: CurveFinding) -> list[str]:
    judged = one.judged
    return [
        f"  {one.metric}",
        str(len(one.epochs)),
        str(len(one.outside)) if judged else NONE,
        f"{one.expected:.1f}" if judged else NONE,
        _span(one.own) if one.own else NONE,
        f"{one.own_as_many} of {one.seeds}" if one.own else NONE,
        ranges(one.outside) if judged else "cannot be told",
    ]


def ranges(numbers: Sequence[int]) -> str:
    """Write whole numbers in ascending order, neighbours as a range.

    Example:
        >>> ranges([1, 3, 4, 5, 7, 8])
        '1, 3-5, 7-8'
    """
    groups: list[list[int]] = []
    for number in numbers:
        if groups and number == groups[-1][-1] + 1:
            groups[-1].append(number)
        else:
            groups.append([number])
    return ", ".join(str(one[0]) if len(one) == 1 else f"{one[0]}-{one[-1]}" for one in groups)


def _span(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"


def _numbered(sentences: Sequence[str], width: int) -> str:
    digits = len(str(len(sentences)))
    return "\n".join(
        fill(
            text,
            width,
            initial_indent=f"{number:{digits}}. ",
            subsequent_indent=" " * (digits + 2),
            break_on_hyphens=False,
        )
        for number, text in enumerate(sentences, start=1)
    )


def _listed(title: str, sentences: Sequence[str], width: int) -> str:
    if not sentences:
        return ""
    lines = (
        fill(text, width, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False) for text in sentences
    )
    return "\n".join([title, "", *lines])


def _assumptions(publication: Publication, width: int) -> str:
    """List what was left open, and what was taken for it."""
    if not publication.assumptions:
        return ""
    blocks = [
        "\n".join(
            [
                f"- {one.topic}",
                fill(f"There: {one.there}", width, initial_indent="  ", subsequent_indent="  "),
                fill(f"Here: {one.here}", width, initial_indent="  ", subsequent_indent="  "),
            ]
        )
        for one in publication.assumptions
    ]
    return "\n".join(["What was left open or said in two ways, and what was done here", "", *blocks])
