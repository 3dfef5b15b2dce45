"""Hostile HDF5: links out, data elsewhere, structures that lie over each other, lead in rings or have no end."""

import io
import struct
from collections.abc import Callable
from typing import Final

import h5py
import numpy as np
from case import Case
from sound import sound_files

from cnnlab.formats.hdf5 import write_hdf5

Maker = Callable[[], bytes]
_READER: Final = "weights.h5"
_TARGET: Final = "/etc/passwd"


def _by_h5py(fill: Callable[[h5py.File], object], libver: str = "latest") -> Maker:
    def make() -> bytes:
        buffer = io.BytesIO()
        with h5py.File(buffer, "w", libver=libver) as file:
            fill(file)
        return buffer.getvalue()

    return make


def _patched(change: Callable[[bytearray], None]) -> Maker:
    """Take a sound file apart."""

    def make() -> bytes:
        content = bytearray(sound_files()[_READER][0])
        change(content)
        return bytes(content)

    return make


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource(_TARGET, "x", (4,))
    file.create_virtual_dataset("here", layout)


def _filter_bomb(file: h5py.File) -> None:
    file.create_dataset("here", (1 << 30,), "f4", chunks=(1 << 20,), compression="gzip", fillvalue=1)
    file["here"][: 1 << 20] = 0


def _deep(file: h5py.File) -> None:
    group: h5py.Group = file
    for _ in range(200):
        group = group.create_group("g")


def _many_groups(file: h5py.File) -> None:
    for number in range(5_000):
        file.create_group(f"g{number}")


def _huge_attribute(file: h5py.File) -> None:
    file.create_group("layers").attrs.create("a", np.zeros(4 << 20, np.uint8))


def _compound(file: h5py.File) -> None:
    file.create_dataset("here", data=np.zeros(4, [("a", "f4"), ("b", "S8")]))


def _references(file: h5py.File) -> None:
    file.create_dataset("here", data=[file.ref], dtype=h5py.ref_dtype)


def _words(file: h5py.File) -> None:
    file.create_dataset("here", data=["x"] * 4, dtype=h5py.string_dtype())


def _named_type(file: h5py.File) -> None:
    file["kind"] = np.dtype("f4")
    file.create_dataset("here", (4,), dtype=file["kind"])


def _put(content: bytearray, mark: bytes, offset: int, form: str, value: int) -> None:
    """Write a number at some distance from the first mark of a structure."""
    struct.pack_into(form, content, content.index(mark) + offset, value)


def _tree_of_itself(content: bytearray) -> None:
    at = content.index(b"TREE")
    content[at + 5] = 1
    struct.pack_into("<Q", content, at + 32, at)


def _group_in_itself(content: bytearray) -> None:
    """Let the first name of the innermost table be the outermost group."""
    root = int.from_bytes(content[64:72], "little")
    _put(content, b"SNOD", 16, "<Q", root)


def _lying_over_each_other() -> bytes:
    """Thousands of headers, one megabyte of numbers: each array is the same bytes."""
    made = {f"w{number}": np.zeros((1 << 18) if number == 0 else 1, np.float32) for number in range(4_000)}
    content = bytearray(write_hdf5(made))
    layout = content.index(struct.pack("<Q", 1 << 20)) - 8
    address = content[layout : layout + 8]
    plain, whole = struct.pack("<Q", 4), struct.pack("<Q", 1 << 20)
    shape = struct.pack("<BBB5xQ", 1, 1, 0, 1)
    at = 0
    while (at := content.find(shape, at)) >= 0:
        struct.pack_into("<Q", content, at + 8, 1 << 18)
        here = content.index(b"\x03\x01", at + 8)
        while content[here + 10 : here + 18] != plain:
            here = content.index(b"\x03\x01", here + 1)
        content[here + 2 : here + 10], content[here + 10 : here + 18] = address, whole
        at = here
    return bytes(content)


