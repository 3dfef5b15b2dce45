"""Real Keras on JAX as an oracle: the same network, weights, batches and dropout masks in, its numbers out."""
# ruff: noqa: ANN401 - Keras and JAX have no types

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from functools import cache
from math import prod
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np

from cnnlab.arch import Layer, Network
from cnnlab.arch.constraints import Constraint
from cnnlab.arch.layers import (
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropping,
    GaussianNoise,
    GlobalMaxPooling2D,
    Maximum,
    Minimum,
    RandomMap,
    SeparableConv2D,
    Softmax,
    SpatialDropout2D,
)
from cnnlab.arch.normal import normals_at
from cnnlab.arch.regularizers import Regularizer
from cnnlab.backends.augmentation import maps_of
from cnnlab.randomness import Stream, keep_mask, stream_key
from cnnlab.records import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Examples,
    LearningRateSchedule,
    Loss,
    Optimizer,
    SparseCategoricalCrossentropy,
)

# The activation that each loss makes needless.
_NEEDLESS = {
    CategoricalCrossentropy: "softmax",
    SparseCategoricalCrossentropy: "softmax",
    BinaryCrossentropy: "sigmoid",
}
# Compiling is most of the time; what XLA would still optimise are a few small arrays.
_QUICK_COMPILE = {"xla_backend_optimization_level": 0}
# JAX shares the gradient of a maximum among the cells that equal it. Where XLA fuses what comes before (batch
# normalization) into the comparison, it computes the cells a second time, with other rounding: none is equal, and the
# gradient is 0 / 0. Not fusing takes twice as long to compile, so only where there is such a maximum.
_NOT_FUSED = {**_QUICK_COMPILE, "xla_disable_hlo_passes": "fusion"}


