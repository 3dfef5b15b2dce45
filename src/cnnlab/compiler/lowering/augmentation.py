"""Augmentation: in training each image goes through a map of its own.

The maps come from outside, six numbers for each image of ORDER (`Shared.MAPS`); places, neighbours and weights are
computed for 16 images side by side, and only the pixels themselves are read lane by lane, since each image reads
elsewhere. Nothing is fused, so that the NumPy backend finds the same bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import RandomMap
from cnnlab.arch.layers.augmentation import Sampling
from cnnlab.compiler.frame import LANES, Frame, Shared
from cnnlab.compiler.ir import F32, I32, I64, PTR, Value
from cnnlab.compiler.kernel import Kernel, View
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Step

COEFFICIENTS: Final = 6
"""Of each image's map: see `cnnlab.arch.layers.augmentation`."""


class AugmentationLowering(Lowering):
    """See the module."""

    def does_nothing(self, layer: RandomMap, shape: Shape, training: bool) -> bool:
        """Say whether images stay as they are: in evaluation."""
        del layer, shape
        return not training

    def forward(self, step: Step) -> Pieces:
        """Take each image through its map."""

        def emit(k: Kernel) -> None:
            _emit(k, step)

        about = "each image through its map"
        return [Piece(f"{step.name}_forward", about, "tile", [step.source, step.out], emit, "forward")]

    def backward(self, step: Step) -> Pieces:
        """Hand nothing back: nothing before it is trained."""
        assert step.by_source is None, "refused by the plan"
        return []


@dataclass(frozen=True, eq=False)
class _Neighbour:
    """A pixel along one axis, for 16 images: its bytes from the first one, what it counts, whether it is inside.

    Attributes:
        bytes: i32 in each lane.
        weight: None for 1.
        inside: None for yes.
    """

    bytes: Value
    weight: Value | None
    inside: Value | None


def _emit(k: Kernel, step: Step) -> None:
    layer = step.layer
    assert isinstance(layer, RandomMap), "listed for those alone"
    _channels, height, width = step.source.shape
    a, b, c, d, e, f = _maps(k, step.key)
    source, out, how = k.view(step.source), k.view(step.out), layer.sampling
    with k.loop(0, height, label="row") as row:
        y = k.convert("sitofp", row.at, k.element)
        by_row, down_by_row = k.mul(b, y), k.mul(e, y)
        target = k.offset(out.pointer, row.at, out.row)
        # Where the axes do not mix, d is 0: the row of the input hangs on the row of the output alone.
        down = None if layer.mixes_axes else _neighbours(k, k.add(down_by_row, f), height, source.row, how)
        with k.loop(0, width, label="column") as column:
            x = k.convert("sitofp", column.at, k.element)
            across = _neighbours(k, k.add(k.add(k.mul(a, x), by_row), c), width, source.column, how)
            if layer.mixes_axes:
                place = k.add(k.add(k.mul(d, x), down_by_row), f)
                down = _neighbours(k, place, height, source.row, how)
            assert down is not None, "one of both"
            _write(k, step, source, k.offset(target, column.at, out.column), down, across)


def _maps(k: Kernel, number: int) -> list[Value]:
    """Return the coefficients of the tile's 16 maps, a vector each; beyond the batch its last image's."""
    maps, rows = k.common(Shared.MAPS, PTR), k.common(Shared.ROWS)
    size = COEFFICIENTS * F32.bytes
    own = k.offset(k.offset(maps, k.mul(rows, number), size), k.own(Frame.START), size)
    first, last = k.mul(k.own(Frame.TILE_INDEX), LANES), k.sub(k.own(Frame.COUNT), 1)
    images = [k.offset(own, k.smaller(k.add(first, lane), last), size) for lane in range(LANES)]
    vectors = []
    for place in range(COEFFICIENTS):
        vector = k.const(F32.times(LANES), 0.0)
        for lane, image in enumerate(images):
            vector = k.insert(vector, k.load(F32, image, place * F32.bytes), lane)
        vectors.append(k.convert("fpext", vector, k.vector))
    return vectors


