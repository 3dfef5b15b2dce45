"""One call of ``evaluate``, ``predict`` or ``train_on_batch``: from Keras' arguments to the backend."""

import sys
import textwrap
from dataclasses import replace
from math import ceil
from time import perf_counter
from typing import Final

import numpy as np

from cnnlab.arch import Network
from cnnlab.arch.measures import class_count
from cnnlab.errors import DataError, UsageError, explain
from cnnlab.keras.arrays import as_array
from cnnlab.keras.engine import Array, Compiled, Engine
from cnnlab.keras.fitting import read_batch_size
from cnnlab.keras.progress import verbosity
from cnnlab.keras.words import say
from cnnlab.records import ClassWeights, Examples, Loss
from cnnlab.report.words import format_seconds
from cnnlab.training.image_weights import fitted_weights, weighed_by_class
from cnnlab.training.images import fitted_images
from cnnlab.training.labels import fitted_labels

_PIECE: Final = 2048
_WIDTH: Final = 80


def evaluate(
    engine: Engine, compiled: Compiled, given: Examples, batch_size: object, verbose: object
) -> dict[str, float]:
    """Return the loss and what else is told of labelled images, and print it if that is asked for."""
    size, shown = read_batch_size(batch_size, "evaluate"), verbosity(verbose, sys.stdout)
    checked = _checked(engine.network, compiled.loss, given, "test")
    began = perf_counter()
    result = engine.model.evaluate(checked, size)
    numbers = compiled.numbers(result.loss, result.accuracy, result.counts)
    if shown:
        steps = ceil(len(checked) / size)
        time = format_seconds(perf_counter() - began)
        further = "".join(f"  {name} {numbers[name]:.4f}" for name in compiled.counted)
        line = f"{steps}/{steps}  {time}  loss {result.loss:.4f}  accuracy {result.accuracy:.4f}{further}"
        print(textwrap.fill(line, _WIDTH, subsequent_indent="  "))  # noqa: T201 - as Keras
    return numbers


def predict(engine: Engine, x: object, batch_size: object) -> Array:
    """Return the network's outputs, in the network's own data format."""
    size = read_batch_size(batch_size, "predict")
    given = Examples(as_array(x, "predict, x"), np.empty(0))
    _refuse_a_single_image(engine.network, given.images)
    images, notices = fitted_images(engine.network, given, "predict")
    for notice in notices:
        say(notice)
    # Images are brought into the network's type in pieces: all at once may not fit.
    size = max(size, _PIECE)
    parts = [
        engine.model.predict(Examples(images, given.labels).batch(slice(start, start + size)), size)
        for start in range(0, len(images), size)
    ]
    outputs = np.concatenate(parts)
    first = engine.network.data_format == "channels_first" and outputs.ndim == 4  # noqa: PLR2004 - n, h, w, c
    return np.moveaxis(outputs, -1, 1) if first else outputs


def _refuse_a_single_image(network: Network, images: Array) -> None:
    """Say what to do about an image that is not in a batch: nobody means its rows to be images."""
    shape = network.shown(network.input_shape)
    if images.shape == shape:
        raise DataError(
            explain(
                expected=f"images of shape (n, {', '.join(map(str, shape))})",
                got=f"a single one of shape {shape}",
                where="predict, x",
                fix="Write model.predict(x[None])[0].",
            )
        )


def train_on_batch(
    engine: Engine, compiled: Compiled, given: Examples, class_weight: ClassWeights | None
) -> dict[str, float]:
    """Make one update; return the batch's loss and what else is told of it before the update, in training mode."""
    checked = _checked(engine.network, compiled.loss, given, "batch")
    if class_weight is not None:
        checked, notices = weighed_by_class(checked, class_weight, class_count(engine.network))
        for notice in notices:
            say(notice)
    result = engine.model.train_step(checked, np.arange(len(checked)), engine.epochs_trained)
    # The next call takes other dropout masks.
    engine.epochs_trained += 1
    return compiled.numbers(result.loss, result.correct / result.count, result.counts)


def _checked(network: Network, loss: Loss, given: Examples, part: str) -> Examples:
    """Check images and labels against the network, and warn of what is peculiar."""
    images, of_images = fitted_images(network, given, part)
    labels, of_labels = fitted_labels(loss, given.labels, len(images), network.output_shape[-1], part)
    for notice in (*of_images, *of_labels):
        say(notice)
    weights = None if given.weights is None else fitted_weights(given.weights, len(images), part)
    return replace(given, images=images, labels=labels, weights=weights)


def must_be_compiled(compiled: Compiled | None, where: str) -> Compiled:
    """Return what was compiled, or say that it has to be."""
    if compiled is None:
        raise UsageError(
            explain(
                expected="a compiled model",
                got="one that is not, or to which a layer was added since",
                where=where,
                fix="Call model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy']).",
            )
        )
    return compiled
