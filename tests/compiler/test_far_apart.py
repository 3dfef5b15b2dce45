"""Machine code runs wherever the system puts it, also in a process that has reserved most of what lies near."""

import subprocess
import sys

import pytest

_LOADS_AMID_RESERVATIONS = """
import ctypes, random
from cnnlab.arch import zoo
from cnnlab.compiler import jit
from cnnlab.compiler.program import compile_program
from cnnlab.records import Adam, CategoricalCrossentropy

program = compile_program(zoo.network("architecture-3"), CategoricalCrossentropy(), Adam())
image = jit.emit_object(program.llvm(), program.target)
reserve = ctypes.CDLL(None).mmap
reserve.restype = ctypes.c_void_p
reserve.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
random.seed(1)
kept = []
for _ in range(300):
    # Addresses without memory (PROT_NONE; private, anonymous, no reserve), between the libraries.
    reserve(None, random.choice([1 << 33, 1 << 12, 1 << 14, 1 << 32]), 0, 0x4022, -1, 0)
    library = jit.Library(image, program.target)
    kept.append((library, library.functions([program.entry])))
print("loaded", len(kept))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reserves addresses with Linux's own flags")
def test_code_and_its_constants_stay_together_where_free_addresses_lie_far_apart() -> None:
    # Placed one by one they may lie too far apart for a relative address, and LLVM ends the process.
    ran = subprocess.run(
        [sys.executable, "-c", _LOADS_AMID_RESERVATIONS], capture_output=True, text=True, check=False, timeout=120
    )
    assert (ran.returncode, ran.stdout) == (0, "loaded 300\n"), ran.stderr
