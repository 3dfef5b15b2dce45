"""From images in memory to one tile: 16 rows of pixels, turned so that a pixel of all 16 lies side by side."""

from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.frame import LANES, Frame, ImageKind, Shared
from cnnlab.compiler.ir import F32, F64, I8, I32, I64, PTR, Type, Value
from cnnlab.compiler.kernel import Kernel
from cnnlab.compiler.lowering.step import Piece


def gather_piece(name: str, target: Buffer, pixels: Buffer, kind: ImageKind) -> Piece:
    """Return the piece that fills the input's buffer.

    Args:
        name: Of the function.
        target: The network's input.
        pixels: Room for one tile of pixels as they are, 16 side by side.
        kind: How the images lie in memory.
    """

    def emit(k: Kernel) -> None:
        stored = I8 if kind in (ImageKind.BYTES, ImageKind.SCALED_BYTES) else k.element
        _turn(k, target, pixels, stored)
        _widen(k, target, pixels, stored, kind)

    about = {
        ImageKind.BYTES: "bytes as they are",
        ImageKind.SCALED_BYTES: "bytes, divided",
        ImageKind.FLOATS: "floats as they are",
        ImageKind.SCALED_FLOATS: "floats, divided",
    }[kind]
    return Piece(name, f"16 images: {about}", "tile", [target, pixels], emit, "other")


def _turn(k: Kernel, target: Buffer, pixels: Buffer, stored: Type) -> None:
    """Write the pixels of 16 images side by side, in the order that they have within an image."""
    channels, height, width = target.shape
    count, size = channels * height * width, stored.bytes
    starts = _starts(k, count * size)
    out = k.view(pixels).pointer
    whole = count - count % LANES
    if whole:
        with k.loop(0, whole, LANES, label="16 pixels") as turn:
            _square(
                k, [k.offset(start, turn.at, size) for start in starts], k.offset(out, turn.at, LANES * size), stored
            )
    if count % LANES and whole:
        # The last square overlaps the one before rather than reading beyond the image.
        at = count - LANES
        _square(k, [k.offset(start, at, size) for start in starts], k.offset(out, at, LANES * size), stored)
    elif count % LANES:
        with k.loop(0, count, label="pixel") as turn:
            place = k.offset(out, turn.at, LANES * size)
            for lane, start in enumerate(starts):
                k.store(k.load(stored, k.offset(start, turn.at, size)), place, lane * size)


def _starts(k: Kernel, image_bytes: int) -> list[Value]:
    """Return a pointer to each of the 16 images."""
    images = k.common(Shared.IMAGES, PTR)
    pointers = []
    for lane in range(LANES):
        row = k.convert("zext", k.load(I32, k.frame, 8 * Frame.ROWS + 4 * lane), I64)
        pointers.append(k.offset(images, row, image_bytes))
    return pointers


def _square(k: Kernel, rows: list[Value], out: Value, stored: Type) -> None:
    """Write a square of 16 images by 16 pixels, turned: four times the rows of the two halves are interleaved."""
    kind = stored.times(LANES)
    values = [k.load(kind, row) for row in rows]
    low = [lane // 2 + LANES * (lane % 2) for lane in range(LANES)]
    high = [lane + LANES // 2 for lane in low]
    half = LANES // 2
    for _ in range(4):
        pairs = [(values[i], values[i + half]) for i in range(half)]
        values = [k.shuffle(a, b, lanes) for a, b in pairs for lanes in (low, high)]
    for pixel, value in enumerate(values):
        k.store(value, out, pixel * kind.bytes)


def _widen(k: Kernel, target: Buffer, pixels: Buffer, stored: Type, kind: ImageKind) -> None:
    """Write the numbers that the network sees: channels apart, converted, divided in float32."""
    channels, height, width = target.shape
    view, source = k.view(target), k.view(pixels).pointer
    divisor = k.splat(k.convert("fptrunc", k.common(Shared.DIVISOR, F64), F32), LANES)
    with (
        k.loop(0, channels, label="channel") as channel,
        k.loop(0, height, label="row") as row,
        k.loop(0, width, label="column") as column,
    ):
        number = k.add(k.mul(k.add(k.mul(row.at, width), column.at), channels), channel.at)
        value = k.load(stored.times(LANES), k.offset(source, number, LANES * stored.bytes))
        place = k.offset(view.at(k, channel.at, row.at), column.at, view.column)
        k.store(_converted(k, value, kind, divisor), place)


def _converted(k: Kernel, value: Value, kind: ImageKind, divisor: Value) -> Value:
    if kind == ImageKind.FLOATS:
        return value
    single = F32.times(LANES)
    if value.type.is_int:
        value = k.convert("sitofp", k.convert("zext", value, I32.times(LANES)), single)
    elif value.type.kind == "f64":
        value = k.convert("fptrunc", value, single)
    if kind != ImageKind.BYTES:
        value = k.div(value, divisor)
    return k.convert("fpext", value, k.vector)
