"""A run that was cut off goes on as if nothing had happened: the same bits, at whatever step it was cut."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnlab.arch import initial_weights, zoo
from cnnlab.backends import Model, StepResult, get_backend
from cnnlab.records import SGD, Adam, CheckpointMade, Event, Examples, Optimizer, Recipe
from cnnlab.training import Fit, fit
from cnnlab.training.callbacks import Callback
from cnnlab.training.callbacks.callback_list import CallbackList
from cnnlab.training.checkpoints import decode

SEED = 3
IMAGES = 310
RECIPE = Recipe(batch_size=32, epochs=3)
STEPS = 3 * 10


class StepByStep:
    """A model that gives the control back after every step, so that a run can be cut there."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.steps = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.model, name)

    def train_batches(
        self, examples: Examples, order: npt.NDArray[np.integer], batch_size: int, epoch: int
    ) -> list[StepResult]:
        self.steps += 1
        return [self.model.train_step(examples, order[:batch_size], epoch)]


class Remembers(Callback):
    """A callback whose state decides what it does: it shrinks the weights by what it has seen."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0.0
        self.batches = 0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.batches += 1

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert logs is not None
        self.total += logs["val_loss"]
        self.model.set_weights([weight * np.float32(1 - 0.001 * self.total) for weight in self.model.get_weights()])

    def get_state(self) -> dict[str, Any]:
        return {"total": self.total, "batches": self.batches}

    def set_state(self, state: dict[str, Any]) -> None:
        self.total, self.batches = state["total"], state["batches"]


def made(name: str, backend: str, optimizer: Optimizer, threads: int) -> Model:
    network = zoo.network(name)
    return get_backend(backend).load(
        network,
        initial_weights(network, SEED),
        loss=RECIPE.loss,
        optimizer=optimizer,
        seed=SEED,
        threads=threads,
    )


@cache
def examples() -> tuple[Examples, Examples]:
    numbers = np.random.default_rng(SEED)
    labels = np.eye(10, dtype=np.float32)[numbers.integers(0, 10, IMAGES)]
    images = numbers.integers(0, 256, (IMAGES, 28, 28, 1), dtype=np.uint8)
    whole = Examples(images, labels, 255.0)
    return whole, whole.head(40)


def listed(model: Model, remembering: bool) -> CallbackList:
    if not remembering:
        return CallbackList()
    trainee: Any = type("Trainee", (), {"get_weights": model.get_weights, "set_weights": model.set_weights})()
    return CallbackList([Remembers()], trainee)


def same_run(one: Fit, other: Fit) -> None:
    assert [replace(row, seconds=0) for row in one.history] == [replace(row, seconds=0) for row in other.history]
    assert [weight.tobytes() for weight in one.weights] == [weight.tobytes() for weight in other.weights]
    assert (one.test_loss, one.test_accuracy, one.status) == (other.test_loss, other.test_accuracy, other.status)


def cut_and_resumed(
    name: str,
    backend: str,
    optimizer: Optimizer,
    cuts: Sequence[int],
    threads: Sequence[int],
    *,
    remembering: bool = False,
) -> Fit:
    """Train, stopping after each of these numbers of steps, and go on each time in a new model."""
    recipe, resume = replace(RECIPE, optimizer=optimizer), None
    for cut, workers in zip([*cuts, 10**9], threads, strict=True):
        model = StepByStep(made(name, backend, optimizer, workers))
        kept: list[bytes] = []

        def sink(event: Event, kept: list[bytes] = kept) -> None:
            if isinstance(event, CheckpointMade) and not event.best:
                kept.append(event.content)

        def stop(model: StepByStep = model, cut: int = cut) -> bool:
            return model.steps >= cut

        callbacks = listed(model.model, remembering)
        fitted = fit(
            model,  # type: ignore[arg-type]
            recipe,
            *examples(),
            seed=SEED,
            callbacks=callbacks,
            resume=resume,
            checkpoint_every=10**9,
            sink=sink,
            stop=stop,
        )
        if fitted.status == "finished":
            return fitted
        assert fitted.error is None
        resume = decode(kept[-1])
    raise AssertionError


@pytest.mark.parametrize("name", ["architecture-1", "architecture-2", "architecture-3"])
@settings(max_examples=25, deadline=None)
@given(cut=st.integers(1, STEPS), second=st.integers(1, STEPS), remembering=st.booleans())
def test_a_run_cut_at_any_step_ends_with_the_bits_of_one_that_never_stopped_on_other_threads(
    name: str, cut: int, second: int, remembering: bool
) -> None:
    whole_model = made(name, "compiled", Adam(), 2)
    whole = fit(
        whole_model, RECIPE, *examples(), seed=SEED, callbacks=listed(whole_model, remembering), checkpoint_every=None
    )

    resumed = cut_and_resumed(name, "compiled", Adam(), [cut, second], [1, 2, 3], remembering=remembering)

    same_run(whole, resumed)


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(momentum=0.9, nesterov=True, decay=0.01),
        Adam(amsgrad=True, use_ema=True, ema_overwrite_frequency=4),
        Adam(use_ema=True, gradient_accumulation_steps=3),
    ],
    ids=repr,
)
@pytest.mark.parametrize("backend", ["compiled", "numpy"])
@settings(max_examples=4, deadline=None)
@given(cut=st.integers(1, STEPS))
def test_averages_and_accumulated_gradients_go_on_as_well(optimizer: Optimizer, backend: str, cut: int) -> None:
    whole = fit(
        made("architecture-3", backend, optimizer, 1), replace(RECIPE, optimizer=optimizer), *examples(), seed=SEED
    )

    resumed = cut_and_resumed("architecture-3", backend, optimizer, [cut], [1, 1])

    same_run(whole, resumed)
