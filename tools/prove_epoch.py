"""Train the notebook's networks for an epoch of MNIST, compiled and in real Keras, and compare every batch's loss.

In float64 all batches of the epoch, to 1e-6. In float32 the first 20 batches against Keras in float64, to 1e-3: Adam's
first steps blow rounding up, and Keras on TensorFlow and on JAX part by some 1e-4 within 14 batches of architecture-1.
And ours shall be no farther from Keras on TensorFlow than Keras on JAX is, all in float32, where .venv-peers has a
TensorFlow. Initial weights, order and dropout masks are ours and are handed to Keras.
"""

import argparse
import os
import sys
import time
from itertools import islice
from statistics import median

from proofs_page import ROOT, write_line

COMMAND = "make prove-epoch"
PROVED = ("src/cnnlab/backends", "src/cnnlab/compiler", "src/cnnlab/arch", "src/cnnlab/randomness", "tests/backends")
FLOAT32_BATCHES = 20
THREE_WAY_BATCHES = 80
ALLOWED = {"float64": 1e-6, "float32": 1e-3}

# Keras reads these when it is imported.
os.environ.update(KERAS_BACKEND="jax", JAX_ENABLE_X64="1", JAX_PLATFORMS="cpu")
sys.path.insert(0, str(ROOT / "tests" / "backends"))

from keras_epoch import NAMES, PEERS, Batch, one_hot, tensorflow_losses, train_both  # noqa: E402 - the lines above say where it is

from cnnlab import data  # noqa: E402
from cnnlab.records import Examples  # noqa: E402


def compare(name: str, examples: Examples, dtype: str, most: int) -> list[Batch]:
    """Train one network, ours in a float type and Keras in float64; return what both said of each batch.

    Args:
        name: Of the network.
        examples: To train on.
        dtype: "float64" or "float32".
        most: Batches, at most.

    Raises:
        ArithmeticError: At the first batch whose losses differ by more than the tolerance.
    """
    batches, began = [], time.monotonic()
    for batch in islice(train_both(name, examples, dtype, keras_dtype="float64"), most):
        batches.append(batch)
        if batch.difference > ALLOWED[dtype]:
            raise ArithmeticError(f"{name}, {dtype}, batch {batch.number}: {batch.ours!r}, Keras {batch.keras!r}")
        if len(batches) % 20 == 0:
            apart, seconds = worst(batches), time.monotonic() - began
            print(f"{name}, {dtype}: {len(batches)} batches, to {apart:.1e}, {seconds:.0f} s", flush=True)
    return batches


def worst(batches: list[Batch]) -> float:
    """Return the largest difference of a loss."""
    return max((batch.difference for batch in batches), default=0.0)


def compare_with_tensorflow(name: str, examples: Examples) -> None:
    """Ask whether ours are farther from Keras on TensorFlow than Keras on JAX is, all in float32.

    Rounding parts any two programs sooner or later: the middle one of many distances counts, and twice as far is alike.

    Raises:
        ArithmeticError: If ours are more than twice as far, and by more than the tolerance.
    """
    batches = list(islice(train_both(name, examples, "float32"), THREE_WAY_BATCHES))
    pairs = list(zip(batches, tensorflow_losses(name, examples, len(batches)), strict=True))
    ours = median(abs(batch.ours - loss) for batch, loss in pairs)
    jax = median(abs(batch.keras - loss) for batch, loss in pairs)
    print(f"{name}: from TensorFlow ours are {ours:.1e}, Keras on JAX {jax:.1e}", flush=True)
    if ours > max(2 * jax, ALLOWED["float32"]):
        raise ArithmeticError(f"{name}: {ours:.2e} from Keras on TensorFlow, Keras on JAX is {jax:.2e} from it")


def prove(examples: Examples) -> str:
    """Run all comparisons; return what agreed.

    Raises:
        ArithmeticError: At the first that does not.
    """
    first = [batch for name in NAMES for batch in compare(name, examples, "float32", FLOAT32_BATCHES)]
    third = "no TensorFlow to compare with"
    if PEERS.exists():
        for name in NAMES:
            compare_with_tensorflow(name, examples)
        third = f"{THREE_WAY_BATCHES} no farther from Keras on TensorFlow than Keras on JAX"
    whole = [batch for name in NAMES for batch in compare(name, examples, "float64", len(examples))]
    return (
        f"an epoch of MNIST of {', '.join(NAMES)}, {len(whole):,} batches compiled in float64 and by Keras on JAX: "
        f"losses to {worst(whole):.1e}; in float32 the first {FLOAT32_BATCHES} of each to {worst(first):.1e}, {third}"
    )


def main() -> int:
    """Read the command line and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, help="only so many, for a try (all 60,000)")
    chosen = parser.parse_args()
    train = data.load("mnist").train
    try:
        figure = prove(one_hot(train.images[: chosen.images], train.labels[: chosen.images]))
    except ArithmeticError as error:
        print(f"Keras says otherwise: {error}")
        return 1
    if chosen.images is None:
        write_line(COMMAND, figure, PROVED)
    print(f"epoch: {figure}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
