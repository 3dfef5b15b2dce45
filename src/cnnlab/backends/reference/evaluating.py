"""What outputs say of labelled images, batch by batch."""

from collections.abc import Iterable

import numpy as np

from cnnlab.backends.interface import Array, Evaluation
from cnnlab.backends.reference import answers, losses
from cnnlab.backends.reference.counting import Counting
from cnnlab.backends.reference.image_weights import weighed
from cnnlab.records import Counts, Loss, TestPredictions
from cnnlab.records.metrics import added


def evaluation_of(
    batches: Iterable[tuple[Array, Array, Array | None]],
    loss: Loss,
    *,
    left_out: str | None,
    counting: Counting | None = None,
) -> Evaluation:
    """Compare outputs with labels.

    Args:
        batches: The outputs of each batch, shape (n, classes), an array of its own, with its labels and the weights of
            its images (None where all count alike), which weigh the losses alone.
        loss: What is computed.
        left_out: The activation that belongs behind the outputs, if one was left out of the graph.
        counting: What else is counted; None for nothing.
    """
    total, correct = 0.0, 0
    counts: tuple[Counts, ...] = ()
    said, probabilities = [], []
    logits = loss.from_logits or left_out is not None
    for outputs, labels, weights in batches:
        values, _gradient = weighed(*losses.compared(loss, outputs, labels, logits=logits), weights)
        total += float(values.sum(dtype=np.float64))
        if counting is not None:
            counts = added(counts, counting.of(outputs, labels))
        truth = losses.class_numbers(labels)
        classes = answers.answered(outputs, loss, left_out=left_out)
        correct += int((classes == truth).sum())
        said.append(classes.astype(np.uint8 if outputs.shape[-1] <= 2**8 else np.uint16))
        shares = answers.true_class_probabilities(outputs, truth, loss, left_out=left_out)
        probabilities.append(shares.astype(np.float32))
    predictions = TestPredictions(np.concatenate(said), np.concatenate(probabilities))
    count = len(predictions.classes)
    return Evaluation(total / count, correct / count, predictions, counts)
