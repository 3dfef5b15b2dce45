"""Models in files: ``.keras`` as Keras 3 has them, read and written without Keras, and weights alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from cnnlab.arch import Network
from cnnlab.arch.keras_config import from_keras_config, is_functional, to_keras_config
from cnnlab.errors import UsageError, explain
from cnnlab.formats import load_weights, save_weights
from cnnlab.formats.keras_file import (
    WEIGHTS_SUFFIX,
    KerasFile,
    local,
    read_keras,
    read_weights_h5,
    write_keras,
    write_weights_h5,
)
from cnnlab.formats.keras_paths import memory_arrays, memory_in, weight_paths, weights_in
from cnnlab.keras.class_names import are_class_names
from cnnlab.keras.compile_config import compile_config, read_compile_config
from cnnlab.keras.engine import Array, Compiled, Engine, weight_names
from cnnlab.randomness import check_seed
from cnnlab.records import InverseTimeDecay

_OWN: Final = "cnnlab"
"""Under this name a file tells cnnlab where the sequence of orders and masks stands; Keras passes over it."""
_RATE: Final = "learning_rate"
_DECAY: Final = "decay"
_CLASS_NAMES: Final = "class_names"


@dataclass(frozen=True, eq=False)
class StoredModel:
    """What a ``.keras`` file says of a model.

    Attributes:
        network: Its description.
        functional: Whether it is a Functional model in Keras.
        weights: In Keras' order.
        compiled: How it was compiled; None where it was not, or nobody asks.
        seed: Of orders and masks; None where the file is Keras' own.
        epochs_trained: Where their sequence stands.
        file: As it was read.
    """

    network: Network
    functional: bool
    weights: list[Array]
    compiled: Compiled | None
    seed: int | None
    epochs_trained: int
    file: KerasFile

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return the names of the classes; none where the file has none, or something else in their place."""
        told = _own_value(self.file, _CLASS_NAMES)
        return tuple(told) if isinstance(told, list) and are_class_names(told) else ()

    def give_memory(self, engine: Engine) -> None:
        """Give the optimizer the memory that stands in the file, if any does.

        Raises:
            UsageError: If it is that of another optimizer.
        """
        if self.compiled is None:
            return
        like = engine.model.get_state()
        memory = memory_in(self.compiled.optimizer, self.network, self.file.arrays, like, self.file.where)
        if memory is None:
            return
        if _RATE in like:
            memory[_RATE] = self._exactly(memory.get(_RATE), like[_RATE])
        engine.model.set_state({**like, **memory})

    def _exactly(self, kept: Array | None, compiled: Array) -> Array:
        """Return a learning rate with all its digits: among the optimizer's memory it has those of 32 bits, or none."""
        told = _own_value(self.file, _RATE)
        candidates = [np.asarray(told)] if isinstance(told, float) else []
        same = (one for one in (*candidates, compiled) if kept is None or np.float32(one) == np.float32(kept))
        return np.asarray(next(same, kept), compiled.dtype)


def write_model(
    engine: Engine,
    chosen: Compiled | None,
    filepath: str | Path,
    *,
    overwrite: bool,
    functional: bool,
    class_names: Sequence[str] = (),
) -> None:
    """Write a model as a ``.keras`` file, whole or not at all; see `Sequential.save`."""
    target = _free(filepath, overwrite=overwrite)
    config, arrays = in_keras_words(engine, chosen, functional=functional)
    own: dict[str, float] = {"seed": engine.seed, "epochs_trained": engine.epochs_trained}
    if chosen is not None:
        state = engine.model.get_state()
        own |= {_RATE: float(state[_RATE])} if _RATE in state else {}
        own |= {_DECAY: chosen.optimizer.decay} if chosen.optimizer.decay else {}
    write_keras(target, config, arrays, {_OWN: {**own, **({_CLASS_NAMES: list(class_names)} if class_names else {})}})


