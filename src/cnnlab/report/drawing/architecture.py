"""An architecture layer by layer, from top to bottom: what each makes of the image, what it costs, what it sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2, sqrt
from typing import Final

from cnnlab.arch.layer import Shape
from cnnlab.arch.network import Network
from cnnlab.arch.summary import LayerSummary, NetworkSummary, summarize
from cnnlab.report.drawing.canvas import element, fitted, line, sheet, width_of, words
from cnnlab.report.drawing.palette import FIRST, GROUND, INK, LINE, QUIET
from cnnlab.report.drawing.wires import Wire, wires
from cnnlab.report.figure import Figure, Numbers
from cnnlab.report.words import cut, plural, printable

_WIDTH: Final = 408.0
_HEAD: Final = 34.0
_TALL: Final = 40.0
_SHORT: Final = 22.0
_JOINS: Final = frozenset(("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"))
_SMALL: Final = _JOINS | frozenset(
    (
        "Activation",
        "BatchNormalization",
        "Dropout",
        "Flatten",
        "GaussianNoise",
        "LayerNormalization",
        "LeakyReLU",
        "PReLU",
        "RandomFlip",
        "RandomRotation",
        "RandomTranslation",
        "RandomZoom",
        "ReLU",
        "Rescaling",
        "Reshape",
        "Softmax",
        "SpatialDropout2D",
    )
)
"""Layers that stand in one line: they leave the shape as it is, or only read it in another way."""

_WIDEST, _NARROWEST = 56.0, 7.0
_THICKEST, _THINNEST = 24.0, 3.0
_GAP: Final = 10.0
_LANE: Final = 9.0
_SEES: Final = 262.0
_SEEN: Final = 46.0
_COLUMNS: Final = (326.0, 406.0)
_BAR: Final = 52.0


@dataclass(frozen=True)
class Row:
    """A layer at its place in the drawing.

    Attributes:
        layer: In numbers.
        top: Where its row begins.
        height: Of the row.
        shape: Of its output, channels last.
        small: Whether it stands in one line.
    """

    layer: LayerSummary
    top: float
    height: float
    shape: Shape
    small: bool

    @property
    def middle(self) -> float:
        """Return the height of its block's middle."""
        return self.top + self.height / 2


def architecture_drawing(name: str, network: Network) -> Figure:
    """Draw a network from its input down to its output.

    A block is as wide as the layer's output is in the image's pixels, and the thicker the more channels it has; one
    that has weights is filled. Where a layer takes from another one than the layer above it, a line at the left joins
    them. Bars show each layer's share of all parameters and of all multiply-adds.

    Args:
        name: Of the figure in its page.
        network: Any, also one with branches; its names may be any text.
    """
    told = summarize(network)
    rows = _rows(network, told)
    joined = wires(network)
    left = 4 + _LANE * (1 + max((wire.lane for wire in joined), default=-1))
    middle = left + _WIDEST / 2
    parts = [*_heads(left), *_lines(network, rows, joined, middle)]
    for row in rows:
        parts += _block(row, network, middle)
        parts += _texts(row, told, left + _WIDEST + _GAP)
    height = rows[-1].top + rows[-1].height + 6
    title = f"{network.name}, layer by layer"
    svg = sheet(_WIDTH + left, height, title, _description(told), parts)
    return Figure(name, svg, _caption(told), _numbers(told))


def _rows(network: Network, told: NetworkSummary) -> list[Row]:
    """Give each layer its row, the input first."""
    source = LayerSummary(network.nodes[0].name, "Input", told.input_shape, 0, 0, None)
    rows: list[Row] = []
    top = _HEAD
    for node, layer in zip(network.nodes, (source, *told.layers), strict=True):
        small = layer.class_name in _SMALL
        rows.append(Row(layer, top, _SHORT if small else _TALL, node.output_shape, small))
        top += rows[-1].height
    return rows


def _heads(left: float) -> list[str]:
    """Write what the columns are."""
    heads = [(_SEES, "sees"), (_COLUMNS[0], "parameters"), (_COLUMNS[1], "multiply-adds")]
    return [words(left + x, 16, text, 10, QUIET, text_anchor="end") for x, text in heads]