def _neighbours(k: Kernel, place: Value, size: int, stride: int, how: Sampling) -> list[_Neighbour]:
    """Return the pixels that places along one axis lie between; for "nearest" the only one."""
    if how.interpolation == "nearest":
        return [_neighbour(k, _nearest(k, place), None, size, stride, how.fill_mode)]
    lower = k.floor(place)
    share = k.sub(place, lower)
    below = _neighbour(k, lower, k.sub(k.const(k.vector, 1.0), share), size, stride, how.fill_mode)
    return [below, _neighbour(k, k.add(lower, 1.0), share, size, stride, how.fill_mode)]


def _nearest(k: Kernel, place: Value) -> Value:
    """Round to the nearest whole number, halves away from 0."""
    size = k.abs(place)
    below = k.floor(size)
    rounded = k.select(k.compare("oge", k.sub(size, below), 0.5), k.add(below, 1.0), below)
    return k.select(k.compare("olt", place, 0.0), k.neg(rounded), rounded)


def _neighbour(k: Kernel, index: Value, weight: Value | None, size: int, stride: int, fill_mode: str) -> _Neighbour:
    """Bring whole numbers into the image as the fill mode says, and make bytes of them."""
    inside = None
    match fill_mode:
        case "constant":
            inside = k.bits("and", k.compare("oge", index, 0.0), k.compare("ole", index, float(size - 1)))
        case "wrap":
            index = _remainder(k, index, size)
        case "reflect":
            index = _remainder(k, index, 2 * size)
            index = k.smaller(index, k.sub(k.const(k.vector, float(2 * size - 1)), index))
        case _:
            pass
    # Whatever came, also NaN, nothing outside the image is read.
    safe = k.smaller(k.larger(index, 0.0), float(size - 1))
    whole = k.convert("fptosi", safe, I32.times(LANES))
    return _Neighbour(k.mul(whole, stride), weight, inside)


def _remainder(k: Kernel, index: Value, size: int) -> Value:
    """Return whole numbers modulo a size, none negative.

    With the half a quotient is at least 0.5 / size away from a whole number, and rounding moves it by less as long as
    the numbers are below 2**22: images are smaller.
    """
    quotient = k.floor(k.mul(k.add(index, 0.5), 1.0 / size))
    return k.sub(index, k.mul(quotient, float(size)))


def _write(
    k: Kernel, step: Step, source: View, target: Value, down: Sequence[_Neighbour], across: Sequence[_Neighbour]
) -> None:
    """Write one place of all channels: the sum of its neighbours' values, each times its weight."""
    layer = step.layer
    assert isinstance(layer, RandomMap), "listed for those alone"
    pairs = [_joined(k, vertical, horizontal) for vertical in down for horizontal in across]
    with k.loop(0, step.source.shape[0], label="channel") as channel:
        base = k.offset(source.pointer, channel.at, source.channel)
        total = None
        for pair in pairs:
            value = _gather(k, base, pair.bytes)
            if pair.inside is not None:
                value = k.select(pair.inside, value, layer.sampling.fill_value)
            part = value if pair.weight is None else k.mul(pair.weight, value)
            total = part if total is None else k.add(total, part)
        assert total is not None, "there is a neighbour along each axis"
        k.store(total, k.offset(target, channel.at, step.out.channel))


def _joined(k: Kernel, vertical: _Neighbour, horizontal: _Neighbour) -> _Neighbour:
    """Make a pixel of a row and a column."""
    weight = inside = None
    if vertical.weight is not None and horizontal.weight is not None:
        weight = k.mul(vertical.weight, horizontal.weight)
    if vertical.inside is not None and horizontal.inside is not None:
        inside = k.bits("and", vertical.inside, horizontal.inside)
    return _Neighbour(k.add(vertical.bytes, horizontal.bytes), weight, inside)


def _gather(k: Kernel, base: Value, places: Value) -> Value:
    """Read a number for each lane, each of its own image."""
    value = k.zeros()
    for lane in range(LANES):
        pointer = k.offset(base, k.convert("zext", k.extract(places, lane), I64))
        value = k.insert(value, k.load(k.element, pointer, lane * k.element.bytes), lane)
    return value
