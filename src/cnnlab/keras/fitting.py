"""One call of ``fit``: from Keras' arguments to `training.fit`."""

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from cnnlab.errors import NotSupportedError, UsageError, explain
from cnnlab.keras.callbacks import History
from cnnlab.keras.display import live_display
from cnnlab.keras.engine import Compiled, Engine
from cnnlab.keras.progress import Progress, verbosity
from cnnlab.keras.words import say
from cnnlab.records import BatchDone, ClassWeights, EpochDone, Event, Examples, Recipe, RunKey, Sink
from cnnlab.training import fit, prepare
from cnnlab.training.callbacks import Callback, checked_callback
from cnnlab.training.callbacks.callback_list import CallbackList

if TYPE_CHECKING:  # start-up time
    from cnnlab.keras.live import LiveFit

_DEFAULT_BATCH: Final = 32


@dataclass(frozen=True)
class FitCall:
    """What ``fit`` was told of its course, checked."""

    batch_size: int
    epochs: int
    initial_epoch: int
    shuffle: bool
    verbose: int
    callbacks: tuple[Callback, ...]
    class_weight: ClassWeights | None = None


def read_fit_call(
    batch_size: object, epochs: object, initial_epoch: object, shuffle: object, verbose: object, callbacks: object
) -> FitCall:
    """Check what ``fit`` was told of its course.

    Raises:
        NotSupportedError: If ``shuffle="batch"``.
        UsageError: If a number cannot be, or something is no callback.
    """
    until = _whole(epochs, "epochs")
    first = _whole(initial_epoch, "initial_epoch", least=0)
    if first >= until:
        raise UsageError(
            explain(
                expected=f"epochs above initial_epoch={first}",
                got=f"epochs={until}",
                where="fit",
                fix="epochs counts from the very first epoch: 12 more after 12 are initial_epoch=12, epochs=24.",
            )
        )
    if not isinstance(shuffle, bool):
        raise NotSupportedError(explain(expected="True or False", got=repr(shuffle), where="fit, shuffle"))
    shown = verbosity(verbose, sys.stdout)
    return FitCall(read_batch_size(batch_size, "fit"), until, first, shuffle, shown, _callbacks(callbacks))


def read_batch_size(batch_size: object, where: str) -> int:
    """Read a batch size; None is Keras' 32."""
    return _DEFAULT_BATCH if batch_size is None else _whole(batch_size, "batch_size", where=where)


def run_fit(
    engine: Engine, compiled: Compiled, call: FitCall, train: Examples, validation: Examples | None, history: History
) -> None:
    """Train, and write the epochs into the history as they end.

    Args:
        engine: Compiled.
        compiled: With this.
        call: What ``fit`` was told.
        train: As the user gave it.
        validation: Likewise.
        history: To be filled; its model is what the callbacks see.
    """
    prepared = prepare(engine.network, compiled.loss, train, validation, class_weight=call.class_weight)
    for notice in prepared.notices:
        say(notice)
    start = max(engine.epochs_trained, call.initial_epoch)
    count = call.epochs - call.initial_epoch
    recipe = Recipe(
        batch_size=call.batch_size,
        epochs=start + count,
        optimizer=compiled.optimizer,
        loss=compiled.loss,
        shuffle=call.shuffle,
        class_weight=call.class_weight,
    )
    steps = -(-len(prepared.train) // call.batch_size)
    callbacks = CallbackList(
        [*call.callbacks, history],
        history.model,
        {"verbose": call.verbose, "epochs": call.epochs, "steps": steps},
        compiled.accuracies,
        epochs_before=start - call.initial_epoch,
        counted=tuple(compiled.counted),
    )
    shown = _shown(engine, call, compiled)
    fitted = fit(
        engine.model,
        recipe,
        prepared.train,
        prepared.validation,
        seed=engine.seed,
        key=RunKey(engine.network.name, engine.seed),
        initial_epoch=start,
        callbacks=callbacks,
        sink=_Listener(engine, start - call.initial_epoch, shown),
    )
    if shown is not None:
        shown.ended(fitted)
        history.shown_in(shown.cell)
    if fitted.error is not None:
        raise fitted.error


def _shown(engine: Engine, call: FitCall, compiled: Compiled) -> "Progress | LiveFit | None":
    """Choose who shows the training: a live figure in a notebook, lines elsewhere, or nobody."""
    display = live_display() if call.verbose == 1 else None
    if display is None:
        return Progress(call.verbose, call.epochs, counted=tuple(compiled.counted)) if call.verbose else None
    from cnnlab.keras.live import LiveFit  # noqa: PLC0415 - start-up time

    return LiveFit(
        display, engine.network.name, call.epochs - call.initial_epoch, compiled.accuracies, tuple(compiled.counted)
    )


class _Listener:
    """Counts epochs as the user does, and hands on what happens to whoever shows it."""

    def __init__(self, engine: Engine, offset: int, shown: Sink | None) -> None:
        self._engine = engine
        self._offset = offset
        self._shown = shown

    def __call__(self, event: Event) -> None:
        shown: Event = event
        match event:
            case BatchDone():
                shown = replace(event, epoch=event.epoch - self._offset)
            case EpochDone(row=row):
                self._engine.epochs_trained = row.epoch
                shown = replace(event, row=replace(row, epoch=row.epoch - self._offset))
            case _:
                pass
        if self._shown:
            self._shown(shown)


def _callbacks(callbacks: object) -> tuple[Callback, ...]:
    listed = callbacks if isinstance(callbacks, list | tuple) else [callbacks] if callbacks is not None else []
    return tuple(checked_callback(callback) for callback in listed)


def _whole(value: Any, what: str, *, least: int = 1, where: str = "fit") -> int:  # noqa: ANN401 - whatever came
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < least:
        raise UsageError(
            explain(expected=f"a whole number, at least {least}", got=repr(value), where=f"{where}, {what}")
        )
    return int(value)
