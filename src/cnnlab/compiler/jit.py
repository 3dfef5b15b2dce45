"""From LLVM's text to functions that can be called. The only file that runs LLVM."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any, Final

from cnnlab.compiler import object_cache
from cnnlab.compiler.target import Target

Native = Callable[..., None]
_ONE_AT_A_TIME: Final = Lock()

# LLVM's newer linker puts the code and the constants of a library into one piece of memory. The older one asks for each
# by itself, and ends the process where they come to lie further apart than a relative address reaches, as in one that
# has reserved much memory. For Windows' objects the newer one is not finished.
_IN_ONE_PIECE: Final = sys.platform != "win32"


class Library:
    """Machine code in memory.

    Args:
        image: An object file.
        target: What it was made for.
    """

    def __init__(self, image: bytes, target: Target) -> None:
        from llvmlite import binding as llvm  # noqa: PLC0415 - start-up time

        with _ONE_AT_A_TIME:
            self._jit = llvm.create_lljit_compiler(_machine(target), use_jit_link=_IN_ONE_PIECE)
            builder = llvm.JITLibraryBuilder().add_object_img(image)
            self._names: dict[str, Native] = {}
            self._builder = builder
        self._trackers: list[Any] = []
        self._image = image

    def functions(self, names: list[str]) -> dict[str, Native]:
        """Return exported functions of one pointer as ctypes functions; calling one releases Python's lock.

        They live as long as the library does.
        """
        with _ONE_AT_A_TIME:
            builder = self._builder
            for name in names:
                builder = builder.export_symbol(name)
            tracker = builder.link(self._jit, "cnnlab")
            self._trackers.append(tracker)
        prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
        return {name: prototype(tracker[name]) for name in names}


@cache
def _machine(target: Target) -> Any:  # noqa: ANN401 - llvmlite has no types
    """Return LLVM's target machine; no pass pipeline runs, only its code generator."""
    from llvmlite import binding as llvm  # noqa: PLC0415 - start-up time

    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.cpu, features=target.features, opt=2, reloc="pic", codemodel="small", jit=False
    )


def emit_object(text: str, target: Target) -> bytes:
    """Compile LLVM's text to an object file."""
    from llvmlite import binding as llvm  # noqa: PLC0415 - start-up time

    with _ONE_AT_A_TIME:
        module = llvm.parse_assembly(text)
        image: bytes = _machine(target).emit_object(module)
    return image


def emit_assembly(text: str, target: Target) -> str:
    """Compile LLVM's text to assembly, for people."""
    from llvmlite import binding as llvm  # noqa: PLC0415 - start-up time

    with _ONE_AT_A_TIME:
        module = llvm.parse_assembly(text)
        assembly: str = _machine(target).emit_assembly(module)
    return assembly


def load(text: Callable[[], str], key: str, target: Target) -> Library:
    """Return the code of a program: out of the object cache, or compiled now and put there.

    Args:
        text: Gives LLVM's text, where it is needed.
        key: What the program depends on; with LLVM's version and the target it names the object.
        target: What for.
    """
    name = object_cache.name_of(key, target)
    image = object_cache.read(name)
    if image is None:
        image = emit_object(text(), target)
        object_cache.write(name, image)
    return Library(image, target)
