"""BatchNormalization: the one layer that must see the whole batch before any image of it can go on.

Each tile leaves its own mean and sum of squared deviations of every channel. After a barrier every thread joins them in
the order of the tiles, by the rule of Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm for
Computing Sample Variances" (1979): as exact as two passes over the batch, and the same on any number of threads.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from cnnlab.arch.layers import BatchNormalization
from cnnlab.compiler.buffers import Buffer, padded
from cnnlab.compiler.frame import LANES, Frame, Shared
from cnnlab.compiler.ir import PTR, Value
from cnnlab.compiler.kernel import Cell, Kernel, View
from cnnlab.compiler.lowering.lanes import sum_of_lanes
from cnnlab.compiler.lowering.mathematics import one_nan
from cnnlab.compiler.lowering.step import BARRIER, Lowering, Piece, Pieces, Sink, Step

# What a tile leaves: mean and squared deviations, later the two sums of the backward pass.
TILE_ROWS: Final = 4
# What the batch has: mean and variance.
BATCH_ROWS: Final = 2


class _Joined(NamedTuple):
    """Rows of numbers, one for each channel, that every thread keeps for itself."""

    mean: int = 0
    inverse: int = 1
    by_beta: int = 2
    by_gamma: int = 3


_JOINED: Final = _Joined()


class NormalizationLowering(Lowering):
    """See the module."""

    def add_buffers(self, step: Step) -> None:
        """Add the joined numbers, and room for the sums across lanes."""
        channels, element = padded(step.source.shape[0]), step.source.element
        step.extra["joined"] = Buffer(f"{step.name} joined", (len(_JOINED) * channels, 1, 1), element, lanes=1)
        for name in ("first", "second"):
            step.extra[name] = Buffer(f"{step.name} {name} sums", (channels, 1, 1), element, passing=True)

    def forward(self, step: Step) -> Pieces:
        """Normalize by the batch in training, by the moving averages otherwise."""
        joined = step.extra["joined"]
        apply = Piece(
            f"{step.name}_forward",
            "normalize, scale and shift",
            "tile",
            [joined, step.source, step.out],
            lambda k: _normalize(k, step),
            "forward",
        )
        if not step.training:
            fold = Piece(f"{step.name}_fold", "moving averages", "thread", [joined], lambda k: _fold(k, step))
            return [fold, apply]
        look = Piece(
            f"{step.name}_look",
            "mean and squared deviations of a tile",
            "tile",
            [step.source, step.extra["first"]],
            lambda k: _look(k, step),
            "forward",
        )
        join = Piece(f"{step.name}_join", "those of the batch", "thread", [joined], lambda k: _join(k, step))
        return [look, BARRIER, join, apply]

    def backward(self, step: Step) -> Pieces:
        """Return the gradients by beta and gamma, and by the input through mean and variance too."""
        joined, sink = step.extra["joined"], step.by_source
        sums = [step.extra["first"], step.extra["second"]]
        look = Piece(
            f"{step.name}_sums",
            "gradients by beta and gamma of a tile",
            "tile",
            [joined, step.source, step.incoming, *sums],
            lambda k: _sum_gradients(k, step),
            "weight gradient",
        )
        if sink is None:
            return [look]
        join = Piece(
            f"{step.name}_join_sums", "those of the batch", "thread", [joined], lambda k: _join_gradients(k, step)
        )
        apply = Piece(
            f"{step.name}_input",
            "gradient by the input",
            "tile",
            [joined, step.source, step.incoming, *sink.buffers],
            lambda k: _by_input(k, step, sink),
            "input gradient",
        )
        return [look, BARRIER, join, apply]


def _layer(step: Step) -> BatchNormalization:
    assert isinstance(step.layer, BatchNormalization)
    return step.layer


def _channels(step: Step) -> int:
    return padded(step.source.shape[0])


def _places(step: Step) -> int:
    return step.source.shape[1] * step.source.shape[2]


def _joined_row(k: Kernel, step: Step, row: int) -> Value:
    return k.offset(k.view(step.extra["joined"]).pointer, row * _channels(step) * k.element.bytes)


def _tile_row(k: Kernel, step: Step, row: int, tile: Value | None = None) -> Value:
    """Return a pointer to one row of a tile's statistics."""
    assert step.statistics is not None
    size = k.element.bytes
    base = k.own(Frame.STATISTICS, PTR) if tile is None else tile
    return k.offset(base, step.statistics.offset + row * _channels(step) * size)


def _tile_count(k: Kernel, step: Step, tile: Value) -> Value:
    """Return how many numbers of each channel a tile has."""
    images = k.smaller(k.sub(k.own(Frame.COUNT), k.mul(tile, LANES)), LANES)
    return k.convert("sitofp", k.mul(images, _places(step)), k.element)


def _batch_count(k: Kernel, step: Step) -> Value:
    return k.convert("sitofp", k.mul(k.own(Frame.COUNT), _places(step)), k.element)


