"""Callbacks by Keras' names: from a recipe to a callback and back."""

import inspect
from copy import deepcopy
from typing import Any, Final

from cnnlab.errors import NotSupportedError, UsageError, did_you_mean, explain, say
from cnnlab.records import CallbackRecipe
from cnnlab.training.callbacks.base import Callback
from cnnlab.training.callbacks.checks import parameters_of, refuse_unknown
from cnnlab.training.callbacks.csv_logger import CSVLogger
from cnnlab.training.callbacks.early_stopping import EarlyStopping
from cnnlab.training.callbacks.lambda_callback import LambdaCallback
from cnnlab.training.callbacks.model_checkpoint import ModelCheckpoint
from cnnlab.training.callbacks.own import OwnCallback
from cnnlab.training.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from cnnlab.training.callbacks.terminate_on_nan import TerminateOnNaN

# Those that a name and plain arguments describe whole.
CALLBACKS: Final[dict[str, type[OwnCallback]]] = {
    kind.__name__: kind for kind in (CSVLogger, EarlyStopping, ModelCheckpoint, ReduceLROnPlateau, TerminateOnNaN)
}
# Those that hold functions of the user's, and what to do where only a name can be written.
_WITH_FUNCTIONS: Final = {
    "LearningRateScheduler": "Give the optimizer a schedule, or use Study with LearningRateScheduler(schedule).",
    "LambdaCallback": "Use Study with LambdaCallback(...).",
}
_KERAS_ONLY: Final = {
    "TensorBoard": "Use CSVLogger.",
    "RemoteMonitor": "Use LambdaCallback.",
    "BackupAndRestore": "A study keeps checkpoints of its own.",
    "OrbaxCheckpoint": "Use ModelCheckpoint.",
    "ProgbarLogger": "Progress is shown without it.",
    "SwapEMAWeights": "Give the optimizer use_ema=True.",
}
_NEVER_CALLED: Final = ("on_test_batch_begin", "on_test_batch_end")


def callback_named(name: object, /, **arguments: Any) -> Callback:  # noqa: ANN401 - Keras' arguments
    """Return a callback by Keras' name ("EarlyStopping"), or the callback itself.

    Args:
        name: In any case, with or without underscores, or a `Callback`.
        arguments: Its arguments by Keras' names; the others keep Keras' defaults.

    Raises:
        NotSupportedError: If Keras has it and cnnlab does not, or it needs a function.
        UsageError: If nobody has it, or it has no such argument, or one is missing.

    Example:
        >>> callback_named("early_stopping", patience=3).patience
        3
    """
    if isinstance(name, Callback):
        return checked_callback(name)
    kind = CALLBACKS[_find(name)]
    refuse_unknown(kind, arguments)
    for argument, parameter in parameters_of(kind).items():
        if parameter.default is inspect.Parameter.empty and argument not in arguments:
            raise UsageError(explain(expected=f"{argument}=", got="none", where=kind.__name__))
    return kind(**arguments)


def callback_recipe(callback: object) -> CallbackRecipe:
    """Describe a callback for a recipe.

    Args:
        callback: One of cnnlab's, described by name and arguments, or one of the user's or with functions, of which a
            copy is kept.

    Raises:
        UsageError: If it is no callback, or cannot be copied.

    Example:
        >>> callback_recipe(EarlyStopping(patience=3))
        CallbackRecipe(name='EarlyStopping', arguments=(('patience', 3),))
    """
    checked = checked_callback(callback)
    kind = type(checked)
    arguments = tuple(checked.arguments().items()) if isinstance(checked, OwnCallback) else ()
    if kind in CALLBACKS.values():
        return CallbackRecipe(kind.__name__, arguments)
    return CallbackRecipe(f"{kind.__module__}:{kind.__qualname__}", arguments, _copied(checked))


def callback_of(recipe: CallbackRecipe) -> Callback:
    """Make a fresh callback for one run.

    Raises:
        NotSupportedError: If a recipe that was read from a file names a callback of the user's.
        UsageError: If it names none that exists, or a wrong argument.
    """
    if recipe.own is not None:
        return _copied(checked_callback(recipe.own))
    return callback_named(recipe.name, **dict(recipe.arguments))


