"""Machine code that has been made before, kept in the user's cache folder.

A file holds a mark, the SHA-256 of the object and the object. What does not read back as it was written (cut short,
damaged, of another make) counts as not there; a folder that cannot be written costs a compilation each time and nothing
else. Two processes that compile the same program at once write the same bytes beside each other, and either rename is
right.
"""

import contextlib
import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Final

from cnnlab.compiler.target import Target
from cnnlab.files import written_beside

_MARK: Final = b"cnnlab-object-1\n"
_MOST: Final = 1000
FOLDER_VARIABLE: Final = "CNNLAB_OBJECT_CACHE"


def folder() -> Path:
    """Return where objects are kept: the environment variable CNNLAB_OBJECT_CACHE, or the user's cache folder."""
    given = os.environ.get(FOLDER_VARIABLE)
    if given:
        return Path(given)
    from platformdirs import user_cache_path  # noqa: PLC0415 - start-up time

    return user_cache_path("cnnlab", appauthor=False) / "objects"


@cache
def _makers() -> str:
    """Name what decides the code besides the program: LLVM and the sources of this package."""
    from llvmlite import binding as llvm  # noqa: PLC0415 - start-up time

    digest = hashlib.sha256(repr(llvm.llvm_version_info).encode())
    home = Path(__file__).parent
    for path in sorted(home.rglob("*.py")):
        digest.update(path.relative_to(home).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def name_of(key: str, target: Target) -> str:
    """Return the file name of a program's object."""
    parts = (_makers(), key, target.triple, target.cpu, target.features, target.isa)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest() + ".o"


def read(name: str) -> bytes | None:
    """Return an object; None if it is not there or not whole."""
    try:
        content = (folder() / name).read_bytes()
    except OSError:
        return None
    head = len(_MARK) + hashlib.sha256().digest_size
    mark, checksum, image = content[: len(_MARK)], content[len(_MARK) : head], content[head:]
    if mark != _MARK or checksum != hashlib.sha256(image).digest():
        return None
    return image


def write(name: str, image: bytes) -> None:
    """Keep an object, if the folder lets us."""
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        with written_beside(folder() / name) as draft:
            draft.write_bytes(_MARK + hashlib.sha256(image).digest() + image)
        _sweep()


def _sweep() -> None:
    """Remove the objects that were made longest ago, where there are very many."""
    objects = list(folder().glob("*.o"))
    if len(objects) > _MOST:
        for path in sorted(objects, key=lambda path: path.stat().st_mtime)[: -_MOST // 2]:
            path.unlink(missing_ok=True)
