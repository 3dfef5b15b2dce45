"""cnnlab: a laboratory for small convolutional networks.

The names one reaches for most stand here; each is imported when it is first used, so that ``import cnnlab`` is instant
and ``import cnnlab.report`` needs nothing that trains.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from cnnlab.version import __version__

if TYPE_CHECKING:
    from cnnlab import keras
    from cnnlab.errors import CnnlabError, CnnlabWarning
    from cnnlab.keras import (
        Input,
        Model,
        Sequential,
        callbacks,
        constraints,
        datasets,
        initializers,
        layers,
        losses,
        models,
        optimizers,
        regularizers,
        utils,
    )
    from cnnlab.keras.models import from_keras
    from cnnlab.lab import Study, zoo

__all__ = [
    "CnnlabError",
    "CnnlabWarning",
    "Input",
    "Model",
    "Sequential",
    "Study",
    "__version__",
    "callbacks",
    "constraints",
    "datasets",
    "from_keras",
    "initializers",
    "keras",
    "layers",
    "losses",
    "models",
    "optimizers",
    "regularizers",
    "utils",
    "zoo",
]

# Where each name lives: a module, and a name in it; a module alone is given as such.
_MODULES: Final = {
    "keras": "cnnlab.keras",
    "zoo": "cnnlab.lab.zoo",
    **{
        name: f"cnnlab.keras.{name}"
        for name in (
            "callbacks",
            "constraints",
            "datasets",
            "initializers",
            "layers",
            "losses",
            "models",
            "optimizers",
            "regularizers",
            "utils",
        )
    },
}
_NAMES: Final = {
    "CnnlabError": "cnnlab.errors",
    "CnnlabWarning": "cnnlab.errors",
    "Input": "cnnlab.keras",
    "Model": "cnnlab.keras",
    "Sequential": "cnnlab.keras",
    "Study": "cnnlab.lab",
    "from_keras": "cnnlab.keras.models",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute
    """Import a name when it is first used."""
    if name in _MODULES:
        value = import_module(_MODULES[name])
    elif name in _NAMES:
        value = getattr(import_module(_NAMES[name]), name)
    else:
        message = f"module 'cnnlab' has no attribute {name!r}"
        raise AttributeError(message)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List what can be used, imported or not."""
    return sorted({*globals(), *__all__})
