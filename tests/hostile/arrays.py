"""Hostile arrays: IDX and gzip that lie of their size, archives with code or with numbers that are not there."""

import gzip
import io
import pickle
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, Final

import numpy as np
from archives import packed
from case import Case
from packing import Member, archive, gzip_zeros, stored, zeros
from sound import npz, sound_files

from cnnlab.data.known import KEYS

Maker = Callable[[], bytes]
_MNIST: Final = (60_000, 28, 28)


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        import os

        return (os.system, ("touch /tmp/cnnlab-was-here",))


def _npy(header: str, content: bytes = b"", *, version: int = 1, length: int | None = None) -> bytes:
    """Write an array by a header as somebody would like it."""
    text = header.encode("latin1") + b"\n"
    size = len(text) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", size) + text + content


def _header(descr: str = "'|u1'", shape: str = "(60000, 28, 28)", order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"


def _data(member: Member) -> bytes:
    """Put it in the place of the first array of a data set."""
    return archive([replace(member, name=b"x_train.npy"), *(stored(f"{key}.npy", b"") for key in KEYS[1:])])


def _weight(member: Member) -> bytes:
    """Put it in the place of the first weight."""
    with zipfile.ZipFile(io.BytesIO(sound_files()["weights.npz"][0])) as sound:
        others = [stored(name, sound.read(name)) for name in sound.namelist()[1:]]
    return archive([replace(member, name=b"conv2d/kernel.npy"), *others])


def _plain(content: bytes) -> Callable[[], Member]:
    return lambda: stored("", content)


def _weights(**changes: Any) -> bytes:  # noqa: ANN401 - any arrays
    with np.load(io.BytesIO(sound_files()["weights.npz"][0])) as stored:
        return npz(**{**stored, **changes})


def _objects() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([_Evil()], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def _idx(*shape: int, content: bytes = b"", kind: int = 8, axes: int | None = None) -> bytes:
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape) if axes is None else axes, *shape) + content


def _gz_with_name() -> bytes:
    """Put a name of 40 MB before the content."""
    return b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 40_000_000 + b"\0"


def npy_with(shape: str, descr: str = "'|u1'", content: bytes = b"") -> bytes:
    """Write an array whose header says so."""
    return _npy(_header(descr, shape), content)


_BOTH: Final = (
    ("a pickle in an archive", "objects|numbers", lambda: stored("", _objects())),
    ("a pickle by the name of an array", "sound array", lambda: stored("", pickle.dumps(_Evil()))),
    ("2^60 items", "array of shape|bytes", _plain(_npy(_header(shape="(1152921504606846976,)")))),
    (
        "items beyond all numbers",
        "array|shape",
        _plain(_npy(_header(shape="(4611686018427387904, 4611686018427387904)"))),
    ),
    ("a shape below nothing", "sound array", _plain(_npy(_header(shape="(-1, 28, 28)")))),
    ("a header of 3 MB", "header", _plain(_npy(_header() + " " * 3_000_000, version=2))),
    ("a header that says 4 GB", "sound array|header", _plain(_npy(_header(), version=2, length=0xFFFFFFFF))),
    ("a header with a call", "sound array", _plain(_npy("__import__('os').system('true')"))),
    ("a header with lists without end", "sound array", _plain(_npy("[" * 9_000))),
    ("a version of the future", "sound array", _plain(_npy(_header(), version=9))),
    ("columns before rows", "bytes for an array", _plain(_npy(_header(order="True"), bytes(60_000)))),
    ("Python's objects", "objects|numbers", _plain(_npy(_header("'|O'"), bytes(60_000)))),
    ("records", "numbers|sound array", _plain(_npy(_header("[('a', '<f4'), ('b', '<i8')]"), bytes(60_000)))),
    ("words", "numbers|sound array", _plain(_npy(_header("'<U1000000'"), bytes(60_000)))),
    ("times", "numbers|sound array", _plain(_npy(_header("'<M8[ns]'"), bytes(60_000)))),
    ("an array bomb", "MiB|bytes for an array", lambda: zeros("", 300 << 20, _npy(_header()))),
    ("an array that is cut", "bytes", _plain(_npy(_header(), bytes(100)))),
    ("an array in LZMA", "usual compression", lambda: replace(stored("", _npy(_header())), way=14)),
)


@cache
def _many() -> bytes:
    return archive([stored(f"{n}.npy", b"") for n in range(22_000)])


def _made(into: Callable[[Member], bytes], make: Callable[[], Member]) -> Maker:
    return lambda: into(make())


CASES: Final = (
    *(Case(f"{name}, as data", "npz", message, _made(_data, make)) for name, message, make in _BOTH),
    *(Case(f"{name}, as weights", "weights.npz", message, _made(_weight, make)) for name, message, make in _BOTH),
    *(
        Case(f"{name} in {reader}", reader, message, make)
        for reader in ("npz", "weights.npz")
        for name, message, make in (
            ("names that lead upwards", "a name that leads", lambda: packed({"../x.npy": _npy(_header())})),
            ("a folder of 22,000 arrays", "a list of members", _many),
            ("no archive", "archive", lambda: b"\x93NUMPY" + bytes(1_000)),
        )
    ),
    Case(
        "weights of another network",
        "weights.npz",
        "floats of shape",
        lambda: _weights(**{"dense/kernel": np.zeros((9, 9))}),
    ),
    Case("a weight too many", "weights.npz", "only weights", lambda: _weights(more=np.zeros(3))),
    Case("IDX that counts 2^32 images", "idx", "bytes after the header", lambda: _idx(2**32 - 1, 28, 28)),
    Case("IDX of 255 axes", "idx", "IDX file", lambda: _idx(*[2**32 - 1] * 255)),
    Case("IDX of 100 empty axes", "idx", "IDX file|a shape", lambda: _idx(*[0] * 100)),
    Case("IDX that is empty and huge", "idx", "SHA|shape", lambda: _idx(2**32 - 1, 2**32 - 1, 2**32 - 1, 0)),
    Case("IDX of doubles", "idx", "IDX file", lambda: _idx(10, kind=0x0E)),
    Case("IDX that is cut", "idx", "bytes after the header", lambda: _idx(*_MNIST, content=bytes(1_000))),
    Case("IDX with other content", "idx", "SHA-256", lambda: _idx(*_MNIST, content=bytes(28 * 28 * 60_000))),
    Case("a gzip bomb", "idx", "bytes after the header", lambda: gzip_zeros(400 << 20, _idx(*_MNIST))),
    Case("a gzip bomb in a gzip bomb", "idx", "IDX file", lambda: gzip.compress(gzip_zeros(100 << 20))),
    Case("a million files in one gzip", "idx", "unpacked|gzip", lambda: gzip.compress(b"") * 1_000_000),
    Case("a gzip with a name of 40 MB", "idx", "unpacked|gzip", _gz_with_name),
    Case("half a gzip", "idx", "unpacked", lambda: gzip.compress(bytes(1_000_000))[:500]),
    Case("a gzip with a wrong sum", "idx", "unpacked", lambda: gzip.compress(_idx(3), mtime=0)[:-8] + bytes(8)),
)
