"""Train the trials of a study one after the other."""

from collections.abc import Callable, Iterator, Sequence

from cnnlab.arch.initial import initial_weights
from cnnlab.backends import Backend
from cnnlab.experiments.prepare import prepared_for
from cnnlab.experiments.trials import Architecture, Trial
from cnnlab.records import RunFinished, RunResult, Sink, Split
from cnnlab.training import Fit, Prepared, fit


def prepare_all(architectures: Sequence[Architecture], split: Split) -> dict[str, Prepared]:
    """Check a data set against every architecture before the first is trained: a mistake in the last costs no time.

    Returns:
        The data in the form that each architecture takes, by its name.

    Raises:
        DataError: If the data do not fit one of them.
    """
    return {one.name: prepared_for(one.network, one.recipe.loss, split) for one in architectures}


def run_trials(
    todo: Sequence[Trial],
    data: dict[str, Prepared],
    backend: Backend,
    *,
    threads: int | None = None,
    sink: Sink,
    stop: Callable[[], bool],
) -> Iterator[RunResult]:
    """Train trials in their order.

    Args:
        todo: What to train.
        data: From `prepare_all`.
        backend: Who trains.
        threads: How many it may use; None for one for each core.
        sink: Told of everything.
        stop: Asked after every few steps; True ends the trial and leaves the rest out.

    Yields:
        A result for each trial that was begun, as it ends; also of one that fails, before its error is raised.
    """
    for trial in todo:
        fitted = _run(trial, data[trial.architecture.name], backend, threads, sink, stop)
        result = _result(trial, fitted)
        yield result
        if fitted.error is not None:
            raise fitted.error
        sink(RunFinished(result))
        if result.status == "interrupted" or stop():
            return


def _run(
    trial: Trial,
    prepared: Prepared,
    backend: Backend,
    threads: int | None,
    sink: Sink,
    stop: Callable[[], bool],
) -> Fit:
    """Train one trial from its initial weights."""
    network, recipe, seed = trial.architecture.network, trial.architecture.recipe, trial.key.seed
    model = backend.load(
        network,
        initial_weights(network, seed),
        loss=recipe.loss,
        optimizer=recipe.optimizer,
        seed=seed,
        threads=threads,
    )
    return fit(model, recipe, prepared.train, prepared.validation, seed=seed, key=trial.key, sink=sink, stop=stop)


def _result(trial: Trial, fitted: Fit) -> RunResult:
    network = trial.architecture.network
    return RunResult(
        key=trial.key,
        status=fitted.status,
        recipe=trial.architecture.recipe,
        total_params=network.total_params,
        trainable_params=network.trainable_params,
        history=fitted.history,
        test_loss=fitted.test.loss if fitted.test else None,
        test_accuracy=fitted.test.accuracy if fitted.test else None,
        seconds=fitted.seconds,
        weights=tuple(fitted.weights),
    )
