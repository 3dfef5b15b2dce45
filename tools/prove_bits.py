"""Hold trainings against each other bit for bit, at length, and write down that they agree.

Weights, optimizer state, results of every step and outputs: on any number of threads, in any portions, with AVX2 and
AVX-512, on an emulated AArch64, whatever instructions NumPy takes and whatever floating-point mode is left on. Then
faults are planted in the compiler, and each must show.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from proofs_page import ROOT, write_line

COMMAND = "make prove-bits"
PROVED = ("src/cnnlab", "tests/compiler", "tools/prove_bits.py")
STEPS = 200
RANDOM_NETWORKS = 40
# Steps, and images in each: emulated arithmetic is some hundred times slower.
EMULATED = {
    "architecture-1": (8, 64),
    "architecture-2": (20, 128),
    "architecture-3": (30, 128),
    "mnist-convnet": (6, 64),
}
EMULATED_RANDOM_NETWORKS = 12

sys.path[:0] = [str(ROOT / "tests" / folder) for folder in ("backends", "compiler")]

import breaches  # noqa: E402 - the line above says where it is
import emulated  # noqa: E402
import float_mode  # noqa: E402
from numpy._core import _multiarray_umath as cpu  # noqa: E402
from random_networks import case_numbers  # noqa: E402
from same_bits import NETWORKS, Bits, Training, difference, of_a_random_network, of_the_zoo, train  # noqa: E402

from cnnlab import data  # noqa: E402
from cnnlab.compiler.target import Target, host_target  # noqa: E402
from cnnlab.errors import CnnlabError, DataUnavailableError  # noqa: E402
from cnnlab.records import Examples  # noqa: E402


class BitsDifferError(Exception):
    """Two trainings that must be the same bits are not; or a planted fault does not show."""


@cache
def digits() -> tuple[str, Examples | None]:
    """Return MNIST's training images, if this machine has them; else None for made-up ones."""
    try:
        found = data.load("mnist", offline=True).train
    except DataUnavailableError:
        return "made-up images", None
    return "MNIST", Examples(found.images[..., None], found.labels, divisor=255.0)


def sources() -> str:
    """Return a sum over the code that is proved and the code that proves it."""
    places = [ROOT / place for place in PROVED]
    paths = [path for place in places for path in (sorted(place.rglob("*.py")) if place.is_dir() else [place])]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def targets() -> dict[str, Target]:
    """Return the instruction sets that this processor has."""
    found = {}
    for isa in ("avx512", "avx2", "neon"):
        try:
            found[isa] = host_target(isa)
        except CnnlabError:
            continue
    return found


def agree(what: str, ours: Bits, theirs: Callable[[], Bits]) -> None:
    """Train the other way and compare."""
    began = time.monotonic()
    found = difference(ours, theirs())
    if found:
        raise BitsDifferError(f"{what}: {found}")
    print(f"the same bits: {what}, {time.monotonic() - began:.0f} s", flush=True)


def prove_here(name: str, training: Training, *, dtype: str = "float32", lengthy: bool = True) -> Bits:
    """Compare all ways of training on this processor; return what they agree on."""
    alone = train(training, training.model(dtype=dtype))
    for threads in (2, 3, 8):
        model = training.model(threads=threads, dtype=dtype)
        agree(f"{name}, {dtype}, {threads} threads", alone, lambda model=model: train(training, model))
    for isa, target in targets().items():
        model = training.model(target, 2, dtype)
        agree(f"{name}, {dtype}, {isa}", alone, lambda model=model: train(training, model))
    if lengthy:
        for chunks in ((1,), (3, 1, 7), (STEPS,)):
            model = training.model(threads=2)
            portions = ", ".join(map(str, chunks))
            agree(f"{name}, {portions} steps at once", alone, lambda m=model, c=chunks: train(training, m, c))
        if host_target().is_x86:
            agree(f"{name}, flush to zero left on", alone, lambda: flushing(training))
    return alone


def flushing(training: Training) -> Bits:
    """Train while this thread flushes subnormal numbers."""
    with float_mode.mode(float_mode.FLUSHES["both"]):
        return train(training, training.model())


