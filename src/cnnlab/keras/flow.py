"""What ``ImageDataGenerator.flow`` returns: images and labels, with the layers that stand before the network."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Layer, chain
from cnnlab.arch.layers import RandomMap
from cnnlab.backends.augmentation import maps_of
from cnnlab.backends.reference.augmentation import mapped
from cnnlab.errors import NotSupportedError, UsageError, explain
from cnnlab.keras.words import say
from cnnlab.randomness import permutation

Array = npt.NDArray[Any]


class Flow:
    """Images with labels, the layers that change them in training, and how they are taken.

    `Sequential.fit` trains with the layers in front; `evaluate` and ``validation_data=`` take the images as they are.
    As an iterator it gives batches of changed images without end, for whoever wants to look at them.

    Attributes:
        images: Standardized, not changed at random.
        labels: None where there are none.
        weights: Of the images; None where all count alike.
        layers: In their order; none where nothing is changed at random.
        batch_size: Images for each update.
        shuffled: Whether each epoch has an order of its own.
        class_names: Empty where they are not known.
        seed: Of the order and the changes of the iterator; in `fit` they are of the model's seed.
    """

    def __init__(
        self,
        images: Array,
        labels: Array | None,
        layers: Sequence[Layer],
        batch_size: int,
        *,
        shuffle: bool,
        seed: int,
        weights: Array | None = None,
    ) -> None:
        self.images = images
        self.labels = labels
        self.weights = weights
        self.layers = tuple(layers)
        self.batch_size = batch_size
        self.shuffled = shuffle
        self.seed = seed
        self.class_names: list[str] = []
        self._batches_given = 0

    @property
    def n(self) -> int:
        """Count the images."""
        return len(self.images)

    samples = n

    def __len__(self) -> int:
        """Count the batches of an epoch."""
        return ceil(self.n / self.batch_size)

    def __iter__(self) -> Self:
        """Return itself: its batches have no end."""
        return self

    def __next__(self) -> Array | tuple[Array, ...]:
        """Return the next batch, changed at random: images, and labels and weights where there are any."""
        epoch, batch = divmod(self._batches_given, len(self))
        self._batches_given += 1
        order = permutation(self.seed, epoch, self.n) if self.shuffled else np.arange(self.n)
        rows = order[batch * self.batch_size :][: self.batch_size]
        images = self._changed(self.images[rows].astype(np.float32), rows, epoch)
        if self.labels is None:
            return images
        labels = self.labels[rows]
        return (images, labels) if self.weights is None else (images, labels, self.weights[rows])

    def _changed(self, images: Array, rows: npt.NDArray[np.integer], epoch: int) -> Array:
        """Take images through the layers."""
        if not self.layers:
            return images
        network = chain("augmentation", self.layers, input_shape=images.shape[1:])
        first = network.data_format == "channels_first"
        changed = np.moveaxis(images, 1, -1) if first else images
        for node in network.nodes[1:]:
            assert isinstance(node.layer, RandomMap), "a generator makes no other"
            changed = mapped(changed, maps_of(node, self.seed, epoch, rows), node.layer.sampling)
        return np.moveaxis(changed, -1, 1) if first else changed

    def check_fit(
        self, y: object, batch_size: object, others: Mapping[str, object], validation: object, weights: object = None
    ) -> dict[str, Any]:
        """Check what ``fit`` was given beside it.

        Args:
            y: Labels, which it has already.
            batch_size: Likewise.
            others: Further arguments of ``fit``.
            validation: Its ``validation_data``.
            weights: Its ``sample_weight``, which belongs to the flow as well.

        Returns:
            The further arguments without those that count steps.

        Raises:
            NotSupportedError: If an epoch shall be anything but one pass over the images.
            UsageError: If labels, weights or another batch size were given.
        """
        if weights is not None:
            fix = "Write flow(x, y, sample_weight=...)."
            raise UsageError(explain(expected="no weights beside a flow", got="sample_weight=", where="fit", fix=fix))
        if y is not None or batch_size not in {None, self.batch_size}:
            got = "y=" if y is not None else f"batch_size={batch_size}"
            fix = "Give labels and batch size to flow()."
            raise UsageError(explain(expected="no labels or batch size beside a flow", got=got, where="fit", fix=fix))
        self.check_steps("steps_per_epoch", others.get("steps_per_epoch"))
        if isinstance(validation, Flow):
            validation.check_steps("validation_steps", others.get("validation_steps"))
            others = {name: value for name, value in others.items() if name != "validation_steps"}
        return {name: value for name, value in others.items() if name != "steps_per_epoch"}

    def check_steps(self, argument: str, steps: object) -> None:
        """Accept the number of batches that is one pass, the last one counted or not.

        Raises:
            NotSupportedError: If it is another number.
        """
        if steps is None:
            return
        if not isinstance(steps, int | float | np.number) or not self.n // self.batch_size <= steps <= len(self):
            raise NotSupportedError(
                explain(
                    expected=f"{argument}={len(self)}: an epoch is one pass over the {self.n} images",
                    got=repr(steps),
                    where="fit",
                    fix=f"Leave {argument}= out, and change epochs= for more or fewer updates.",
                )
            )
        if steps < len(self):
            rest = self.n % self.batch_size
            say(f"{argument}={steps:g}: an epoch here is one pass, with its last batch of {rest} images too.")


def of_flow(x: object, y: object, batch_size: int | None) -> tuple[object, object, int | None]:
    """Return images, labels and batch size of what may be a flow; anything else stays as it is."""
    if not isinstance(x, Flow):
        return x, y, batch_size
    return x.images, x.labels if y is None else y, batch_size or x.batch_size


def weights_of_flow(x: object, y: object, weights: object) -> object:
    """Return the weights of what may be a flow with its own labels; else those that were given."""
    return x.weights if isinstance(x, Flow) and y is None and weights is None else weights
