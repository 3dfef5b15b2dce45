"""HDF5 read: from the superblock down the groups to every array.

The structures are those of "HDF5 File Format Specification Version 3.0" (The HDF Group), sections II to IV.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy.typing as npt

from cnnlab.formats.hdf5.arrays import array_of
from cnnlab.formats.hdf5.dense import dense_links
from cnnlab.formats.hdf5.headers import LINK, LINK_INFO, SYMBOL_TABLE, Message, messages
from cnnlab.formats.hdf5.source import UNDEFINED, Source

SIGNATURE: Final = b"\x89HDF\r\n\x1a\n"
_MOST_OBJECTS: Final = 100_000
_MOST_DEPTH: Final = 32
_LONGEST_NAME: Final = 1_000
_SOFT_IN_TABLE: Final = 2
_HARD, _SOFT, _EXTERNAL = 0, 1, 64
_LINKS: Final = {_SOFT: "a link by name (soft)", _EXTERNAL: "a link into another file (external)"}


def read_hdf5(data: bytes | memoryview, where: str) -> dict[str, npt.NDArray[Any]]:
    """Read all arrays of a file.

    Args:
        data: The whole file.
        where: What messages call it.

    Returns:
        The arrays, by their paths without a slash in front, in the order of the groups: "layers/dense/vars/0".
        Together they are as large as the file at most.

    Raises:
        UsageError: If it is no HDF5 file, or a damaged one.
        NotSupportedError: If it uses more of HDF5 than files of weights do: links, arrays compressed, in pieces or in
            other files.
    """
    source = Source(memoryview(data).cast("B"), where)
    found: dict[str, npt.NDArray[Any]] = {}
    waiting = [("", _root(source))]
    count = 0
    while waiting:
        path, at = waiting.pop()
        count += 1
        if count > _MOST_OBJECTS or path.count("/") > _MOST_DEPTH:
            raise source.strange("more groups than a network has")
        told = messages(source, at)
        kinds = {message.kind for message in told}
        if kinds.isdisjoint({SYMBOL_TABLE, LINK, LINK_INFO}):
            if found and path in found:
                raise source.damaged(f"{path} twice")
            found[path] = array_of(source, told, path)
            continue
        members = [(f"{path}/{name}" if path else name, place) for name, place in _members(source, told, path)]
        waiting.extend(reversed(members))
    return found


def _root(source: Source) -> int:
    """Find the header of the outermost group."""
    if bytes(source.data[: len(SIGNATURE)]) != SIGNATURE:
        raise source.damaged("other bytes at its beginning")
    version = source.number(8, 1)
    if version in {0, 1}:
        sizes, start = (source.number(13, 1), source.number(14, 1)), 24 if version == 0 else 28
        base, root = source.number(start, 8), source.number(start + 40, 8)
    elif version in {2, 3}:
        sizes, base, root = (source.number(9, 1), source.number(10, 1)), source.number(12, 8), source.number(36, 8)
    else:
        raise source.strange(f"a superblock of version {version}")
    if sizes != (8, 8) or base != 0:
        raise source.strange("addresses of another size or from another place")
    return root


def _members(source: Source, told: list[Message], path: str) -> Iterator[tuple[str, int]]:
    """List the names in a group and where their objects are."""
    for kind, body in told:
        if kind == SYMBOL_TABLE:
            yield from _in_table(source, body.number(0, 8), body.number(8, 8), path)
        elif kind == LINK:
            yield _link(body, path)
        elif kind == LINK_INFO:
            at = 10 if body.number(1, 1) & 1 else 2
            heap, tree = body.number(at, 8), body.number(at + 8, 8)
            if heap != UNDEFINED:
                yield from (_link(link, path) for link in dense_links(source, heap, tree))


# Groups as they have always been: a tree of tables, names in a heap.


def _in_table(source: Source, tree: int, heap: int, path: str) -> Iterator[tuple[str, int]]:
    source.expect(heap, b"HEAP")
    names = source.part(source.piece(source.number(heap + 24, 8), source.number(heap + 8, 8)))
    waiting = [(tree, _MOST_DEPTH)]
    while waiting:
        at, above = waiting.pop()
        source.expect(source.once(at), b"TREE")
        kind, level, used = source.number(at + 4, 1), source.number(at + 5, 1), source.number(at + 6, 2)
        if kind != 0 or level >= above:
            raise source.damaged(f"a tree at {at} that is none of a group")
        children = [source.number(at + 32 + 16 * index, 8) for index in range(used)]
        if level:
            waiting.extend((child, level) for child in reversed(children))
            continue
        for child in children:
            yield from _symbols(source, source.once(child), names, path)


def _symbols(source: Source, at: int, names: Source, path: str) -> Iterator[tuple[str, int]]:
    source.expect(at, b"SNOD")
    for index in range(source.number(at + 6, 2)):
        entry = at + 8 + 40 * index
        name = _name(names, source.number(entry, 8))
        if source.number(entry + 16, 4) == _SOFT_IN_TABLE:
            raise source.strange(f"{path}/{name}, {_LINKS[_SOFT]}")
        yield name, source.number(entry + 8, 8)


def _name(names: Source, at: int) -> str:
    raw = bytes(names.piece(at, min(_LONGEST_NAME, max(len(names.data) - at, 0))))
    text, end, _ = raw.partition(b"\0")
    return _checked(names, text if end else b"")


def _checked(source: Source, raw: bytes) -> str:
    """Read a name: a word that cannot lead anywhere else."""
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise source.damaged("a name in other letters than UTF-8") from None
    if not name or "/" in name or name in {".", ".."}:
        raise source.damaged(f"the name {name!r}")
    return name


# Groups in the newer form: a message for each link.


def _link(body: Source, path: str) -> tuple[str, int]:
    flags, at = body.number(1, 1), 2
    kind = _HARD
    if flags & 0x08:
        kind, at = body.number(at, 1), at + 1
    at += (8 if flags & 0x04 else 0) + (1 if flags & 0x10 else 0)
    width = 1 << (flags & 3)
    length, at = body.number(at, width), at + width
    if length > _LONGEST_NAME:
        raise body.damaged("a name without end")
    name = _checked(body, bytes(body.piece(at, length)))
    if kind != _HARD:
        raise body.strange(f"{path}/{name}, {_LINKS.get(kind, f'a link of class {kind}')}")
    return name, body.number(at + length, 8)
