"""Sound files made unsound: by bits, by lengths, by values, and inside of archives with the sums put right again."""

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any, Final

from packing import Member, archive, deflated, stored
from sound import sound_files

Mutate = Callable[[bytes, Random], bytes]

_EDGES: Final = (
    0,
    1,
    2,
    7,
    8,
    127,
    128,
    255,
    256,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFF,
    1 << 60,
    (1 << 64) - 1,
)
_WIDTHS: Final = {1: "B", 2: "H", 4: "I", 8: "Q"}
_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 2, 10**6, 10**9, 2**31, 2**63, 10**30, 0.5, -0.0, 1e308, 1e-320, "", "x", "relu",
    "\x1b[2J", "\ud800", "x" * 2_000, [], [1], [None], [1, 2, 3, 4, 5], [[1]], {}, {"a": 1}, {"class_name": "Dense"},
    {"class_name": "__lambda__", "config": {}}, {"class_name": "DTypePolicy", "config": {"name": 1}}, "1", "nan",
    {"module": "os", "class_name": "function", "config": "system"},
    "same", "valid", "channels_first", "float16", "Zeros",
)  # fmt: skip
_KEYS: Final = (
    "name",
    "cls",
    "self",
    "config",
    "class_name",
    "module",
    "",
    "units",
    "dtype",
    "trainable",
    "shape",
    "x",
)
_WORDS: Final = (
    "1", "-1", "0", "1e999", "nan", "inf", '"x"', "''", "[]", "[[]]", "{}", "{ a = 1 }", "true", "2020-01-01",
    "0x" + "f" * 90, "9" * 30,
    "[1, 2, 3]", '"Dense"', '"adam"', '"\\u0000"', '{ name = "Adam" }', '{ name = "x", name = "y" }', '"""', "=", "]",
    '{ name = "CosineDecay" }', '["EarlyStopping"]', '[{ name = "ModelCheckpoint", filepath = "{x}.npz" }]',
    "1_000", "07:32:00",
)  # fmt: skip


def on_bytes(content: bytes, chance: Random) -> bytes:
    """Change bytes anywhere."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        if not changed:
            break
        chance.choice(_CHANGES)(changed, chance)
    return bytes(changed)


def _flip(content: bytearray, chance: Random) -> None:
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _byte(content: bytearray, chance: Random) -> None:
    content[chance.randrange(len(content))] = chance.randrange(256)


def _number(content: bytearray, chance: Random) -> None:
    """Put a number at an edge where a length may stand, in either order of bytes."""
    width = chance.choice((1, 2, 4, 8))
    if len(content) <= width:
        return
    value = chance.choice((*_EDGES, len(content), len(content) - 1, chance.randrange(len(content))))
    at = chance.randrange(len(content) - width)
    struct.pack_into(chance.choice("<<<>") + _WIDTHS[width], content, at, value & ((1 << 8 * width) - 1))


def _cut(content: bytearray, chance: Random) -> None:
    del content[chance.randrange(len(content)) :]


def _remove(content: bytearray, chance: Random) -> None:
    at = chance.randrange(len(content))
    del content[at : at + chance.choice((1, 2, 4, 8, 100))]


def _insert(content: bytearray, chance: Random) -> None:
    at = chance.randrange(len(content))
    content[at:at] = chance.randbytes(chance.choice((1, 2, 4, 8, 100)))


def _splice(content: bytearray, chance: Random) -> None:
    """Copy a piece over another place."""
    size = chance.choice((1, 4, 8, 16, 64, 512))
    start, at = chance.randrange(len(content)), chance.randrange(len(content))
    piece = content[start : start + size]
    content[at : at + len(piece)] = piece


_CHANGES: Final = (_flip, _byte, _number, _number, _number, _cut, _remove, _insert, _splice, _splice)


def on_json(content: bytes, chance: Random) -> bytes:
    """Change values, names and kinds; sometimes the text."""
    if chance.random() < 0.1:
        return on_bytes(content, chance)
    whole = json.loads(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        places = list(_places(whole))
        if places:
            _change_value(*chance.choice(places), [holder[key] for holder, key in places], chance)
    return json.dumps(whole).encode()


def _places(value: Any) -> Any:  # noqa: ANN401 - JSON
    """List all places in a document: what holds a value, and under which name."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield value, key
        yield from _places(inner)


