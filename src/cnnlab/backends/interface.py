"""What a backend is: one interface, whoever executes the training step.

A backend turns a network with its weights into a `Model`: the network loaded, with a loss and an optimizer where it
shall be trained. Nothing here prints, shuffles or counts epochs; `training` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.records import Counted, Counts, Examples, Loss, Optimizer, TestPredictions

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class StepResult:
    """What one training step gave.

    Attributes:
        loss: Mean over the batch, in training mode, before the update, and what the regularizers add; of each image's
            loss times its weight, where images have weights.
        correct: How many images of the batch were classified correctly, in training mode.
        count: Images in the batch.
        counts: The two counts of each metric that the model was loaded with, likewise.
    """

    loss: float
    correct: int
    count: int
    counts: tuple[Counts, ...] = ()


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a network says of labelled images, in evaluation mode.

    Attributes:
        loss: Mean over the images, of each one's loss times its weight, where they have weights; and what the
            regularizers add.
        accuracy: Share classified correctly, from 0 to 1; each image counts once, whatever its weight.
        predictions: For each image.
        counts: The two counts of each metric that the model was loaded with.
    """

    loss: float
    accuracy: float
    predictions: TestPredictions
    counts: tuple[Counts, ...] = ()


class Model(Protocol):
    """A network loaded into a backend."""

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step, as Keras' ``optimizer.learning_rate`` says it.

        With a schedule it is the schedule's, with the old ``decay`` the rate before it. Setting it replaces the rate
        that the optimizer was made with, from the next step on; it belongs to the optimizer's state.

        Raises:
            UsageError: If there is no optimizer; where it is set, also if it is no number that is not negative, or if
                the optimizer has a schedule.
        """
        ...

    @learning_rate.setter
    def learning_rate(self, value: float) -> None: ...

    def train_step(self, examples: Examples, rows: npt.NDArray[np.integer], epoch: int) -> StepResult:
        """Train on one batch.

        Args:
            examples: All training images; the batch is taken from them.
            rows: Shape (batch,): which images, in which order. Dropout masks are functions of these indices.
            epoch: Counted from 0; the masks' other coordinate.
        """
        ...

    def train_batches(
        self, examples: Examples, order: npt.NDArray[np.integer], batch_size: int, epoch: int
    ) -> list[StepResult]:
        """Train on the first batches of what is left of an epoch: as many as suit the backend, at least one.

        It comes back soon enough for progress and Ctrl-C; how many batches it takes changes no number.

        Args:
            examples: All training images.
            order: Shape (n,), n > 0: which images are still to come, in which order.
            batch_size: The last batch may be smaller.
            epoch: Counted from 0.

        Raises:
            NonFiniteLossError: If a loss is infinite or NaN; the weights are those of before that step.
        """
        ...

    def evaluate(self, examples: Examples, batch_size: int) -> Evaluation:
        """Compare the network's output with the labels of all examples, in evaluation mode."""
        ...

    def predict(self, images: Array, batch_size: int) -> Array:
        """Return the outputs, shape (n, *output_shape), for images as a batch hands them over (scaled)."""
        ...

    def get_weights(self) -> list[Array]:
        """Return copies of the weights, in Keras' order."""
        ...

    def set_weights(self, weights: Sequence[Array]) -> None:
        """Replace the weights, given in Keras' order."""
        ...

    def get_state(self) -> dict[str, Array]:
        """Return copies of the optimizer's state by name: weights and this resume a run.

        Its step number is in it, and its learning rate where that is a number.
        """
        ...

    def set_state(self, state: dict[str, Array]) -> None:
        """Replace the optimizer's state."""
        ...

    def finish(self) -> None:
        """End training: where the optimizer keeps an average of the weights for the end, it takes their place."""
        ...


class Backend(Protocol):
    """Something that executes networks.

    Attributes:
        name: "numpy", "compiled", "keras".
        about: What a result's origin says of it: the name, and behind it versions that its numbers depend on.
        same_bits: Whether it promises the same bits for the same seed on any number of threads and any processor.
    """

    name: str
    about: str
    same_bits: bool

    def load(
        self,
        network: Network,
        weights: Sequence[Array],
        *,
        loss: Loss | None = None,
        optimizer: Optimizer | None = None,
        seed: int = 0,
        threads: int | None = None,
        metrics: Sequence[Counted] = (),
    ) -> Model:
        """Load a network.

        Args:
            network: Its description.
            weights: In Keras' order; they are copied.
            loss: Needed by ``train_step`` and ``evaluate``.
            optimizer: Needed by ``train_step``.
            seed: The run's seed: with epoch and image it decides the dropout masks.
            threads: How many to use; None for one for each core this process may use.
            metrics: What to count beside the right answers, as `StepResult.counts` and `Evaluation.counts`.
        """
        ...
