"""Results as a store has them."""

from collections.abc import Mapping

from cnnlab.experiments import Architecture
from cnnlab.records import RunResult
from cnnlab.store import Store


def run_result(store: Store, identifier: str, architectures: Mapping[str, Architecture]) -> RunResult:
    """Gather what a store knows of a run that has begun.

    Args:
        store: That keeps it.
        identifier: The run's id, a whole one.
        architectures: Of its study, by name: they say how it is trained.

    Returns:
        Without weights. A run that is not finished has the test of its last whole epoch, if that was validated with the
        test images.
    """
    run = store.run(identifier)
    history = store.epochs(identifier)
    # Where the test images validate, the last epoch of a run that is not at its end is its test so far.
    so_far = run.validation_images is None and run.status != "finished"
    last = history[-1] if history and so_far else None
    return RunResult(
        key=run.key,
        status="failed" if run.status == "failed" else "finished" if run.status == "finished" else "interrupted",
        recipe=architectures[run.key.architecture].recipe,
        total_params=run.total_params,
        trainable_params=run.trainable_params,
        history=history,
        test_loss=last.val_loss if last else run.summary.test_loss,
        test_accuracy=last.val_accuracy if last else run.summary.test_accuracy,
        seconds=run.summary.seconds or 0.0,
        weights_sha256=run.summary.weights_sha256,
        ended=run.error or run.reason,
        resumes_exactly=run.resumes_exactly,
    )
