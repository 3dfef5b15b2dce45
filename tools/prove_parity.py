"""Hold random networks against each other, and write down that they agree.

Two proofs: the reference backend against real Keras, and compiled code against the reference backend. Each network is
named by a whole number: `python tools/prove_parity.py --keras --only 123` trains that one alone, and so does
`--compiled --only 123`. An interrupted proof goes on where it was, as long as neither the code that is proved nor the
proof has changed.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from proofs_page import ROOT, write_line

# Keras reads these when it is imported.
os.environ.update(KERAS_BACKEND="jax", JAX_ENABLE_X64="1", JAX_PLATFORMS="cpu")
sys.path.insert(0, str(ROOT / "tests" / "backends"))

import compiled_parity
import parity
from larger_networks import larger_case_of_seed
from random_branches import branched_case_of_seed
from random_networks import Case, case_numbers, case_of_seed

SHARED = ("src/cnnlab/backends", "src/cnnlab/arch", "src/cnnlab/randomness", "src/cnnlab/records")
CASES = "tests/backends/random_networks.py"


def check_compiled(case: Case) -> None:
    """Compare compiled code with the reference in float64 and in float32."""
    compiled_parity.check(case)
    compiled_parity.check_32(case)


@dataclass(frozen=True)
class Proof:
    """What is held against what.

    Attributes:
        name: Of the file that its progress is kept in.
        command: That runs it, and whose line it writes.
        about: What agrees, after the number of networks.
        networks: How many make a proof.
        check: Compares one.
        proved: What the result depends on: a change in any of it starts the proof anew.
        packages: Likewise, their versions.
    """

    name: str
    command: str
    about: str
    networks: int
    check: Callable[[Case], None]
    proved: tuple[str, ...]
    packages: tuple[str, ...]


KERAS = Proof(
    "parity",
    "make prove-parity",
    f"random networks with Keras on JAX, float64, to {parity.TOLERANCE_64:g} of the largest value",
    300,
    parity.check,
    (*SHARED, CASES, "tests/backends/parity.py", "tests/backends/keras_oracle.py"),
    ("jax", "keras", "numpy"),
)
COMPILED = Proof(
    "parity-compiled",
    "make prove-compiled",
    f"random networks compiled and by the reference backend: {compiled_parity.STEPS} steps in float64 to "
    f"{compiled_parity.TOLERANCE_64:g} of the largest value, one in float32 to the tolerances of their layers",
    1000,
    check_compiled,
    (*SHARED, CASES, "tests/backends/compiled_parity.py", "src/cnnlab/compiler"),
    ("llvmlite", "numpy"),
)


def digest(proof: Proof) -> str:
    """Return a sum over the code that is proved and the code that proves it."""
    places = [ROOT / name for name in proof.proved]
    files = sorted(path for place in places for path in ([place] if place.is_file() else place.rglob("*.py")))
    versions = " ".join(f"{name}=={version(name)}" for name in proof.packages)
    return hashlib.sha256(versions.encode() + b"".join(path.read_bytes() for path in files)).hexdigest()


def progress_of(proof: Proof) -> Path:
    """Return where a proof's progress is kept."""
    return ROOT / ".proofs" / f"{proof.name}.json"


def passed_before(proof: Proof, key: str) -> set[int]:
    """Read which networks have agreed already, with this very code."""
    path = progress_of(proof)
    if not path.exists():
        return set()
    progress = json.loads(path.read_text(encoding="utf-8"))
    return set(progress["passed"]) if progress["digest"] == key else set()


def remember(proof: Proof, key: str, passed: set[int]) -> None:
    """Write which networks agree; whole or not at all."""
    path = progress_of(proof)
    path.parent.mkdir(exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps({"digest": key, "passed": sorted(passed)}), encoding="utf-8")
    part.replace(path)


def attempt(check: Callable[[Case], None], seed: int) -> tuple[int, str]:
    """Check one network; return its number and what is wrong with it, nothing if it agrees."""
    try:
        check(case_of_seed(seed))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is told with the network's number
        return seed, f"{type(error).__name__}: {error}"
    return seed, ""


def prove(proof: Proof, networks: int, processes: int | None) -> int:
    """Check all networks that have not agreed yet, one process for each core; return the exit code."""
    key = digest(proof)
    passed = passed_before(proof, key)
    # Thousands of programs that nobody runs again stay out of the user's cache.
    with TemporaryDirectory(prefix="cnnlab-objects-") as objects:
        os.environ.setdefault("CNNLAB_OBJECT_CACHE", objects)
        fault = check_all(proof, key, passed, networks, processes)
    if fault:
        print(fault)
        return 1
    figure = f"{networks:,} {proof.about}"
    if networks >= proof.networks:
        write_line(proof.command, figure, proof.proved)
    print(f"parity: {figure}")
    return 0


def check_all(proof: Proof, key: str, passed: set[int], networks: int, processes: int | None) -> str:
    """Check the networks that have not passed yet; return what is wrong with the first that does not agree."""
    print(f"{proof.command}: {len(passed)} of {networks} networks agreed before; the others follow", flush=True)
    began = time.monotonic()
    todo = [seed for seed in case_numbers(networks) if seed not in passed]
    # JAX has threads of its own, which a forked process would inherit in any state: spawn.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for seed, fault in pool.map(partial(attempt, proof.check), todo):
            if fault:
                option = "--compiled" if proof is COMPILED else "--keras"
                pool.shutdown(cancel_futures=True)
                alone = f"python tools/prove_parity.py {option} --only {seed}"
                return f"network {seed} does not agree: {fault}\nAlone: {alone}"
            passed.add(seed)
            remember(proof, key, passed)
            if len(passed) % 10 == 0:
                print(f"{len(passed)} of {networks} agree, {time.monotonic() - began:.0f} s", flush=True)
    return ""


def main() -> int:
    """Read the command line and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--keras", action="store_true", help="only the reference backend against Keras")
    which.add_argument("--compiled", action="store_true", help="only compiled code against the reference backend")
    parser.add_argument("--networks", type=int, help="how many, a third with later layers (300 and 1,000)")
    parser.add_argument("--processes", type=int, help="how many at once (one for each core)")
    parser.add_argument("--only", type=int, metavar="SEED", help="check this network alone and describe it")
    parser.add_argument("--larger", action="store_true", help="with --only: one of the larger networks of the tests")
    parser.add_argument("--branched", action="store_true", help="with --only: one of those with branches")
    chosen = parser.parse_args()
    proofs = [COMPILED] if chosen.compiled else [KERAS] if chosen.keras else [KERAS, COMPILED]
    if chosen.only is None:
        return max(prove(proof, chosen.networks or proof.networks, chosen.processes) for proof in proofs)
    make = branched_case_of_seed if chosen.branched else larger_case_of_seed if chosen.larger else case_of_seed
    case = make(chosen.only)
    print(case)
    for proof in proofs:
        proof.check(case)
    print(f"network {chosen.only} agrees")
    return 0


if __name__ == "__main__":
    sys.exit(main())
