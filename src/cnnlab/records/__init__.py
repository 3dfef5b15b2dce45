"""The plain values that travel between the stages: no behaviour beyond their own consistency."""

from cnnlab.records.events import (
    BatchDone,
    CheckpointMade,
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
from cnnlab.records.probes import LayerProbe, Moment, Probe
from cnnlab.records.published import Assumption, Publication, Published, PublishedCurves, notebook
from cnnlab.records.runs import (
    CallbackRecipe,
    EpochRow,
    Provenance,
    Recipe,
    RunKey,
    RunResult,
    RunStatus,
    StudyResult,
    TestPredictions,
)
from cnnlab.records.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from cnnlab.records.stored import RunPlan, RunSummary, StoredCheckpoint, StoredRun, StoredStatus, StoredStudy
from cnnlab.records.tables import named_table
from cnnlab.records.tested import Tested

__all__ = [
    "SGD",
    "Adadelta",
    "Adam",
    "Assumption",
    "BatchDone",
    "CallbackRecipe",
    "CategoricalCrossentropy",
    "CheckpointMade",
    "CosineDecay",
    "CosineDecayRestarts",
    "EpochDone",
    "EpochRow",
    "Event",
    "Examples",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LayerProbe",
    "LearningRateSchedule",
    "Loss",
    "Moment",
    "Notice",
    "OneCycle",
    "Optimizer",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "Probe",
    "Provenance",
    "Publication",
    "Published",
    "PublishedCurves",
    "RMSprop",
    "Recipe",
    "RunFinished",
    "RunKey",
    "RunPlan",
    "RunResult",
    "RunStarted",
    "RunStatus",
    "RunSummary",
    "Sink",
    "SparseCategoricalCrossentropy",
    "Split",
    "StoredCheckpoint",
    "StoredRun",
    "StoredStatus",
    "StoredStudy",
    "StudyResult",
    "TestPredictions",
    "Tested",
    "named_table",
    "notebook",
]
