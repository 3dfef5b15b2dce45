"""Keras as a backend: the same descriptions, trained by Keras' own steps, on an accelerator if Keras finds one."""

import contextlib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from cnnlab.arch import Network
from cnnlab.arch.augmented import refuse_behind_weights
from cnnlab.backends.checks import check_load
from cnnlab.backends.interface import Array
from cnnlab.backends.keras.model import KerasModel
from cnnlab.backends.keras.real import real_keras
from cnnlab.backends.metric_checks import check_metrics
from cnnlab.randomness import check_seed
from cnnlab.records import Counted, Loss, Optimizer


class KerasBackend:
    """Execute networks with Keras, on whatever Keras computes with.

    Initial weights, orders, dropout masks, noise and augmented images are ours, as with every backend: functions of the
    seed, handed to Keras. So are the learning rates. How Keras rounds is its own affair: the same seed gives other bits
    on another machine.

    Raises:
        NotSupportedError: If Keras is not installed.
    """

    name = "keras"
    same_bits = False

    def __init__(self) -> None:
        keras = real_keras()
        engine = str(keras.backend.backend())
        words = [f"keras {keras.__version__} on {engine}"]
        with contextlib.suppress(PackageNotFoundError):
            words.append(version(engine))
        self.about = f"{' '.join(words)} ({_device(keras)})"

    def load(
        self,
        network: Network,
        weights: Sequence[Array],
        *,
        loss: Loss | None = None,
        optimizer: Optimizer | None = None,
        seed: int = 0,
        threads: int | None = None,
        metrics: Sequence[Counted] = (),
    ) -> KerasModel:
        """Load a network; see `Backend.load`. Keras takes as many threads as it likes.

        Raises:
            NetworkError: If there is a loss and the network does not end in one number for each class.
            NotSupportedError: If an augmentation layer that is trained with stands behind weights.
            UsageError: If the weights or a metric do not fit, or seed or threads cannot be.
        """
        check_load(network, loss, threads)
        check_metrics(network, loss, metrics)
        if optimizer is not None:
            refuse_behind_weights(network)
        seed = check_seed(seed)
        return KerasModel(network, weights, loss=loss, optimizer=optimizer, seed=seed, metrics=metrics)


def _device(keras: object) -> str:
    """Name what Keras computes on, as it says it: "cpu:0", "gpu:0"."""
    listed: list[str] = keras.distribution.list_devices()  # type: ignore[attr-defined]  # Keras has no types
    return listed[0] if listed else "cpu"
