"""All that the rules may look at."""

from dataclasses import dataclass, field
from math import ceil

from cnnlab.analysis.diagnosis.description.thresholds import Thresholds
from cnnlab.arch import Network
from cnnlab.records import Recipe


@dataclass(frozen=True)
class Seen:
    """A network and how it is trained.

    Attributes:
        network: Its description.
        recipe: How it is trained.
        classes: How many there are to tell apart.
        object_size: Side of what is to be recognized, in pixels; None where nobody knows it.
        train_images: How many images an epoch has; None where nobody knows it.
        initial_loss: Of the network before its first update; None where nobody measured it.
        thresholds: From where on something is suspected.
    """

    network: Network
    recipe: Recipe
    classes: int = 10
    object_size: float | None = None
    train_images: int | None = None
    initial_loss: float | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)

    @property
    def batches(self) -> int | None:
        """Count the batches of the whole training; None where the number of images is not known."""
        if self.train_images is None:
            return None
        return ceil(self.train_images / self.recipe.batch_size) * self.recipe.epochs

    @property
    def updates(self) -> int | None:
        """Count the updates of the weights: one for each batch, or for several whose gradients are gathered."""
        gathered = self.recipe.optimizer.gradient_accumulation_steps or 1
        return None if self.batches is None else self.batches // gathered
