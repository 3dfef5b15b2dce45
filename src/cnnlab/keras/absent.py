"""What Keras has and cnnlab does not: every such name answers with a message, never with silence."""

import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from functools import cache
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Final, NoReturn

from cnnlab.errors import NotSupportedError, UsageError, did_you_mean, explain

PACKAGE: Final = __name__.rpartition(".")[0]

# What to do instead, by the name in Keras; the other names get the nearest one that cnnlab has.
INSTEAD: Final = {
    "Functional": "Write the network as Model(inputs, outputs).",
    "applications": "cnnlab has small networks: cnnlab.zoo.names() lists them.",
    "OrthogonalRegularizer": "Use regularizers.L2(0.01).",
    "ActivityRegularization": "Give the layer before it kernel_regularizer='l2'.",
    "metrics": "model.metrics_names has their names, and history.history their numbers.",
    "wrappers": "Write a loop over Sequential models.",
    "ELU": "Write Activation('elu'), which is ELU with alpha 1.",
    "GaussianDropout": "Use Dropout, or GaussianNoise.",
    "relu6": "Write layers.ReLU(6.0) as a layer of its own.",
    "ThresholdedReLU": "Write ReLU(threshold=1.0).",
    "TensorBoard": "Use CSVLogger('log.csv'), or look at history.history.",
    "RemoteMonitor": "Use LambdaCallback(on_epoch_end=lambda epoch, logs: ...).",
    "BackupAndRestore": "Use ModelCheckpoint('epoch-{epoch:02d}.npz').",
    "OrbaxCheckpoint": "Use ModelCheckpoint('epoch-{epoch:02d}.npz').",
    "ProgbarLogger": "fit(verbose=1) shows progress.",
    "SwapEMAWeights": "Give the optimizer use_ema=True.",
    "CallbackList": "Give fit() a list: callbacks=[...].",
    "legacy": "The arguments lr= and decay= of the old optimizers are read by today's.",
    "normalize": "Write x.astype('float32') / 255.",
    "plot_model": "Call model.summary().",
    "predict_classes": "Write model.predict(x).argmax(axis=1).",
    "predict_proba": "Write model.predict(x).",
    "fit_generator": "Call model.fit(x, y) with whole arrays, or model.fit(datagen.flow(x, y)).",
    "evaluate_generator": "Load the images into one array and call model.evaluate(x, y).",
    "predict_generator": "Load the images into one array and call model.predict(x).",
    "clone_model": "Write Sequential.from_config(model.get_config()).",
    "to_yaml": "Write model.to_json().",
    "trainable_weights": "model.get_weights() gives all of them; model.summary() counts.",
    "weights": "Write model.get_weights().",
    "output": "Write model.predict(x).",
    "input": "Write model.input_shape.",
}
# Names that Keras had before version 3 and that people still write.
OLD_NAMES: Final = {
    ".": ("np_utils", "optimizers_v2", "wrappers"),
    "layers": ("CuDNNGRU", "CuDNNLSTM", "ThresholdedReLU", "merge", "recurrent", "wrappers"),
    "preprocessing.image": ("ImageDataGenerator",),
    "utils": ("multi_gpu_model", "print_summary", "vis_utils"),
    "Sequential": (
        "evaluate_generator",
        "fit_generator",
        "predict_classes",
        "predict_generator",
        "predict_proba",
        "to_yaml",
    ),
}


class AbsentNameError(NotSupportedError, ImportError):
    """A name that Keras' module has and cnnlab's has not.

    It is an ImportError, so that ``from cnnlab.keras.layers import LSTM`` shows its text (an AttributeError would be
    replaced by Python's own) and ``except ImportError`` catches it. The price is that ``hasattr`` of a module raises it
    too, for Keras' names only.
    """


class MisspeltNameError(UsageError, ImportError):
    """A name that is nearly one of the module's."""


class AbsentMethodError(NotSupportedError, AttributeError):
    """A method that Keras' Sequential has and cnnlab's has not."""


@cache
def keras_names() -> dict[str, frozenset[str]]:
    """Return the public names of Keras by module; "." is keras itself, "Sequential" the class."""
    lines = Path(__file__).with_name("keras_names.txt").read_text("utf-8").splitlines()
    listed = (line.split(": ") for line in lines if not line.startswith("#"))
    return {module: frozenset(names.split()).union(OLD_NAMES.get(module, ())) for module, names in listed}


def absent_names(module: str, here: Iterable[str]) -> Callable[[str], NoReturn]:
    """Make a module's ``__getattr__``.

    Args:
        module: The module's own ``__name__``.
        here: What it has.

    Returns:
        A function that raises an `AbsentNameError` for what Keras has, a `MisspeltNameError` for what is nearly a name
        that is here, and an AttributeError for anything else, which Python and its tools ask modules for.
    """
    known = tuple(here)
    short = module.removeprefix(PACKAGE).lstrip(".") or "."

    def refuse(name: str) -> NoReturn:
        if name in keras_names().get(short, ()):
            raise AbsentNameError(not_here(name, module, known))
        message = explain(expected="a name it has", got=name, where=module, fix=did_you_mean(name, known))
        if not name.startswith("_") and "Did you mean" in message:
            raise MisspeltNameError(message)
        raise AttributeError(message)

    return refuse


def not_here(name: str, where: str, known: Iterable[str]) -> str:
    """Say that Keras has a name, cnnlab has not, and what to do instead."""
    fix = INSTEAD.get(name) or _nearest(name, list(known))
    return explain(expected="a name that cnnlab has", got=f"{name}, which only Keras has", where=where, fix=fix)


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.7)
    return f"The nearest that is here is {near[0]}." if near else f"Here are {', '.join(known)}."


class _AbsentModules(MetaPathFinder):
    """Answer the import of a module that only Keras has: ``from cnnlab.keras.preprocessing.image import ...``."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        """Raise for Keras' names; it is asked last, when no other finder knows the module."""
        del path, target
        parent, _, leaf = fullname.rpartition(".")
        if parent != PACKAGE and not parent.startswith(f"{PACKAGE}."):
            return
        short = parent.removeprefix(PACKAGE).lstrip(".") or "."
        if leaf in keras_names().get(short, ()):
            raise AbsentNameError(not_here(leaf, parent, sys.modules[parent].__all__))


def answer_absent_modules() -> None:
    """Let the import of a module that only Keras has end in our message."""
    if not any(isinstance(finder, _AbsentModules) for finder in sys.meta_path):
        sys.meta_path.append(_AbsentModules())
