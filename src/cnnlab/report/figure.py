"""A figure as a page shows it: the drawing, the sentence beneath it, and its numbers for those who want to read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Numbers:
    """The data of a figure as a table; all cells are text as they are shown, not escaped.

    Attributes:
        heads: Of the columns; the first column names the row.
        rows: As many cells as there are heads.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Figure:
    """A drawing that nobody needs to see to know what it says.

    Attributes:
        name: Of the figure, unique in its page; letters, digits and hyphens.
        svg: One ``<svg>`` element of ours with a title and a description, without style attributes; its ids are its own
            only once the page puts ``name`` before them.
        caption: What it finds, in a sentence; never stronger than the finding. Not escaped.
        numbers: What it draws.
    """

    name: str
    svg: str
    caption: str
    numbers: Numbers
