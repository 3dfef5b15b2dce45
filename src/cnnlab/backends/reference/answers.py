"""What outputs say of the classes: which one, and with what probability.

Where there are several outputs, the largest one says the class. A single output is that of class 1, and there are two
rules. What is counted as right is what Keras' accuracy counts: outputs above 0.5, also where they are logits. What is
kept as an answer takes logits for what they are: above 0 class 1 is the likelier one.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from cnnlab.backends.interface import Array
from cnnlab.backends.reference import losses
from cnnlab.backends.reference.activations import sigmoid, softmax
from cnnlab.records import Loss

_HALF: Final = 0.5


def counted(outputs: Array, *, left_out: str | None) -> npt.NDArray[np.integer]:
    """Return the class of each image for the accuracy, as Keras counts.

    Args:
        outputs: What the loss sees, shape (n, outputs).
        left_out: The activation that belongs behind them.
    """
    if outputs.shape[-1] > 1:
        return np.asarray(outputs.argmax(axis=-1))
    single = outputs[:, 0]
    return np.asarray((sigmoid(single) if left_out == "sigmoid" else single) > _HALF, np.int64)


def answered(outputs: Array, loss: Loss, *, left_out: str | None) -> npt.NDArray[np.integer]:
    """Return the class that is said of each image: as `counted`, with logits of a single output judged at 0."""
    if outputs.shape[-1] == 1 and loss.from_logits:
        return np.asarray(outputs[:, 0] > 0, np.int64)
    return counted(outputs, left_out=left_out)


def true_class_probabilities(
    outputs: Array, truth: npt.NDArray[np.integer], loss: Loss, *, left_out: str | None
) -> Array:
    """Return the probability that is given to the true class of each image, shape (n,).

    Args:
        outputs: As for `counted`.
        truth: The true classes, shape (n,).
        loss: It says what outputs are: shares of all classes for cross-entropy, each a probability by itself for binary
            cross-entropy, and for squared errors a number that is cut to 0 to 1.
        left_out: As for `counted`.
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