def digest(bits: Mapping[str, np.ndarray]) -> str:
    """Return one number for all that came of a training."""
    return hashlib.sha256(b"".join(name.encode() + array.tobytes() for name, array in bits.items())).hexdigest()


def digest_without(features: list[str], name: str, steps: int) -> str:
    """Train in a process in which NumPy does without some instructions."""
    environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(features)}
    command = [sys.executable, __file__, "--digest", name, "--steps", str(steps)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def prove_numpy(name: str, steps: int, alone: Bits) -> None:
    """Compare with a process in which NumPy does without this processor's instructions."""
    in_use = [feature for feature in cpu.__cpu_dispatch__ if cpu.__cpu_features__[feature]]
    if digest_without(in_use, name, steps) != digest(alone):
        raise BitsDifferError(f"{name}, NumPy without {', '.join(in_use)}: other bits")
    print(f"the same bits: {name}, NumPy without {', '.join(in_use)}", flush=True)


def prove_emulated(name: str, training: Training, dtype: str = "float32") -> None:
    """Compare with AArch64."""
    alone = train(training, training.model(dtype=dtype))
    agree(f"{name}, {dtype}, AArch64", alone, lambda: train(training, emulated.model(training, 2, dtype=dtype)))


def prove_breaches() -> int:
    """Plant every fault and see it; return how many."""
    training = of_the_zoo("architecture-3", 4, 64)
    sound = train(training, training.model())
    plants = breaches.IN_THE_ARITHMETIC | {"an order of tiles by threads": breaches.an_order_of_tiles_by_thread_count}
    for name, plant in plants.items():
        with plant():
            found = difference(sound, train(training, training.model(threads=3)))
        if not found:
            raise BitsDifferError(f"a planted fault does not show: {name}")
        print(f"a planted fault shows: {name}: {found}", flush=True)
    return len(plants)


def prove(steps: int) -> str:
    """Run all comparisons; return what agreed.

    Raises:
        BitsDifferError: At the first that does not.
    """
    source, examples = digits()
    for name in NETWORKS:
        training = of_the_zoo(name, steps, examples=examples)
        prove_numpy(name, steps, prove_here(name, training))
    for number in case_numbers(RANDOM_NETWORKS):
        for dtype in ("float32", "float64"):
            prove_here(f"random network {number}", of_a_random_network(number), dtype=dtype, lengthy=False)
            with_branches = of_a_random_network(number, branched=True)
            prove_here(f"random network {number} with branches", with_branches, dtype=dtype, lengthy=False)
    for name, size in EMULATED.items():
        prove_emulated(name, of_the_zoo(name, *size, examples=examples))
    for number in case_numbers(EMULATED_RANDOM_NETWORKS):
        dtype = ("float32", "float64")[number % 2]
        prove_emulated(f"random network {number}", of_a_random_network(number, batch_size=20), dtype)
    planted = prove_breaches()
    lengths = ", ".join(str(length) for length, _ in EMULATED.values())
    return (
        f"every bit of {steps} steps of {', '.join(NETWORKS)} on {source} and of {RANDOM_NETWORKS} random networks: "
        f"1, 2, 3 and 8 threads, {' and '.join(targets())}, any portions, another dispatch of NumPy's, flush to zero "
        f"left on; of {lengths} steps and {EMULATED_RANDOM_NETWORKS} random networks on an emulated AArch64; "
        f"{planted} planted faults were seen"
    )


def main() -> int:
    """Read the command line and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=STEPS, help=f"of each architecture ({STEPS})")
    parser.add_argument("--digest", metavar="NAME", help="train this network of the zoo alone and print its number")
    chosen = parser.parse_args()
    if chosen.digest:
        training = of_the_zoo(chosen.digest, chosen.steps, examples=digits()[1])
        print(digest(train(training, training.model())))
        return 0
    if emulated.what_is_missing():
        print(emulated.what_is_missing(), file=sys.stderr)
        return 1
    before = sources()
    try:
        figure = prove(chosen.steps)
    except BitsDifferError as error:
        print(f"not the same bits: {error}", file=sys.stderr)
        return 1
    if sources() != before:
        print("the code has changed while it was proved: nothing is written down", file=sys.stderr)
        return 1
    if chosen.steps >= STEPS:
        write_line(COMMAND, figure, PROVED)
    print(f"same bits: {figure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
