"""A network loaded into the reference backend: a training step, evaluation, prediction, state in and out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.backends.blame import loss_not_finite
from cnnlab.backends.checks import check_state, check_weights
from cnnlab.backends.endings import left_out, without_last_activation
from cnnlab.backends.interface import Array, Evaluation, StepResult
from cnnlab.backends.reference import answers, losses
from cnnlab.backends.reference.activations import activate
from cnnlab.backends.reference.arena import Arena
from cnnlab.backends.reference.call import Pass
from cnnlab.backends.reference.counting import Counting
from cnnlab.backends.reference.evaluating import evaluation_of
from cnnlab.backends.reference.graph import Graph
from cnnlab.backends.reference.image_weights import weighed
from cnnlab.backends.reference.optimizers import Updater
from cnnlab.backends.reference.weight_rules import WeightRules
from cnnlab.backends.reference.workers import Workers, one_blas_thread
from cnnlab.errors import UsageError, explain
from cnnlab.records import Counted, Examples, Loss, Optimizer


class ReferenceModel:
    """See `cnnlab.backends.Model`; made by `ReferenceBackend.load`."""

    def __init__(
        self,
        network: Network,
        weights: Sequence[Array],
        *,
        loss: Loss | None,
        optimizer: Optimizer | None,
        seed: int,
        workers: Workers,
        dtype: npt.DTypeLike,
        metrics: Sequence[Counted] = (),
    ) -> None:
        self.network = network
        self._loss = loss
        self._seed = seed
        self._workers = workers
        self._arena = Arena()
        self._dtype = np.dtype(dtype)
        self._weights = [np.zeros(weight.parameter.shape, self._dtype) for weight in network.weights]
        self.set_weights(weights)
        self._rules = WeightRules(network, self._weights)
        self._by_node: list[dict[str, Array]] = [{} for _ in network.nodes]
        for weight, array in zip(network.weights, self._weights, strict=True):
            self._by_node[weight.node.index][weight.parameter.name] = array
        # With a softmax or sigmoid last the loss is taken from its logits, so the graph ends before it.
        self._left_out = left_out(network, loss)
        self._graph = Graph(without_last_activation(network) if self._left_out else network)
        self._updater = Updater(optimizer, self._trained()) if optimizer is not None else None
        self._counting = Counting(metrics, left_out=self._left_out)

    @property
    def learning_rate(self) -> float:
        """Return the learning rate of the next step; see `Model.learning_rate`."""
        updater = self._needed_updater()
        return updater.rate.shown(updater.step)

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._needed_updater().rate.set(value, self.network.name)

    def train_step(self, examples: Examples, rows: npt.NDArray[np.integer], epoch: int) -> StepResult:
        """Train on one batch; see `Model.train_step`."""
        loss, updater = self._needed_loss("train_step"), self._needed_updater()
        scale = updater.optimizer.loss_scale_factor or 1.0
        averages = self._averages()
        with one_blas_thread():
            batch = self._training_pass(rows, epoch)
            outputs, tape = self._graph.forward(examples.batch(rows, self._dtype), self._by_node, batch)
            labels = examples.labels[rows]
            values, gradient = self._compare(loss, outputs, labels, examples.weights_of(rows))
            penalty = self.penalty()
            if not (np.isfinite(values).all() and np.isfinite(penalty)):
                for array, before in averages:
                    array[...] = before
                self._fail(examples, rows, epoch)
            by_weight = self._graph.backward(gradient * (scale / len(rows)), tape)
            gradients = self._named(by_weight)
            self._rules.add_gradients(gradients, scale)
            updater.apply(gradients)
            self._rules.constrain()
        correct = answers.answered(outputs, loss, left_out=self._left_out) == losses.class_numbers(labels)
        counts = self._counting.of(outputs, labels)
        return StepResult(float(values.mean()) + penalty, int(correct.sum()), len(rows), counts)

    def _fail(self, examples: Examples, rows: npt.NDArray[np.integer], epoch: int) -> NoReturn:
        step = self._needed_updater().step + 1
        raise loss_not_finite(self.network, self._weights, examples, rows, seed=self._seed, epoch=epoch, step=step)

    def train_batches(
        self, examples: Examples, order: npt.NDArray[np.integer], batch_size: int, epoch: int
    ) -> list[StepResult]:
        """Train on the next batch; see `Model.train_batches`."""
        return [self.train_step(examples, order[:batch_size], epoch)]

    def gradients(
        self, examples: Examples, rows: npt.NDArray[np.integer], epoch: int, *, of_images_alone: bool = False
    ) -> tuple[float, list[Array]]:
        """Return the mean loss of one batch in training mode, and its gradients by the trained weights.

        Nothing is updated but batch normalization's moving averages. It is what the proofs compare.

        Args:
            examples: All training images.
            rows: Of the batch.
            epoch: Counted from 0.
            of_images_alone: Whether what regularizers add is left out of both.
        """
        loss = self._needed_loss("gradients")
        with one_blas_thread():
            batch = self._training_pass(rows, epoch)
            outputs, tape = self._graph.forward(examples.batch(rows, self._dtype), self._by_node, batch)
            values, gradient = self._compare(loss, outputs, examples.labels[rows], examples.weights_of(rows))
            gradients = self._named(self._graph.backward(gradient / len(rows), tape))
            if not of_images_alone:
                self._rules.add_gradients(gradients)
        penalty = 0.0 if of_images_alone else self.penalty()
        return float(values.mean()) + penalty, list(gradients.values())

    def penalty(self) -> float:
        """Return what regularizers add to a loss at these weights; 0 without any."""
        return self._rules.penalty()

    @one_blas_thread()
    def evaluate(self, examples: Examples, batch_size: int) -> Evaluation:
        """Compare outputs with labels; see `Model.evaluate`."""
        loss = self._needed_loss("evaluate")
        batches = (
            (self._evaluated(examples.batch(rows, self._dtype)), examples.labels[rows], examples.weights_of(rows))
            for rows in _batches(len(examples), batch_size)
        )
        found = evaluation_of(batches, loss, left_out=self._left_out, counting=self._counting)
        return replace(found, loss=found.loss + self.penalty())

    @one_blas_thread()
    def predict(self, images: Array, batch_size: int) -> Array:
        """Return the outputs; see `Model.predict`."""
        parts = [np.empty((0, *self.network.output_shape), self._dtype)]
        for rows in _batches(len(images), batch_size):
            outputs = self._evaluated(images[rows].astype(self._dtype))
            if self._left_out:
                activate(self._left_out, outputs)
            parts.append(outputs)
        return np.concatenate(parts)

    def outputs(self, images: Array) -> list[Array]:
        """Return what every layer puts out in evaluation mode.

        Args:
            images: As a batch hands them over (scaled), shape (n, *input_shape).

        Returns:
            An array (n, *output_shape) for each node of the network, the input first; only to be read.
        """
        with one_blas_thread():
            batch = Pass(self._workers, Arena(), training=False, rows=np.arange(len(images)))
            values, _ = self._graph.walk(images.astype(self._dtype), self._by_node, batch)
            if self._left_out:
                values[-1] = values[-1].copy()
                activate(self._left_out, values[-1])
        return values

    def get_weights(self) -> list[Array]:
        """Return copies of the weights, in Keras' order."""
        return [array.copy() for array in self._weights]

    def set_weights(self, weights: Sequence[Array]) -> None:
        """Replace the weights, given in Keras' order.

        Raises:
            UsageError: If their number or a shape does not fit.
        """
        check_weights(self.network, weights)
        for array, value in zip(self._weights, weights, strict=True):
            array[...] = value

    def get_state(self) -> dict[str, Array]:
        """Return copies of the optimizer's state: "step", "learning_rate", and each slot as "layer/weight/slot"."""
        if self._updater is None:
            return {}
        slots = {f"{key}/{name}": slot.copy() for key, own in self._updater.slots.items() for name, slot in own.items()}
        return {"step": np.array(self._updater.step), **self._updater.rate.state(), **slots}

    def set_state(self, state: dict[str, Array]) -> None:
        """Replace the optimizer's state.

        Raises:
            UsageError: If its names or shapes are not those of this optimizer on this network, or its learning rate
                cannot be one.
        """
        updater = self._needed_updater()
        check_state(self.network, self.get_state(), state)
        updater.rate.set_state(state, self.network.name)
        updater.step = int(state["step"])
        for key, slots in updater.slots.items():
            for name, slot in slots.items():
                slot[...] = state[f"{key}/{name}"]

    def finish(self) -> None:
        """End training; see `Model.finish`."""
        if self._updater is not None:
            self._updater.finish()

    def _training_pass(self, rows: npt.NDArray[np.integer], epoch: int) -> Pass:
        """Begin a training step; what the last one computed is overwritten from here on."""
        self._arena.reuse()
        return Pass(self._workers, self._arena, training=True, rows=rows, seed=self._seed, epoch=epoch)

    def _compare(self, loss: Loss, outputs: Array, labels: Array, weights: Array | None) -> tuple[Array, Array]:
        """Return the loss of each image, and the gradient of their sum by the graph's output."""
        found = losses.compared(loss, outputs, labels, logits=loss.from_logits or self._left_out is not None)
        return weighed(*found, weights)

    def _evaluated(self, x: Array) -> Array:
        """Return the graph's output in evaluation mode, an array of its own."""
        with one_blas_thread():
            batch = Pass(self._workers, Arena(), training=False, rows=np.arange(len(x)))
            return self._graph.forward(x, self._by_node, batch)[0]

    def _trained(self) -> dict[str, Array]:
        """Return the weights that training moves, by "layer/weight"."""
        return {
            weight.name: array
            for weight, array in zip(self.network.weights, self._weights, strict=True)
            if weight.parameter.trainable
        }

    def _averages(self) -> list[tuple[Array, Array]]:
        """Return the moving averages, which a forward pass in training changes, each with a copy."""
        return [
            (array, array.copy())
            for weight, array in zip(self.network.weights, self._weights, strict=True)
            if not weight.parameter.trainable
        ]

    def _named(self, by_weight: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
        """Bring gradients into the order of `_trained`, under its names."""
        return {
            weight.name: by_weight[weight.node.index][weight.parameter.name]
            for weight in self.network.weights
            if weight.parameter.trainable
        }

    def _needed_loss(self, what: str) -> Loss:
        if self._loss is None:
            raise UsageError(explain(expected=f"a loss for {what}", got="none", where=self.network.name))
        return self._loss

    def _needed_updater(self) -> Updater:
        if self._updater is None:
            raise UsageError(explain(expected="an optimizer for training", got="none", where=self.network.name))
        return self._updater


def _batches(count: int, size: int) -> Iterator[slice]:
    """Cut ``count`` images into batches; the last one may be smaller."""
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
