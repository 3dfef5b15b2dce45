"""The plain values that travel between the stages: no behaviour beyond their own consistency."""

from cnnlab.records.events import (
    BatchDone,
    EpochDone,
    Event,
    Notice,
    RunFinished,
    RunStarted,
    Sink,
)
from cnnlab.records.examples import Examples, Split
from cnnlab.records.losses import CategoricalCrossentropy, Loss, SparseCategoricalCrossentropy
from cnnlab.records.optimizers import SGD, Adadelta, Adam, Optimizer, RMSprop
from cnnlab.records.runs import EpochRow, Provenance, Recipe, RunKey, RunResult, RunStatus, StudyResult, TestPredictions

__all__ = [
    "SGD",
    "Adadelta",
    "Adam",
    "BatchDone",
    "CategoricalCrossentropy",
    "EpochDone",
    "EpochRow",
    "Event",
    "Examples",
    "Loss",
    "Notice",
    "Optimizer",
    "Provenance",
    "RMSprop",
    "Recipe",
    "RunFinished",
    "RunKey",
    "RunResult",
    "RunStarted",
    "RunStatus",
    "Sink",
    "SparseCategoricalCrossentropy",
    "Split",
    "StudyResult",
    "TestPredictions",
]
