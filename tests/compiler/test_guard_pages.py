"""Compiled code reads and writes nothing beyond what it was handed, and nothing outside the buffers of its plan.

A process of its own runs each block of networks, so that a fault of memory is a failed test and not the end of all.
"""

import subprocess
import sys
from pathlib import Path

import pytest
from random_networks import LATER

PROGRAM = Path(__file__).parent / "guarded.py"
BLOCKS = [("small", first, first + 8) for first in (0,)]
BLOCKS += [("larger", first, first + 8) for first in (0,)]
BLOCKS += [(generator, LATER, LATER + 8) for generator in ("small", "larger")]
BLOCKS += [("branched", 0, 3)]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="pages are guarded by mprotect, which Windows calls otherwise"),
]


def ran(*words: object) -> tuple[int, str, str]:
    """Run the program; return its exit code, its last line and what it complained of."""
    done = subprocess.run(
        [sys.executable, PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=300, check=False
    )
    lines = done.stdout.splitlines()
    return done.returncode, lines[-1] if lines else "nothing ran", done.stderr


@pytest.mark.parametrize("place", ["end", "begin"])
@pytest.mark.parametrize(("generator", "first", "after"), BLOCKS)
def test_nothing_beyond_an_array_is_touched_and_nothing_outside_a_buffer_is_written(
    place: str, generator: str, first: int, after: int
) -> None:
    code, last, complaint = ran(place, generator, first, after)
    assert (code, last) == (0, "all held"), f"exit code {code} at {last}: python {PROGRAM.name}\n{complaint}"


@pytest.mark.parametrize("place", ["end", "begin"])
def test_the_guards_catch_a_single_byte_beyond(place: str) -> None:
    beyond = "len(array)" if place == "end" else "-1"
    text = f"""
import ctypes, sys
sys.path.insert(0, {str(PROGRAM.parent)!r})
from guarded import Guarded
array = Guarded({place == "end"}).zeros(37, "u1")
print(ctypes.c_uint8.from_address(array.ctypes.data).value, flush=True)
ctypes.c_uint8.from_address(array.ctypes.data + {beyond}).value
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "0\n", done.stderr
    assert done.returncode < 0