@cache
def real_keras() -> ModuleType:
    """Import Keras; what it warns of while it is imported is its own affair.

    Raises:
        RuntimeError: If it does not run on JAX with 64 bits: KERAS_BACKEND=jax and JAX_ENABLE_X64=1 come too late.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jax

        import keras
    if keras.backend.backend() != "jax" or not jax.config.jax_enable_x64:
        raise RuntimeError("the oracle needs KERAS_BACKEND=jax and JAX_ENABLE_X64=1 before Keras is imported")
    return keras


@contextmanager
def _floats(dtype: str) -> Iterator[ModuleType]:
    """Let Keras make everything of one float type, without its warnings, and put its setting back."""
    keras = real_keras()
    # The policy is made from the float type of the moment when it is first asked for, and then stays: set both.
    before = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        with warnings.catch_warnings(), _wide_promotion():
            warnings.simplefilter("ignore")
            yield keras
    finally:
        keras.config.set_floatx(before[0])
        keras.config.set_dtype_policy(before[1])


@contextmanager
def _wide_promotion() -> Iterator[None]:
    """Let a float64 met by a float32 stay float64, as Keras has it on TensorFlow.

    On JAX Keras 3.15 demotes every result of its type promotion to 32 bits, and so means, variances and batch
    normalization of float64 layers too: the end of all comparison beyond 7 digits.
    """
    from keras.src.backend.common import dtypes

    with patch.dict(dtypes.BIT64_TO_BIT32_DTYPE, float64="float64"):
        yield


def dropout_masks(network: Network, seed: int, epoch: int, rows: np.ndarray) -> list[np.ndarray]:
    """Return the masks or the noise of each layer that draws, for some images, and the maps of each augmentation layer.

    It is what is handed over to Keras; `tests/arch` holds the maps themselves against Keras'.
    """
    drawn: list[np.ndarray] = []
    for node in network.nodes:
        layer: Any = node.layer
        if isinstance(layer, RandomMap):
            drawn.append(maps_of(node, seed, epoch, rows))
        if not layer.draws:
            continue
        key = stream_key(seed if layer.seed is None else layer.seed, Stream.DROPOUT, node.index, epoch)
        shape = (1, 1, node.output_shape[-1]) if isinstance(layer, SpatialDropout2D) else node.output_shape
        if isinstance(layer, GaussianNoise):
            found = normals_at(key, rows, prod(shape)) * layer.stddev
        else:
            found = keep_mask(key, rows, prod(shape), layer.rate)
        drawn.append(found.reshape(len(rows), *shape))
    return drawn


@dataclass(frozen=True)
class OracleStep:
    """What Keras says of one training step: before the update, except for the weights that it leaves."""

    loss: float
    correct: int
    outputs: np.ndarray
    gradients: list[np.ndarray]


class KerasOracle:
    """A network in Keras, with a loss and an optimizer.

    A final softmax, or the sigmoid of binary cross-entropy, is left out and the loss told so: Keras on TensorFlow
    computes the loss from its logits, and on JAX it clips probabilities instead.

    Args:
        network: A chain, or with branches and its layers in Keras' order.
        weights: In Keras' order.
        loss: What is minimised.
        optimizer: How; None to ask for gradients alone.
        dtype: "float32" or "float64".
    """

    def __init__(
        self, network: Network, weights: Sequence[np.ndarray], loss: Loss, optimizer: Optimizer | None, dtype: str
    ) -> None:
        self.dtype = dtype
        has_maximum = any(isinstance(node.layer, GlobalMaxPooling2D | Maximum | Minimum) for node in network.nodes)
        self._options = _NOT_FUSED if has_maximum else _QUICK_COMPILE
        with _floats(dtype) as keras:
            values = [keras.Input(network.input_shape)]
            last = network.nodes[-1].index
            self._left_out: str | None = None
            for node in network.nodes[1:]:
                ending = getattr(node.layer, "activation", None) if node.index == last else None
                if ending is not None and ending == _NEEDLESS.get(type(loss)) and not loss.from_logits:
                    self._left_out = ending
                layer = _layer(node.layer, activation="linear" if self._left_out else None)
                taken = [values[source] for source in node.inputs]
                values.append(layer(taken[0] if len(taken) == 1 else taken))
            self.model = keras.Model(values[0], values[-1])
            self.model.set_weights(weights)
            self._masked = [layer for layer in self.model.layers if hasattr(layer, "mask_of_step")]
            # What Keras' "accuracy" takes for 0.5 whatever a single output is.
            self.middle = 0.0 if self._left_out or loss.from_logits else 0.5
            self._sparse = isinstance(loss, SparseCategoricalCrossentropy)
            self.loss = _loss(loss, self._left_out)
            self.optimizer = keras_optimizer(optimizer) if optimizer is not None else keras.optimizers.SGD(0.0)
            self.optimizer.build(self.model.trainable_variables)
            self._trackers = [keras.metrics.Mean(), keras.metrics.Mean()]
        self._weights = [self.model.trainable_variables, self.model.non_trainable_variables]
        self._compiled: dict[tuple[Any, ...], Any] = {}

    def train_step(self, examples: Examples, rows: np.ndarray, masks: list[np.ndarray]) -> OracleStep:
        """Train on one batch."""
        variables = [*self._weights, self.optimizer.variables]
        weights = self._weights_of(examples, rows)
        inputs = (examples.batch(rows, self.dtype), self._labels(examples.labels[rows]), weights, masks)
        with _floats(self.dtype):
            state = [[variable.value for variable in group] for group in variables]
            loss, matches, outputs, gradients, *after = self._compiled_for(self._step, state, *inputs)(state, *inputs)
            for group, values in zip(variables, after, strict=True):
                for variable, value in zip(group, values, strict=True):
                    variable.assign(value)
            self._trackers[0].update_state(loss, sample_weight=len(rows))
            self._trackers[1].update_state(matches)
            correct = int(np.asarray(matches).sum())
        return OracleStep(float(loss), correct, np.asarray(outputs), [np.asarray(gradient) for gradient in gradients])

    def epoch_metrics(self) -> tuple[float, float]:
        """Return Keras' own running means of loss and accuracy since the last call."""
        with _floats(self.dtype):
            means = [float(tracker.result()) for tracker in self._trackers]
            for tracker in self._trackers:
                tracker.reset_state()
        return means[0], means[1]

    def evaluate(self, examples: Examples) -> tuple[float, float, np.ndarray]:
        """Return loss, accuracy and outputs (after the final softmax) of all examples in evaluation mode."""
        weights = self._weights_of(examples, slice(None))
        inputs = (examples.batch(slice(None), self.dtype), self._labels(examples.labels), weights)
        with _floats(self.dtype):
            state = [[variable.value for variable in group] for group in self._weights]
            loss, accuracy, outputs = self._compiled_for(self._evaluate, state, *inputs)(state, *inputs)
        return float(loss), float(accuracy), np.asarray(outputs)

    def fit(self, examples: Examples, batch_size: int, epochs: int) -> dict[str, list[float]]:
        """Train by Keras' own loop, in order, validated on the same examples; return its history."""
        images, labels = examples.batch(slice(None), self.dtype), self._labels(examples.labels)
        weights = self._weights_of(examples, slice(None))
        with _floats(self.dtype):
            accuracy: Any = "accuracy"
            if self.model.output_shape == (None, 1):
                accuracy = real_keras().metrics.BinaryAccuracy(name="accuracy", threshold=self.middle)
            self.model.compile(optimizer=self.optimizer, loss=self.loss, metrics=[accuracy])
            return self.model.fit(
                images,
                labels,
                batch_size=batch_size,
                epochs=epochs,
                sample_weight=weights,
                validation_data=(images, labels) if weights is None else (images, labels, weights),
                shuffle=False,
                verbose=0,
            ).history

    def finish(self) -> None:
        """End training as ``fit`` does."""
        with _floats(self.dtype):
            self.optimizer.finalize_variable_values(self.model.trainable_variables)

    def get_weights(self) -> list[np.ndarray]:
        """Return the weights, in Keras' order."""
        with _floats(self.dtype):
            return [np.asarray(weight) for weight in self.model.get_weights()]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Replace the weights."""
        with _floats(self.dtype):
            self.model.set_weights(weights)

    def _labels(self, labels: np.ndarray) -> np.ndarray:
        if self.model.output_shape == (None, 1):
            labels = labels.reshape(-1, 1)
        return labels.astype("int32" if self._sparse else self.dtype)

    def _weights_of(self, examples: Examples, rows: np.ndarray | slice) -> np.ndarray | None:
        weights = examples.weights_of(rows)
        return None if weights is None else weights.astype(self.dtype)

    def _matches(self, labels: Any, outputs: Any) -> Any:
        metrics = real_keras().metrics
        if self.model.output_shape == (None, 1):
            return metrics.binary_accuracy(labels, outputs, threshold=self.middle)
        compare = metrics.sparse_categorical_accuracy if self._sparse else metrics.categorical_accuracy
        return compare(labels, outputs)

    def _compiled_for(self, function: Any, state: Any, *inputs: Any) -> Any:
        """Compile a function once for each size of batch."""
        import jax

        key = (function.__name__, len(inputs[0]), inputs[2] is None)
        if key not in self._compiled:
            self._compiled[key] = jax.jit(function).lower(state, *inputs).compile(compiler_options=self._options)
        return self._compiled[key]

    def _evaluate(self, state: Any, images: Any, labels: Any, weights: Any) -> Any:
        outputs, _, penalties = self.model.stateless_call(*state, images, training=False, return_losses=True)
        accuracy = self._matches(labels, outputs).mean()
        return self.loss(labels, outputs, weights) + sum(penalties), accuracy, self._shown(outputs)

    def _shown(self, outputs: Any) -> Any:
        return getattr(real_keras().ops, self._left_out)(outputs) if self._left_out else outputs

    def _step(self, state: Any, images: Any, labels: Any, weights: Any, masks: Any) -> Any:
        """One training step as Keras' own trainer for JAX does it."""
        import jax

        trained, fixed, slots = state
        for layer, mask in zip(self._masked, masks, strict=True):
            layer.mask_of_step = mask

        def scaled_loss(trained: Any) -> Any:
            outputs, updated, penalties = self.model.stateless_call(
                trained, fixed, images, training=True, return_losses=True
            )
            loss = self.loss(labels, outputs, weights) + sum(penalties)
            return self.optimizer.scale_loss(loss), (loss, outputs, updated)

        (_, (loss, outputs, updated)), scaled = jax.value_and_grad(scaled_loss, has_aux=True)(trained)
        trained, slots = self.optimizer.stateless_apply(slots, scaled, trained)
        scale = self.optimizer.loss_scale_factor or 1.0
        gradients = [gradient / scale for gradient in scaled]
        return loss, self._matches(labels, outputs), outputs, gradients, trained, updated, slots


