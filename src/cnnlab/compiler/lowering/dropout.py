"""Dropout: in training a value stays where the Threefry word of its image and place is not below the rate."""

from collections.abc import Callable
from typing import Final

from cnnlab.arch.layer import Shape
from cnnlab.arch.layers import Dropout
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

    def does_nothing(self, layer: Dropout, shape: Shape, training: bool) -> bool:
        """Say whether nothing is dropped: in evaluation, or at rate 0."""
        del shape
        return not training or layer.rate == 0

    def add_buffers(self, step: Step) -> None:
        """Add 16 bits for each place: which images keep it; in the order of the words, channels fastest."""
        channels, height, width = step.source.shape
        pairs = -(-channels * height * width // 2)
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
    channels, height, width = step.source.shape
    scale = 1 / (1 - step.layer.rate)  # type: ignore[attr-defined]
    kept = k.view(mask)
    by_place = View(kept.pointer, mask.channel, width * channels * mask.channel, channels * mask.channel)

    def body(cells: list[Cell]) -> None:
        bits = k.load(I16, *cells[-1])
        stays = k.convert("bitcast", bits, _BITS)
        values = [k.read(cell) for cell in cells[1:-1]]
        value = k.select(stays, k.mul(values[0], scale), 0.0)
        k.write(finish([value, *values[1:]]), cells[0])

    if height * width == 1:
        views = [*map(k.view, buffers)]
        rows = [View(view.pointer, 0, channels * view.channel, view.channel) for view in views]
        flat = View(kept.pointer, 0, channels * mask.channel, mask.channel)
        k.over_image((1, channels), [*rows, flat], body)
        return
    with k.over_channels(channels, [*map(k.view, buffers), by_place]) as (_, views):
        k.over_image((height, width), views, body)


_BITS: Final = I1.times(LANES)


def _draw(k: Kernel, step: Step, mask: Buffer) -> None:
    """Write 16 bits for each value: whether its word is at or above rate * 2**32."""
    threshold = _as_i32(min(round(step.layer.rate * 2**32), _MASK32))  # type: ignore[attr-defined]
    keys = k.common(Shared.KEYS, PTR)
    key = [k.load(I32, keys, step.key * 8 + word * 4) for word in range(2)]
    images = k.load(I32.times(LANES), k.frame, 8 * Frame.ROWS)
    place = k.view(mask).pointer
    with k.loop(0, mask.shape[0] // 2, label="pair of values") as turn:
        pair = k.splat(k.convert("trunc", turn.at, I32), LANES)
        target = k.offset(place, turn.at, 2 * I16.bytes)
        for number, word in enumerate(threefry(k, key, (images, pair))):
            stays = k.compare("uge", word, threshold)
            k.store(k.convert("bitcast", stays, I16), target, number * I16.bytes)


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
