"""A network loaded into the compiled backend."""

from collections.abc import Sequence
from functools import reduce
from operator import add
from threading import Lock
from time import perf_counter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network
from cnnlab.backends.augmentation import maps_of
from cnnlab.backends.blame import loss_not_finite
from cnnlab.backends.checks import check_state
from cnnlab.backends.compiled.counting import Counting
from cnnlab.backends.compiled.crew import run_together
from cnnlab.backends.compiled.examples import Converted, Labels, Pixels
from cnnlab.backends.compiled.memory import Frames, aligned
from cnnlab.backends.compiled.parameters import Parameters
from cnnlab.backends.compiled.scalars import Scalars
from cnnlab.backends.interface import Array, Evaluation, StepResult
from cnnlab.compiler import Program
from cnnlab.compiler.frame import LANES, ImageKind, LabelKind, Shared, Sync
from cnnlab.errors import DataError, UsageError, explain
from cnnlab.randomness import Stream, stream_key
from cnnlab.records import Counted, Examples, Loss, TestPredictions

# Compiled code comes back after about this long, for progress and Ctrl-C.
_SECONDS_AT_ONCE: Final = 0.05
_MOST_STEPS: Final = 4096


class CompiledModel:
    """See `cnnlab.backends.Model`; made by `CompiledBackend.load`.

    Args:
        network: Its description.
        weights: In Keras' order; they are copied.
        loss: For training and evaluation.
        training: The program that trains; None without an optimizer.
        evaluation: The program that evaluates and predicts.
        seed: The run's.
        threads: How many at most.
        metrics: What both programs count.
    """

    def __init__(
        self,
        network: Network,
        weights: Sequence[Array],
        *,
        loss: Loss | None,
        training: Program | None,
        evaluation: Program,
        seed: int,
        threads: int,
        metrics: Sequence[Counted] = (),
    ) -> None:
        self.network = network
        self._loss = loss
        self._training = training
        self._evaluation = evaluation
        self._seed = seed
        self._threads = threads
        plan = evaluation.plan
        self._dtype = np.dtype(np.float32 if plan.element.kind == "f32" else np.float64)
        self._parameters = Parameters(network, plan if training is None else training.plan, self._dtype)
        self._parameters.set_weights(weights)
        self._converted = Converted(self._dtype)
        self._counting = Counting(metrics, self._dtype)
        self._frames: dict[str, Frames] = {}
        self._alone = Lock()  # frames serve one call at a time
        self._room = 0
        self._step = 0
        self._seconds_per_step = 0.0
        self._scalars = Scalars(training.plan.optimizer) if training is not None and training.plan.optimizer else None

    # Training.

    @property
    def learning_rate(self) -> float:
        """Return the learning rate of the next step; see `Model.learning_rate`."""
        return self._needed_scalars().rate.shown(self._step)

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._needed_scalars().rate.set(value, self.network.name)

    def train_step(self, examples: Examples, rows: npt.NDArray[np.integer], epoch: int) -> StepResult:
        """Train on one batch; see `Model.train_step`."""
        return self._train(examples, rows, max(len(rows), 1), epoch)[0]

    def train_batches(
        self, examples: Examples, order: npt.NDArray[np.integer], batch_size: int, epoch: int
    ) -> list[StepResult]:
        """Train on as many of the next batches as take a twentieth of a second; see `Model.train_batches`."""
        steps = 1
        if self._seconds_per_step:
            steps = min(max(int(_SECONDS_AT_ONCE / self._seconds_per_step), 1), _MOST_STEPS)
        began = perf_counter()
        results = self._train(examples, order[: steps * batch_size], batch_size, epoch)
        self._seconds_per_step = (perf_counter() - began) / len(results)
        return results

    def gradients(self, examples: Examples, rows: npt.NDArray[np.integer], epoch: int) -> tuple[float, list[Array]]:
        """Return the mean loss of one batch in training mode, and its gradients by the trained weights."""
        result = self._train(examples, rows, max(len(rows), 1), epoch, update=False)[0]
        return result.loss, self._parameters.gradients()

    def _train(
        self, examples: Examples, rows: npt.NDArray[np.integer], batch: int, epoch: int, *, update: bool = True
    ) -> list[StepResult]:
        with self._alone:
            return self._trained(examples, rows, batch, epoch, update=update)

    def _trained(
        self, examples: Examples, rows: npt.NDArray[np.integer], batch: int, epoch: int, *, update: bool
    ) -> list[StepResult]:
        program, scalars = self._training, self._needed_scalars()
        assert program is not None, "there are scalars"
        loss = self._needed_loss("training")
        steps = -(-len(rows) // batch)
        frames = self._training_frames(program, batch)
        shared, results = frames.shared, aligned(2 * steps, np.float64)
        self._hand_over(frames, self._converted.pixels(examples), rows)
        self._hand_over_labels(
            frames, self._converted.labels(examples, loss, self.network.output_shape[-1]), len(examples)
        )
        self._hand_over_weights(frames, self._converted.weights(examples), len(examples))
        self._counting.hand_over_labels(shared, examples)
        counts = self._counting.room(shared, Shared.COUNTS, steps)
        shared.put(Shared.BATCH, batch)
        shared.put(Shared.STEPS, steps)
        shared.put(Shared.UPDATE, int(update))
        shared.point(Shared.RESULTS, results)
        shared.point(Shared.SCALARS, scalars.of_steps(self._step, steps))
        shared.point(Shared.KEYS, self._keys(program, epoch))
        shared.point(Shared.MAPS, self._maps(program, epoch, rows))
        frames.sync[Sync.STOP] = 0
        self._run(program, frames, -(-min(batch, len(rows)) // LANES))
        done = self._read_results(results, len(rows), batch, stopped=bool(frames.sync[Sync.STOP]))
        self._step += len(done) if update else 0
        if len(done) < steps:
            at_fault = rows[len(done) * batch :][:batch]
            raise loss_not_finite(
                self.network,
                self.get_weights(),
                examples,
                at_fault,
                seed=self._seed,
                epoch=epoch,
                step=self._step + 1,
            )
        return self._counting.joined(done, counts)

    def memory(self) -> Frames:
        """Return what the last training step worked in, for whoever times its parts."""
        return self._frames["train"]

    def _training_frames(self, program: Program, batch: int) -> Frames:
        """Return the frames of training, with room for a batch of this size."""
        plan, tiles = program.plan, -(-batch // LANES)
        frames = self._frames.get("train")
        if frames is None:
            frames = self._frames["train"] = Frames(self._threads, plan.scratch_bytes)
            parameters = self._parameters
            frames.shared.point(Shared.PARAMETERS, parameters.values)
            frames.shared.point(Shared.SLOTS, parameters.slots)
            frames.shared.point(Shared.GRADIENTS, parameters.by_weight)
            frames.shared.point(Shared.MOVING, aligned(max(plan.moving_bytes, 1), np.uint8))
            frames.shared.point(Shared.NORMS, aligned(len(plan.places) + 1, np.float64))
        if tiles > self._room:
            self._room = tiles
            for slot, size in (
                (Shared.TILES, plan.tile_bytes),
                (Shared.PARTIALS, plan.summed * plan.element.bytes),
                (Shared.STATISTICS, plan.statistics_bytes),
                (Shared.TILE_RESULTS, 16),
            ):
                frames.shared.point(slot, aligned(max(tiles * size, 1), np.uint8))
            self._counting.room(frames.shared, Shared.TILE_COUNTS, tiles)
        return frames

    def _keys(self, program: Program, epoch: int) -> Array:
        """Return the key of this epoch for each layer that draws."""
        keys = np.zeros((len(program.plan.drawing) + 1, 2), np.uint32)
        for number, node in enumerate(program.plan.drawing):
            own: Any = node.layer
            seed = self._seed if own.seed is None else own.seed
            keys[number] = stream_key(seed, Stream.DROPOUT, node.index, epoch)
        return keys

    def _maps(self, program: Program, epoch: int, rows: npt.NDArray[np.integer]) -> Array | None:
        """Return each augmentation layer's maps of these images in this epoch."""
        nodes = program.plan.augmentations
        return np.stack([maps_of(node, self._seed, epoch, rows) for node in nodes]) if nodes else None

    def _read_results(self, results: Array, rows: int, batch: int, *, stopped: bool) -> list[StepResult]:
        correct = results.view(np.int64)
        done = []
        for step in range(len(results) // 2):
            count = min(batch, rows - step * batch)
            loss = float(results[2 * step])
            if stopped and not np.isfinite(loss):
                break
            done.append(StepResult(loss / count, int(correct[2 * step + 1]), count))
        return done

    # Evaluation and prediction.

    def evaluate(self, examples: Examples, batch_size: int) -> Evaluation:
        """Compare outputs with labels; see `Model.evaluate`."""
        del batch_size  # images do not meet in evaluation
        with self._alone:
            return self._evaluated(examples)

    def _evaluated(self, examples: Examples) -> Evaluation:
        loss, count = self._needed_loss("evaluate"), len(examples)
        frames, shared = self._evaluation_frames()
        room = -(-count // LANES) * LANES
        results = aligned(2 * room // LANES, np.float64)
        classes, probabilities = aligned(room, np.int32), aligned(room, self._dtype)
        self._hand_over(frames, self._converted.pixels(examples), np.arange(count))
        self._hand_over_labels(
            frames, self._converted.labels(examples, loss, self.network.output_shape[-1]), len(examples)
        )
        self._hand_over_weights(frames, self._converted.weights(examples), len(examples))
        penalty = aligned(1, np.float64)  # of the regularizers
        shared.point(Shared.RESULTS, penalty)
        self._counting.hand_over_labels(shared, examples)
        counts = self._counting.room(shared, Shared.TILE_COUNTS, room // LANES)
        shared.point(Shared.TILE_RESULTS, results)
        shared.point(Shared.CLASSES, classes)
        shared.point(Shared.PROBABILITIES, probabilities)
        shared.point(Shared.OUTPUTS, None)
        self._run(self._evaluation, frames, room // LANES)
        # one by one: Python's own sum has another rounding since 3.12
        total = float(reduce(add, results[::2].tolist()))
        correct = int(results.view(np.int64)[1::2].sum())
        narrow = np.uint8 if self.network.output_shape[-1] <= 2**8 else np.uint16
        predictions = TestPredictions(classes[:count].astype(narrow), probabilities[:count].astype(np.float32))
        return Evaluation(total / count + float(penalty[0]), correct / count, predictions, self._counting.total(counts))

    def predict(self, images: Array, batch_size: int) -> Array:
        """Return the outputs; see `Model.predict`."""
        del batch_size
        with self._alone:
            return self._predicted(images)

    def _predicted(self, images: Array) -> Array:
        count, shape = len(images), self.network.output_shape
        outputs = aligned(-(-count // LANES) * LANES * int(np.prod(shape)), self._dtype)
        if count:
            frames, shared = self._evaluation_frames()
            # Floats are taken as they are: to look for bytes in them would take longer than to predict.
            as_bytes = images.dtype == np.uint8
            array = np.ascontiguousarray(images, None if as_bytes else self._dtype)
            kind = ImageKind.BYTES if as_bytes else ImageKind.FLOATS
            self._hand_over(frames, Pixels(array, kind, 1.0), np.arange(count))
            shared.put(Shared.LABEL_KIND, LabelKind.NONE)
            shared.point(Shared.CLASSES, None)
            shared.point(Shared.OUTPUTS, outputs)
            self._run(self._evaluation, frames, -(-count // LANES))
        return outputs.reshape(-1, *shape)[:count].copy()

    def _evaluation_frames(self) -> tuple[Frames, Any]:
        frames = self._frames.get("evaluate")
        if frames is None:
            frames = self._frames["evaluate"] = Frames(self._threads, self._evaluation.plan.scratch_bytes)
            frames.shared.point(Shared.PARAMETERS, self._parameters.values)
        return frames, frames.shared

    # Both.

    def _hand_over(self, frames: Frames, pixels: Pixels, rows: npt.NDArray[np.integer]) -> None:
        """Let the code see images; what lies outside them it would read without a word.

        Raises:
            DataError: If the images are of another shape, or a row is none of them.
        """
        shape, count = self.network.input_shape, len(pixels.array)
        if pixels.array.shape[1:] != shape:
            expected, got = f"images of shape (n, {', '.join(map(str, shape))})", f"shape {pixels.array.shape}"
            raise DataError(explain(expected=expected, got=got, where=self.network.name))
        if not len(rows) or rows.min() < 0 or rows.max() >= count:
            got = f"{rows.min()} to {rows.max()}" if len(rows) else "none"
            raise DataError(explain(expected=f"rows from 0 to {count - 1}", got=got, where=self.network.name))
        shared = frames.shared
        shared.point(Shared.IMAGES, pixels.array)
        shared.put(Shared.IMAGE_KIND, pixels.kind)
        shared.put_float(Shared.DIVISOR, pixels.divisor)
        shared.point(Shared.ORDER, np.ascontiguousarray(rows, np.uint32))
        shared.put(Shared.ROWS, len(rows))

    def _hand_over_labels(self, frames: Frames, labels: Labels, images: int) -> None:
        """Let the code see labels.

        Raises:
            DataError: If there are not as many as images, or each is of another number of classes.
        """
        classes = self.network.output_shape[-1]
        shape = (images, classes) if labels.kind == LabelKind.PROBABILITIES else (images,)
        if labels.array.shape != shape:
            where = f"{self.network.name}, labels"
            raise DataError(explain(expected=f"shape {shape}", got=f"shape {labels.array.shape}", where=where))
        shared = frames.shared
        shared.point(Shared.LABELS, labels.array)
        shared.put(Shared.LABEL_KIND, labels.kind)
        shared.put_float(Shared.HOT, labels.hot)
        shared.put_float(Shared.COLD, labels.cold)

    def _hand_over_weights(self, frames: Frames, weights: Array | None, images: int) -> None:
        """Let the code see what each image's loss is multiplied by.

        Raises:
            DataError: If there are not as many weights as images.
        """
        if weights is not None and weights.shape != (images,):
            where = f"{self.network.name}, weights of images"
            raise DataError(explain(expected=f"shape {(images,)}", got=f"shape {weights.shape}", where=where))
        frames.shared.point(Shared.WEIGHTS, weights)

    def _run(self, program: Program, frames: Frames, tiles: int) -> None:
        """Run a program on as many threads as there is work for."""
        threads = max(1, min(self._threads, tiles))
        frames.shared.put(Shared.THREADS, threads)
        run_together(program.run, frames.own[:threads])

    def _needed_loss(self, what: str) -> Loss:
        if self._loss is None:
            raise UsageError(explain(expected=f"a loss for {what}", got="none", where=self.network.name))
        return self._loss

    def _needed_scalars(self) -> Scalars:
        if self._scalars is None:
            raise UsageError(explain(expected="an optimizer for training", got="none", where=self.network.name))
        return self._scalars

    # State.

    def get_weights(self) -> list[Array]:
        """Return copies of the weights, in Keras' order."""
        return self._parameters.get_weights()

    def set_weights(self, weights: Sequence[Array]) -> None:
        """Replace the weights, given in Keras' order.

        Raises:
            UsageError: If their number or a shape does not fit.
        """
        self._parameters.set_weights(weights)

    def get_state(self) -> dict[str, Array]:
        """Return copies of the optimizer's state: "step", "learning_rate", and each slot as "layer/weight/slot"."""
        if self._scalars is None:
            return {}
        return {"step": np.array(self._step), **self._scalars.rate.state(), **self._parameters.get_slots()}

    def set_state(self, state: dict[str, Array]) -> None:
        """Replace the optimizer's state.

        Raises:
            UsageError: If its names or shapes are not those of this optimizer on this network, or its learning rate
                cannot be one.
        """
        check_state(self.network, self.get_state(), state)
        if self._scalars is not None:
            self._scalars.rate.set_state(state, self.network.name)
        self._step = int(state["step"])
        self._parameters.set_slots(state)

    def finish(self) -> None:
        """End training; see `Model.finish`."""
        if self._training is not None and self._training.plan.optimizer is not None and self._step:
            self._parameters.take_averages()
