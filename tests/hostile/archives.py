"""Hostile archives: that grow, lie, hide or lead out, as ``.keras`` files."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Final

from case import Case
from packing import archive, stored, zeros
from sound import sound_files

Maker = Callable[[], bytes]
_READER: Final = "keras"
_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_ZEROS: Final = 300 << 20


@cache
def members() -> dict[str, bytes]:
    """Return what stands in a sound file."""
    with zipfile.ZipFile(io.BytesIO(sound_files()[_READER][0])) as file:
        return {name: file.read(name) for name in file.namelist()}


def packed(contents: dict[str, bytes], way: int = zipfile.ZIP_STORED) -> bytes:
    """Write an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", way) as file:
        for name, content in contents.items():
            file.writestr(name, content)
    return buffer.getvalue()


def _with(name: str, content: bytes = b"x", way: int = zipfile.ZIP_STORED) -> Maker:
    """Put a member into a sound file, or in the place of one."""

    def make() -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            for old, kept in members().items():
                if old != name:
                    file.writestr(old, kept)
            file.writestr(name, content, compress_type=way)
        return buffer.getvalue()

    return make


def _bomb(name: str) -> Maker:
    return lambda: archive(
        [zeros(name, _ZEROS), *(stored(other, kept) for other, kept in members().items() if other != name)]
    )


def _link() -> bytes:
    buffer = io.BytesIO(sound_files()[_READER][0])
    with zipfile.ZipFile(buffer, "a") as file:
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    return buffer.getvalue()


def _directory(change: Callable[[bytearray, int], None], name: str = _CONFIG) -> Maker:
    """Change the line of a member in the list of them."""

    def make() -> bytes:
        content = bytearray(sound_files()[_READER][0])
        at = content.rindex(name.encode()) - 46
        change(content, at)
        return bytes(content)

    return make


def _encrypted(content: bytearray, at: int) -> None:
    content[at + 8] |= 1
    local = int.from_bytes(content[at + 42 : at + 46], "little")
    content[local + 6] |= 1


def _beyond(content: bytearray, at: int) -> None:
    struct.pack_into("<II", content, at + 20, 0xFFFFFF00, 0xFFFFFF00)


def _number(place: int, form: str, value: int) -> Callable[[bytearray, int], None]:
    return lambda content, at: struct.pack_into(form, content, at + place, value)


def _twice() -> bytes:
    """Write a name twice: one reader would take the first, another one the last."""
    content = _with("config.jsom", members()[_CONFIG])()
    return content.replace(b"config.jsom", b"config.json")


def _overlapping() -> bytes:
    """Let two members begin at the same place."""
    content = bytearray(_with("model.weights.h6", b"x")())
    first, second = (content.rindex(name) - 46 for name in (b"config.json", b"model.weights.h6"))
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    return bytes(content)


def _zip64(size: int) -> Maker:
    """Put a size of 64 bits into the list of members, where it says that one stands there."""

    def make() -> bytes:
        content = bytearray(sound_files()[_READER][0])
        at = content.rindex(b"config.json") - 46
        struct.pack_into("<I", content, at + 24, 0xFFFFFFFF)
        extra = struct.pack("<HHQ", 1, 8, size)
        struct.pack_into("<H", content, at + 30, len(extra))
        end = at + 46 + len("config.json")
        content[end:end] = extra
        tail = content.rindex(b"PK\x05\x06")
        struct.pack_into(
            "<I", content, tail + 12, int.from_bytes(content[tail + 12 : tail + 16], "little") + len(extra)
        )
        return bytes(content)

    return make


def _locator() -> bytes:
    """Name a list of members of 64 bits far behind the end of the file."""
    content = sound_files()[_READER][0]
    at = content.rindex(b"PK\x05\x06")
    return content[:at] + b"PK\x06\x07" + struct.pack("<IQI", 0, 1 << 60, 1) + content[at:]


def _nested() -> bytes:
    """Put bombs into a bomb: 16 archives, each of 16 times 16 MiB."""
    inner = archive([zeros(f"{number}", 1 << 24) for number in range(16)])
    return archive([stored(f"{number}.zip", inner) for number in range(16)])


CASES: Final = (
    *tuple(
        Case(name, _READER, message, make)
        for name, message, make in (
            ("a description of 300 MiB in 300 KiB", "at most 4 MiB", _bomb(_CONFIG)),
            ("weights of 300 MiB in 300 KiB", "at most 64 MiB", _bomb(_WEIGHTS)),
            ("archives in archives", "config.json in it", _nested),
            ("members that overlap", "over each other", _overlapping),
            ("a member that says it is small", "config.json: |damaged", _directory(_number(24, "<I", 10))),
            ("a member that says it is huge", "at most 4 MiB", _directory(_number(24, "<I", 4294967280))),
            ("a member longer than the file", "longer than the file", _directory(_beyond, _WEIGHTS)),
            ("a wrong sum", "CRC", _directory(_number(16, "<I", 1))),
            ("a size of 64 bits that lies", "MiB", _zip64((1 << 63) - 1)),
            ("a list of 64 bits beyond the file", "more than 4 GiB", _locator),
            ("an encrypted member", "encrypted", _directory(_encrypted)),
            ("22,000 members", "a list of members", lambda: archive([stored(f"m{n}", b"") for n in range(22_000)])),
            ("a name twice", "twice", _twice),
            ("a name that leads upwards", "a name that leads", _with("../../.ssh/authorized_keys")),
            ("an absolute name", "a name that leads", _with("/etc/cron.d/x")),
            ("a name of another system", "a name that leads", _with("..\\..\\x")),
            ("a drive's name", "a name that leads", _with("C:\\x")),
            ("a link to another file", "a link", _link),
            ("LZMA with a dictionary of its own size", "usual compression", _with(_CONFIG, b"{}", zipfile.ZIP_LZMA)),
            ("BZIP2", "usual compression", _with(_CONFIG, b"{}", zipfile.ZIP_BZIP2)),
            ("a way of compression that nobody knows", "usual compression", _directory(_number(10, "<H", 250))),
            ("a member that begins beyond the file", "damaged", _directory(_number(42, "<I", 2147483647))),
            ("an end and nothing before it", "config.json in it", lambda: b"PK\x05\x06" + bytes(18)),
            ("a comment to the end", "damaged|config.json", lambda: b"PK\x05\x06" * 20000),
            ("no weights", "model.weights.h5 in it", lambda: packed({_CONFIG: members()[_CONFIG]})),
            (
                "weights as an archive of arrays",
                "model.weights.npz",
                lambda: packed({_CONFIG: members()[_CONFIG], "model.weights.npz": b"x"}),
            ),
            ("a pickle by the name of a model", "archive", lambda: b"\x80\x04\x95cos\nsystem\n(S'true'\ntR."),
        )
    ),
    Case("a whole model in HDF5", _READER, "before Keras 3", lambda: sound_files()["weights.h5"][0], ".h5"),
    Case("a pickle", _READER, "a program", lambda: b"cos\nsystem\n(S'true'\ntR.", ".pkl"),
    Case("a file of PyTorch's", _READER, "PyTorch", lambda: packed({"data.pkl": b"cos\nsystem\n."}), ".pt"),
    Case("a file of TensorFlow's", _READER, "TensorFlow", lambda: b"\x08\x01", ".pb"),
)
