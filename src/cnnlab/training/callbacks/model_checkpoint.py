"""ModelCheckpoint: weights written while a network is trained."""

from pathlib import Path
from string import Formatter
from typing import ClassVar, Final

from cnnlab.errors import CnnlabError, NotSupportedError, UsageError, did_you_mean, explain
from cnnlab.records.checks import Range
from cnnlab.training.callbacks import checks
from cnnlab.training.callbacks.base import Logs, State
from cnnlab.training.callbacks.monitor import MonitorCallback
from cnnlab.training.callbacks.own import tell
from cnnlab.training.callbacks.places import in_run_folder, run_words

# What save_weights writes.
_ENDINGS: Final = (".npz",)
_KERAS_ENDINGS: Final = (".weights.h5", ".keras", ".hdf5", ".h5", ".ckpt", ".tf")


class ModelCheckpoint(MonitorCallback):
    """Write the weights after every epoch, or every few batches, or when the monitored number is the best so far.

    Folders that are not there are made, and a file of the same name is replaced, as in Keras.

    Args:
        filepath: Ends in ``.npz``; ``{epoch:02d}`` (counted from 1), ``{batch}`` (likewise, where ``save_freq`` is a
            number) and ``{val_loss:.2f}`` or any other number of the moment are put in, and ``{architecture}`` and
            ``{seed}``, which keep the runs of a study apart.
        monitor: "val_loss", "loss", "val_accuracy", "val_recall", or what an earlier callback puts into ``logs``;
            it counts with ``save_best_only`` only.
        verbose: 1 prints what is written.
        save_best_only: Whether to write only what is better than all before.
        save_weights_only: True and False are the same: what cnnlab writes is weights.
        mode: "min", "max", or "auto", which knows Keras' names of losses and metrics.
        save_freq: "epoch", or after how many batches.
        initial_value_threshold: A number that the first must beat already.

    Attributes:
        best: The best number so far; it outlasts a training, as in Keras.

    Raises:
        NotSupportedError: If ``filepath`` does not end in ``.npz``.
        UsageError: If an argument cannot be.
    """

    paths: ClassVar = ("filepath",)

    def __init__(  # noqa: PLR0917 - Keras' order
        self,
        filepath: str,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        self.verbose = checks.verbosity(verbose, self._place("verbose"))
        self.save_best_only = checks.flag(save_best_only, self._place("save_best_only"))
        self.save_weights_only = checks.flag(save_weights_only, self._place("save_weights_only"))
        self.save_freq = _frequency(save_freq, self._place("save_freq"))
        place = self._place("initial_value_threshold")
        self.initial_value_threshold = checks.number_or_none(initial_value_threshold, place)
        self.filepath = _checked(checks.path(filepath, self._place("filepath")), self.save_freq)
        self.best = self.initial_value_threshold
        self._epoch = 0
        self._batches_since_saving = 0

    def hears_batches(self) -> bool:
        """Ask for every batch only where batches are counted."""
        return self.save_freq != "epoch"

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the epoch, for what is written in its middle."""
        del logs
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Count, and write when it is time."""
        if self.save_freq == "epoch":
            return
        self._batches_since_saving += 1
        if self._batches_since_saving >= int(self.save_freq):
            self._batches_since_saving = 0
            self._save(self._epoch, {"batch": batch + 1, **(logs or {})})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write, unless batches are counted."""
        if self.save_freq == "epoch":
            self._save(epoch, logs or {})

    def _save(self, epoch: int, logs: Logs) -> None:
        path = self._path(epoch, logs)
        if self.save_best_only and not self._is_best(epoch, logs, path):
            return
        if self.verbose and not self.save_best_only:
            tell(f"\nEpoch {epoch + 1}: saving model to {path}")
        _make_folder(Path(path).parent)
        self.model.save_weights(path, overwrite=True)
        if self.verbose:
            tell(f"\nEpoch {epoch + 1}: finished saving model to {path}")

    def _is_best(self, epoch: int, logs: Logs, path: str) -> bool:
        """Tell whether to write; what cannot be compared is written, as in Keras."""
        current = self._current(logs)
        if current is None:
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        improves = self._improves(current, self.best)
        if self.verbose:
            about = f"\nEpoch {epoch + 1}: {self.monitor}"
            change = f"improved from {best} to {current:.5f}, saving model to {path}"
            tell(f"{about} {change}" if improves else f"{about} did not improve from {best}")
        if improves:
            self.best = current
        return improves

    def _path(self, epoch: int, logs: Logs) -> str:
        words = {**(run_words(self.model) if _names_run(self.filepath) else {}), **logs, "epoch": epoch + 1}
        try:
            return in_run_folder(self.filepath.format(**words), self.model)
        except KeyError as error:
            name = str(error.args[0])
            fix = did_you_mean(name, words)
            got = f"{{{name}}}"
            raise UsageError(
                explain(expected="a number of this moment", got=got, where=self._place("filepath"), fix=fix)
            ) from None
        except (ValueError, TypeError, IndexError, AttributeError) as error:
            got = f"{self.filepath!r} ({error})"
            raise UsageError(
                explain(expected="a path that can be filled in", got=got, where=self._place("filepath"))
            ) from None

    def get_state(self) -> State:
        """Return what was best, the epoch, and how many batches have been counted."""
        return {"best": self.best, "epoch": self._epoch, "batches_since_saving": self._batches_since_saving}

    def set_state(self, state: State) -> None:
        """Take it back."""
        self.best = state["best"]
        self._epoch = state["epoch"]
        self._batches_since_saving = state["batches_since_saving"]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        place, got = f"ModelCheckpoint, {folder}", error.strerror or str(error)
        raise CnnlabError(explain(expected="to be able to make a folder", got=got, where=place)) from error


def _frequency(value: object, place: str) -> str | int:
    if value == "epoch":
        return "epoch"
    if isinstance(value, str):
        raise UsageError(explain(expected="'epoch' or a number of batches", got=repr(value), where=place))
    return checks.whole(value, place, Range(1, whole=True))


def _checked(filepath: str, save_freq: str | int) -> str:
    """Refuse at once what could only fail after the first epoch."""
    place = "ModelCheckpoint, filepath"
    if not filepath.endswith(_ENDINGS):
        stem = next((filepath.removesuffix(ending) for ending in _KERAS_ENDINGS if filepath.endswith(ending)), filepath)
        expected = f"a name that ends in {' or '.join(_ENDINGS)}, as cnnlab writes weights"
        fix = f"Write {stem + _ENDINGS[0]!r}."
        raise NotSupportedError(explain(expected=expected, got=repr(filepath), where=place, fix=fix))
    fields = _fields(filepath, place)
    if "" in fields or any(name.isdigit() for name in fields):
        fix = "Write {epoch:02d}, or {{ and }} for braces."
        raise UsageError(explain(expected="a name in each pair of braces", got=repr(filepath), where=place, fix=fix))
    if save_freq == "epoch" and "batch" in fields:
        fix = "Write save_freq=100, or leave {batch} out."
        raise UsageError(
            explain(expected="a number of batches with {batch}", got="save_freq='epoch'", where=place, fix=fix)
        )
    return filepath


def _fields(filepath: str, place: str = "") -> set[str]:
    """Return the names in braces."""
    try:
        return {name for _, name, _, _ in Formatter().parse(filepath) if name is not None}
    except ValueError as error:
        got = f"{filepath!r} ({error})"
        fix = "Write {{ and }} for braces that are part of the name."
        raise UsageError(explain(expected="braces in pairs", got=got, where=place, fix=fix)) from None


def _names_run(filepath: str) -> bool:
    return not {"architecture", "seed"}.isdisjoint(_fields(filepath))
