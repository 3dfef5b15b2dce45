"""Hostile pictures and studies."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Final

from case import Case
from packing import zlib_zeros
from PIL import Image
from sound import STUDY, picture

Maker = Callable[[], bytes]
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes, colour: int = 2, bits: int = 8) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return _SIGNATURE + head + b"".join(chunks) + _chunk(b"IEND", b"")


def _pixels(size: int) -> bytes:
    return _chunk(b"IDAT", zlib_zeros(size))


def _text(kind: bytes, size: int) -> bytes:
    return _chunk(kind, (b"a\0\1\0\0\0" if kind == b"iTXt" else b"a\0\0") + zlib_zeros(size))


def _largest(colour: int, bytes_of_a_pixel: int, bits: int = 8, height: int = 5_000) -> Maker:
    """Write a picture of nothing, as large as is taken."""
    size = height * (1 + 5_000 * bytes_of_a_pixel)
    return lambda: png(5_000, height, _pixels(size + (1 << 20)), colour=colour, bits=bits)


def _animated() -> bytes:
    frames = [Image.new("L", (40, 40), shade) for shade in range(50)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "PNG", save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def _jpeg(width: int, height: int) -> bytes:
    content = bytearray(picture("JPEG"))
    at = content.index(b"\xff\xc0")
    struct.pack_into(">HH", content, at + 5, height, width)
    return bytes(content)


_SVG: Final = b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>"
_SIZE: Final = "a picture of .* pixels at most"

CASES: Final = (
    Case("a PNG of 50,000 x 50,000", "png", _SIZE, lambda: png(50_000, 50_000, _pixels(8 << 20))),
    Case("a PNG of 2^31 x 2^31", "png", _SIZE + "|whole PNG", lambda: png(2**31 - 1, 2**31 - 1, _pixels(1 << 20))),
    Case("a PNG that is long and thin", "png", _SIZE, lambda: png(1_000_000, 1, _pixels(3 << 20))),
    Case("a PNG of no pixels", "png", "pixels|whole PNG", lambda: png(0, 0)),
    Case("a PNG that is cut", "png", "whole PNG", lambda: picture("PNG", size=(300, 300))[:-60]),
    Case("a PNG with a bomb for pixels", "png", "whole PNG", lambda: png(10, 10, _pixels(300 << 20)), loads=True),
    Case("a PNG with a bomb for text", "png", "whole PNG", lambda: png(10, 10, _text(b"zTXt", 200 << 20))),
    Case("a PNG with a bomb for letters", "png", "whole PNG", lambda: png(10, 10, _text(b"iTXt", 200 << 20))),
    Case("a PNG with a bomb for colours", "png", "whole PNG", lambda: png(10, 10, _text(b"iCCP", 200 << 20))),
    Case("a PNG with 100,000 texts", "png", "whole PNG", lambda: png(10, 10, *[_chunk(b"tEXt", b"a\0b")] * 100_000)),
    Case("an animated PNG", "png", "", _animated, loads=True),
    Case("the largest PNG that is taken, in colours", "png", "", _largest(2, 3), loads=True),
    Case("the largest PNG that is taken, of 16 bits", "png", "", _largest(0, 2, 16, 2_400), loads=True),
    Case("the largest PNG that is taken, of grey and cover", "png", "", _largest(4, 2, 8, 2_400), loads=True),
    Case("the largest PNG that is taken, with cover", "png", "", _largest(6, 4, 8, 2_400), loads=True),
    Case("a larger PNG with cover", "png", _SIZE, _largest(6, 4)),
    Case("an SVG by the name of a PNG", "png", "whole PNG", lambda: _SVG),
    Case("a GIF by the name of a PNG", "png", "whole PNG", lambda: picture("GIF", "P")),
    Case("a program by the name of a PNG", "png", "whole PNG", lambda: b"\x7fELF" + bytes(1_000)),
    Case("PostScript by the name of a PNG", "png", "whole PNG", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n"),
    Case("a JPEG of 65,000 x 65,000", "jpeg", _SIZE, lambda: _jpeg(65_000, 65_000)),
    Case("a JPEG that says 5,000 x 5,000", "jpeg", "", lambda: _jpeg(5_000, 5_000), loads=True),
    Case("a PNG by the name of a JPEG", "jpeg", "whole JPEG", lambda: picture("PNG")),
    Case("a JPEG that is cut", "jpeg", "whole JPEG", lambda: picture("JPEG", size=(300, 300))[:-600]),
)


def _study(old: str, new: str) -> Maker:
    def make() -> bytes:
        assert old in STUDY
        return STUDY.replace(old, new, 1).encode()

    return make


STUDIES: Final = tuple(
    Case(name, "study", message, make)
    for name, message, make in (
        ("lists 100,000 deep", "TOML", lambda: b"a = " + b"[" * 100_000),
        ("tables 100,000 deep", "TOML", lambda: b"a = " + b"{a = " * 100_000),
        ("a name of 100,000 parts", "TOML", lambda: b"a" + b".a" * 100_000 + b" = 1"),
        ("a head of 100,000 parts", "TOML", lambda: b"[a" + b".a" * 100_000 + b"]"),
        ("a quoted name of 100,000 parts", "TOML", lambda: b'"a"' + b' . "a"' * 100_000 + b" = 1"),
        ("a number of 100,000 digits", "TOML", lambda: b"seeds = " + b"9" * 100_000),
        ("a number in hexadecimal without end", "TOML|seed", _study("[0, 1]", "0x" + "f" * 500_000)),
        ("a million keys", "at most|a key", lambda: "\n".join(f"k{n} = 1" for n in range(1_000_000)).encode()),
        ("as many keys as fit", "a key", lambda: "\n".join(f"k{n}=1" for n in range(100_000)).encode()),
        ("64 MB of nothing", "at most", lambda: b"\n" * (64 << 20)),
        ("a name of 900,000 letters", "a key", lambda: b"a" * 900_000 + b" = 1"),
        ("ten million seeds", "seeds|at most", _study("[0, 1]", "10000000")),
        ("10^30 seeds", "seed", _study("[0, 1]", "1" + "0" * 30)),
        ("100,000 seeds by name", "seeds", _study("[0, 1]", repr(list(range(100_000))))),
        ("epochs without end", "epochs", _study("epochs = 2", "epochs = 1" + "0" * 30)),
        ("a batch without end", "batch_size", _study("batch_size = 32", "batch_size = 1" + "0" * 30)),
        ("a layer that is a list", "the name of a layer", _study('"Flatten"', '["Flatten"]')),
        ("a layer that is a table", "the name of a layer", _study('"Flatten"', "{ a = 1 }")),
        ("an argument called cls", "an argument", _study("units = 4", "units = 4, cls = 1")),
        ("Dense of 10^9", "at most", _study("units = 4", "units = 1000000000")),
        ("filters of 2^62", "at most", _study("filters = 2", "filters = 4611686018427387904")),
        ("an image of 2^62", "input_shape", _study("[12, 12, 1]", "[4611686018427387904, 12, 1]")),
        ("a callback with code", "callback", _study('"EarlyStopping"', '"os:system"')),
        (
            "a callback of lambdas",
            "callback|LambdaCallback",
            _study('name = "EarlyStopping", patience = 3', 'name = "LambdaCallback"'),
        ),
        ("a callback that writes elsewhere", "own folder", _study('"log.csv"', '"/tmp/evil.csv"')),
        ("a callback that climbs", "own folder", _study('"log.csv"', '"x/../../../../evil.csv"')),
        ("a callback's argument called name", "name|argument", _study("patience = 3", "cls = 3")),
        (
            "an optimizer with an argument called name",
            "argument|optimizer",
            _study("learning_rate = {", "cls = 1, learning_rate = {"),
        ),
        (
            "a schedule that is a list",
            "learning_rate|argument",
            _study("learning_rate = { name", "learning_rate = [1], x = { name"),
        ),
        ("a number that is none", "decay_steps|learning_rate|number", _study("0.01", "nan")),
        ("a number without end", "decay_steps|learning_rate|number", _study("0.01", "inf")),
        ("other bytes", "UTF-8", lambda: b"\xff\xfe" + bytes(100)),
        ("a name that writes on the terminal", "visible", _study('"small"', '"\\u001b[2J"')),
        ("notes of tables", "note", _study('["made for tests"]', "[{ a = 1 }]")),
        ("a date as a name", "name", _study('name = "small"', "name = 2020-01-01")),
        ("published numbers below nothing", "test_accuracy|published", _study("0.97", "-1e300")),
    )
)
