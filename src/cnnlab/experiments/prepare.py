"""From a data set to what one architecture is trained on."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.arch.layers import Rescaling
from cnnlab.experiments.trials import Architecture
from cnnlab.records import ClassWeights, Examples, Loss, Split
from cnnlab.training import Prepared, prepare, scaling_layer

_BRIGHTEST = 255.0


def prepared_for(network: Network, loss: Loss, split: Split, class_weight: ClassWeights | None = None) -> Prepared:
    """Bring a data set into the form that a network and a loss ask for, and check that it fits.

    What the notebook does by hand: a channel axis for grey images, pixels divided by 255 (unless the network does
    that itself), one-hot labels for a loss that compares each output with a label of its own. Where no images are held
    out, the test images are validated with.

    Args:
        network: What shall be trained.
        loss: What it shall be trained by.
        split: The data set as it was loaded, class numbers as labels.
        class_weight: The recipe's.

    Raises:
        DataError: If the data set does not fit; nothing has been trained then.
        UsageError: If the class weights do not fit its classes.
    """
    train, test = formed(network, loss, split.train), formed(network, loss, split.test)
    by_class = partial(prepare, class_weight=class_weight, class_names=split.class_names)
    if split.validation is None:
        return by_class(network, loss, train, test)
    return by_class(network, loss, train, formed(network, loss, split.validation), test)


def formed(network: Network, loss: Loss, examples: Examples) -> Examples:
    """Bring examples into the form that a network and a loss ask for, without checking that they fit."""
    images, labels = examples.images, examples.labels
    if images.ndim == len(network.input_shape) == 3:  # noqa: PLR2004 - (n, h, w) for a network that takes (h, w, c)
        images = images[..., None]
    if network.data_format == "channels_first":
        images = np.moveaxis(images, -1, 1)
    if needs_one_hot(network, loss) and labels.ndim == 1:
        labels = _one_hot(labels, network.output_shape[-1])
    return replace(examples, images=images, labels=labels, divisor=divisor_for(network, examples))


def needs_one_hot(network: Network, loss: Loss) -> bool:
    """Tell whether a loss compares each output with a label of its own; the label of a single one is the class."""
    return not loss.class_numbers and not (loss.separate and network.output_shape[-1] == 1)


def divisor_for(network: Network, examples: Examples) -> float | None:
    """Return what pixels are divided by before a network sees them; None where they are used as they are."""
    if examples.divisor is None and examples.images.dtype == np.uint8:
        return None if isinstance(scaling_layer(network), Rescaling) else _BRIGHTEST
    return examples.divisor


def prepare_all(architectures: Sequence[Architecture], split: Split) -> dict[str, Prepared]:
    """Check a data set against every architecture before the first is trained: a mistake in the last costs no time.

    Returns:
        The data in the form that each architecture takes, by its name.

    Raises:
        DataError: If the data do not fit one of them.
    """
    return {
        one.name: prepared_for(one.network, one.recipe.loss, split, one.recipe.class_weight) for one in architectures
    }


def preparation(network: Network, loss: Loss, split: Split) -> str:
    """Say what `prepared_for` does to a data set, in the words of the notebook's cells."""
    raw, made = split.train, formed(network, loss, split.train.head(1))
    steps = [
        "a channel axis added" if made.images.ndim > raw.images.ndim else "",
        f"pixels divided by {made.divisor:g}" if made.divisor and not raw.divisor else "",
        "labels made one-hot" if made.labels.ndim > raw.labels.ndim else "",
    ]
    return ", ".join(step for step in steps if step) or "nothing to do"


def _one_hot(labels: npt.NDArray[Any], classes: int) -> npt.NDArray[Any]:
    """Turn class numbers into rows with a single 1; numbers out of range stay, for the check to refuse by name."""
    if len(labels) and (labels.min() < 0 or labels.max() >= classes):
        return labels
    one_hot = np.zeros((len(labels), classes), np.float32)
    one_hot[np.arange(len(labels)), labels] = 1
    return one_hot
