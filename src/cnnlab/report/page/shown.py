"""A figure as a page puts it in: its drawing marked as ours, with ids that no other figure has."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from cnnlab.report.figure import Figure, Numbers
from cnnlab.report.svg import with_own_ids


@dataclass(frozen=True)
class Shown:
    """A figure as the page shows it."""

    anchor: str
    drawing: Markup
    caption: str
    numbers: Numbers


def shown(figure: Figure) -> Shown:
    """Prepare a figure; its ids get its name before them."""
    anchor = f"figure-{figure.name}"
    drawing = Markup(with_own_ids(figure.svg, f"{anchor}-"))  # noqa: S704 - drawn and escaped by ours
    return Shown(anchor, drawing, figure.caption, figure.numbers)


def shown_all(figures: Iterable[Figure]) -> tuple[Shown, ...]:
    """Prepare several figures."""
    return tuple(shown(one) for one in figures)
