"""Keras' ``models``."""

from pathlib import Path

from cnnlab.arch.keras_config import from_keras_config
from cnnlab.keras.absent import absent_names
from cnnlab.keras.refusals import refuse_unless_neutral
from cnnlab.keras.sequential import Sequential
from cnnlab.keras.stored import read_model

__all__ = ["Sequential", "load_model", "model_from_json", "save_model"]


def load_model(
    filepath: str | Path,
    custom_objects: object = None,
    compile: bool = True,  # noqa: A002 - Keras' name
    safe_mode: bool = True,
) -> Sequential:
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
    return Sequential.from_stored(read_model(filepath, with_compiled=compile))


def save_model(model: Sequential, filepath: str | Path, overwrite: bool = True) -> None:
    """Write a model as a ``.keras`` file; see `Sequential.save`."""
    model.save(filepath, overwrite=overwrite)


def model_from_json(json_string: str) -> Sequential:
    """Make a model of what ``to_json`` gave, here or in Keras.

    Args:
        json_string: The text.

    Raises:
        NetworkError: If it is no description of a Sequential, or the layers do not fit.
        NotSupportedError: If Keras has it and cnnlab does not.

    Example:
        >>> from cnnlab.keras.layers import Dense
        >>> text = Sequential([Dense(3, input_shape=(2,))], name="tiny").to_json()
        >>> model_from_json(text).count_params()
        9
    """
    return Sequential.from_network(from_keras_config(json_string))


__getattr__ = absent_names(__name__, __all__)