def _lines(network: Network, rows: list[Row], joined: list[Wire], middle: float) -> list[str]:
    """Draw the way of the image: straight down, and in lanes at the left where it leaps over layers."""
    found = [
        line(middle, rows[index - 1].middle, middle, rows[index].middle, QUIET, stroke_width=1)
        for index in range(1, len(rows))
        if index - 1 in network.nodes[index].inputs
    ]
    for wire in joined:
        x = 4 + _LANE * wire.lane
        start, end = rows[wire.source].middle + 3, rows[wire.target].middle - 3
        path = f"M{middle:.1f} {start:.1f}H{x:.1f}V{end:.1f}H{middle:.1f}"
        found.append(element("path", d=path, fill="none", stroke=QUIET, stroke_width=1, stroke_dasharray="4 2"))
        # Which of its ends is the layer that takes: an arrow where the line turns towards it.
        found.append(element("path", d=f"M{x + 3:.1f} {end - 2.5:.1f}l5 2.5l-5 2.5z", fill=QUIET))
    return found


def _block(row: Row, network: Network, middle: float) -> list[str]:
    """Draw what comes out of a layer; a small layer is a knot in the line."""
    if row.small:
        if row.layer.class_name in _JOINS:
            return [element("circle", cx=middle, cy=row.middle, r=4.5, fill=GROUND, stroke=INK)]
        return [element("circle", cx=middle, cy=row.middle, r=2.5, fill=QUIET)]
    width, height = _size(row.shape, network)
    place = {"x": middle - width / 2, "y": row.middle - height / 2, "width": width, "height": height, "rx": 1.5}
    # The line behind a block must not be seen through it.
    found = [element("rect", **place, fill=GROUND, stroke=FIRST, stroke_width=1.2)]
    return [*found, element("rect", **place, fill=FIRST, fill_opacity=0.4)] if row.layer.params else found


def _size(shape: Shape, network: Network) -> tuple[float, float]:
    """Return how wide and thick a block is: by pixels, and by channels in powers of two."""
    shapes = [node.output_shape for node in network.nodes]
    sides, most = [_side(one) for one in shapes], max(one[-1] for one in shapes)
    width = _NARROWEST + (_WIDEST - _NARROWEST) * (_side(shape) - 1) / max(max(sides) - 1, 1)
    thickness = _THINNEST + (_THICKEST - _THINNEST) * log2(shape[-1]) / max(log2(most), 1)
    return width, thickness


def _side(shape: Shape) -> float:
    """Return the side of a square of as many places as a shape has; a row of features has one place."""
    return sqrt(shape[0] * shape[1]) if len(shape) > 2 else 1.0  # noqa: PLR2004 - height, width, channels


def _texts(row: Row, told: NetworkSummary, left: float) -> list[str]:
    """Write what a layer is, and what it costs with its shares as bars."""
    layer, shift = row.layer, left - _WIDEST - _GAP
    room = shift + _SEES - left
    if row.small:
        which = f" ({layer.class_name})"
        name = fitted(layer.name, room + 37 - width_of(which, 9.5), 9.5)
        return [words(left, row.middle + 3.5, name + which, 9.5, QUIET), *_costs(row, told, shift)]
    kind = f"{layer.class_name}, {_shape(layer.output_shape)}"
    found = [
        words(left, row.middle - 2, fitted(layer.name, room - _SEEN, 11.5), 11.5, INK, font_weight="600"),
        words(left, row.middle + 12, fitted(kind, room, 10), 10, QUIET),
    ]
    if layer.receptive_field is not None:
        field = _shape(layer.receptive_field)
        found.append(words(shift + _SEES, row.middle - 2, field, 10, QUIET, text_anchor="end"))
    return [*found, *_costs(row, told, shift)]


