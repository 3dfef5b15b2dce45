"""Where a study goes on: from the newest checkpoint that is whole, and nothing is kept of what lies behind it."""

from pathlib import Path

import killed_studies
import numpy as np
import pytest

from cnnlab import data
from cnnlab.backends import get_backend
from cnnlab.experiments import provenance
from cnnlab.lab.book import StudyBook
from cnnlab.lab.checkpointing import CHECKPOINT_VARIABLE
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.study_file import load_plan
from cnnlab.records import BatchDone, EpochDone, Event
from cnnlab.store import RunFilter, open_store
from cnnlab.training.checkpoints import decode

EPOCHS = 5


class PowerCutError(Exception):
    """Ends a study in the middle."""


@pytest.mark.parametrize("damaged", range(4))
def test_what_lies_behind_the_newest_whole_checkpoint_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: int
) -> None:
    monkeypatch.setenv(CHECKPOINT_VARIABLE, "0")
    (tmp_path / "study.toml").write_text(killed_studies.STUDIES["plateau"])
    plan = load_plan(tmp_path / "study.toml")
    split = data.load(plan.data)

    def cut(event: Event) -> None:
        if isinstance(event, EpochDone) and event.row.epoch == EPOCHS:
            raise PowerCutError

    runs = tmp_path / "runs"
    with pytest.raises(PowerCutError):
        conduct(plan, split, Means(threads=1), out=runs, sink=cut)
    with open_store(runs) as store:
        (run,) = store.runs(RunFilter(status="interrupted"))
        assert len(store.epochs(run.id)) == EPOCHS
        checkpoints = store.checkpoints(run.id)
        assert len(checkpoints) == 3  # the last two and the best
        for one in checkpoints[:damaged]:
            (runs / one.file).write_bytes(b"a failing disk")
        book = StudyBook(store, plan, provenance(get_backend(None), split, 1))
        told: list[Event] = []
        task = next(book.tasks("compiled", 1, told.append))
        assert task.trial.key.seed == run.seed
        epoch = 0 if task.resume is None else decode(task.resume).epoch
        assert (epoch, bool(told)) == ((0, False) if damaged == 3 else (checkpoints[damaged].epoch, True))
        assert [row.epoch for row in store.epochs(run.id)] == [*range(1, epoch + 1)]
        assert all(one.epoch <= epoch for one in store.checkpoints(run.id))


def test_stopped_twice_in_the_same_epoch_the_weights_of_the_last_whole_one_are_kept(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(killed_studies.STUDIES["step-by-step"])
    plan = load_plan(tmp_path / "study.toml")
    split = data.load(plan.data)
    kept = []
    for step in (2, 3):
        batches: list[BatchDone] = []

        def note(event: Event, batches: list[BatchDone] = batches) -> None:
            if isinstance(event, BatchDone):
                batches.append(event)

        def stop(step: int = step, batches: list[BatchDone] = batches) -> bool:
            return bool(batches) and (batches[-1].epoch, batches[-1].step) >= (3, step)

        outcome = conduct(plan, split, Means(threads=1), out=tmp_path / "runs", sink=note, stop=stop)
        assert outcome.interrupted
        (run,) = outcome.runs
        assert (batches[-1].epoch, batches[-1].step, len(run.history)) == (3, step, 2)
        kept.append(outcome.weights(run.key.architecture, run.key.seed))
    for first, second in zip(*kept, strict=True):
        np.testing.assert_array_equal(first, second)
