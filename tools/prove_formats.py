"""Send random networks to real Keras and back, by files and by hand, and write down that nothing is lost.

What is compared, and how closely, says tests/backends/keras_round_trips.py. Each network is named by a whole number:
`python tools/prove_formats.py --only 123` sends that one alone and describes it. An interrupted proof goes on where it
was, as long as neither the code that is proved nor the proof has changed; after a failure the others still follow.

Other formats are proved on the same networks: each module of `ALSO` has a `TOLERANCE` and a function
`check(network, weights)` that returns how far apart the outputs are. What a module needs and is not installed is said.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import cache
from importlib import import_module
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from proofs_page import ROOT, write_line

COMMAND: Final = "make prove-formats"
PROGRESS: Final = ROOT / ".proofs" / "formats.json"
NETWORKS: Final = 500
COMPILED_EACH: Final = 5
"""Every fifth is ours in compiled code, the others in the reference backend, to which it is held elsewhere."""
ALSO: Final = ("onnx_parity",)
"""Modules of tests/formats."""
TESTS: Final = tuple(
    f"tests/backends/{name}.py"
    for name in (
        "any_network",
        "keras_oracle",
        "keras_round_trips",
        "random_branches",
        "random_networks",
        "regularized_networks",
    )
)
PROVED: Final = tuple(
    f"src/cnnlab/{name}"
    for name in ("arch", "backends/keras/real.py", "backends/reference", "formats", "keras", "records")
)

# Keras reads these when it is imported.
os.environ.update(KERAS_BACKEND="jax", JAX_ENABLE_X64="1", JAX_PLATFORMS="cpu")
sys.path[:0] = [str(ROOT / "tests" / folder) for folder in ("backends", "formats")]

from any_network import any_case_numbers, any_case_of_seed, kinds_told  # noqa: E402 - the line above says where it is
from keras_round_trips import TOLERANCE_32, check  # noqa: E402
from parity import TOLERANCE_64  # noqa: E402

Answer = dict[str, float]


@cache
def others() -> dict[str, Any]:
    """Import the other formats' proofs, as far as they are there."""
    found = {}
    for name in ALSO:
        try:
            found[name] = import_module(name)
        except ModuleNotFoundError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
    return found


def answer(seed: int) -> Answer:
    """Send one network there and back, and through the other formats.

    Raises:
        AssertionError: If something is lost, or differs.
    """
    case = any_case_of_seed(seed)
    agreement, weights = check(case, "numpy" if seed % COMPILED_EACH else "compiled")
    told: Answer = asdict(agreement)
    for name, module in others().items():
        told[name] = apart = float(module.check(case.network, weights))
        if not apart <= module.TOLERANCE:
            raise AssertionError(f"{name}: differs by {apart:.3g}, {module.TOLERANCE:g} is allowed\n  {case}")
    return told


def attempt(seed: int) -> tuple[int, Answer | None, str]:
    """Answer for one network; return its number, and what is wrong with it, nothing if it agrees."""
    try:
        return seed, answer(seed), ""
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is told with the network's number
        return seed, None, f"{type(error).__name__}: {error}"


def digest() -> str:
    """Return a sum over the code that is proved and the code that proves it."""
    places = [*(ROOT / name for name in (*PROVED, *TESTS)), Path(__file__)]
    files = sorted(path for place in places for path in ([place] if place.is_file() else place.rglob("*.py")))
    versions = " ".join(f"{name}=={version(name)}" for name in ("jax", "keras", "numpy"))
    return hashlib.sha256(versions.encode() + b"".join(path.read_bytes() for path in files)).hexdigest()


def answered_before(key: str) -> dict[int, Answer]:
    """Read what has agreed already, with this very code."""
    kept = json.loads(PROGRESS.read_text(encoding="utf-8")) if PROGRESS.exists() else {}
    return {int(seed): told for seed, told in kept["answers"].items()} if kept.get("digest") == key else {}