def _change_value(holder: Any, key: Any, others: list[Any], chance: Random) -> None:  # noqa: ANN401 - JSON
    match chance.randrange(6):
        case 0 | 1:
            holder[key] = deepcopy(chance.choice(_VALUES))
        case 2:
            holder[key] = deepcopy(chance.choice(others))
        case 3:
            del holder[key]
        case 4 if isinstance(holder, dict):
            holder[chance.choice(_KEYS)] = deepcopy(chance.choice((*_VALUES, *others)))
        case 4:
            holder.insert(key, deepcopy(chance.choice((*_VALUES, *others))))
        case _ if isinstance(holder[key], (int, float)) and not isinstance(holder[key], bool):
            holder[key] = chance.choice((-holder[key], holder[key] * 1000, holder[key] + 1, float(holder[key])))
        case _:
            holder[key] = [deepcopy(holder[key])] * chance.choice((1, 2, 50))


def on_text(content: bytes, chance: Random) -> bytes:
    """Change lines and values of a study file; sometimes its bytes."""
    if chance.random() < 0.2:
        return on_bytes(content, chance)
    lines = content.decode().split("\n")
    for _ in range(chance.choice((1, 1, 2, 4))):
        at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                lines[at], lines[other] = lines[other], lines[at]
            case 1:
                lines.insert(at, lines[other])
            case 2:
                lines[at] = ""
            case _ if "=" in lines[at]:
                lines[at] = _other_value(lines[at], chance)
            case _:
                lines[at] += chance.choice(_WORDS)
    return "\n".join(lines).encode()


def _other_value(line: str, chance: Random) -> str:
    """Put something else behind one of the signs of equality, up to the next comma or the end."""
    parts = line.split("=")
    at = chance.randrange(1, len(parts))
    _, comma, rest = parts[at].partition(",")
    name = parts[at].rsplit(",", 1)[-1] if at < len(parts) - 1 else ""
    kept = f", {name.strip()} " if at < len(parts) - 1 else (comma + rest if chance.random() < 0.5 else "")
    parts[at] = f" {chance.choice(_WORDS)}{kept}"
    return "=".join(parts)


def on_rows(content: bytes, chance: Random) -> bytes:
    """Change cells and lines of a table, or its bytes."""
    if chance.random() < 0.3:
        return on_bytes(content, chance)
    rows = [line.split(",") for line in content.decode().split("\n")]
    for _ in range(chance.choice((1, 1, 2, 8))):
        row = chance.choice([row for row in rows if row])
        at = chance.randrange(len(row))
        match chance.randrange(4):
            case 0:
                del row[at:]
            case 1:
                row[at:at] = row[:at]
            case _:
                row[at] = chance.choice((*_CELLS, *row))
    return "\n".join(",".join(row) for row in rows).encode("utf-8", "replace")


_CELLS: Final = (
    "",
    '"',
    '"a\nb"',
    "-1",
    "256",
    "1e999",
    "nan",
    "x",
    "\0",
    "9" * 5000,
    "=1+1",
    " 7 ",
    "0x1",
    "1_0",
    "\ufeff",
    "true",
)


def on_npy(content: bytes, chance: Random) -> bytes:
    """Change an array's header as text, with its length put right, or its bytes."""
    if chance.random() < 0.4:
        return on_bytes(content, chance)
    length = int.from_bytes(content[8:10], "little")
    header = content[10 : 10 + length].decode("latin-1")
    for old in ("'|u1'", "'<f4'", "(3, 4, 5)", "(3,)", "False", "'shape'", "'descr'"):
        if old in header and chance.random() < 0.4:
            header = header.replace(old, chance.choice(_HEADERS), 1)
    raw = header.encode("latin-1")
    return content[:8] + struct.pack("<H", len(raw)) + raw + content[10 + length :]


