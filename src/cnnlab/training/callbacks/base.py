"""What a callback is: Keras' hooks, and its state for a run that goes on after an interruption."""

from typing import Any, Final

from cnnlab.errors import NonFiniteLossError

Logs = dict[str, Any]
State = dict[str, Any]

_BATCH_HOOKS: Final = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


class Callback:
    """Called at set moments of a training; inherit from it and override what you need, as in Keras.

    Epochs and batches are counted from 0. ``logs`` holds the numbers of that moment by Keras' names ("loss",
    "accuracy", "val_loss", "val_accuracy").

    A callback that remembers something should override `get_state` and `set_state`: then a run that was cut off goes
    on exactly as if nothing had happened. One that overrides neither marks such a run as not exactly resumable.

    Attributes:
        params: ``verbose``, ``epochs`` and ``steps`` of the training.
        model: What is trained. Set ``model.stop_training = True`` to end after this batch or epoch;
            ``model.optimizer.learning_rate`` is read and set; ``get_weights``, ``set_weights`` and ``save_weights``
            are Keras'.
    """

    def __init__(self) -> None:
        self.params: dict[str, Any] = {}
        self.model: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Take what is known of the training."""
        self.params = params

    def set_model(self, model: Any) -> None:  # noqa: ANN401 - a Sequential or, in a study, a Trainee
        """Take what is trained."""
        self.model = model

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called once at the start; also by a run that goes on, before its `set_state`."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called once at the end; not by a run that is interrupted."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before the first batch of an epoch; not again by a run that goes on in its middle."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after an epoch's validation."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each batch; overriding it makes training return to Python for every batch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each batch; overriding it makes training return to Python for every batch."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Keras' older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Keras' older name of `on_train_batch_end`."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Called before each validation."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Called after each validation."""

    def on_non_finite_loss(self, error: NonFiniteLossError) -> bool:
        """Called when a loss became infinite or NaN; the weights are those of before that step.

        Args:
            error: What is raised if no callback handles it.

        Returns:
            Whether it is handled: True ends the training as any other, with ``on_train_end`` and without an error.
        """
        del error
        return False

    def hears_batches(self) -> bool:
        """Tell whether the hooks of batches do anything, so that training must return to Python for each."""
        return any(
            getattr(getattr(self, hook), "__func__", None) is not getattr(Callback, hook) for hook in _BATCH_HOOKS
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave what is trained out of a copy: a copy is for another training."""
        return {**self.__dict__, "model": None}

    def get_state(self) -> State:
        """Return what the callback remembers: text, numbers, True, False, None, arrays, lists and dicts of them."""
        return {}

    def set_state(self, state: State) -> None:
        """Take back what `get_state` returned."""
