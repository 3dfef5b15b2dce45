"""LambdaCallback: hooks given as functions."""

from collections.abc import Callable
from typing import Any, Final

from cnnlab.errors import UsageError, did_you_mean, explain
from cnnlab.training.callbacks.base import Callback
from cnnlab.training.callbacks.own import OwnCallback

Hook = Callable[..., Any]

_HOOKS: Final = tuple(name for name in vars(Callback) if name.startswith("on_"))


class LambdaCallback(OwnCallback):
    """Call the user's functions at the moments by whose names they are given.

    A run that goes on after an interruption is not exact: nobody knows what the functions remember.

    Args:
        on_epoch_begin: Called with epoch and logs.
        on_epoch_end: Likewise.
        on_train_begin: Called with logs.
        on_train_end: Likewise.
        on_train_batch_begin: Called with batch and logs.
        on_train_batch_end: Likewise.
        others: The other hooks of `Callback`.

    Raises:
        UsageError: If there is no such hook, or a value cannot be called.
    """

    def __init__(
        self,
        on_epoch_begin: Hook | None = None,
        on_epoch_end: Hook | None = None,
        on_train_begin: Hook | None = None,
        on_train_end: Hook | None = None,
        on_train_batch_begin: Hook | None = None,
        on_train_batch_end: Hook | None = None,
        **others: Hook | None,
    ) -> None:
        super().__init__()
        named = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name, function in {**named, **others}.items():
            self._set(name, function)

    def _set(self, name: str, function: Hook | None) -> None:
        if name not in _HOOKS:
            fix = did_you_mean(name, _HOOKS)
            raise UsageError(explain(expected="a hook that it has", got=f"{name}=", where="LambdaCallback", fix=fix))
        if function is None:
            return
        if not callable(function):
            raise UsageError(explain(expected="a function", got=repr(function), where=self._place(name)))
        setattr(self, name, function)
