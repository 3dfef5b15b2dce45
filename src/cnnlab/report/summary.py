"""A network's summary as Keras 3 draws it, with what a layer costs and sees, for a terminal and for a notebook."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from html import escape
from itertools import zip_longest

from cnnlab.arch import LayerSummary, NetworkSummary, Shape

HEADINGS = (
    ("Layer (type)",),
    ("Output Shape",),
    ("Param #",),
    ("Multiply-", "adds"),
    ("Receptive", "field"),
)
CONNECTED = ("Connected to",)
"""A further column, as Keras has it, where layers take from others than the one before them."""
LEFT_ALIGNED = frozenset((0, 1, len(HEADINGS)))  # the names, the shapes, and what layers are connected to
_NAMES = frozenset((0, 1))
_FIELD = HEADINGS.index(("Receptive", "field"))
LEAST_NAME = 14
NONE = "-"
_TO_ASCII = str.maketrans("━┃─│┏┓┳┡╇┩├┤┼└┘┴", "=|-|" + "+" * 12)

Lines = tuple[str, ...]


def summary_text(summary: NetworkSummary, width: int = 80, *, unicode: bool = True) -> str:
    """Lay out a summary for a terminal.

    Nothing is cut off: a long name goes on in the next line, and a table whose numbers need more than the width is
    wider than it. With branches a table that would be too wide has no receptive fields.

    Args:
        summary: As `cnnlab.arch.summarize` gives it.
        width: Columns of the terminal.
        unicode: Whether the lines may be other than ASCII.

    Returns:
        The table and its totals, without trailing blanks and without a final line break.

    Example:
        >>> from cnnlab.arch import chain, summarize
        >>> from cnnlab.arch.layers import Dense
        >>> print(summary_text(summarize(chain("one", [Dense(3, input_shape=(2,))])), unicode=False))
        Model: "one"
        +===============+==============+=========+===========+===========+
        |               |              |         | Multiply- | Receptive |
        | Layer (type)  | Output Shape | Param # |      adds |     field |
        +===============+==============+=========+===========+===========+
        | dense (Dense) | (None, 3)    |       9 |         6 |         - |
        +---------------+--------------+---------+-----------+-----------+
         Total params: 9 (36.00 B)
         Trainable params: 9 (36.00 B)
         Non-trainable params: 0 (0.00 B)
         Multiply-adds per image: 6
         Activations per image: 12.00 B
         Receptive field: -
    """
    headings, rows, columns = _fitted(summary, width)
    laid = [_wrap_names(row, columns) for row in rows]
    left = _NAMES if summary.is_chain else _NAMES | {len(headings) - 1}
    table = "\n".join(_table(headings, laid, columns, left))
    totals = "\n".join(f" {label}: {value}" for label, value in _totals(summary))
    return f'Model: "{summary.name}"\n{table if unicode else table.translate(_TO_ASCII)}\n{totals}'


@dataclass(frozen=True)
class SummaryTable:
    """A summary as texts, for whoever lays it out.

    Attributes:
        heads: Of the columns.
        rows: As many cells as there are heads, a row for each layer.
        totals: What stands beneath, with its value.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[tuple[str, str], ...]


def summary_table(summary: NetworkSummary) -> SummaryTable:
    """Write a summary's cells.

    Args:
        summary: As `cnnlab.arch.summarize` gives it.
    """
    return SummaryTable(tuple(one_line_headings(summary)), tuple(summary_rows(summary)), tuple(_totals(summary)))


def summary_html(summary: NetworkSummary) -> str:
    """Lay out a summary as HTML that needs nothing from elsewhere, for a notebook or a page.

    Args:
        summary: As `cnnlab.arch.summarize` gives it.

    Returns:
        One ``<table>``; every text in it is escaped.
    """
    headings = one_line_headings(summary)
    heads = "".join(f'<th scope="col" style="{_align(i)}">{escape(h)}</th>' for i, h in enumerate(headings))
    body = "".join(f"<tr>{''.join(_html_cells(row))}</tr>" for row in summary_rows(summary))
    feet = "".join(
        f'<tr><th scope="row" style="text-align:left">{escape(label)}</th>'
        f'<td colspan="{len(headings) - 1}" style="text-align:left">{escape(value)}</td></tr>'
        for label, value in _totals(summary)
    )
    caption = f'<caption style="text-align:left">Model: {escape(summary.name)}</caption>'
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody><tfoot>{feet}</tfoot></table>"


def summary_rows(summary: NetworkSummary) -> list[tuple[str, ...]]:
    """Write the cells of each layer, as many as there are headings; with branches, of the input too."""
    if summary.is_chain:
        return [_cells(row) for row in summary.layers]
    first = LayerSummary(summary.input_name, "InputLayer", summary.input_shape, 0, 0, None)
    return [(*_cells(row), ", ".join(row.connected_to) or NONE) for row in (first, *summary.layers)]


def summary_totals(summary: NetworkSummary) -> list[tuple[str, str]]:
    """Write what stands below the table, each with its label."""
    return _totals(summary)


def one_line_headings(summary: NetworkSummary) -> list[str]:
    """Write the headings of the table, each in one line."""
    return [_joined(heading) for heading in _headings(summary)]


def _headings(summary: NetworkSummary) -> tuple[Lines, ...]:
    return HEADINGS if summary.is_chain else (*HEADINGS, CONNECTED)