def _layer(layer: Layer, activation: str | None) -> Any:
    """Make Keras' layer of the same name with the same arguments."""
    if isinstance(layer, Dropping):
        return _masked_dropout()(layer.rate)
    if isinstance(layer, GaussianNoise):
        return _told_noise()()
    if isinstance(layer, Softmax) and activation is not None:
        return real_keras().layers.Activation(activation)
    if isinstance(layer, RandomMap):
        return _mapped_images()(layer)
    left_out = {"name", "input_shape", "data_format"}
    arguments = {
        field.name: _rule(getattr(layer, field.name))
        for field in fields(layer)
        if field.name not in left_out and not field.name.endswith("_initializer")
    }
    if activation is not None:
        arguments["activation"] = activation
    if isinstance(layer, Conv2D | Dense):
        arguments["kernel_initializer"] = "zeros"  # replaced anyway, and each random one would be compiled
    if isinstance(layer, DepthwiseConv2D | SeparableConv2D):
        arguments["depthwise_initializer"] = "zeros"
    if isinstance(layer, SeparableConv2D):
        arguments["pointwise_initializer"] = "zeros"
    return getattr(real_keras().layers, type(layer).__name__)(**arguments)


def _rule(value: Any) -> Any:
    """Make Keras' regularizer or constraint of the same name; anything else is an argument as it is."""
    for kind, module in ((Regularizer, "regularizers"), (Constraint, "constraints")):
        if isinstance(value, kind):
            return getattr(getattr(real_keras(), module), type(value).__name__)(**asdict(value))
    return value


