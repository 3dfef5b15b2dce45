"""Callbacks that decide by numbers of the test set: they choose an epoch, a learning rate or a file by it."""

from collections.abc import Collection, Iterator
from typing import Final

from cnnlab.analysis.observation import listing
from cnnlab.analysis.outcomes import outcomes
from cnnlab.analysis.protocol.finding import ProtocolFinding, Severity
from cnnlab.records import CallbackRecipe, StudyResult

MONITORED: Final = "val_loss"
"""What a callback monitors that does not say: Keras' default of all three."""

_DOES: Final[dict[str, tuple[Severity, str]]] = {
    "EarlyStopping": ("error", "ends the training at an epoch that it chooses by the test images"),
    "ReduceLROnPlateau": ("error", "sets the learning rate by what the test images say"),
    "ModelCheckpoint": ("warning", "keeps the file of the epoch that does best on the test images"),
}
_RESTORES: Final = "puts back the weights of the epoch that does best on the test images"
_FOLLOWS: Final = "The test accuracy is then too good on average."
_HARMLESS: Final = ("LearningRateScheduler",)


def callback_findings(result: StudyResult, held_out: Collection[str] = ()) -> Iterator[ProtocolFinding]:
    """Name the callbacks that see the test set before the end; none does where images are held out.

    Args:
        result: The study.
        held_out: Architectures that have validation images of their own though others have not.
    """
    if not result.validated_on_test:
        return
    for callback, architectures in _callbacks(result, held_out):
        told = _told(callback)
        if told is not None:
            kind, severity, does = told
            fact = f"{_name(callback)} of {listing(architectures)} {does}."
            text = f"{fact} {_FOLLOWS}" if severity == "error" else fact
            subject = architectures[0] if len(architectures) == 1 else "study"
            yield ProtocolFinding(kind, severity, subject, text, (("architectures", len(architectures)),), fact)


def _callbacks(result: StudyResult, held_out: Collection[str]) -> list[tuple[CallbackRecipe, list[str]]]:
    """List all callbacks with the architectures that have them."""
    found: list[tuple[CallbackRecipe, list[str]]] = []
    for outcome in outcomes(result):
        if outcome.architecture in held_out:
            continue
        for callback in outcome.runs[0].recipe.callbacks if outcome.runs else ():
            for other, architectures in found:
                if other == callback:
                    architectures.append(outcome.architecture)
                    break
            else:
                found.append((callback, [outcome.architecture]))
    return found


def _told(callback: CallbackRecipe) -> tuple[str, Severity, str] | None:
    """Say what a callback does with the test set: the finding's kind, how grave it is, in words; None for nothing."""
    arguments = dict(callback.arguments)
    if ":" in callback.name:
        if _name(callback) in _HARMLESS:
            return None
        return "own-callback", "note", "is given the numbers of the test images after every epoch"
    monitor = str(arguments.get("monitor", MONITORED))
    if callback.name not in _DOES or not monitor.startswith("val_"):
        return None
    severity, does = _DOES[callback.name]
    if callback.name == "ModelCheckpoint" and not arguments.get("save_best_only"):
        return None
    restores = f" and {_RESTORES}" if arguments.get("restore_best_weights") else ""
    return "callback-on-test", severity, f"{does}{restores} ({monitor})"


def _name(callback: CallbackRecipe) -> str:
    return callback.name.rpartition(":")[2]