def in_keras_words(
    engine: Engine, chosen: Compiled | None, *, functional: bool
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Say all that Keras asks of a model: its configuration, and its arrays by their paths.

    Raises:
        NotSupportedError: If Keras has no such schedule.
    """
    config = to_keras_config(engine.network, functional=functional)
    arrays = _by_path(engine.network, engine.get_weights())
    if chosen is not None:
        config["compile_config"] = compile_config(chosen)
        arrays |= memory_arrays(chosen.optimizer, engine.network, engine.model.get_state())
    return config, arrays


def read_model(filepath: str | Path, *, with_compiled: bool) -> StoredModel:
    """Read a ``.keras`` file; see `models.load_model`."""
    found = read_keras(filepath)
    return understood(found, from_keras_config(found.config), with_compiled=with_compiled)


def understood(found: KerasFile, network: Network, *, with_compiled: bool) -> StoredModel:
    """Read what Keras says of a model's weights and training as cnnlab's descriptions.

    Args:
        found: All that Keras says of it.
        network: Its description, as read from that.
        with_compiled: Whether anybody asks how it was compiled.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not.
        UsageError: If it does not fit together.
    """
    told = found.config.get("compile_config") if with_compiled else None
    chosen = read_compile_config(told, found.where) if told else None
    return StoredModel(
        network=network,
        functional=is_functional(found.config),
        weights=list(weights_in(network, found.arrays, found.where)),
        compiled=None if chosen is None else _with_decay(chosen, found),
        seed=_own(found, "seed"),
        epochs_trained=_own(found, "epochs_trained") or 0,
        file=found,
    )


def _with_decay(chosen: Compiled, found: KerasFile) -> Compiled:
    """Put the old ``decay=`` back in place of the schedule that says the same to Keras."""
    told, rate = _own_value(found, _DECAY), getattr(chosen.optimizer, _RATE)
    if not isinstance(told, float) or not isinstance(rate, InverseTimeDecay) or rate.decay_rate != told:
        return chosen
    arguments: dict[str, Any] = {_RATE: rate.initial_learning_rate, _DECAY: told}
    return replace(chosen, optimizer=replace(chosen.optimizer, **arguments))


def write_weights(engine: Engine, filepath: str | Path, *, overwrite: bool) -> None:
    """Write weights alone, as Keras' ``.weights.h5`` or as ``.npz``; see `Sequential.save_weights`."""
    arrays = engine.get_weights()
    if str(filepath).endswith(WEIGHTS_SUFFIX):
        write_weights_h5(_free(filepath, overwrite=overwrite), _by_path(engine.network, arrays))
    else:
        save_weights(filepath, dict(zip(weight_names(engine.network), arrays, strict=True)), overwrite=overwrite)


def read_weights(network: Network, filepath: str | Path) -> list[Array]:
    """Read weights alone; see `Sequential.load_weights`."""
    if str(filepath).endswith(WEIGHTS_SUFFIX):
        return list(weights_in(network, read_weights_h5(filepath), str(filepath)))
    shapes = [weight.parameter.shape for weight in network.weights]
    return load_weights(filepath, dict(zip(weight_names(network), shapes, strict=True)))


def _by_path(network: Network, arrays: list[Array]) -> dict[str, Array]:
    return dict(zip(weight_paths(network), arrays, strict=True))


def _free(filepath: str | Path, *, overwrite: bool) -> Path:
    target = local(filepath)
    if target.exists() and not overwrite:
        raise UsageError(explain(expected="a name that is free", got="a file that is there", where=str(target)))
    return target


def _own_value(found: KerasFile, name: str) -> object:
    told = found.told.get(_OWN)
    return told.get(name) if isinstance(told, dict) else None


def _own(found: KerasFile, name: str) -> int | None:
    """Read where the sequence of orders and masks stands; a file of Keras' own begins a new one."""
    value = _own_value(found, name)
    return None if value is None else check_seed(value, f"{found.where}, {name}")
