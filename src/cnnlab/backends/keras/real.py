"""The one file that imports Keras, and only when somebody asks for it."""

import json
import os
import warnings
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from cnnlab.errors import NotSupportedError, explain

EXTRA: Final = "Install it: pip install 'cnnlab[keras]'."
_CHOICE: Final = "KERAS_BACKEND"
# In Keras' words, and the module that each needs: JAX first, which the extra brings.
_ENGINES: Final = ("jax", "tensorflow", "torch")


@cache
def real_keras() -> Any:  # noqa: ANN401 - a module without types
    """Import Keras 3, on the backend of Keras' that the user chose, else on one that is installed.

    Raises:
        NotSupportedError: If it, or what it computes with, is not installed.

    Returns:
        The module.
    """
    if find_spec("keras") is None:
        raise NotSupportedError(explain(expected="Keras, an extra", got="none installed", fix=EXTRA))
    _choose_engine()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Keras warns of while it is imported is its own affair
            import keras  # noqa: PLC0415 - an extra, and seconds of start-up
    except ImportError as error:
        raise NotSupportedError(explain(expected="a Keras that runs", got=str(error), fix=EXTRA)) from None
    version = str(getattr(keras, "__version__", "none"))
    if not version.startswith("3."):
        raise NotSupportedError(explain(expected="Keras 3", got=f"Keras {version}", fix=EXTRA))
    return keras


def _choose_engine() -> None:
    """Name an installed backend where nobody has chosen: Keras alone would ask for TensorFlow."""
    if os.environ.get(_CHOICE) or _chosen_before():
        return
    os.environ[_CHOICE] = next((name for name in _ENGINES if find_spec(name) is not None), _ENGINES[0])


def _chosen_before() -> bool:
    """Say whether Keras' own settings name a backend that is there.

    Keras writes that file itself when it is imported for the first time, with TensorFlow in it, whoever computes.
    """
    try:
        return find_spec(str(json.loads(_settings().read_text("utf-8"))["backend"])) is not None
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _settings() -> Path:
    """Return where Keras keeps what the user chose."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home) if home else Path.home() / ".keras") / "keras.json"
