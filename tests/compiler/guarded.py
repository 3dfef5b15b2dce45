"""Run networks with every array that compiled code is handed between pages that nobody may touch.

Run as a program: `python guarded.py PLACE GENERATOR FIRST AFTER`. PLACE "end" lets each array end where such a page
begins, "begin" lets it begin where one ends; GENERATOR is "small", "larger", "branched" or "ruled". A read or write
beyond an array ends the process; what it was at stands in its output.

Some arrays are longer than what they hold, on purpose, and keep that: weights, gradients, slots and partial sums are
padded to whole vectors of 16, the outputs of evaluation to whole tiles of 16 images.
"""
# ruff: noqa: ANN401, T201 - whatever NumPy takes for a type; its output is read by the test

import ctypes
import ctypes.util
import mmap
import sys
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "backends"))

from larger_networks import larger_case_of_seed
from random_branches import branched_case_of_seed
from random_networks import Case, case_of_seed
from regularized_networks import regularized_case_of_seed

from cnnlab.backends.compiled import CompiledBackend, CompiledModel, counting, memory, model, parameters
from cnnlab.backends.compiled.memory import Frames
from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.frame import Frame, Shared
from cnnlab.records import (
    BinaryAccuracy,
    Precision,
    Recall,
    SparseCategoricalCrossentropy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)

PAGE = mmap.PAGESIZE
_NOBODY = 0  # PROT_NONE
_LIBC = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
_LIBC.mmap.restype = ctypes.c_void_p
_LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
_LIBC.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
# One entry more than there are layers or arrays, so that there is one where there are none.
_ONE_TO_SPARE = {Shared.KEYS, Shared.NORMS}
_OF_ROWS = (TopKCategoricalAccuracy(k=2), Precision(class_id=0), Recall(), BinaryAccuracy())
_OF_NUMBERS = (SparseTopKCategoricalAccuracy(k=2),)


class Guarded:
    """Hands out arrays beside a page that nobody may touch.

    Args:
        at_the_end: Whether the page follows the array; it stands before it otherwise.
    """

    def __init__(self, at_the_end: bool) -> None:
        self._at_the_end = at_the_end
        self._kept: dict[int, np.ndarray] = {}
        self._copies: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def zeros(self, count: int, dtype: Any) -> np.ndarray:
        """Return zeros; stands in for `memory.aligned`."""
        size = max(count * np.dtype(dtype).itemsize, 1)
        room = -(-size // PAGE) * PAGE
        private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        base = _LIBC.mmap(None, room + 2 * PAGE, mmap.PROT_READ | mmap.PROT_WRITE, private, -1, 0)
        for guard in (base, base + PAGE + room):
            assert _LIBC.mprotect(guard, PAGE, _NOBODY) == 0
        start = base + PAGE + (room - size if self._at_the_end else 0)
        found = np.frombuffer((ctypes.c_uint8 * size).from_address(start), np.uint8)
        array = found[: count * np.dtype(dtype).itemsize].view(dtype)
        self._kept[start] = array
        return array

    def copy(self, array: np.ndarray) -> np.ndarray:
        """Return an array that is guarded: itself, or a copy."""
        if array.ctypes.data in self._kept:
            return array
        known = self._copies.get(id(array))
        if known is None or known[0] is not array:
            guarded = self.zeros(array.size, array.dtype).reshape(array.shape)
            guarded[...] = array
            known = self._copies[id(array)] = (array, guarded)
        return known[1]


def install(guarded: Guarded) -> None:
    """Let everything that compiled code is handed be guarded."""
    for module in (counting, memory, model, parameters):
        module.aligned = guarded.zeros
    plain = memory.Slots.point

    def point(self: memory.Slots, slot: IntEnum, array: np.ndarray | None) -> None:
        if array is not None and slot in _ONE_TO_SPARE and len(array) > 1:
            array = np.array(array[:-1])
        plain(self, slot, None if array is None else guarded.copy(array))

    memory.Slots.point = point


def outside(buffer: Buffer, space: np.ndarray) -> np.ndarray:
    """Return the bytes of a buffer that nothing may be written to: its halo, and the gap behind it."""
    own = space[buffer.offset : buffer.offset + buffer.bytes]
    channels, height, width = buffer.shape
    top, bottom, left, right = buffer.halo
    used = channels * buffer.channel
    cells = own[:used].reshape(channels, height + top + bottom, width + left + right, buffer.column)
    free = np.ones(cells.shape, bool)
    free[:, top : top + height, left : left + width] = False
    return np.concatenate([cells[free], own[used:]])


def check_halos(loaded: CompiledModel, frames: Frames) -> None:
    """Look whether anything outside the interiors of buffers has been written.

    Raises:
        AssertionError: If so; it names the buffer.
    """
    program = loaded._training
    assert program is not None
    plan = program.plan
    tiles = frames.shared._kept[Shared.TILES]
    scratch = [own._kept[Frame.SCRATCH] for own in frames.own]
    each = (
        tiles[: len(tiles) // plan.tile_bytes * plan.tile_bytes].reshape(-1, plan.tile_bytes) if plan.tile_bytes else []
    )
    for buffer in plan.buffers:
        for number, space in enumerate(each if buffer.where == "tile" else scratch):
            written = int(outside(buffer, space).any())
            assert not written, f"{buffer.name}: written outside, {buffer.where} {number}, halo {buffer.halo}"


def run(case: Case) -> None:
    """Train, evaluate and predict a little."""
    loaded = CompiledBackend().load(
        case.network,
        case.weights,
        loss=case.loss,
        optimizer=case.optimizer,
        seed=case.seed,
        threads=2,
        metrics=_OF_NUMBERS if isinstance(case.loss, SparseCategoricalCrossentropy) else _OF_ROWS,
    )
    images = case.examples.images
    loaded.predict(images[:1], 1)
    batches = case.batches(0)
    loaded.gradients(case.examples, batches[-1], 0)
    loaded.train_batches(case.examples, np.concatenate(batches[-3:]), case.batch_size, 0)
    loaded.train_step(case.examples, batches[0], 1)
    weighed = replace(case.examples, weights=np.linspace(0, 2, len(case.examples)))
    loaded.train_step(weighed, batches[-1], 1)
    check_halos(loaded, loaded._frames["train"])
    loaded.finish()
    loaded.evaluate(case.examples, case.batch_size)
    loaded.evaluate(weighed, case.batch_size)
    loaded.predict(case.examples.batch(slice(None)), case.batch_size)


GENERATORS = {
    "small": case_of_seed,
    "larger": larger_case_of_seed,
    "branched": branched_case_of_seed,
    "ruled": regularized_case_of_seed,
}


def main(place: str, generator: str, first: int, after: int) -> None:
    """Run some cases; say before each which one it is."""
    install(Guarded(at_the_end=place == "end"))
    for seed in range(first, after):
        print(f"{generator} network {seed}, guarded at the {place}", flush=True)
        run(GENERATORS[generator](seed))
    print("all held", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
