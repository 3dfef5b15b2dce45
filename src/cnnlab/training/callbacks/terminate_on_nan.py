"""TerminateOnNaN: a loss that is not finite ends the training without an error."""

from cnnlab.errors import NonFiniteLossError
from cnnlab.training.callbacks import checks
from cnnlab.training.callbacks.own import OwnCallback, tell


class TerminateOnNaN(OwnCallback):
    """End the training quietly when a loss becomes infinite or NaN; without it that is an error.

    The weights are those of before that step, where Keras' are spoilt already.

    Args:
        raise_error: Whether it shall be an error all the same.

    Raises:
        UsageError: If ``raise_error`` is not True or False.
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = checks.flag(raise_error, self._place("raise_error"))

    def on_non_finite_loss(self, error: NonFiniteLossError) -> bool:
        """Stop, say so, and take the error for handled."""
        if self.raise_error:
            return False
        tell(f"Invalid loss, terminating training: {error}")
        self.model.stop_reason = "TerminateOnNaN: the loss became infinite or NaN"
        self.model.stop_training = True
        return True
