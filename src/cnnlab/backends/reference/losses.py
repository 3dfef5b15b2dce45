"""Losses and their gradients; of cross-entropy Keras' two forms: from logits and from probabilities."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.backends.interface import Array
from cnnlab.backends.reference import separate_losses
from cnnlab.records import BinaryCrossentropy, CategoricalCrossentropy, Loss, MeanSquaredError

_CLIP: Final = 1e-7  # Keras' epsilon()


def targets_of(loss: Loss, labels: npt.NDArray[Any], classes: int, dtype: npt.DTypeLike) -> Array:
    """Write labels as probabilities.

    Args:
        loss: Which may smooth them.
        labels: Class numbers of shape (n,), or probabilities of shape (n, classes).
        classes: How many outputs there are; a single one is that of class 1.
        dtype: Of the result.

    Returns:
        Shape (n, classes).
    """
    if classes == 1:
        targets: Array = labels.reshape(-1, 1).astype(dtype)
    elif labels.ndim == 1:
        targets = np.zeros((len(labels), classes), dtype)
        targets[np.arange(len(labels)), labels] = 1
    else:
        targets = labels.astype(dtype)
    if isinstance(loss, CategoricalCrossentropy) and loss.label_smoothing:
        targets = targets * (1 - loss.label_smoothing) + loss.label_smoothing / classes
    if isinstance(loss, BinaryCrossentropy) and loss.label_smoothing:
        targets = targets * (1 - loss.label_smoothing) + loss.label_smoothing / 2
    return targets


def class_numbers(labels: npt.NDArray[Any]) -> npt.NDArray[np.integer]:
    """Return the class of each label: itself, or the first of its largest probabilities."""
    if labels.ndim == 1:
        return labels
    return labels.argmax(axis=-1) if labels.shape[-1] > 1 else labels[:, 0].astype(np.int64)


def compared(loss: Loss, outputs: Array, labels: npt.NDArray[Any], *, logits: bool) -> tuple[Array, Array]:
    """Compare outputs, which are logits or not, with labels; returns what `from_probabilities` does."""
    targets = targets_of(loss, labels, outputs.shape[-1], outputs.dtype)
    if isinstance(loss, MeanSquaredError):
        return separate_losses.squared_errors(outputs, targets)
    if isinstance(loss, BinaryCrossentropy):
        binary = separate_losses.binary_from_logits if logits else separate_losses.binary_from_probabilities
        return binary(outputs, targets)
    return from_logits(outputs, targets) if logits else from_probabilities(outputs, targets)


def from_logits(logits: Array, targets: Array) -> tuple[Array, Array]:
    """Compute cross-entropy through the logarithm of the softmax, exact for gaps of any size.

    Args:
        logits: Shape (n, classes).
        targets: Probabilities, likewise.

    Returns:
        The loss of each image, shape (n,), and the gradient of their sum by the logits, shape (n, classes).
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    totals = exponentials.sum(axis=-1, keepdims=True)
    losses = (targets * (np.log(totals) - shifted)).sum(axis=-1)
    gradient = exponentials / totals * targets.sum(axis=-1, keepdims=True) - targets
    return losses, gradient


def from_probabilities(outputs: Array, targets: Array) -> tuple[Array, Array]:
    """Compute cross-entropy of outputs that are first normalised to a sum of 1 and clipped to [1e-7, 1 - 1e-7].

    Args:
        outputs: Shape (n, classes).
        targets: Probabilities, likewise.

    Returns:
        The loss of each image, shape (n,), and the gradient of their sum by the outputs, shape (n, classes).
    """
    totals = outputs.sum(axis=-1, keepdims=True)
    shares = outputs / totals
    clipped = shares.clip(_CLIP, 1 - _CLIP)
    losses = -(targets * np.log(clipped)).sum(axis=-1)
    by_share = np.where(shares == clipped, -targets / clipped, outputs.dtype.type(0))
    gradient = (by_share - (by_share * shares).sum(axis=-1, keepdims=True)) / totals
    return losses, gradient


def shares_of(outputs: Array) -> Array:
    """Return the probabilities that `from_probabilities` takes outputs for."""
    shares: Array = (outputs / outputs.sum(axis=-1, keepdims=True)).clip(_CLIP, 1 - _CLIP)
    return shares
