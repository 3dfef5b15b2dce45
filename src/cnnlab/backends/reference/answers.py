"""What outputs say of the classes: which one, and with what probability.

Where there are several outputs, the largest one says the class. A single output, of a loss that looks at each by
itself, is that of class 1, and it says so above its middle. The same answers are kept and counted.
"""

import numpy as np
import numpy.typing as npt

from cnnlab.backends.endings import middle
from cnnlab.backends.interface import Array
from cnnlab.backends.reference import losses
from cnnlab.backends.reference.activations import sigmoid, softmax
from cnnlab.records import Loss


def answered(outputs: Array, loss: Loss, *, left_out: str | None) -> npt.NDArray[np.integer]:
    """Return the class that is said of each image.

    Args:
        outputs: What the loss sees, shape (n, outputs).
        loss: It says what outputs are.
        left_out: The activation that belongs behind them.
    """
    if outputs.shape[-1] > 1 or not loss.separate:
        return np.asarray(outputs.argmax(axis=-1))
    return np.asarray(outputs[:, 0] > middle(loss, left_out), np.int64)


def true_class_probabilities(
    outputs: Array, truth: npt.NDArray[np.integer], loss: Loss, *, left_out: str | None
) -> Array:
    """Return the probability that is given to the true class of each image, shape (n,).

    Args:
        outputs: As for `answered`.
        truth: The true classes, shape (n,).
        loss: It says what outputs are: shares of all classes for cross-entropy, each a probability by itself for binary
            cross-entropy, and for squared errors a number that is cut to 0 to 1.
        left_out: As for `answered`.
    """
    logits = loss.from_logits or left_out is not None
    if not loss.separate:
        shares = _shares(outputs, logits=logits)
        return np.asarray(shares[np.arange(len(truth)), truth])
    if outputs.shape[-1] > 1:
        own, is_rest = outputs[np.arange(len(truth)), truth], np.zeros(len(truth), bool)
    else:
        own, is_rest = outputs[:, 0], truth == 0
    if logits:
        return sigmoid(np.where(is_rest, -own, own))
    share = own.clip(0, 1)
    return np.asarray(np.where(is_rest, 1 - share, share))


def _shares(outputs: Array, *, logits: bool) -> Array:
    if not logits:
        return losses.shares_of(outputs)
    shares = outputs.copy()
    softmax(shares)
    return shares
