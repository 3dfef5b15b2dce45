"""One training run and one study of many, as plain values."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cnnlab.records.checks import Range, check_fields
from cnnlab.records.class_weights import BALANCED, ClassWeights, class_weights
from cnnlab.records.losses import CategoricalCrossentropy, Loss
from cnnlab.records.optimizers import Adam, Optimizer

RunStatus = Literal["finished", "interrupted", "failed"]


@dataclass(frozen=True)
class CallbackRecipe:
    """A callback as a recipe names it; every run gets one of its own.

    Attributes:
        name: A callback of cnnlab's by Keras' name ("EarlyStopping"), or "module:Class" of one of the user's.
        arguments: By Keras' names, as JSON can hold them; those at their defaults left out.
        own: The user's object, of which every run gets a copy; None for one of cnnlab's. A recipe that holds one
            cannot be written into a file.
    """

    name: str
    arguments: tuple[tuple[str, Any], ...] = ()
    own: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a network is trained.

    Attributes:
        batch_size: Images for each update; the last batch of an epoch may be smaller.
        epochs: Passes over the training images.
        optimizer: With all its arguments.
        loss: With all its arguments.
        shuffle: Whether each epoch has an order of its own.
        callbacks: Called in this order.
        class_weight: What the loss of a training image is multiplied by, by its class; None where all weigh 1.
    """

    batch_size: int = 32
    epochs: int = 1
    optimizer: Optimizer = field(default_factory=Adam)
    loss: Loss = field(default_factory=CategoricalCrossentropy)
    shuffle: bool = True
    callbacks: tuple[CallbackRecipe, ...] = ()
    class_weight: ClassWeights | None = None

    def __post_init__(self) -> None:
        """Check both numbers and the class weights."""
        check_fields(self, {"batch_size": Range(1, whole=True), "epochs": Range(1, whole=True)}, "recipe")
        object.__setattr__(self, "class_weight", class_weights(self.class_weight))

    @property
    def loss_has_usual_size(self) -> bool:
        """Tell whether a training loss can be held against one without class weights.

        Balanced weights have the mean 1 over the training images; that of others is not known from a recipe.
        """
        return self.class_weight is None or self.class_weight == BALANCED


@dataclass(frozen=True)
class RunKey:
    """Which run of a study: one architecture with one seed."""

    architecture: str
    seed: int


@dataclass(frozen=True)
class EpochRow:
    """What one epoch gave.

    Attributes:
        epoch: Counted from 1.
        loss: Mean over the epoch's training images, each as its batch was trained (dropout on).
        accuracy: Share of them classified correctly, from 0 to 1, likewise.
        val_loss: Mean over the validation images after the epoch; None without validation.
        val_accuracy: Share of them classified correctly; None without validation.
        seconds: Wall-clock time, validation included.
        learning_rate: At the epoch's end, before callbacks change it; None where nobody knows it.
        metrics: What each further metric says of the training images, likewise; the runs of studies have none.
        val_metrics: Of the validation images; none without validation.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float | None
    val_accuracy: float | None
    seconds: float
    learning_rate: float | None = None
    metrics: tuple[float, ...] = ()
    val_metrics: tuple[float, ...] = ()

    def stored(self) -> dict[str, int | float | None]:
        """Return what the store keeps, by name: all but the further metrics."""
        return {name: value for name, value in vars(self).items() if name not in {"metrics", "val_metrics"}}


@dataclass(frozen=True, eq=False)
class TestPredictions:
    """What the network said of each image that it was tested or validated with.

    Attributes:
        classes: The class with the largest output, shape (n,), uint8 or uint16.
        true_class_probability: The probability given to the true class, shape (n,), float32.
    """

    __test__ = False  # the name is not a test for pytest

    classes: npt.NDArray[Any]
    true_class_probability: npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a result came from: all one needs to make it again or to doubt it.

    ``validation_images`` counts the training images that were held out for validation, beside ``train_images``; None
    where the test images served for both.
    """

    cnnlab_version: str
    commit: str | None
    python: str
    numpy: str
    platform: str
    cpu: str
    threads: int
    backend: str
    same_bits: bool
    data_name: str
    data_source: str
    data_sums: dict[str, str]
    train_images: int
    test_images: int
    started: str
    validation_images: int | None = None

    @property
    def backend_name(self) -> str:
        """Return the backend's name, without the versions that some tell behind it."""
        return self.backend.partition(" ")[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class RunResult:
    """One finished or interrupted run.

    Attributes:
        key: Architecture and seed.
        status: "finished" also where a callback ended it before all epochs were trained.
        recipe: How it was trained.
        total_params: All parameters of the network.
        trainable_params: Those that training moves.
        history: A row for each whole epoch.
        test_loss: Of the final weights on the test images; None where no epoch was finished, and where images are held
            out and the run has not come to its end: the test images are not looked at before.
        test_accuracy: Likewise, from 0 to 1.
        seconds: Wall-clock time of training, validation and test.
        weights: In Keras' order; none once they are kept in the run's folder.
        weights_sha256: Of the final weights, in Keras' order as little-endian float32; None where they were not kept.
        ended: Why a callback ended it early, in its words; None for a run that trained all epochs.
        resumes_exactly: Whether a run that goes on after an interruption gives the bits of one that never stopped; a
            callback of the user's without ``get_state`` and ``set_state`` takes that away.
        test_predictions: What the final weights said of the test images; None where nothing else was said of them
            than by the last epoch's validation, and once they are kept in the store.
    """

    key: RunKey
    status: RunStatus
    recipe: Recipe
    total_params: int
    trainable_params: int
    history: tuple[EpochRow, ...]
    test_loss: float | None
    test_accuracy: float | None
    seconds: float
    weights: tuple[npt.NDArray[Any], ...] = ()
    weights_sha256: str | None = None
    ended: str | None = None
    resumes_exactly: bool = True
    test_predictions: TestPredictions | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyResult:
    """All runs of a study, in the order in which they were trained.

    Attributes:
        name: The study's.
        runs: Those that were begun.
        provenance: Where they ran.
        architectures: All that were planned, in the order of the table.
        published: Test loss and accuracy that somebody published, by architecture.
        seeds: All that were planned.
        validated_on_test: Whether the validation images of each epoch were the test images, as in the notebook.
    """

    name: str
    runs: tuple[RunResult, ...]
    provenance: Provenance
    architectures: tuple[str, ...]
    published: dict[str, tuple[float, float]] = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    validated_on_test: bool = True
