"""Dropout: in training a value stays where the Threefry word of its image and place is not below the rate.

SpatialDropout2D has one word for each channel of an image in place of one for each value.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import Dropping, SpatialDropout2D
from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.frame import LANES, Frame, Shared
from cnnlab.compiler.ir import I1, I16, I32, PTR, Value
from cnnlab.compiler.kernel import Cell, Kernel, View
from cnnlab.compiler.lowering.step import Lowering, Piece, Pieces, Step

_PARITY: Final = 0x1BD11BDA
_ROTATIONS: Final = ((13, 15, 26, 6), (17, 29, 16, 24))
_MASK32: Final = 0xFFFFFFFF


class DropoutLowering(Lowering):
    """See the module; `cnnlab.randomness` says which word is whose."""

    def does_nothing(self, layer: Dropping, shape: Shape, training: bool) -> bool:
        """Say whether nothing is dropped: in evaluation, or at rate 0."""
        del shape
        return not training or layer.rate == 0

    def add_buffers(self, step: Step) -> None:
        """Add 16 bits for each word: which images keep its value or channel; in their order, channels fastest."""
        channels, height, width = step.source.shape
        pairs = -(-channels * (1 if _by_channel(step) else height * width) // 2)
        step.extra["mask"] = Buffer(f"{step.name} mask", (2 * pairs, 1, 1), I16, lanes=1)

    def forward(self, step: Step) -> Pieces:
        """Draw the mask and apply it."""
        mask = step.extra["mask"]

        def draw(k: Kernel) -> None:
            _draw(k, step, mask)

        def apply(k: Kernel) -> None:
            _apply(k, step, mask, [step.out, step.source], lambda values: values[0])

        return [
            Piece(f"{step.name}_mask", "which values stay", "tile", [mask], draw, "forward"),
            Piece(f"{step.name}_forward", "drop", "tile", [mask, step.source, step.out], apply, "forward"),
        ]

    def backward(self, step: Step) -> Pieces:
        """Apply the same mask to the gradient."""
        sink, mask = step.by_source, step.extra["mask"]
        if sink is None:
            return []
        buffers = [sink.gradient, step.incoming, *([sink.out] if sink.derives else [])]

        def emit(k: Kernel) -> None:
            _apply(k, step, mask, buffers, lambda v: sink.finish(k, v[0], v[1] if sink.derives else None))

        touches = [mask, step.incoming, *sink.buffers]
        return [Piece(f"{step.name}_input", "drop the gradient alike", "tile", touches, emit, "input gradient")]


def _apply(k: Kernel, step: Step, mask: Buffer, buffers: list[Buffer], finish: Callable[[list[Value]], Value]) -> None:
    """Write buffers[0]: buffers[1] where kept, divided by the share kept, else 0; ``finish`` sees the others too."""
    scale = 1 / (1 - step.layer.rate)  # type: ignore[attr-defined]

    def body(cells: list[Cell]) -> None:
        bits = k.load(I16, *cells[-1])
        stays = k.convert("bitcast", bits, _BITS)
        values = [k.read(cell) for cell in cells[1:-1]]
        value = k.select(stays, k.mul(values[0], scale), 0.0)
        k.write(finish([value, *values[1:]]), cells[0])

    over_drawn(k, step.source.shape, buffers, mask, body, by_channel=_by_channel(step))


_BITS: Final = I1.times(LANES)


def _by_channel(step: Step) -> bool:
    return isinstance(step.layer, SpatialDropout2D)


def over_drawn(
    k: Kernel,
    shape: tuple[int, int, int],
    buffers: Sequence[Buffer],
    drawn: Buffer,
    body: Callable[[list[Cell]], None],
    *,
    by_channel: bool = False,
) -> None:
    """Write a loop over all cells of some buffers, with what was drawn for each as the last.

    Args:
        k: Where to.
        shape: Channels, height, width.
        buffers: Of that shape.
        drawn: In the order of the words, channels fastest.
        body: Called with the cells, as often as a turn is written out.
        by_channel: Whether there is one word for each channel.
    """
    channels, height, width = shape
    first, each = k.view(drawn).pointer, drawn.channel
    if height * width == 1:
        rows = [View(view.pointer, 0, channels * view.channel, view.channel) for view in map(k.view, buffers)]
        k.over_image((1, channels), [*rows, View(first, 0, channels * each, each)], body)
        return
    place = 0 if by_channel else channels * each
    with k.over_channels(channels, [*map(k.view, buffers), View(first, each, width * place, place)]) as (_, views):
        k.over_image((height, width), views, body)


def _draw(k: Kernel, step: Step, mask: Buffer) -> None:
    """Write 16 bits for each word: whether it is at or above rate * 2**32."""
    threshold = _as_i32(min(round(step.layer.rate * 2**32), _MASK32))  # type: ignore[attr-defined]
    for word, place in each_pair_of_words(k, step, mask):
        k.store(k.convert("bitcast", k.compare("uge", word, threshold), I16), *place)


def each_pair_of_words(k: Kernel, step: Step, drawn: Buffer) -> Iterator[tuple[Value, Cell]]:
    """Write a loop over pairs of words; yield both of a turn, 16 images each, with the cell that it is drawn for."""
    keys = k.common(Shared.KEYS, PTR)
    key = [k.load(I32, keys, step.key * 8 + word * 4) for word in range(2)]
    images = k.load(I32.times(LANES), k.frame, 8 * Frame.ROWS)
    place = k.view(drawn).pointer
    with k.loop(0, drawn.shape[0] // 2, label="pair of values") as turn:
        pair = k.splat(k.convert("trunc", turn.at, I32), LANES)
        target = k.offset(place, turn.at, 2 * drawn.channel)
        for number, word in enumerate(threefry(k, key, (images, pair))):
            yield word, (target, number * drawn.channel)


def threefry(k: Kernel, key: list[Value], counter: tuple[Value, Value]) -> tuple[Value, Value]:
    """Encrypt 16 counters with a key: Threefry-2x32 of 20 rounds, see `cnnlab.randomness`."""
    last = k.bits("xor", k.bits("xor", key[0], key[1]), _PARITY)
    schedule = [k.splat(word, LANES) for word in (*key, last)]
    first, second = k.add(counter[0], schedule[0]), k.add(counter[1], schedule[1])
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            first = k.add(first, second)
            second = k.bits("xor", k.bits("rotl", second, rotation), first)
        first = k.add(first, schedule[(group + 1) % 3])
        second = k.add(k.add(second, schedule[(group + 2) % 3]), group + 1)
    return first, second


def _as_i32(word: int) -> int:
    return word - 2**32 if word >= 2**31 else word
