"""What outputs say of labelled images, batch by batch."""

from collections.abc import Iterable

import numpy as np

from cnnlab.backends.interface import Array, Evaluation
from cnnlab.backends.reference import losses
from cnnlab.backends.reference.activations import softmax
from cnnlab.backends.reference.image_weights import weighed
from cnnlab.records import Loss, TestPredictions


def evaluation_of(batches: Iterable[tuple[Array, Array, Array | None]], loss: Loss, *, from_logits: bool) -> Evaluation:
    """Compare outputs with labels.

    Args:
        batches: The outputs of each batch, shape (n, classes), an array of its own, with its labels and the weights of
            its images (None where all count alike), which weigh the losses alone.
        loss: What is computed.
        from_logits: Whether the outputs are logits.
    """
    total, correct = 0.0, 0
    said, probabilities = [], []
    for outputs, labels, weights in batches:
        values, _gradient = weighed(*losses.compared(loss, outputs, labels, logits=from_logits), weights)
        total += float(values.sum(dtype=np.float64))
        if from_logits:
            softmax(outputs)
            shares = outputs
        else:
            shares = losses.shares_of(outputs)
        truth, classes = losses.class_numbers(labels), shares.argmax(axis=-1)
        correct += int((classes == truth).sum())
        said.append(classes.astype(np.uint8 if shares.shape[-1] <= 2**8 else np.uint16))
        probabilities.append(shares[np.arange(len(truth)), truth].astype(np.float32))
    predictions = TestPredictions(np.concatenate(said), np.concatenate(probabilities))
    count = len(predictions.classes)
    return Evaluation(total / count, correct / count, predictions)
