"""A network loaded into Keras: steps, evaluation, prediction, state in and out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.backends.blame import loss_not_finite
from cnnlab.backends.checks import check_state, check_weights
from cnnlab.backends.interface import Array, Evaluation, StepResult
from cnnlab.backends.keras.building import built, keras_accuracy, keras_loss, keras_optimizer
from cnnlab.backends.keras.counting import KerasCounter
from cnnlab.backends.keras.real import real_keras
from cnnlab.backends.learning_rates import LearningRate
from cnnlab.backends.reference.activations import activate
from cnnlab.backends.reference.counting import Counting
from cnnlab.backends.reference.evaluating import evaluation_of
from cnnlab.backends.reference.weight_rules import penalties_of
from cnnlab.errors import UsageError, explain
from cnnlab.records import Counted, Examples, Loss, Nadam, Optimizer, memory_names
from cnnlab.records.nadam import momenta_until

_TOGETHER: Final = 0.05
"""Seconds of batches in one go: soon enough for progress and Ctrl-C."""
_NUMBERED: Final = 2  # the optimizer's first variables: its step and its learning rate


class KerasModel:
    """See `cnnlab.backends.Model`; made by `KerasBackend.load`."""

    def __init__(
        self,
        network: Network,
        weights: Sequence[Array],
        *,
        loss: Loss | None,
        optimizer: Optimizer | None,
        seed: int,
        metrics: Sequence[Counted] = (),
    ) -> None:
        self.network = network
        self._loss = loss
        self._seed = seed
        self._built = built(network, loss)
        self._counting = Counting(metrics, left_out=self._built.left_out)
        self._counters = [KerasCounter(metric, left_out=self._built.left_out) for metric in metrics]
        self.set_weights(weights)
        self._step = 0
        self._optimizer = optimizer if loss is not None else None
        self._rate: LearningRate | None = None
        if loss is not None and optimizer is not None:
            self._rate = LearningRate(optimizer)
            from_logits = loss.from_logits or self._built.left_out is not None
            self._trainer = self._built.training
            self._trainer.compile(
                optimizer=keras_optimizer(optimizer, self._rate.shown(0)),
                loss=keras_loss(loss, from_logits=from_logits),
                metrics=[keras_accuracy(network, loss, self._built.left_out), *(c.metric for c in self._counters)],
            )
            self._trainer.optimizer.build(self._trainer.trainable_variables)

    @property
    def learning_rate(self) -> float:
        """Return the learning rate of the next step; see `Model.learning_rate`."""
        return self._needed_rate().shown(self._step)

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._needed_rate().set(value, self.network.name)

    def train_step(self, examples: Examples, rows: npt.NDArray[np.integer], epoch: int) -> StepResult:
        """Train on one batch; see `Model.train_step`."""
        return self._trained(examples, [rows], epoch)[0]

    def train_batches(
        self, examples: Examples, order: npt.NDArray[np.integer], batch_size: int, epoch: int
    ) -> list[StepResult]:
        """Train on the next batches; see `Model.train_batches`."""
        batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
        return self._trained(examples, batches, epoch)

    def _trained(self, examples: Examples, batches: Sequence[npt.NDArray[np.integer]], epoch: int) -> list[StepResult]:
        """Train on batches until it is time to come back.

        Keras has moved the weights when it tells a loss. Where that is not finite, those of before the step are made
        again: by the batches before it, from where this call began.
        """
        rate = self._needed_rate()
        before, memory, ends = self.get_weights(), self.get_state(), monotonic() + _TOGETHER
        done: list[StepResult] = []
        for rows in batches:
            result = self._keras_step(examples, rows, epoch, rate)
            if not np.isfinite(result.loss):
                self.set_weights(before)
                self.set_state(memory)
                for again in batches[: len(done)]:
                    self._keras_step(examples, again, epoch, rate)
                held, step = self.get_weights(), self._step + 1
                raise loss_not_finite(self.network, held, examples, rows, seed=self._seed, epoch=epoch, step=step)
            done.append(result)
            if monotonic() >= ends:
                break
        return done

    def _keras_step(
        self, examples: Examples, rows: npt.NDArray[np.integer], epoch: int, rate: LearningRate
    ) -> StepResult:
        """Let Keras make one step of its ``fit``, with our rate and all that is drawn drawn by us."""
        self._trainer.optimizer.learning_rate = rate.at(self._step)
        images = examples.batch(rows)
        drawn = self._built.handing.drawn(images, self._seed, epoch, rows)
        self._trainer.reset_metrics()
        said = self._trainer.train_on_batch(
            [images, *drawn] if drawn else images,
            self._labels(examples.labels[rows]),
            sample_weight=None if examples.weights is None else examples.weights[rows].astype(np.float32),
            return_dict=True,
        )
        self._step += 1
        correct = round(float(said["accuracy"]) * len(rows))
        counts = tuple(counter.counts(len(rows), self.network.output_shape[-1]) for counter in self._counters)
        return StepResult(float(said["loss"]), correct, len(rows), counts)

    def evaluate(self, examples: Examples, batch_size: int) -> Evaluation:
        """Compare Keras' outputs with labels; see `Model.evaluate`."""
        loss = self._loss
        if loss is None:
            raise UsageError(explain(expected="a loss for evaluate", got="none", where=self.network.name))
        batches = (
            (self._outputs(examples.batch(rows)), examples.labels[rows], examples.weights_of(rows))
            for rows in (slice(start, start + batch_size) for start in range(0, len(examples), batch_size))
        )
        found = evaluation_of(batches, loss, left_out=self._built.left_out, counting=self._counting)
        return replace(found, loss=found.loss + penalties_of(self.network, self.get_weights()))

    def predict(self, images: Array, batch_size: int) -> Array:
        """Return the outputs; see `Model.predict`."""
        parts = [np.empty((0, *self.network.output_shape), np.float32)]
        for start in range(0, len(images), batch_size):
            outputs = self._outputs(images[start : start + batch_size].astype(np.float32))
            if self._built.left_out:
                activate(self._built.left_out, outputs)
            parts.append(outputs)
        return np.concatenate(parts)

    def _outputs(self, images: Array) -> Array:
        """Return what Keras puts out, without an activation that was left out; an array of its own."""
        return np.array(self._built.answering.predict_on_batch(images), np.float32)

    def get_weights(self) -> list[Array]:
        """Return copies of the weights, in Keras' order."""
        return [_copied(variable) for variable in self._built.variables]

    def set_weights(self, weights: Sequence[Array]) -> None:
        """Replace the weights, given in Keras' order.

        Raises:
            UsageError: If their number or a shape does not fit.
        """
        check_weights(self.network, weights)
        for variable, value in zip(self._built.variables, weights, strict=True):
            variable.assign(np.asarray(value, np.float32))

    def get_state(self) -> dict[str, Array]:
        """Return copies of the optimizer's state, under the names of every backend."""
        if self._rate is None:
            return {}
        slots = {name: _copied(variable) for name, variable in self._slots().items()}
        return {"step": np.array(self._step), **self._rate.state(), **slots}

    def set_state(self, state: dict[str, Array]) -> None:
        """Replace the optimizer's state.

        Raises:
            UsageError: If its names or shapes are not those of this optimizer on this network, or its learning rate
                cannot be one.
        """
        rate = self._needed_rate()
        check_state(self.network, self.get_state(), state)
        rate.set_state(state, self.network.name)
        self._step = int(state["step"])
        self._trainer.optimizer.variables[0].assign(self._step)
        for name, variable in self._slots().items():
            variable.assign(np.asarray(state[name], np.float32))
        if isinstance(self._optimizer, Nadam):
            self._trainer.optimizer.variables[-1].assign(momenta_until(self._optimizer, self._step))

    def finish(self) -> None:
        """End training; see `Model.finish`."""
        if self._optimizer is None or not self._optimizer.use_ema or not self._step:
            return
        # Keras' own way lets weight and average share an array, which JAX then gives away with the weight.
        slots = self._slots()
        for variable, weight in zip(self._built.variables, self.network.weights, strict=True):
            if weight.parameter.trainable:
                variable.assign(_copied(slots[f"{weight.name}/average"]))

    def _slots(self) -> Mapping[str, Any]:
        """Return Keras' variables of the optimizer's memory by our names."""
        assert self._optimizer is not None
        # Keras' order of layers is its own where there are branches.
        known = {id(each): w.name for each, w in zip(self._built.variables, self.network.weights, strict=True)}
        names = memory_names(self._optimizer, [known[id(each)] for each in self._trainer.trainable_variables])
        variables = self._trainer.optimizer.variables[_NUMBERED : _NUMBERED + len(names)]  # Nadam has one more
        return dict(zip(names, variables, strict=True))

    def _labels(self, labels: Array) -> Array:
        if self.network.output_shape == (1,):
            labels = labels.reshape(-1, 1)
        return labels.astype(np.int32 if self._loss is not None and self._loss.class_numbers else np.float32)

    def _needed_rate(self) -> LearningRate:
        if self._rate is None:
            what = "a loss" if self._loss is None else "an optimizer"
            raise UsageError(explain(expected=f"{what} for training", got="none", where=self.network.name))
        return self._rate


def _copied(variable: Any) -> Array:  # noqa: ANN401 - Keras has no types
    return np.array(real_keras().ops.convert_to_numpy(variable.value))
