"""Who is compared: each in an environment and a process of its own, at the settings that were fastest here."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from environment import OURS, PEERS

# Validation needs no gradients, so nothing asks for batches as small as those of training.
_CHECKED: Final = {"validation_batch_size": 1000}
# Many steps for each call of the compiled program save a tenth on small networks. NumPy arrays were as fast as tf.data
# and take less memory.
_KERAS: Final = {**_CHECKED, "steps_per_execution": 64, "input": "numpy"}
_TORCH: Final = {**_CHECKED, "compile": False, "compile_mode": "default", "fused_adam": True}
_QUIET_TENSORFLOW: Final = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
# Threads that wait by spinning take the cores from whatever else there is to do.
_PASSIVE: Final = {"OMP_WAIT_POLICY": "PASSIVE"}


@dataclass(frozen=True)
class Contestant:
    """Someone who trains.

    Attributes:
        name: What one types.
        title: What a table calls it.
        worker: The script that trains, in the folder workers.
        environment: The folder of its Python environment.
        variables: Environment variables for its process.
        options: Settings that its worker reads.
        cores: How many it may use; None for all. Fewer are taken from the process as a whole.
    """

    name: str
    title: str
    worker: str
    environment: Path = PEERS
    variables: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    cores: int | None = None

    @property
    def ours(self) -> bool:
        """Tell whether this is cnnlab."""
        return self.environment == OURS

    @property
    def reads_keras(self) -> bool:
        """Tell whether it reads Keras' configuration itself, whatever is in it."""
        return self.ours or self.worker == "keras_peer"


OURS_ON_ALL_CORES: Final = Contestant("cnnlab", "cnnlab", "ours", OURS)
KERAS_ON_TENSORFLOW: Final = Contestant(
    "keras-tensorflow",
    "Keras on TensorFlow, graph mode",
    "keras_peer",
    variables=_QUIET_TENSORFLOW,
    options={**_KERAS, "jit_compile": False},
)

CONTESTANTS: Final = (
    OURS_ON_ALL_CORES,
    Contestant("cnnlab-1-core", "cnnlab, 1 core", "ours", OURS, cores=1),
    KERAS_ON_TENSORFLOW,
    Contestant(
        "keras-tensorflow-xla",
        "Keras on TensorFlow, XLA",
        "keras_peer",
        variables=_QUIET_TENSORFLOW,
        options={**_KERAS, "jit_compile": True},
    ),
    Contestant(
        "keras-jax",
        "Keras on JAX",
        "keras_peer",
        variables={"KERAS_BACKEND": "jax"},
        # A loop within the compiled program takes twice as long as a call for each step.
        options={**_KERAS, "jit_compile": True, "steps_per_execution": 1},
    ),
    Contestant("jax", "JAX", "jax_peer", options={**_CHECKED, "random": "rbg"}),
    Contestant("torch", "PyTorch", "torch_peer", variables=_PASSIVE, options={**_TORCH, "channels_last": False}),
    Contestant(
        "torch-channels-last",
        "PyTorch, channels last",
        "torch_peer",
        variables=_PASSIVE,
        options={**_TORCH, "channels_last": True},
    ),
    Contestant(
        "torch-compile",
        "PyTorch, compiled",
        "torch_peer",
        variables=_PASSIVE,
        options={**_TORCH, "channels_last": True, "compile": True},
    ),
)
