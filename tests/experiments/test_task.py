"""One run as a study makes it: its callbacks, the files they write, and how it ends."""

from pathlib import Path
from typing import Any

import pytest

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.experiments import Architecture, Task, Trial, prepare_all, run_task
from cnnlab.records import SGD, CallbackRecipe, Recipe, RunKey, RunResult
from cnnlab.training.callbacks import Callback, callback_recipe

NETWORK = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])


class Counts(Callback):
    """A callback of a user's."""

    def __init__(self) -> None:
        super().__init__()
        self.epochs = 0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.epochs += 1
        assert self.epochs <= 2, "every run has a callback of its own"


def trained(folder: Path | None, *callbacks: CallbackRecipe, seed: int = 0, **recipe: Any) -> RunResult:  # noqa: ANN401 - of a recipe
    one = Architecture("net", NETWORK, Recipe(**{"epochs": 2, "callbacks": callbacks, **recipe}))
    prepared = prepare_all([one], data.load("made-up"))["net"]
    done = run_task(
        Task(Trial(RunKey("net", seed), one), "compiled", folder=folder), prepared, lambda _: None, lambda: False
    )
    assert done.error is None
    assert done.result is not None
    return done.result


def test_files_of_callbacks_with_relative_names_go_into_the_runs_folder(tmp_path: Path) -> None:
    log = CallbackRecipe("CSVLogger", (("filename", "log.csv"),))
    weights = CallbackRecipe("ModelCheckpoint", (("filepath", "best/epoch-{epoch:02d}.npz"),))

    trained(tmp_path, log, weights)

    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert names == ["best/epoch-01.npz", "best/epoch-02.npz", "log.csv"]


def test_each_run_has_a_copy_of_the_users_callback_and_is_marked_where_that_cannot_go_on(tmp_path: Path) -> None:
    own = callback_recipe(Counts())

    first, second = (trained(tmp_path, own, seed=seed) for seed in (0, 1))

    assert not first.resumes_exactly
    assert not second.resumes_exactly
    assert trained(tmp_path, CallbackRecipe("EarlyStopping")).resumes_exactly


def test_a_run_that_a_callback_ends_early_is_finished_and_says_why(tmp_path: Path) -> None:
    stopping = CallbackRecipe("EarlyStopping", (("min_delta", 10.0), ("patience", 1)))

    result = trained(tmp_path, stopping, epochs=9)

    assert (result.status, len(result.history)) == ("finished", 2)
    assert "EarlyStopping" in str(result.ended)


@pytest.mark.parametrize("quietly", [False, True])
def test_a_loss_that_is_not_finite_fails_the_run_unless_a_callback_takes_it(tmp_path: Path, quietly: bool) -> None:
    callbacks = (CallbackRecipe("TerminateOnNaN"),) if quietly else ()

    result = trained(tmp_path, *callbacks, optimizer=SGD(1e38), epochs=9)

    assert result.status == ("finished" if quietly else "failed")
    assert "expected a finite loss" in str(result.ended)