_HEADERS: Final = (
    "'|O'", "'<f8'", "'>i2'", "'<U9'", "'<V8'", "[('a', '<f4')]", "True", "(3, -1)", "(2**60,)", "(60, 1)", "()",
    "(60)", "(4294967296, 4294967296, 4294967296, 0)", "(0,)", "'shape'", "'descr'", "None", "__import__('os')",
    "'\\x00'",
    "{", "}",
)  # fmt: skip


def on_zip(inner: Callable[[str], Mutate]) -> Mutate:
    """Change an archive: members, with right sums, or all of its bytes."""

    def mutate(content: bytes, chance: Random) -> bytes:
        if chance.random() < 0.2:
            return on_bytes(content, chance)
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            members = {name: file.read(name) for name in file.namelist()}
        changed = chance.sample(list(members), chance.choice((1, 1, 1, len(members))))
        for name in changed:
            members[name] = inner(name)(members[name], chance)
        way = chance.choice((stored, stored, deflated))
        return archive(_shuffled([way(name, one) for name, one in members.items()], chance))

    return mutate


def _shuffled(members: list[Member], chance: Random) -> list[Member]:
    """Sometimes leave one out, or have one twice."""
    match chance.randrange(20):
        case 0:
            return members[:-1]
        case 1:
            return [*members, chance.choice(members)]
        case _:
            return members


def on_png(content: bytes, chance: Random) -> bytes:
    """Change a picture's pieces, with right sums, or its bytes."""
    if chance.random() < 0.3:
        return on_bytes(content, chance)
    out, at, target = bytearray(content[:8]), 8, chance.randrange(4)
    index = 0
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        if index == target:
            if kind == b"IDAT" and chance.random() < 0.7:
                body = zlib.compress(on_bytes(zlib.decompress(body), chance))
            else:
                body = on_bytes(body, chance)
            kind = chance.choice(
                (kind, kind, kind, b"zTXt", b"iCCP", b"PLTE", b"tRNS", b"eXIf", b"acTL", b"fcTL", b"fdAT")
            )
        out += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        at, index = at + 12 + length, index + 1
    return bytes(out)


def _maybe_packed(content: bytes, chance: Random) -> bytes:
    """Change a raw file, plain or in gzip, or the gzip."""
    match chance.randrange(3):
        case 0:
            return on_bytes(content, chance)
        case 1:
            return gzip.compress(on_bytes(content, chance), mtime=0)
        case _:
            return on_bytes(gzip.compress(content, mtime=0), chance)


def _in_keras(name: str) -> Mutate:
    return on_json if name.endswith(".json") else on_bytes


MUTATIONS: Final[dict[str, Mutate]] = {
    "idx": _maybe_packed,
    "npz": on_zip(lambda _: on_npy),
    "weights.npz": on_zip(lambda _: on_npy),
    "keras": on_zip(_in_keras),
    "json": on_json,
    "weights.h5": on_bytes,
    "hdf5": on_bytes,
    "study": on_text,
    "png": on_png,
    "jpeg": on_bytes,
    "pad": on_bytes,
    "own csv": on_rows,
    "own npz": on_zip(lambda _: on_npy),
    "own zip": on_zip(lambda _: on_png),
}
"""By the names that `make prove-fuzz` has for the readers."""

_SMALL: Final = {"idx": "small idx", "npz": "small npz"}


def reader_of(kind: str) -> str:
    """Return the name of the reader: of data sets it is the one for small files."""
    return _SMALL.get(kind, kind)


def case(kind: str, seed: int, number: int) -> bytes:
    """Return one file; the same words, the same file."""
    chance = Random(f"{kind} {seed} {number}")
    return MUTATIONS[kind](chance.choice(sound_files()[reader_of(kind)]), chance)
