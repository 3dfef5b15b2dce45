"""A tiny network, compiled and run here, beside plain NumPy: the proof that this machine's code is right.

`cnnlab doctor` runs it in a process of its own, so that even code that ends the process leaves something to report:

    python -m cnnlab.lab.self_check
"""

import json
import sys
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from cnnlab.arch import Network, chain, initial_weights
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnnlab.backends import Backend, ReferenceBackend, get_backend
from cnnlab.backends.interface import Array
from cnnlab.backends.threads import available_threads
from cnnlab.compiler.peak import measure_peak
from cnnlab.records import Adam, Examples, SparseCategoricalCrossentropy

# float32 differs from float64 by some 1e-7 here; a wrong index, mask or constant makes far more than this.
TOLERANCE: Final = 1e-4
_IMAGES: Final = 37  # no whole number of tiles
_STEPS: Final = 3
_CLASSES: Final = 10
_SIDE: Final = 10
_SECONDS_OF_PEAK: Final = 0.1
# With Keras' epsilon Adam makes a full step of a gradient that is nothing but rounding.
_OPTIMIZER: Final = Adam(learning_rate=0.01, epsilon=0.01)


@dataclass(frozen=True)
class SelfCheck:
    """What came out.

    Attributes:
        ok: Whether all is as it should be.
        difference: The largest between the two backends' probabilities, after some steps of training.
        same_bits: Whether one thread and all of them give the same bits.
        threads: How many "all" are.
    """

    ok: bool
    difference: float
    same_bits: bool
    threads: int


def self_check() -> SelfCheck:
    """Train the tiny network for some steps, compiled and in NumPy's float64, and compare what it then says."""
    network, threads = _network(), available_threads()
    compiled = get_backend("compiled")
    one, many = _trained(compiled, network, 1), _trained(compiled, network, max(threads, 2))
    plain = _trained(ReferenceBackend(np.float64), network, 1)
    difference = float(np.abs(one - plain).max())
    same_bits = one.tobytes() == many.tobytes()
    return SelfCheck(same_bits and difference <= TOLERANCE, difference, same_bits, max(threads, 2))


def _network() -> Network:
    layers = [
        Conv2D(5, 3, activation="relu", padding="same", input_shape=(_SIDE, _SIDE, 1)),
        Conv2D(6, 3, activation="relu"),
        MaxPooling2D(2),
        BatchNormalization(),
        Dropout(0.25),
        Flatten(),
        Dense(20, activation="relu"),
        Dense(_CLASSES, activation="softmax"),
    ]
    return chain("self-check", layers)


def _trained(backend: Backend, network: Network, threads: int) -> Array:
    """Train for some steps and return the probabilities of each image."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (_IMAGES, _SIDE, _SIDE, 1), np.uint8)
    examples = Examples(images, random.integers(0, _CLASSES, _IMAGES), 255.0)
    model = backend.load(
        network,
        initial_weights(network, 0),
        loss=SparseCategoricalCrossentropy(),
        optimizer=_OPTIMIZER,
        threads=threads,
    )
    for step in range(_STEPS):
        model.train_step(examples, np.arange(_IMAGES), step)
    return model.predict(examples.batch(slice(None)), _IMAGES)


def main() -> None:
    """Print the check, then the peaks, a line of JSON each: what is there when the process ends is told."""
    check = self_check()
    _tell({"check": asdict(check)})
    cores = available_threads()
    one = measure_peak(1, _SECONDS_OF_PEAK)
    _tell({"peak": {"one": one, "all": measure_peak(cores, _SECONDS_OF_PEAK) if cores > 1 else one}})


def _tell(found: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
