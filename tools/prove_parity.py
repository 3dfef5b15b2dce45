"""Hold at least 300 random networks against real Keras, and write down that they agree.

Each network is named by a whole number: `python tools/prove_parity.py --only 123` trains that one alone. An
interrupted proof goes on where it was, as long as neither the code that is proved nor the proof has changed.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROGRESS = ROOT / ".proofs" / "parity.json"
PAGE = ROOT / "docs" / "proofs.md"
COMMAND = "make prove-parity"
NETWORKS = 300
# What the result depends on: a change in any of it starts the proof anew.
PROVED = ("src/cnnlab/backends", "src/cnnlab/arch", "src/cnnlab/randomness", "src/cnnlab/records", "tests/backends")
HEADING = """# Proofs

What is too slow for every test run, and when it last held. Each line is written by its command.

| command | what agreed | commit | date |
|---|---|---|---|
"""

# Keras reads these when it is imported.
os.environ.update(KERAS_BACKEND="jax", JAX_ENABLE_X64="1", JAX_PLATFORMS="cpu")
sys.path.insert(0, str(ROOT / "tests" / "backends"))

from parity import TOLERANCE_64, check  # noqa: E402 - the lines above say where it is and what it needs
from random_networks import case_of_seed  # noqa: E402 - likewise


def digest() -> str:
    """Return a sum over the code that is proved and the code that proves it."""
    files = sorted(path for folder in PROVED for path in (ROOT / folder).rglob("*.py"))
    versions = " ".join(f"{name}=={version(name)}" for name in ("jax", "keras", "numpy"))
    return hashlib.sha256(versions.encode() + b"".join(path.read_bytes() for path in files)).hexdigest()


def commit() -> str:
    """Name the commit that is checked out, and say whether files differ from it."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S607 - the git that is on the path

    head = git("rev-parse", "--short", "HEAD") or "none yet"
    return f"{head}, with changes" if git("status", "--porcelain", "--", *PROVED) else head


def passed_before(key: str) -> set[int]:
    """Read which networks have agreed already, with this very code."""
    if not PROGRESS.exists():
        return set()
    progress = json.loads(PROGRESS.read_text(encoding="utf-8"))
    return set(progress["passed"]) if progress["digest"] == key else set()


def remember(key: str, passed: set[int]) -> None:
    """Write which networks agree; whole or not at all."""
    PROGRESS.parent.mkdir(exist_ok=True)
    part = PROGRESS.with_suffix(".part")
    part.write_text(json.dumps({"digest": key, "passed": sorted(passed)}), encoding="utf-8")
    part.replace(PROGRESS)


def write_line(page: Path, command: str, figure: str) -> None:
    """Put a proof's line into the page, in the place of its last one."""
    text = page.read_text(encoding="utf-8") if page.exists() else HEADING
    lines = [line for line in text.splitlines() if not line.startswith(f"| `{command}`")]
    lines.append(f"| `{command}` | {figure} | {commit()} | {datetime.now(UTC).date()} |")
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def attempt(seed: int) -> tuple[int, str]:
    """Check one network; return its number and what is wrong with it, nothing if it agrees."""
    try:
        check(case_of_seed(seed))
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is told with the network's number
        return seed, f"{type(error).__name__}: {error}"
    return seed, ""


def prove(networks: int) -> int:
    """Check all networks that have not agreed yet, one process for each core; return the exit code."""
    key = digest()
    passed = passed_before(key)
    print(f"{len(passed)} of {networks} networks agreed before; the others follow", flush=True)
    began = time.monotonic()
    todo = [seed for seed in range(networks) if seed not in passed]
    # JAX has threads of its own, which a forked process would inherit in any state: spawn.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for seed, fault in pool.map(attempt, todo):
            if fault:
                print(f"network {seed} does not agree: {fault}\nAlone: python tools/prove_parity.py --only {seed}")
                pool.shutdown(cancel_futures=True)
                return 1
            passed.add(seed)
            remember(key, passed)
            if len(passed) % 10 == 0:
                print(f"{len(passed)} of {networks} agree, {time.monotonic() - began:.0f} s", flush=True)
    figure = f"{networks} random networks with Keras on JAX, float64, to {TOLERANCE_64:g} of the largest value"
    if networks >= NETWORKS:
        write_line(PAGE, COMMAND, figure)
    print(f"parity with Keras: {figure}")
    return 0


def main() -> int:
    """Read the command line and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", type=int, default=NETWORKS, help="how many, from number 0 on (300)")
    parser.add_argument("--only", type=int, metavar="SEED", help="check this network alone and describe it")
    chosen = parser.parse_args()
    if chosen.only is None:
        return prove(chosen.networks)
    print(case_of_seed(chosen.only))
    check(case_of_seed(chosen.only))
    print(f"network {chosen.only} agrees")
    return 0


if __name__ == "__main__":
    sys.exit(main())
