"""What `cnnlab compile` shows of a plan, as text: layers, and phases with their pieces and memory."""

from collections.abc import Iterator, Sequence

from cnnlab.compiler.buffers import Halo
from cnnlab.compiler.inspection import ArrayView, BufferView, LayerView, PhaseView, PieceView, PlanView
from cnnlab.report.columns import Column, columns_text
from cnnlab.report.words import format_bytes, plural

_TYPES = {"f32": "float32", "f64": "float64"}
NONE = "-"
_NO_BREAK = "\u00a0"


def layers_text(plan: PlanView, layers: Sequence[LayerView], width: int = 80) -> str:
    """Write a line for each layer, and what the columns mean.

    Args:
        plan: Of the program.
        layers: As `layer_views` gives them.
        width: Of the terminal.
    """
    columns = [
        Column("\n#", right=True),
        Column("\nlayer"),
        Column("output\nc x h x w", right=True),
        Column("zeros\naround", right=True),
        Column("around\ngradient", right=True),
        Column("\nhow it is computed"),
    ]
    rows = [
        [
            str(layer.number),
            layer.name,
            _shape(layer.output) if layer.computed else NONE,
            _halo(layer.halo) if layer.computed else NONE,
            NONE if layer.gradient_halo is None else _halo(layer.gradient_halo),
            "; ".join(layer.notes),
        ]
        for layer in layers
    ]
    kept = sum(layer.computed for layer in layers[1:])
    return "\n".join(
        [
            _head(plan),
            f"{kept} of {plural(len(layers) - 1, 'layer')} computed",
            "",
            columns_text(columns, rows, width),
            "",
            "Zeros around each channel are never written, only read: a kernel needs no test",
            "for the border. One number for all sides, or top/bottom/left/right.",
        ]
    )


def plan_text(plan: PlanView, width: int = 80) -> str:
    """Write memory, phases, parameters and buffers.

    Args:
        plan: As `plan_view` gives it.
        width: Of the terminal.
    """
    parts = [
        _head(plan),
        _section("Memory", _memory(plan, width)),
        *(
            _section(f"Phase {number} of {len(plan.phases)}", _phase(plan, phase, number == 1, width))
            for number, phase in enumerate(plan.phases, 1)
        ),
    ]
    if plan.training:
        parts.append(_section("Over the batch", _over_batch(plan, width)))
    if plan.parameters:
        parts.append(_section("Parameters, as they lie in memory", _parameters(plan, width)))
    parts.append(_section("Buffers", _buffers(plan.buffers, width)))
    return "\n\n".join(parts)


def _head(plan: PlanView) -> str:
    return f"{plan.network}, {'training' if plan.training else 'evaluation'}, {_TYPES[plan.element]}, {plan.isa}"


def _section(title: str, text: str) -> str:
    return f"{title}\n{text}"


def _memory(plan: PlanView, width: int) -> str:
    rows = [
        ["parameters", format_bytes(plan.parameter_bytes), "padding included"],
        ["a thread (S)", format_bytes(plan.thread_bytes), "used anew by each tile and phase"],
    ]
    if plan.training:
        rows += [
            ["a tile (T)", format_bytes(plan.tile_bytes), "16 images; kept until the step ends"],
            ["a tile's sums", format_bytes(plan.sums_bytes), "of gradients, statistics, loss"],
        ]
        rows += [
            [f"a batch of {each.batch:,}", format_bytes(each.bytes), f"{plural(each.tiles, 'tile')}, sums included"]
            for each in plan.batches
        ]
    return columns_text([Column(""), Column("", right=True), Column("")], rows, width, indent=2)


def _phase(plan: PlanView, phase: PhaseView, first: bool, width: int) -> str:
    rows = [["by each thread, once:", ""], *map(_piece, phase.by_thread)] if phase.by_thread else []
    tile_pieces = list(phase.by_tile)
    rows.append(["for each tile:", ""])
    if first:
        rows.append(_kinds(plan.gathers, "gather", "16 images"))
    for piece in tile_pieces:
        if piece.name == "loss":
            rows.append(_kinds(plan.labels, "labels", "16 labels"))
        rows.append(_piece(piece))
    if plan.training:
        rows.append(["all threads wait", ""])
    return _rows(rows, width)


def _over_batch(plan: PlanView, width: int) -> str:
    rows = [["split over the threads:", ""], ["  reduce", "add up the tiles' sums in the tiles' order"]]
    rows += [_piece(piece) for piece in plan.shares]
    rows += [["all threads wait", ""], ["split over the threads:", ""]]
    rows += [[f"  {name}", about] for name, about in plan.update]
    rows.append(["all threads wait", ""])
    return _rows(rows, width)


def _rows(rows: Sequence[Sequence[str]], width: int) -> str:
    """Lay out pieces; a line of one cell stands alone and is not made to fit the column."""
    name = max((len(row[0]) for row in rows if row[1]), default=0)
    text = "\n".join(
        columns_text([Column(""), Column("")], [[row[0].ljust(name), row[1]]], width, indent=2)
        if row[1]
        else f"  {row[0]}"
        for row in rows
    )
    return text.replace(_NO_BREAK, " ")


def _piece(piece: PieceView) -> list[str]:
    return [f"  {piece.name}", " ".join(_told(piece))]


def _told(piece: PieceView) -> Iterator[str]:
    """Say what a piece does, in how many shares, and on which buffers."""
    yield piece.about
    if piece.shares:
        yield f"({plural(piece.shares, 'share')})"
    yield _together(piece.buffers)


def _together(labels: Sequence[str]) -> str:
    """Write labels in brackets, with blanks at which no line is broken."""
    return f"[{_NO_BREAK.join(labels)}]"


def _kinds(pieces: Sequence[PieceView], name: str, what: str) -> list[str]:
    """Write one line for functions of which a program takes the one that fits the data."""
    kinds = ", ".join(piece.name.removeprefix(f"{name}_") for piece in pieces)
    buffers = dict.fromkeys(label for piece in pieces for label in piece.buffers)
    return [f"  {name}_*", f"{what}, as {kinds} {_together(list(buffers))}"]


def _parameters(plan: PlanView, width: int) -> str:
    columns = [Column("first", right=True), Column("name"), Column("shape"), Column("gradient")]
    rows = [
        [f"{each.first:,}", each.name, " x ".join(map(str, each.shape)), _gradient(each)] for each in plan.parameters
    ]
    shown = len(columns) if plan.training else len(columns) - 1
    return columns_text(columns[:shown], [row[:shown] for row in rows], width, indent=2)


def _gradient(array: ArrayView) -> str:
    if not array.trained:
        return "none"
    return "tile by tile" if array.summed_by_tile else "over the batch"


def _buffers(buffers: Sequence[BufferView], width: int) -> str:
    columns = [
        Column(""),
        Column("from byte", right=True),
        Column("bytes", right=True),
        Column("c x h x w", right=True),
        Column("zeros", right=True),
        Column("lanes", right=True),
        Column("name"),
    ]
    rows = [
        [
            each.label,
            f"{each.offset:,}",
            f"{each.bytes:,}",
            _shape(each.shape),
            _halo(each.halo),
            str(each.lanes),
            each.name,
        ]
        for each in buffers
    ]
    return columns_text(columns, rows, width, indent=2)


def _shape(shape: tuple[int, int, int]) -> str:
    """Write channels, rows and columns; a row of features as its length."""
    return str(shape[0]) if shape[1:] == (1, 1) else "x".join(map(str, shape))


def _halo(halo: Halo) -> str:
    if not any(halo):
        return NONE
    return str(halo.top) if len(set(halo)) == 1 else "/".join(map(str, halo))