def written_paths(recipe: CallbackRecipe) -> tuple[tuple[str, str], ...]:
    """List the arguments by which one of cnnlab's callbacks is told where to write, with what they say.

    Example:
        >>> written_paths(callback_recipe(CSVLogger("log.csv")))
        (('filename', 'log.csv'),)
    """
    kind, given = CALLBACKS.get(recipe.name), dict(recipe.arguments)
    return tuple((name, given[name]) for name in (kind.paths if kind is not None else ()) if name in given)


def resumes_exactly(callback: Callback) -> bool:
    """Tell whether a run with this callback goes on after an interruption as if it had never stopped.

    Args:
        callback: One of cnnlab's, all of which remember everything save LambdaCallback; or one of the user's, which
            remembers what its own class puts into ``get_state`` and takes from ``set_state``.
    """
    kind = type(callback)
    if kind.__module__.startswith(f"{__package__}."):
        return kind is not LambdaCallback
    return all(_is_users(kind, method) for method in ("get_state", "set_state"))


def checked_callback(callback: object) -> Callback:
    """Refuse what is no callback of ours, and say where a hook would never be called.

    Raises:
        UsageError: If it does not inherit from `Callback`, such as one of real Keras', or is a class.
    """
    if isinstance(callback, type) and issubclass(callback, Callback):
        fix = f"Write {callback.__name__}()."
        raise UsageError(
            explain(expected="a callback", got=f"the class {callback.__name__}", where="callbacks", fix=fix)
        )
    if not isinstance(callback, Callback):
        raise UsageError(_foreign(callback))
    for hook in _NEVER_CALLED:
        if hasattr(callback, hook):
            say(f"{type(callback).__name__}.{hook} is never called: validation is one piece of work here.")
    return callback


def _foreign(callback: object) -> str:
    kind = callback if isinstance(callback, type) else type(callback)
    looks_like_one = any(hasattr(callback, hook) for hook in ("on_epoch_end", "on_train_begin", "on_train_batch_end"))
    advice = "Let its class inherit from cnnlab.keras.callbacks.Callback."
    if kind.__module__.partition(".")[0] in {"keras", "tensorflow", "tf_keras"}:
        advice = f"Import {kind.__name__} from cnnlab.keras.callbacks; a class of your own inherits from its Callback."
    got = f"{kind.__module__}.{kind.__qualname__}" if looks_like_one else repr(callback)
    return explain(expected="a cnnlab.keras.callbacks.Callback", got=got, where="callbacks", fix=advice)


def _is_users(kind: type[Callback], method: str) -> bool:
    """Tell whether a method comes from a class of the user's; one inherited from ours does not know what is new."""
    owner = next(base for base in kind.__mro__ if method in vars(base))
    return not owner.__module__.startswith(f"{__package__}.")


def _copied(callback: Callback) -> Callback:
    try:
        return deepcopy(callback)
    except Exception as error:
        fix = "Open files and the like in on_train_begin, not before."
        raise UsageError(
            explain(
                expected="a callback that can be copied, since every run has its own",
                got=f"{type(callback).__name__} ({error})",
                where="callbacks",
                fix=fix,
            )
        ) from error


def _find(name: object) -> str:
    """Look a name up in either spelling, 'EarlyStopping' or 'early_stopping'."""
    word = _folded(name)
    for known in CALLBACKS:
        if _folded(known) == word:
            return known
    place = "callbacks"
    for known, fix in {**_WITH_FUNCTIONS, **_KERAS_ONLY}.items():
        if _folded(known) == word:
            expected = f"one of {', '.join(CALLBACKS)}"
            raise NotSupportedError(explain(expected=expected, got=repr(name), where=place, fix=fix))
    if ":" in str(name):
        fix = "Give it to a Study in Python; a file can name cnnlab's own callbacks only."
        raise NotSupportedError(explain(expected="a callback of cnnlab's", got=repr(name), where=place, fix=fix))
    fix = did_you_mean(_folded(name), [_folded(known) for known in CALLBACKS])
    for known in CALLBACKS:
        fix = fix.replace(_folded(known), known)
    raise UsageError(explain(expected="the name of a callback that exists", got=repr(name), where=place, fix=fix))


def _folded(name: object) -> str:
    return str(name).lower().replace("_", "")