def _costs(row: Row, told: NetworkSummary, shift: float) -> list[str]:
    """Write both costs where a layer has them, each with a bar on the length of the whole."""
    found = []
    layer = row.layer
    pairs = ((layer.params, told.total_params), (layer.multiply_adds, told.multiply_adds))
    for right, (cost, whole) in zip(_COLUMNS, pairs, strict=True):
        if not cost:
            continue
        x, base = shift + right, row.middle + (3.5 if row.small else -2)
        found.append(words(x, base, f"{cost:,}", 9.5 if row.small else 10.5, INK, text_anchor="end"))
        if not row.small:
            left, share = x - _BAR, _BAR * cost / whole
            found.append(element("rect", x=left, y=base + 6, width=_BAR, height=4, fill=LINE))
            found.append(element("rect", x=x - share, y=base + 6, width=share, height=4, fill=FIRST))
    return found


def _shape(shape: Shape) -> str:
    return " x ".join(str(size) for size in shape)


def _caption(told: NetworkSummary) -> str:
    """Say which layer holds most of the parameters and which does most of the multiply-adds."""
    layers = told.layers
    if not layers:
        return "The network has no layers."
    heavy = _most([(layer, layer.params) for layer in layers], ("holds", "hold"), "parameters")
    busy = _most([(layer, layer.multiply_adds) for layer in layers], ("does", "do"), "multiply-adds of an image")
    found = "; ".join(part for part in (heavy, busy) if part) or "No layer has parameters"
    return (
        f"{found}. A block is as wide as its output and the thicker the more channels it has; it is filled where the "
        "layer has weights. What it sees is the part of the image that one number of its output comes from."
    )


def _most(costs: Sequence[tuple[LayerSummary, int]], verbs: tuple[str, str], noun: str) -> str:
    """Say which layer has the largest cost, and how many have as large a one; nothing where none has any."""
    most, whole = max(cost for _, cost in costs), sum(cost for _, cost in costs)
    if not most:
        return ""
    first, *others = [layer for layer, cost in costs if cost == most]
    if not others:
        return f"{_named(first)} {verbs[0]} {_share(most, whole)} {noun}"
    return f"{_named(first)} and {plural(len(others), 'other')} {verbs[1]} {_share(most, whole)} {noun} each"


def _named(layer: LayerSummary) -> str:
    return cut(printable(layer.name), 48)


def _share(part: int, whole: int) -> str:
    """Say how much of a whole something is.

    Example:
        >>> _share(1, 3), _share(3, 3)
        ('1 (33 %) of the 3', 'all 3')
    """
    return f"all {whole:,}" if part == whole else f"{part:,} ({_percent(part, whole)}) of the {whole:,}"


def _percent(part: int, whole: int) -> str:
    """Write a share in whole percents, without calling anything none or all that is not."""
    if not part:
        return "0 %"
    percent = 100 * part / whole
    return "under 1 %" if percent < 1 else f"{min(percent, 99):.0f} %" if part < whole else "100 %"


def _description(told: NetworkSummary) -> str:
    """Say how long the way is and from what shape to what shape it goes."""
    if not told.layers:
        return "An input and nothing behind it."
    names = ", ".join(layer.class_name for layer in told.layers)
    last = _shape(told.layers[-1].output_shape)
    ways = "".join(
        f" {_named(layer)} joins {' and '.join(cut(printable(name), 48) for name in layer.connected_to)}."
        for layer in told.layers
        if len(layer.connected_to) > 1
    )
    return f"From {_shape(told.input_shape)} to {last} in {len(told.layers)} steps: {names}.{ways}"


def _numbers(told: NetworkSummary) -> Numbers:
    heads = ("layer", "kind", "output", "parameters", "share", "multiply-adds", "share of them", "sees")
    rows = [
        (
            layer.name,
            layer.class_name,
            _shape(layer.output_shape),
            f"{layer.params:,}",
            _percent(layer.params, told.total_params),
            f"{layer.multiply_adds:,}",
            _percent(layer.multiply_adds, told.multiply_adds),
            "-" if layer.receptive_field is None else _shape(layer.receptive_field),
        )
        for layer in told.layers
    ]
    if told.is_chain:
        return Numbers(heads, tuple(rows))
    takes = [", ".join(layer.connected_to) for layer in told.layers]
    return Numbers((*heads, "takes from"), tuple((*row, taken) for row, taken in zip(rows, takes, strict=True)))
