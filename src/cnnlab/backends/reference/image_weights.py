"""Weights of images: what the loss of each, and with it its gradient, is multiplied by."""

from cnnlab.backends.interface import Array


def weighed(losses: Array, gradient: Array, weights: Array | None) -> tuple[Array, Array]:
    """Multiply the losses of a batch and their gradients by the images' weights.

    What becomes of the sum is Keras' ``sum_over_batch_size``: it is divided by the number of images and not by the sum
    of their weights, so that a batch of heavy images makes a larger step.

    Args:
        losses: Of each image, shape (n,).
        gradient: Of their sum by the outputs, shape (n, ...).
        weights: Shape (n,); None where all count alike.

    Returns:
        Both, of the weighted losses.
    """
    if weights is None:
        return losses, gradient
    own = weights.astype(losses.dtype)
    return losses * own, gradient * own.reshape(-1, *(1,) * (gradient.ndim - 1))