def _shape(*lengths: int) -> Maker:
    """Let the first array have a shape of such lengths; it had one of four axes."""

    def change(content: bytearray) -> None:
        at = content.index(struct.pack("<BBB5x", 1, 4, 0))
        content[at + 1] = len(lengths)
        struct.pack_into(f"<{len(lengths)}Q", content, at + 8, *lengths)

    return _patched(change)


def _ring_of_pieces(content: bytearray) -> None:
    """Let a header go on in itself, for ever."""
    at = int.from_bytes(content[64:72], "little")
    struct.pack_into("<HHB3xQQ", content, at + 16, 0x10, 16, 0, at + 16, 24)


_THREE_LENGTHS: Final = (1 << 62, 1 << 62, 1 << 62, 0)

CASES: Final = tuple(
    Case(name, _READER, message, make)
    for name, message, make in (
        ("a link into another file", "external", _by_h5py(lambda f: f.update(a=h5py.ExternalLink(_TARGET, "/")))),
        ("a link by name", "soft", _by_h5py(lambda f: f.update(a=h5py.SoftLink("/../x")))),
        ("a link by name, old form", "soft", _by_h5py(lambda f: f.update(a=h5py.SoftLink("/b")), "earliest")),
        ("a virtual dataset", "virtual|version", _by_h5py(_virtual)),
        (
            "numbers that lie in other files",
            "in other files",
            _by_h5py(lambda f: f.create_dataset("a", (4,), "u1", external=[(_TARGET, 0, 4)])),
        ),
        ("a chunk bomb", "compressed|pieces", _by_h5py(lambda f: f.create_dataset("a", (1 << 40,), "f4", chunks=True))),
        ("a filter bomb", "compressed", _by_h5py(_filter_bomb)),
        ("groups 200 deep", "more groups", _by_h5py(_deep)),
        ("thousands of groups for nothing", "the weight conv2d/kernel", _by_h5py(_many_groups)),
        ("an attribute of megabytes", "the weight conv2d/kernel", _by_h5py(_huge_attribute)),
        ("an array of records", "plain numbers|version", _by_h5py(_compound)),
        ("an array of references", "plain numbers|version", _by_h5py(_references)),
        ("words in a heap of the file", "plain numbers|version", _by_h5py(_words)),
        ("a type that is named elsewhere", "neither a group nor an array", _by_h5py(_named_type)),
        (
            "an array of which nothing was written",
            "nothing was written",
            _by_h5py(lambda f: f.create_dataset("a", (1 << 40,), "f8")),
        ),
        ("a tree that leads to itself", "two ways|none of a group", _patched(_tree_of_itself)),
        ("a group that holds itself", "two ways", _patched(_group_in_itself)),
        ("a header that goes on in itself", "more pieces|two ways|damaged", _patched(_ring_of_pieces)),
        ("thousands of arrays over the same bytes", "over each other", _lying_over_each_other),
        ("2^60 numbers", "bytes for an array of", _shape(1 << 30, 1 << 30, 1, 1)),
        ("a shape beyond all numbers, and empty", "bytes for an array of 0", _shape(*_THREE_LENGTHS)),
        (
            "a tree with 65,535 children",
            "beyond its end|no SNOD",
            _patched(lambda c: _put(c, b"TREE", 6, "<H", 0xFFFF)),
        ),
        ("a heap that lies beyond the file", "beyond its end", _patched(lambda c: _put(c, b"HEAP", 24, "<Q", 1 << 60))),
        ("a heap of 2^63 bytes", "beyond its end", _patched(lambda c: _put(c, b"HEAP", 8, "<Q", 1 << 63))),
        ("a superblock of the future", "a superblock of version", _patched(lambda c: c.__setitem__(8, 99))),
        ("addresses counted from elsewhere", "from another place", _patched(lambda c: c.__setitem__(24, 8))),
        ("half a file", "beyond its end", lambda: sound_files()[_READER][0][: len(sound_files()[_READER][0]) // 2]),
        ("another kind of file", "other bytes", lambda: b"\x7fELF" + bytes(1 << 20)),
    )
)
