"""The compiled backend on an AArch64 that is not there: our own object, linked with a small driver, run by qemu.

Everything but the call of the machine code is the backend's own Python: `EmulatedModel` writes the memory that a call
works on into a file, lets the driver make the call, and reads back what came of it.
"""

import atexit
import shutil
import struct
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import numpy as np
from same_bits import Training

from cnnlab.backends.compiled import CompiledModel
from cnnlab.backends.compiled.memory import Frames, Slots
from cnnlab.compiler import Program, compile_program
from cnnlab.compiler.frame import Frame, Shared
from cnnlab.compiler.ir import F32, F64
from cnnlab.compiler.target import aarch64_linux

LINKER: Final = "aarch64-linux-gnu-gcc"
EMULATORS: Final = ("qemu-aarch64-static", "qemu-aarch64")
HOW_TO_GET_THEM: Final = "apt-get install qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
FLUSH: Final = 1 << 24  # of FPCR: subnormal numbers count as zero
_DRIVER: Final = Path(__file__).with_name("aarch64_driver.c")
# What a call leaves for its caller; the rest of the memory is its own business.
_RETURNED: Final = (
    Shared.PARAMETERS,
    Shared.SLOTS,
    Shared.GRADIENTS,
    Shared.RESULTS,
    Shared.SYNC,
    Shared.TILE_RESULTS,
    Shared.TILE_COUNTS,
    Shared.COUNTS,
    Shared.OUTPUTS,
    Shared.CLASSES,
    Shared.PROBABILITIES,
)


def what_is_missing() -> str:
    """Say what this machine lacks to run AArch64 code, and how to get it; nothing if it lacks nothing."""
    names = [] if _links() else [f"{LINKER} with a static libc"]
    if not any(map(shutil.which, EMULATORS)):
        names.append(EMULATORS[-1])
    return f"no {' and no '.join(names)} here: {HOW_TO_GET_THEM}" if names else ""


def _links() -> bool:
    """Say whether the cross linker is here, and the static libc that it needs."""
    if not shutil.which(LINKER):
        return False
    asked = subprocess.run([LINKER, "-print-file-name=libc.a"], capture_output=True, text=True, check=False)
    return Path(asked.stdout.strip()).is_absolute()


def model(training: Training, threads: int = 1, float_mode: int = 0, dtype: str = "float32") -> "EmulatedModel":
    """Load a training's network for the emulated processor.

    Args:
        training: What will be trained.
        threads: How many.
        float_mode: FPCR of whoever calls the compiled code.
        dtype: float32 or float64.
    """
    element = {"float32": F32, "float64": F64}[dtype]
    made = EmulatedModel(
        training.network,
        training.weights,
        loss=training.loss,
        training=compile_program(
            training.network, training.loss, training.optimizer, element=element, target=aarch64_linux()
        ),
        evaluation=compile_program(training.network, training.loss, element=element, target=aarch64_linux()),
        seed=training.seed,
        threads=threads,
    )
    made.float_mode = float_mode
    return made


class EmulatedModel(CompiledModel):
    """A compiled model whose machine code runs in an emulator.

    Attributes:
        float_mode: FPCR of whoever calls the compiled code; it must find the same one after the call.
    """

    float_mode = 0

    def _run(self, program: Program, frames: Frames, tiles: int) -> None:
        threads = max(1, min(self._threads, tiles))
        frames.shared.put(Shared.THREADS, threads)
        run(program, frames, threads, self.float_mode)


def run(program: Program, frames: Frames, threads: int, float_mode: int) -> None:
    """Call a program in the emulator, on copies of all memory that its frames point to."""
    folder = Path(mkdtemp(prefix="cnnlab-emulated-"))
    try:
        (folder / "job").write_bytes(_job(frames, threads, float_mode))
        emulator = next(filter(None, map(shutil.which, EMULATORS)))
        executable = _link(program.object(), program.entry)
        done = subprocess.run(
            [emulator, executable, folder / "job", folder / "result"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"the emulated program ended with {done.returncode}: {done.stderr}"
        _read_back(frames, (folder / "result").read_bytes(), float_mode)
    finally:
        shutil.rmtree(folder)


@cache
def _link(image: bytes, entry: str) -> Path:
    """Return an executable of an object and the driver."""
    folder = Path(mkdtemp(prefix="cnnlab-linked-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "program.o").write_bytes(image)
    command = [LINKER, "-static", "-O1", "-Wall", "-Werror", f"-DENTRY={entry}", _DRIVER, folder / "program.o"]
    done = subprocess.run([*command, "-o", folder / "program"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "program"


class _Memory:
    """Arrays as blobs, each once, and the pointers between them."""

    def __init__(self) -> None:
        self.blobs: list[np.ndarray] = []
        self.pointers: list[tuple[int, int, int]] = []
        self._numbers: dict[int, int] = {}

    def blob(self, array: np.ndarray) -> int:
        """Return an array's number."""
        address = array.ctypes.data
        if address not in self._numbers:
            self._numbers[address] = len(self.blobs)
            self.blobs.append(array)
        return self._numbers[address]

    def row(self, slots: Slots) -> int:
        """Return the number of a row of slots, with all that it points to."""
        number = self.blob(slots.words)
        self.pointers += [(number, 8 * slot, self.blob(array)) for slot, array in slots._kept.items()]
        return number


def _words(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}Q", *numbers)


def _job(frames: Frames, threads: int, float_mode: int) -> bytes:
    memory = _Memory()
    shared = memory.row(frames.shared)
    rows = [memory.row(frame) for frame in frames.own[:threads]]
    memory.pointers += [(row, 8 * Frame.SHARED, shared) for row in rows]
    wanted = [memory.blob(array) for array in _returned(frames)]
    parts = [_words(len(memory.blobs))]
    for array in memory.blobs:
        content = array.tobytes() if array.any() else b""
        parts += [_words(array.nbytes, bool(content)), content, b"\0" * (-len(content) % 8)]
    parts.append(_words(len(memory.pointers)))
    parts += [_words(*pointer) for pointer in memory.pointers]
    parts.append(_words(shared, 8 * Shared.YIELD, float_mode, threads, *rows, len(wanted), *wanted))
    return b"".join(parts)


def _returned(frames: Frames) -> Sequence[np.ndarray[Any, Any]]:
    kept = frames.shared._kept
    return [kept[slot] for slot in _RETURNED if slot in kept]


def _read_back(frames: Frames, result: bytes, float_mode: int) -> None:
    mode = int.from_bytes(result[:8], "little")
    assert mode == float_mode, f"the caller had floating-point mode {float_mode:#x} and found {mode:#x} afterwards"
    place = 8
    for array in _returned(frames):
        array.view(np.uint8)[:] = np.frombuffer(result, np.uint8, array.nbytes, place)
        place += array.nbytes
    assert place == len(result)