def _sum_over_image(
    k: Kernel,
    step: Step,
    views: list[View],
    sums: list[Buffer],
    value: Callable[[Value, list[Value]], list[Value]],
) -> None:
    """Write sums over the places of each channel, 16 images side by side; ``value`` makes what is added of a cell."""
    channels, height, width = step.source.shape
    outs = [k.view(buffer) for buffer in sums]
    with k.over_channels(channels, [*views, *outs]) as (channel, moved):
        walks, targets = moved[: len(views)], moved[len(views) :]
        begun = [k.zeros()] * len(sums)
        with k.loop(0, height, carry=begun, label="row") as row:
            lines = [k.offset(view.pointer, row.at, view.row) for view in walks]
            with k.loop(0, width, carry=row.values, label="column") as column:
                places = [k.offset(line, column.at, view.column) for line, view in zip(lines, walks, strict=True)]
                more = value(channel, [k.load(k.vector, place) for place in places])
                column.hand_on([k.add(total, term) for total, term in zip(column.values, more, strict=True)])
            row.hand_on(column.results)
        for target, total in zip(targets, row.results, strict=True):
            k.store(total, target.pointer)


def _over_lanes(k: Kernel, sums: Buffer, use: Callable[[Value, Value], None]) -> None:
    """Add up the lanes of sums, 16 channels at a time; ``use`` gets the channels' number and their sums."""
    rows = k.view(sums).pointer
    size = k.vector.bytes
    with k.loop(0, sums.shape[0], LANES, label="16 channels") as turn:
        place = k.offset(rows, turn.at, size)
        use(turn.at, sum_of_lanes(k, [k.load(k.vector, place, lane * size) for lane in range(LANES)]))


def _look(k: Kernel, step: Step) -> None:
    real, first = k.real_lanes(), step.extra["first"]
    source = k.view(step.source)
    count = _tile_count(k, step, k.own(Frame.TILE_INDEX))
    means = _tile_row(k, step, 0)
    _sum_over_image(k, step, [source], [first], lambda _, cells: [k.masked(real, cells[0])])
    _over_lanes(k, first, lambda at, sums: k.store(k.div(sums, count), k.offset(means, at, k.element.bytes)))

    def squared(channel: Value, cells: list[Value]) -> list[Value]:
        mean = k.load(k.element, k.offset(means, channel, k.element.bytes))
        apart = k.masked(real, k.sub(cells[0], mean))
        return [k.mul(apart, apart)]

    _sum_over_image(k, step, [source], [first], squared)
    deviations = _tile_row(k, step, 1)
    _over_lanes(k, first, lambda at, sums: k.store(sums, k.offset(deviations, at, k.element.bytes)))


def _join(k: Kernel, step: Step) -> None:
    assert step.statistics is not None
    layer, size = _layer(step), k.element.bytes
    total = _batch_count(k, step)
    moving = k.offset(k.common(Shared.MOVING, PTR), step.statistics.moving)
    with k.loop(0, _channels(step), LANES, label="16 channels") as turn:
        mean = k.div(_over_tiles(k, step, turn.at, lambda rows, count: k.mul(rows[0], count)), total)

        def spread(rows: list[Value], count: Value) -> Value:
            apart = k.sub(rows[0], mean)
            return k.fma(k.mul(apart, apart), count, rows[1])

        variance = k.div(_over_tiles(k, step, turn.at, spread), total)
        inverse = k.div(k.const(k.vector, 1.0), k.sqrt(k.add(variance, layer.epsilon)))
        for row, value in ((_JOINED.mean, mean), (_JOINED.inverse, inverse)):
            k.store(value, k.offset(_joined_row(k, step, row), turn.at, size))
        with k.when(k.compare("eq", k.own(Frame.THREAD), 0)):
            place = k.offset(moving, turn.at, size)
            k.store(mean, place)
            k.store(variance, place, _channels(step) * size)


def _over_tiles(
    k: Kernel,
    step: Step,
    channel: Value,
    term: Callable[[list[Value], Value], Value],
    rows: tuple[int, int] = (0, 1),
) -> Value:
    """Add up a term of each tile's statistics, in the order of the tiles, for 16 channels."""
    base, stride = k.common(Shared.STATISTICS, PTR), step.tile_statistics()
    with k.loop(0, k.own(Frame.TILES), carry=[k.zeros()], label="tile") as turn:
        tile = k.offset(base, turn.at, stride)
        values = [k.load(k.vector, k.offset(_tile_row(k, step, row, tile), channel, k.element.bytes)) for row in rows]
        turn.hand_on([k.add(turn.values[0], term(values, _tile_count(k, step, turn.at)))])
    return turn.results[0]


def _fold(k: Kernel, step: Step) -> None:
    """Take the moving averages for mean and variance."""
    size = k.element.bytes
    with k.loop(0, _channels(step), LANES, label="16 channels") as turn:
        mean, variance = (
            k.load(k.vector, k.offset(k.parameter(step.weights[name]), turn.at, size))
            for name in ("moving_mean", "moving_variance")
        )
        inverse = k.div(k.const(k.vector, 1.0), k.sqrt(k.add(variance, _layer(step).epsilon)))
        for row, value in ((_JOINED.mean, mean), (_JOINED.inverse, inverse)):
            k.store(value, k.offset(_joined_row(k, step, row), turn.at, size))


