"""Train the notebook's networks on MNIST, compiled and in real Keras, and compare every batch's loss.

Keras is Keras on TensorFlow, from the environment of the benchmarks. Initial weights, order and dropout masks are ours
and are handed to it. Three questions:

whole  In float64, an epoch of each network: is every loss that of Keras, to 1e-6?
first  In float32, 20 batches from each of four seeds: is every loss that of Keras in float64, to 1e-4? Where it is not,
       exact training must part from itself when each step's weights are moved by half a unit of float32's last place,
       and half as far at least: architecture-1 does, since a maximum that changes its cell, or a relu its side, jumps.
third  In float32, the 60 batches after those: are we farther from training in float64 than Keras on TensorFlow is?

An interrupted proof goes on with the next network, as long as neither the code that is proved nor the proof changed.
"""

import argparse
import hashlib
import json
import os
import sys
from itertools import islice
from math import exp, log, sqrt
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

from proofs_page import ROOT, write_line

COMMAND = "make prove-epoch"
PROVED = ("src/cnnlab/backends", "src/cnnlab/compiler", "src/cnnlab/arch", "src/cnnlab/randomness", "tests/backends")
PROGRESS = ROOT / ".proofs" / "epoch.json"
SEEDS = range(4)
SHAKES = range(8)
FIRST_BATCHES = 20
THIRD_BATCHES = 80
WHOLE_SEED = 5
TINY = 1e-8  # losses have seven digits
ALLOWED = {"float64": 1e-6, "float32": 1e-4}

# Keras reads these when it is imported.
os.environ.update(KERAS_BACKEND="jax", JAX_ENABLE_X64="1", JAX_PLATFORMS="cpu")
sys.path.insert(0, str(ROOT / "tests" / "backends"))

from keras_epoch import NAMES, PEERS, one_hot, our_losses, tensorflow_losses, train_both  # noqa: E402 - the lines above say where it is

from cnnlab import data  # noqa: E402
from cnnlab.arch import zoo  # noqa: E402
from cnnlab.records import Examples  # noqa: E402


