"""A network's summary as Keras 3 draws it, with what a layer costs and sees, for a terminal and for a notebook."""

from collections.abc import Iterator, Sequence
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
LEFT_ALIGNED = 2  # the names and the shapes
LEAST_NAME = 14
NONE = "-"
_TO_ASCII = str.maketrans("━┃─│┏┓┳┡╇┩├┤┼└┘┴", "=|-|" + "+" * 12)

Lines = tuple[str, ...]


def summary_text(summary: NetworkSummary, width: int = 80, *, unicode: bool = True) -> str:
    """Lay out a summary for a terminal.

    Nothing is cut off: a long name goes on in the next line, and a table whose numbers need more than the width is
    wider than it.

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
    rows = [_cells(row) for row in summary.layers]
    columns = _widths(rows, width)
    laid = [_wrap_name(row, columns[0]) for row in rows]
    table = "\n".join(_table(laid, columns))
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
    rows = tuple(_cells(row) for row in summary.layers)
    return SummaryTable(tuple(_joined(head) for head in HEADINGS), rows, tuple(_totals(summary)))


def summary_html(summary: NetworkSummary) -> str:
    """Lay out a summary as HTML that needs nothing from elsewhere, for a notebook or a page.

    Args:
        summary: As `cnnlab.arch.summarize` gives it.

    Returns:
        One ``<table>``; every text in it is escaped.
    """
    heads = "".join(f'<th scope="col" style="{_align(i)}">{escape(_joined(h))}</th>' for i, h in enumerate(HEADINGS))
    body = "".join(f"<tr>{''.join(_html_cells(_cells(row)))}</tr>" for row in summary.layers)
    feet = "".join(
        f'<tr><th scope="row" style="text-align:left">{escape(label)}</th>'
        f'<td colspan="{len(HEADINGS) - 1}" style="text-align:left">{escape(value)}</td></tr>'
        for label, value in _totals(summary)
    )
    caption = f'<caption style="text-align:left">Model: {escape(summary.name)}</caption>'
    return f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody><tfoot>{feet}</tfoot></table>"


def summary_rows(summary: NetworkSummary) -> list[tuple[str, ...]]:
    """Write the cells of each layer, as many as there are headings."""
    return [_cells(row) for row in summary.layers]


def summary_totals(summary: NetworkSummary) -> list[tuple[str, str]]:
    """Write what stands below the table, each with its label."""
    return _totals(summary)


def one_line_headings() -> list[str]:
    """Write the headings of the table, each in one line."""
    return [_joined(heading) for heading in HEADINGS]


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


def _widths(rows: Sequence[tuple[str, ...]], width: int) -> list[int]:
    """Give each column what it needs, and the names what is left."""
    cells = [[*heading, *(row[column] for row in rows)] for column, heading in enumerate(HEADINGS)]
    needed = [max(map(len, column)) for column in cells]
    rest = width - sum(needed[1:]) - 3 * len(HEADINGS) - 1
    return [min(needed[0], max(LEAST_NAME, rest)), *needed[1:]]


def _wrap_name(row: tuple[str, ...], width: int) -> list[Lines]:
    """Make each cell a list of lines; a name and its class that do not fit into one go into two, and more if needed."""
    if len(row[0]) <= width:
        return [(cell,) for cell in row]
    return [
        tuple(piece for part in row[0].split(" ") for piece in _pieces(part, width)),
        *((cell,) for cell in row[1:]),
    ]


def _pieces(word: str, width: int) -> Iterator[str]:
    """Cut a word that is too long, after an underscore where there is one."""
    while len(word) > width:
        cut = word.rfind("_", 0, width) + 1 or width
        yield word[:cut]
        word = word[cut:]
    yield word


def _table(rows: Sequence[Sequence[Lines]], columns: Sequence[int]) -> Iterator[str]:
    """Draw the table with Keras' lines."""
    yield _rule("┏━┳┓", columns)
    tallest = max(map(len, HEADINGS))
    yield from _row([("",) * (tallest - len(heading)) + heading for heading in HEADINGS], columns, "┃")
    yield _rule("┡━╇┩", columns)
    for index, row in enumerate(rows):
        if index:
            yield _rule("├─┼┤", columns)
        yield from _row(row, columns, "│")
    yield _rule("└─┴┘", columns)


def _rule(ends: str, columns: Sequence[int]) -> str:
    """Draw a line across the table from its four signs: left end, line, crossing, right end."""
    left, line, crossing, right = tuple(ends)
    return left + crossing.join(line * (width + 2) for width in columns) + right


def _row(cells: Sequence[Lines], columns: Sequence[int], border: str) -> Iterator[str]:
    """Draw the lines of one row."""
    for line in zip_longest(*cells, fillvalue=""):
        padded = [
            cell.ljust(width) if column < LEFT_ALIGNED else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, columns, strict=True))
        ]
        yield f"{border} {f' {border} '.join(padded)} {border}"


def _html_cells(cells: Sequence[str]) -> Iterator[str]:
    for column, cell in enumerate(cells):
        yield f'<td style="{_align(column)}">{escape(cell)}</td>'


def _align(column: int) -> str:
    return f"text-align:{'left' if column < LEFT_ALIGNED else 'right'};white-space:nowrap"


def _joined(heading: Lines) -> str:
    """Put a heading of two lines into one."""
    return " ".join(heading).replace("- ", "-")