def remember(key: str, answers: dict[int, Answer]) -> None:
    """Write what agrees; whole or not at all."""
    PROGRESS.parent.mkdir(exist_ok=True)
    part = PROGRESS.with_suffix(".part")
    part.write_text(json.dumps({"digest": key, "answers": answers}), encoding="utf-8")
    part.replace(PROGRESS)


def prove(networks: int, processes: int | None) -> int:
    """Send all networks that have not been sent yet, one process for each core; return the exit code."""
    key, numbers = digest(), any_case_numbers(networks)
    answers = answered_before(key)
    print(f"{COMMAND}: {len(answers)} of {networks} networks agreed before; the others follow", flush=True)
    # Thousands of programs that nobody runs again stay out of the user's cache.
    with TemporaryDirectory(prefix="cnnlab-objects-") as objects:
        os.environ.setdefault("CNNLAB_OBJECT_CACHE", objects)
        faults = send_all(key, answers, [seed for seed in numbers if seed not in answers], processes)
    wanted = {seed: answers[seed] for seed in numbers if seed in answers}
    figure = counted(wanted)
    print(f"formats: {figure}")
    if faults:
        print(f"{len(faults)} networks do not agree: {', '.join(map(str, faults))}")
        return 1
    if networks >= NETWORKS:
        write_line(COMMAND, figure, (*PROVED, *TESTS))
    return 0


def send_all(key: str, answers: dict[int, Answer], todo: list[int], processes: int | None) -> list[int]:
    """Send networks; keep each answer at once, and return the numbers of those that do not agree."""
    began, faults = time.monotonic(), []
    # JAX has threads of its own, which a forked process would inherit in any state: spawn.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for seed, told, fault in pool.map(attempt, todo):
            if told is None:
                faults.append(seed)
                print(f"network {seed}: {fault}\nAlone: python tools/prove_formats.py --only {seed}", flush=True)
                continue
            answers[seed] = told
            remember(key, answers)
            if len(answers) % 10 == 0:
                print(f"{len(answers)} agree, {time.monotonic() - began:.0f} s", flush=True)
    return faults


def counted(answers: dict[int, Answer]) -> str:
    """Say in a line what agreed."""

    def worst(name: str) -> str:
        return f"{max((told[name] for told in answers.values()), default=0.0):.1g}"

    predictions = 2 * len(answers)
    single = int(sum(told["in_float32"] for told in answers.values()))
    trips = int(sum(told["trips"] for told in answers.values()))
    also = "".join(
        f"; {sum(name in told for told in answers.values())} by {name} to "
        f"{max((told[name] for told in answers.values() if name in told), default=0.0):.1g}"
        for name in ALSO
        if any(name in told for told in answers.values())
    )
    return (
        f"{len(answers)} random networks ({kinds_told([*answers])}), {trips:,} trips to Keras "
        f"{version('keras')} and back by .keras, .weights.h5, to_keras and from_keras: every weight and the "
        f"optimizer's memory bit for bit; predictions in float64 to {worst('prediction_64')}, a further epoch's loss "
        f"to {worst('loss_64')} ({TOLERANCE_64:g} allowed); in float32 {single} of {predictions} predictions to "
        f"{TOLERANCE_32:g}, the others to {worst('prediction_32')}, where Keras' own rounding is as large{also}"
    )


def main() -> int:
    """Read the command line and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=NETWORKS, help=f"how many ({NETWORKS})")
    parser.add_argument("--processes", type=int, help="how many at once (one for each core)")
    parser.add_argument("--only", type=int, metavar="SEED", help="send this network alone and describe it")
    chosen = parser.parse_args()
    if chosen.only is None:
        return prove(chosen.networks, chosen.processes)
    print(any_case_of_seed(chosen.only))
    print(answer(chosen.only))
    return 0


if __name__ == "__main__":
    sys.exit(main())
