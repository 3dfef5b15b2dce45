"""Hostile data of one's own: tables without end, archives of pictures that grow, arrays that are not there."""

from collections.abc import Callable
from typing import Final

from arrays import npy_with
from case import Case
from packing import Member, archive, stored, zeros
from pictures import png
from sound import picture, sound_files

Maker = Callable[[], bytes]


def _table(*lines: bytes) -> Maker:
    return lambda: sound_files()["own csv"][0] + b"\n".join(lines)


def _pictures(content: bytes, name: str = "cat/x.png") -> Maker:
    others = [stored(f"{kind}/{n}.png", picture("PNG", "L")) for kind in ("cat", "dog") for n in range(2)]
    return lambda: archive([*others, stored(name, content)])


CASES: Final = (
    Case("a line of 30 MB", "own csv", "line|long|cell|numbers", lambda: b"label,p0\n" + b"1" * 30_000_000),
    Case("a million columns", "own csv", "a table of pixels", lambda: b"label" + b",p" * 1_000_000 + b"\n"),
    Case("a cell of 5,000 digits", "own csv", "pixels from 0 to 255", _table(b"1," + b",".join([b"9" * 5_000] * 16))),
    Case("a cell that runs in a spreadsheet", "own csv", "", _table(b"=cmd|'/c calc'!A1" + b",1" * 16), loads=True),
    Case("a quote that never ends", "own csv", "values as in the first line", _table(b'"' + b"x\n" * 1_000_000)),
    Case("a picture of 50,000 x 50,000", "own zip", "more than 25,000,000 pixels", _pictures(png(50_000, 50_000))),
    Case("a picture that leads upwards", "own zip", "stay in the archive", _pictures(b"x", "../cat/x.png")),
    Case("a program among the pictures", "own zip", "no PNG or JPEG", _pictures(b"\x7fELF" + bytes(1_000))),
    Case("a bomb among the pictures", "own zip", "at most 64 MiB", lambda: archive([zeros("cat/x.png", 300 << 20)])),
    Case("2^60 images", "own npz", "says|sound", lambda: archive(_two("(1152921504606846976, 4, 4)"))),
    Case("no images of 2^96", "own npz", "says", lambda: archive(_two("(0, 4294967296, 4294967296, 4294967296)"))),
    Case("images of objects", "own npz", "objects", lambda: archive(_two("(3, 4, 4)", "'|O'"))),
    Case(
        "images in a header that calls",
        "own npz",
        "sound array",
        lambda: archive([stored("x.npy", b"\x93NUMPY\1\0\x09\0exit()   "), stored("y.npy", b"")]),
    ),
)


def _two(shape: str, descr: str = "'|u1'") -> list[Member]:
    return [stored("x.npy", npy_with(shape, descr)), stored("y.npy", npy_with("(3,)", content=bytes(3)))]
