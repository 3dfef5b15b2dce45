"""What a running training says while it runs; whoever wants to know hands it a sink."""

from collections.abc import Callable
from dataclasses import dataclass

from cnnlab.records.runs import EpochRow, RunKey, RunResult, TestPredictions


@dataclass(frozen=True)
class RunStarted:
    """A run begins, or goes on: ``epochs`` epochs of ``steps`` steps each over ``images`` images; ``done`` are done."""

    key: RunKey
    epochs: int
    steps: int
    images: int
    done: int = 0


@dataclass(frozen=True)
class BatchDone:
    """A step is done.

    Attributes:
        key: Which run.
        epoch: Counted from 1.
        step: Counted from 1.
        loss: Mean over the epoch's images so far.
        accuracy: Likewise.
        seconds: Since the epoch began.
        metrics: What each further metric says of the epoch's images so far.
    """

    key: RunKey
    epoch: int
    step: int
    loss: float
    accuracy: float
    seconds: float
    metrics: tuple[float, ...] = ()


@dataclass(frozen=True)
class EpochDone:
    """An epoch is done and validated; ``predictions`` are of the validation images, where there are any."""

    key: RunKey
    row: EpochRow
    predictions: TestPredictions | None


@dataclass(frozen=True)
class CheckpointMade:
    """All that a run needs to go on from here, to the bit.

    Attributes:
        key: Which run.
        epoch: Whole epochs trained so far.
        step: Updates or accumulated batches so far, over all epochs.
        best: Whether it is there because its validation loss is the lowest so far, and not because it is the latest.
        content: One file, as `training.checkpoints` writes it, its own checksum inside.
    """

    key: RunKey
    epoch: int
    step: int
    best: bool
    content: bytes


@dataclass(frozen=True)
class RunFinished:
    """A run has ended, whole or interrupted."""

    result: RunResult


@dataclass(frozen=True)
class Notice:
    """Something the user should know and need not act on: a warning of the check before training."""

    text: str


Event = RunStarted | BatchDone | EpochDone | CheckpointMade | RunFinished | Notice
Sink = Callable[[Event], None]