def _number(k: Kernel, pointer: Value, channel: Value) -> Value:
    return k.load(k.element, k.offset(pointer, channel, k.element.bytes))


def _scale(k: Kernel, step: Step, channel: Value) -> Value:
    """Return what a centred value is multiplied by."""
    inverse = _number(k, _joined_row(k, step, _JOINED.inverse), channel)
    if "gamma" not in step.weights:
        return inverse
    return k.mul(inverse, _number(k, k.parameter(step.weights["gamma"]), channel))


def _normalize(k: Kernel, step: Step) -> None:
    channels, height, width = step.source.shape
    with k.over_channels(channels, [k.view(step.out), k.view(step.source)]) as (channel, views):
        mean = k.splat(_number(k, _joined_row(k, step, _JOINED.mean), channel), LANES)
        scale = k.splat(_scale(k, step, channel), LANES)
        beta = "beta" in step.weights
        shift = k.splat(_number(k, k.parameter(step.weights["beta"]), channel), LANES) if beta else None

        def body(cells: list[Cell]) -> None:
            apart = k.sub(k.read(cells[1]), mean)
            k.write(k.mul(apart, scale) if shift is None else k.fma(apart, scale, shift), cells[0])

        k.over_image((height, width), views, body)


def _sum_gradients(k: Kernel, step: Step) -> None:
    first, second = step.extra["first"], step.extra["second"]
    inverse, mean = (_joined_row(k, step, row) for row in (_JOINED.inverse, _JOINED.mean))

    def terms(channel: Value, cells: list[Value]) -> list[Value]:
        normal = k.mul(k.sub(cells[1], _number(k, mean, channel)), _number(k, inverse, channel))
        return [cells[0], k.mul(cells[0], normal)]

    _sum_over_image(k, step, [k.view(step.incoming), k.view(step.source)], [first, second], terms)
    for row, (sums, name) in enumerate(((first, "beta"), (second, "gamma"))):
        place = _tile_row(k, step, 2 + row)
        own = k.offset(k.partial, step.weights[name], k.element.bytes) if name in step.weights else None

        def use(at: Value, value: Value, place: Value = place, own: Value | None = own) -> None:
            k.store(value, k.offset(place, at, k.element.bytes))
            if own is not None:
                k.store(value, k.offset(own, at, k.element.bytes))

        _over_lanes(k, sums, use)


def _join_gradients(k: Kernel, step: Step) -> None:
    total = _batch_count(k, step)
    with k.loop(0, _channels(step), LANES, label="16 channels") as turn:
        for row, target in ((2, _JOINED.by_beta), (3, _JOINED.by_gamma)):
            value = _over_tiles(k, step, turn.at, lambda rows, _: rows[0], (row, row))
            place = k.offset(_joined_row(k, step, target), turn.at, k.element.bytes)
            k.store(k.div(value, total), place)


def _by_input(k: Kernel, step: Step, sink: Sink) -> None:
    channels, height, width = step.source.shape
    real = k.real_lanes()
    beside = [k.view(sink.out)] if sink.derives else []
    views = [k.view(sink.gradient), k.view(step.incoming), k.view(step.source), *beside]
    with k.over_channels(channels, views) as (channel, moved):
        mean, inverse, by_beta, by_gamma = (
            k.splat(_number(k, _joined_row(k, step, row), channel), LANES) for row in _JOINED
        )
        scale = k.splat(_scale(k, step, channel), LANES)

        def body(cells: list[Cell]) -> None:
            normal = k.mul(k.sub(k.read(cells[2]), mean), inverse)
            rest = k.fma(k.neg(normal), by_gamma, k.sub(k.read(cells[1]), by_beta))
            value = k.masked(real, k.mul(rest, scale))
            k.write(sink.finish(k, value, k.read(cells[3]) if sink.derives else None), cells[0])

        k.over_image((height, width), moved, body)


def move_averages(k: Kernel, step: Step) -> None:
    """Let the batch's mean and variance enter the moving averages; done once, by one thread."""
    assert step.statistics is not None
    momentum, size = _layer(step).momentum, k.element.bytes
    moving = k.offset(k.common(Shared.MOVING, PTR), step.statistics.moving)
    for row, name in enumerate(("moving_mean", "moving_variance")):
        with k.loop(0, _channels(step), LANES, label="16 channels") as turn:
            place = k.offset(k.parameter(step.weights[name]), turn.at, size)
            new = k.load(k.vector, k.offset(moving, turn.at, size), row * _channels(step) * size)
            moved = k.fma(k.load(k.vector, place), momentum, k.mul(new, 1 - momentum))
            k.store(one_nan(k, moved), place)