def _cells(row: LayerSummary) -> tuple[str, ...]:
    """Write the cells of one layer."""
    return (
        f"{row.name} ({row.class_name})",
        _batch(row.output_shape),
        f"{row.params:,}",
        f"{row.multiply_adds:,}",
        _size(row.receptive_field),
    )


def _totals(summary: NetworkSummary) -> list[tuple[str, str]]:
    """Give the lines below the table: Keras' three, and what it has not."""
    field = _size(summary.receptive_field)
    if summary.receptive_field is not None:
        field += f" of {_size(summary.image_size)}"
    return [
        ("Total params", _params(summary.total_params)),
        ("Trainable params", _params(summary.trainable_params)),
        ("Non-trainable params", _params(summary.non_trainable_params)),
        ("Multiply-adds per image", f"{summary.multiply_adds:,}"),
        ("Activations per image", _bytes(summary.activation_bytes)),
        ("Receptive field", field),
    ]


def _params(count: int) -> str:
    """Write a number of parameters and their size as float32, as Keras does."""
    return f"{count:,} ({_bytes(count * 4)})"


def _bytes(count: float) -> str:
    """Write a size in Keras' units of 1024."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if count < 1024:  # noqa: PLR2004 - bytes in a kilobyte
            return f"{count:.2f} {unit}"
        count /= 1024
    return f"{count:.2f} PB"


def _batch(shape: Shape) -> str:
    """Write the shape of a batch of any number of images."""
    return f"({', '.join(['None', *map(str, shape)])})"


def _size(size: tuple[int, int] | None) -> str:
    return NONE if size is None else f"{size[0]} x {size[1]}"


def _fitted(summary: NetworkSummary, width: int) -> tuple[list[Lines], list[tuple[str, ...]], list[int]]:
    """Return headings, cells and widths of a table that fits, if one does."""
    headings, rows = list(_headings(summary)), summary_rows(summary)
    columns = _widths(headings, rows, width)
    if summary.is_chain or sum(columns) + 3 * len(columns) + 1 <= width:
        return headings, rows, columns
    headings, rows = headings[:_FIELD] + headings[_FIELD + 1 :], [row[:_FIELD] + row[_FIELD + 1 :] for row in rows]
    return headings, rows, _widths(headings, rows, width)


def _widths(headings: Sequence[Lines], rows: Sequence[tuple[str, ...]], width: int) -> list[int]:
    """Give each column what it needs, and names what is left: those that layers are connected to up to half of it."""
    cells = [[*heading, *(row[column] for row in rows)] for column, heading in enumerate(headings)]
    needed = [max(map(len, column)) for column in cells]
    lines = 3 * len(headings) + 1
    if headings[-1] == CONNECTED:
        longest = max(len(name) for row in rows for name in row[-1].split(", "))
        half = (width - sum(needed[1:-1]) - lines) // 2
        needed[-1] = max(len(CONNECTED[0]), min(longest, half))
    rest = width - sum(needed[1:]) - lines
    return [min(needed[0], max(LEAST_NAME, rest)), *needed[1:]]


def _wrap_names(row: tuple[str, ...], columns: Sequence[int]) -> list[Lines]:
    """Make each cell a list of lines; names that do not fit into one go into several."""
    return [
        (cell,) if len(cell) <= width else tuple(piece for part in _words(cell) for piece in _pieces(part, width))
        for cell, width in zip(row, columns, strict=True)
    ]


def _words(cell: str) -> list[str]:
    """Take apart a name and its class, or the names of several layers."""
    return cell.split(", ") if ", " in cell else cell.split(" ")


def _pieces(word: str, width: int) -> Iterator[str]:
    """Cut a word that is too long, after an underscore where there is one."""
    while len(word) > width:
        cut = word.rfind("_", 0, width) + 1 or width
        yield word[:cut]
        word = word[cut:]
    yield word


def _table(
    headings: Sequence[Lines], rows: Sequence[Sequence[Lines]], columns: Sequence[int], left: AbstractSet[int]
) -> Iterator[str]:
    """Draw the table with Keras' lines."""
    yield _rule("┏━┳┓", columns)
    tallest = max(map(len, headings))
    yield from _row([("",) * (tallest - len(heading)) + heading for heading in headings], columns, "┃", left)
    yield _rule("┡━╇┩", columns)
    for index, row in enumerate(rows):
        if index:
            yield _rule("├─┼┤", columns)
        yield from _row(row, columns, "│", left)
    yield _rule("└─┴┘", columns)


def _rule(ends: str, columns: Sequence[int]) -> str:
    """Draw a line across the table from its four signs: left end, line, crossing, right end."""
    left, line, crossing, right = tuple(ends)
    return left + crossing.join(line * (width + 2) for width in columns) + right


def _row(cells: Sequence[Lines], columns: Sequence[int], border: str, left: AbstractSet[int]) -> Iterator[str]:
    """Draw the lines of one row."""
    for line in zip_longest(*cells, fillvalue=""):
        padded = [
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, columns, strict=True))
        ]
        yield f"{border} {f' {border} '.join(padded)} {border}"


def _html_cells(cells: Sequence[str]) -> Iterator[str]:
    for column, cell in enumerate(cells):
        yield f'<td style="{_align(column)}">{escape(cell)}</td>'


def _align(column: int) -> str:
    return f"text-align:{'left' if column in LEFT_ALIGNED else 'right'};white-space:nowrap"


def _joined(heading: Lines) -> str:
    """Put a heading of two lines into one."""
    return " ".join(heading).replace("- ", "-")