@cache
def _masked_dropout() -> type:
    """Return a Keras layer that drops what it is told to drop."""
    keras = real_keras()

    class MaskedDropout(keras.layers.Layer):
        def __init__(self, rate: float) -> None:
            super().__init__()
            self.rate = rate
            self.mask_of_step: Any = None

        def call(self, inputs: Any, training: bool = False) -> Any:
            if not training or self.rate == 0:
                return inputs
            return keras.ops.where(self.mask_of_step, inputs / (1 - self.rate), 0)

    return MaskedDropout


@cache
def _told_noise() -> type:
    """Return a Keras layer that adds the noise that it is told to add."""
    keras = real_keras()

    class ToldNoise(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.mask_of_step: Any = None

        def call(self, inputs: Any, training: bool = False) -> Any:
            return inputs + keras.ops.cast(self.mask_of_step, inputs.dtype) if training else inputs

    return ToldNoise


@cache
def _mapped_images() -> type:
    """Return a Keras layer that takes images through the maps that it is told, by Keras' own affine transformation."""
    keras = real_keras()

    class MappedImages(keras.layers.Layer):
        def __init__(self, layer: RandomMap) -> None:
            super().__init__()
            self.sampling = layer.sampling
            self.mask_of_step: Any = None

        def call(self, inputs: Any, training: bool = False) -> Any:
            if not training:
                return inputs
            maps = keras.ops.pad(keras.ops.cast(self.mask_of_step, inputs.dtype), [[0, 0], [0, 2]])
            how = self.sampling
            return keras.ops.image.affine_transform(
                inputs,
                maps,
                interpolation=how.interpolation,
                fill_mode=how.fill_mode,
                fill_value=how.fill_value,
                data_format="channels_last",
            )

    return MappedImages


def _loss(loss: Loss, left_out: str | None) -> Any:
    arguments = asdict(loss)
    if left_out:
        arguments["from_logits"] = True
    return getattr(real_keras().losses, type(loss).__name__)(**arguments)


def keras_loss_and_gradient(
    loss: Loss, labels: np.ndarray, outputs: np.ndarray, *, logits: bool
) -> tuple[float, np.ndarray]:
    """Return the mean loss of some outputs, which are logits or not, and its gradient by them, in float64."""
    import jax

    with _floats("float64"):
        made = _loss(loss, "an activation" if logits else None)
        value, gradient = jax.value_and_grad(lambda given: made(labels.astype("float64"), given))(outputs)
        return float(value), np.asarray(gradient)


def keras_schedule(schedule: LearningRateSchedule) -> Any:
    """Make Keras' schedule of the same name."""
    return getattr(real_keras().optimizers.schedules, type(schedule).__name__)(**asdict(schedule))


def keras_rates(schedule: LearningRateSchedule, steps: np.ndarray) -> np.ndarray:
    """Return what Keras' schedule of the same name says of each step, in float64."""
    import jax

    with _floats("float64"):
        return np.asarray(jax.vmap(keras_schedule(schedule))(steps))


def keras_optimizer(optimizer: Optimizer) -> Any:
    """Make Keras' optimizer; the old ``decay`` is a schedule in Keras 3."""
    optimizers, arguments = real_keras().optimizers, asdict(optimizer)
    decay, rate = arguments.pop("decay"), optimizer.learning_rate
    if isinstance(rate, LearningRateSchedule):
        arguments["learning_rate"] = keras_schedule(rate)
    elif decay:
        arguments["learning_rate"] = optimizers.schedules.InverseTimeDecay(rate, decay_steps=1, decay_rate=decay)
    return getattr(optimizers, type(optimizer).__name__)(**arguments)


__all__ = [
    "KerasOracle",
    "OracleStep",
    "dropout_masks",
    "keras_loss_and_gradient",
    "keras_optimizer",
    "keras_rates",
    "keras_schedule",
    "real_keras",
]