def whole(name: str, examples: Examples) -> dict[str, float]:
    """Compare an epoch in float64; return how many batches and the largest relative difference.

    Raises:
        ArithmeticError: At the first batch whose losses differ.
    """
    batches = -(-len(examples) // zoo.entry(name).recipe.batch_size)
    ours = our_losses(name, examples, batches, WHOLE_SEED)
    theirs = tensorflow_losses(name, examples, batches, WHOLE_SEED, "float64")
    for number, (own, said) in enumerate(zip(ours, theirs, strict=True)):
        if abs(own / said - 1) > ALLOWED["float64"]:
            raise ArithmeticError(f"{name}, batch {number}: {own!r}, Keras {said!r}")
    apart = worst(ours, theirs)
    print(f"{name}: {batches} batches, to {apart:.1e}", flush=True)
    return {"batches": batches, "worst": apart}


def first(name: str, examples: Examples, seed: int) -> dict[str, float]:
    """Compare the first batches in float32; return how far they are apart and how far exact training is from itself.

    Raises:
        ArithmeticError: If ours are too far.
    """
    ours = our_losses(name, examples, FIRST_BATCHES, seed, "float32")
    apart = worst(ours, tensorflow_losses(name, examples, FIRST_BATCHES, seed, "float64"))
    exact = our_losses(name, examples, FIRST_BATCHES, seed)
    itself = max(worst(our_losses(name, examples, FIRST_BATCHES, seed, shake=shake), exact) for shake in SHAKES)
    print(f"{name}, seed {seed}: {apart:.1e} from Keras; exact training from itself {itself:.1e}", flush=True)
    if apart > max(ALLOWED["float32"], 2 * itself):
        raise ArithmeticError(f"{name}, seed {seed}: {apart:.1e} from Keras, exact training from itself {itself:.1e}")
    return {"apart": apart, "itself": itself}


def worst(losses: list[float], others: list[float]) -> float:
    """Return the largest relative difference of two rows of losses."""
    return max(abs(loss / other - 1) for loss, other in zip(losses, others, strict=True))


def third(name: str, examples: Examples, seed: int) -> dict[str, float]:
    """Return how far losses in float32 are from one another, in the middle; "exact" is training in float64."""
    batches = list(islice(train_both(name, examples, "float32", seed=seed), THIRD_BATCHES))
    said = {
        "ours": [batch.ours for batch in batches],
        "jax": [batch.keras for batch in batches],
        "tensorflow": tensorflow_losses(name, examples, len(batches), seed),
        "exact": our_losses(name, examples, len(batches), seed),
    }
    pairs = [
        ("ours", "exact"),
        ("jax", "exact"),
        ("tensorflow", "exact"),
        ("ours", "tensorflow"),
        ("jax", "tensorflow"),
    ]
    apart = {f"{one}-{other}": middle_distance(said[one], said[other]) for one, other in pairs}
    print(f"{name}, seed {seed}: {', '.join(f'{pair} {far:.1e}' for pair, far in apart.items())}", flush=True)
    return apart


def middle_distance(losses: list[float], others: list[float]) -> float:
    """Return the median of how far two rows of losses are apart, after the first batches."""
    pairs = list(zip(losses, others, strict=True))[FIRST_BATCHES:]
    return median(abs(loss - other) for loss, other in pairs)


def prove(examples: Examples, progress: "Progress") -> str:
    """Answer what is not answered yet; return what agreed.

    Raises:
        ArithmeticError: At the first that does not.
    """
    rounded = [progress.part(f"first {n} {s}", first, n, examples, s) for n in NAMES for s in SEEDS]
    said = three_ways([progress.part(f"third {n} {s}", third, n, examples, s) for n in NAMES for s in SEEDS])
    epochs = [progress.part(f"whole {name}", whole, name, examples) for name in reversed(NAMES)]
    held = [each for each in rounded if each["apart"] <= ALLOWED["float32"]]
    parted = [each for each in rounded if each["apart"] > ALLOWED["float32"]]
    return (
        f"an epoch of MNIST of {', '.join(NAMES)}, {sum(each['batches'] for each in epochs):,.0f} batches, compiled in "
        f"float64 and by Keras on TensorFlow in float64: losses to {max(each['worst'] for each in epochs):.1e}; in "
        f"float32 the first {FIRST_BATCHES} batches from {len(SEEDS)} seeds each: {len(held)} of {len(rounded)} to "
        f"{ALLOWED['float32']:g}, the others to {max((each['apart'] for each in parted), default=0):.1e} where exact "
        f"training parts from itself by {max((each['itself'] for each in parted), default=0):.1e} or more "
        f"when weights move by half a unit of float32; {said}"
    )


def three_ways(distances: list[dict[str, float]]) -> str:
    """Compare the distances over networks and seeds together.

    Rounding parts any two programs sooner or later, and which pair parts first is chance in a single training. Keras on
    JAX and on TensorFlow are hardly two programs: they often agree to the last bit, and are wrong together. So what is
    asked is who is nearer to training in float64; the distance from TensorFlow is told beside it.

    Raises:
        ArithmeticError: If ours are farther from float64 than Keras on TensorFlow is, by more than chance.
    """
    low, told = ratio(distances, "ours-exact", "tensorflow-exact")
    _, beside = ratio(distances, "ours-tensorflow", "jax-tensorflow")
    said = f"{told} times as far from training in float64 as Keras on TensorFlow is"
    if low > 1:
        raise ArithmeticError(f"ours are {said}")
    after = THIRD_BATCHES - FIRST_BATCHES
    return f"in the {after} after that {said}, and {beside} times as far from that as Keras on JAX is"


def ratio(distances: list[dict[str, float]], one: str, other: str) -> tuple[float, str]:
    """Return the lower end of Student's 90 % interval of a ratio of distances, and the whole of it in words."""
    from scipy.special import stdtrit  # noqa: PLC0415 - start-up time

    logs = [log(max(each[one], TINY) / max(each[other], TINY)) for each in distances]
    half = float(stdtrit(len(logs) - 1, 0.95)) * stdev(logs) / sqrt(len(logs))
    middle, low, high = (exp(mean(logs) + shift) for shift in (0, -half, half))
    return low, f"{middle:.2f} ({low:.2f} to {high:.2f})"


class Progress:
    """What is answered already, kept in a file.

    Args:
        key: A sum over the code; answers under another one do not count.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        kept: dict[str, Any] = json.loads(PROGRESS.read_text(encoding="utf-8")) if PROGRESS.exists() else {}
        self._answers: dict[str, dict[str, float]] = kept["answers"] if kept.get("key") == key else {}

    def part(self, name: str, question: Any, *arguments: Any) -> dict[str, float]:  # noqa: ANN401 - of whatever the question asks
        """Return the answer to one question, asked now or before."""
        if name not in self._answers:
            self._answers[name] = question(*arguments)
            PROGRESS.parent.mkdir(exist_ok=True)
            beside = PROGRESS.with_suffix(".part")
            beside.write_text(json.dumps({"key": self._key, "answers": self._answers}, indent=1), encoding="utf-8")
            beside.replace(PROGRESS)
        return self._answers[name]


def digest(images: int | None) -> str:
    """Return a sum over the code that is proved and the code that proves it."""
    places = [*(ROOT / name for name in PROVED), Path(__file__)]
    files = sorted(path for place in places for path in ([place] if place.is_file() else place.rglob("*.py")))
    return hashlib.sha256(str(images).encode() + b"".join(path.read_bytes() for path in files)).hexdigest()


def main() -> int:
    """Read the command line and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, help="only so many, for a try (all 60,000)")
    chosen = parser.parse_args()
    if not PEERS.exists():
        print("Keras on TensorFlow is not installed; python benchmarks/peers.py --install does it.")
        return 1
    train = data.load("mnist").train
    examples = one_hot(train.images[: chosen.images], train.labels[: chosen.images])
    try:
        figure = prove(examples, Progress(digest(chosen.images)))
    except ArithmeticError as error:
        print(f"Keras says otherwise: {error}")
        return 1
    if chosen.images is None:
        write_line(COMMAND, figure, PROVED)
    print(f"epoch: {figure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
