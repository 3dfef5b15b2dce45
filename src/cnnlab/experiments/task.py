"""One run as it travels to whoever trains it: plain data, so that it can leave the process."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnnlab.arch.initial import initial_weights
from cnnlab.backends import Backend, get_backend
from cnnlab.errors import NonFiniteLossError
from cnnlab.experiments.trials import Trial
from cnnlab.records import RunResult, Sink
from cnnlab.training import Fit, Prepared, fit
from cnnlab.training.callbacks import callback_of, resumes_exactly
from cnnlab.training.callbacks.callback_list import CallbackList
from cnnlab.training.checkpoints import decode
from cnnlab.training.trainee import Trainee


@dataclass(frozen=True)
class Task:
    """One run to be made, or to be gone on with.

    Attributes:
        trial: What to train.
        backend: Who trains.
        threads: How many it may use; None for one for each core.
        resume: Where it was interrupted, as `training.checkpoints` writes it; None to begin.
        checkpoint_every: Seconds between two checkpoints; None for none.
        folder: Where callbacks write files with relative names; None for the working directory.
    """

    trial: Trial
    backend: str
    threads: int | None = None
    resume: bytes | None = None
    checkpoint_every: float | None = None
    folder: Path | None = None


@dataclass(frozen=True, eq=False)
class Done:
    """What became of a task.

    Attributes:
        task: Which.
        result: What has been trained; None if nobody knows, since a worker died or never began.
        error: What ended it where it should not have ended; a loss that is not finite is a result and no error.
    """

    task: Task
    result: RunResult | None
    error: BaseException | None = None


def run_task(task: Task, prepared: Prepared, sink: Sink, stop: Callable[[], bool]) -> Done:
    """Train one run in this process.

    Args:
        task: What to do.
        prepared: The data in the form that its network takes.
        sink: Told of everything.
        stop: Asked after every few steps; True ends the run there.
    """
    trial = task.trial
    network, recipe, seed = trial.architecture.network, trial.architecture.recipe, trial.key.seed
    backend: Backend = get_backend(task.backend)
    model = backend.load(
        network,
        initial_weights(network, seed),
        loss=recipe.loss,
        optimizer=recipe.optimizer,
        seed=seed,
        threads=task.threads,
    )
    own = [callback_of(one) for one in recipe.callbacks]
    trainee = Trainee(network, model, trial.architecture.name, seed, task.folder)
    steps = -(-len(prepared.train) // recipe.batch_size)
    fitted = fit(
        model,
        recipe,
        prepared.train,
        prepared.validation,
        test=prepared.test,
        seed=seed,
        key=trial.key,
        callbacks=CallbackList(own, trainee, {"verbose": 0, "epochs": recipe.epochs, "steps": steps}),
        resume=None if task.resume is None else decode(task.resume),
        checkpoint_every=task.checkpoint_every,
        sink=sink,
        stop=stop,
    )
    diverged = isinstance(fitted.error, NonFiniteLossError)
    result = _result(trial, fitted, exactly=all(map(resumes_exactly, own)), diverged=diverged)
    return Done(task, result, None if diverged else fitted.error)


def _result(trial: Trial, fitted: Fit, *, exactly: bool, diverged: bool) -> RunResult:
    network = trial.architecture.network
    return RunResult(
        key=trial.key,
        status="failed" if diverged else fitted.status,
        recipe=trial.architecture.recipe,
        total_params=network.total_params,
        trainable_params=network.trainable_params,
        history=fitted.history,
        test_loss=fitted.test_loss,
        test_accuracy=fitted.test_accuracy,
        seconds=fitted.seconds,
        weights=tuple(fitted.weights),
        ended=str(fitted.error) if diverged else fitted.ended,
        resumes_exactly=exactly,
        test_predictions=fitted.test_predictions,
    )
