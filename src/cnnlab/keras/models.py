"""Keras' ``models``."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnlab.arch.keras_config import from_keras_config, is_functional
from cnnlab.keras.absent import absent_names
from cnnlab.keras.interop import stored_of_keras
from cnnlab.keras.model import Model
from cnnlab.keras.refusals import refuse_unless_neutral
from cnnlab.keras.sequential import Sequential
from cnnlab.keras.stored import read_model

__all__ = ["Model", "Sequential", "from_keras", "load_model", "model_from_json", "save_model"]


def load_model(
    filepath: str | Path,
    custom_objects: object = None,
    compile: bool = True,  # noqa: A002 - Keras' name
    safe_mode: bool = True,
) -> Model:
    """Read a model from a ``.keras`` file, written here or by Keras 3; nothing in the file is run.

    Args:
        filepath: A path of this machine.
        custom_objects: Only None: cnnlab has no layers but its own.
        compile: Whether to compile it as it was, with the optimizer's memory.
        safe_mode: Accepted for Keras' sake: there is no other mode here.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not, or it is a file of another kind.
        UsageError: If the file is missing or damaged, or does not fit together.

    Example:
        >>> import tempfile
        >>> from cnnlab.keras.layers import Dense, Input
        >>> place = Path(tempfile.mkdtemp()) / "tiny.keras"
        >>> Sequential([Input((2,)), Dense(3)], name="tiny").save(place)
        >>> load_model(place).name
        'tiny'
    """
    del safe_mode
    refuse_unless_neutral("load_model", {"custom_objects": (None,)}, {"custom_objects": custom_objects or None})
    stored = read_model(filepath, with_compiled=compile)
    return _kind(stored.functional).from_stored(stored)


def from_keras(
    keras_model: Any,  # noqa: ANN401 - Keras has no types
    *,
    compile: bool = True,  # noqa: A002 - Keras' name
    seed: int | None = None,
) -> Model:
    """Make a model of one of Keras itself, with its weights; on any of Keras' backends.

    Args:
        keras_model: A built model of Keras 3, of the layers that cnnlab has. It stays as it is.
        compile: Whether to compile it alike, with the optimizer's memory.
        seed: Of the orders and masks to come, which are cnnlab's own; as of `Sequential`.

    Raises:
        NotSupportedError: If Keras is not installed, or has something that cnnlab has not; the message names it.
        UsageError: If it is no model of Keras 3, or has no weights yet.
    """
    stored = replace(stored_of_keras(keras_model, with_compiled=compile), seed=seed)
    return _kind(stored.functional).from_stored(stored)


def save_model(model: Model, filepath: str | Path, overwrite: bool = True) -> None:
    """Write a model as a ``.keras`` file; see `Model.save`."""
    model.save(filepath, overwrite=overwrite)


def model_from_json(json_string: str) -> Model:
    """Make a model of what ``to_json`` gave, here or in Keras.

    Args:
        json_string: The text.

    Raises:
        NetworkError: If it is no description of a model, or the layers do not fit.
        NotSupportedError: If Keras has it and cnnlab does not.

    Example:
        >>> from cnnlab.keras.layers import Dense
        >>> text = Sequential([Dense(3, input_shape=(2,))], name="tiny").to_json()
        >>> model_from_json(text).count_params()
        9
    """
    network = from_keras_config(json_string)
    return _kind(is_functional(json.loads(json_string))).from_network(network)


def _kind(functional: bool) -> type[Model]:
    return Model if functional else Sequential


__getattr__ = absent_names(__name__, __all__)
