"""A random network's way to real Keras and back, by files and by hand: nothing may be lost, and both must agree after.

There, from ours: a ``.keras`` file, ``to_keras`` and a ``.weights.h5`` file. Back, from a model that Keras' own
constructors made and Keras trained: the same three. What goes over is compared bit for bit. Then both predict and both
train one more epoch, with our dropout masks handed to Keras.

What to expect of the numbers: weights go over exactly, so all that can differ is how two programs round. In float64
that is far below 1e-6, and there predictions and losses must agree to it for every network. In float32 predictions must
do so too, unless rounding alone is larger: unless Keras' own float32 is as far from its float64, by a small factor.
"""
# ruff: noqa: ANN401 - Keras has no types

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
from keras_oracle import (
    _NEEDLESS,
    _NOT_FUSED,
    _QUICK_COMPILE,
    KerasOracle,
    _floats,
    _rule,
    dropout_masks,
    keras_optimizer,
    real_keras,
)
from parity import TOLERANCE_64, close, close_all
from random_networks import Case

from cnnlab.arch import Layer, Network
from cnnlab.backends import ReferenceBackend, get_backend
from cnnlab.keras import Model, Sequential
from cnnlab.keras.models import from_keras, load_model
from cnnlab.records import InverseTimeDecay, Optimizer, SparseCategoricalCrossentropy

Weights = list[np.ndarray]
TOLERANCE_32 = 1e-6
# Two programs that sum in other orders round differently; neither is the truth.
ROUNDING = 8.0
_JUMPS = ("GlobalMaxPooling2D", "Maximum", "Minimum")
_DROPPING = ("Dropout", "SpatialDropout2D")
_DRAWING = (*_DROPPING, "GaussianNoise", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom")


@dataclass(frozen=True)
class Agreement:
    """How closely a network agrees after its trips.

    Attributes:
        trips: How many.
        in_float32: How many of the two predictions in float32 agree to `TOLERANCE_32`; the others round.
        prediction_32: Largest difference of predictions in float32, relative to the largest output.
        prediction_64: Likewise, in float64.
        loss_64: Largest relative difference of the further epoch's loss, in float64.
    """

    trips: int
    in_float32: int
    prediction_32: float
    prediction_64: float
    loss_64: float


def check(case: Case, backend: str = "compiled") -> tuple[Agreement, Weights]:
    """Send a case to Keras and back; return how it agrees, and its trained weights.

    Args:
        case: The network with all else.
        backend: By whom ours trains and predicts; compiled code takes a second to make.

    Raises:
        AssertionError: At the first thing that is lost, or differs; it names it and describes the case.
    """
    try:
        ours = partial(get_backend, backend)
        with (
            TemporaryDirectory() as folder,
            warnings.catch_warnings(),
            _no_random_weights(),
            patch("cnnlab.keras.engine.get_backend", ours),
        ):
            warnings.simplefilter("ignore")  # what Keras warns of is its own affair
            return _check(case, Path(folder))
    except AssertionError as error:
        raise AssertionError(f"{error}\n  {case}") from None


def _check(case: Case, folder: Path) -> tuple[Agreement, Weights]:
    ours = _trained(case)
    theirs = _there(ours, folder)
    oracle = oracle_of(theirs)
    there = _agree(case, ours, ours, theirs, oracle)
    born = _born_in_keras(case, oracle)
    assert _words(oracle_words(born)) == _words(oracle_words(theirs)), "what Keras' own constructors made"
    back = _back(case, born, folder)
    _load(oracle, born)
    weights = ours.get_weights()
    ours.set_weights(back.get_weights())  # of the same description: what was compiled for it predicts for both
    return _joined(there, _agree(case, back, ours, born, oracle)), weights


# There.


def _model(network: Network, seed: int) -> Model:
    """Make a model of the kind that its file is written as."""
    return (Sequential if network.is_chain else Model).from_network(network, seed=seed)


def _trained(case: Case) -> Model:
    """Return our model of a case after an epoch, so that the optimizer has something to remember."""
    model = _model(case.network, case.seed)
    model.set_weights(case.weights)
    model.compile(case.optimizer, case.loss, metrics=["accuracy"])
    rows = _rows(case)
    model.fit(case.examples.batch(rows), case.examples.labels[rows], case.batch_size, verbose=0)
    return model


def _there(ours: Model, folder: Path) -> Any:
    """Send a model to Keras in three ways; return what Keras loads from its file."""
    keras = real_keras()
    ours.save(folder / "ours.keras")
    ours.save_weights(folder / "ours.weights.h5")
    filed, handed = keras.saving.load_model(folder / "ours.keras"), ours.to_keras()
    _same_in_keras(filed, handed, "to_keras beside the file")
    _same_arrays(filed.get_weights(), ours.get_weights(), "weights in the file")
    handed.set_weights([weight + 1 for weight in handed.get_weights()])
    handed.load_weights(folder / "ours.weights.h5")
    _same_arrays(handed.get_weights(), ours.get_weights(), "weights in .weights.h5")
    return filed


def _same_in_keras(one: Any, other: Any, what: str) -> None:
    """Compare all that Keras keeps of two of its models."""
    assert _words(json.loads(one.to_json())) == _words(json.loads(other.to_json())), f"{what}: configuration"
    _same_arrays(one.get_weights(), other.get_weights(), f"{what}: weights")
    variables = [[np.asarray(each.value) for each in model.optimizer.variables] for model in (one, other)]
    _same_arrays(*variables, f"{what}: the optimizer's memory")


def _same_arrays(ours: Weights, theirs: Weights, what: str) -> None:
    assert len(ours) == len(theirs), f"{what}: {len(ours)} and {len(theirs)} arrays"
    for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        assert np.array_equal(one, other), f"{what}: array {index} differs"


# Back.


def _born_in_keras(case: Case, oracle: KerasOracle) -> Any:
    """Make the network by Keras' own constructors, with what Keras trained in float64 rounded to float32."""
    keras = real_keras()
    model = _constructed(case.network)
    loss = {field.name: getattr(case.loss, field.name) for field in fields(case.loss)}
    model.compile(
        keras_optimizer(case.optimizer), getattr(keras.losses, type(case.loss).__name__)(**loss), metrics=["accuracy"]
    )
    model.set_weights(oracle.get_weights())
    model.optimizer.build(model.trainable_variables)
    for variable, value in zip(model.optimizer.variables, oracle.optimizer.variables, strict=True):
        variable.assign(np.asarray(value.value).astype(variable.dtype))
    return model


def _constructed(network: Network) -> Any:
    """Call the constructor of each of Keras' layers."""
    keras = real_keras()
    values = [keras.Input(network.input_shape, name=network.nodes[0].name)]
    layers = [_layer(node.layer, node.name) for node in network.nodes[1:]]
    if all(node.inputs == (node.index - 1,) for node in network.nodes[1:]):
        return keras.Sequential([*values, *layers], name=network.name)
    for node, layer in zip(network.nodes[1:], layers, strict=True):
        taken = [values[source] for source in node.inputs]
        values.append(layer(taken[0] if len(taken) == 1 else taken))
    return keras.Model(values[0], values[-1], name=network.name)


def _layer(layer: Layer, name: str) -> Any:
    left_out = {"name", "input_shape", "data_format"}
    own = [field.name for field in fields(layer) if field.init and field.name not in left_out]
    arguments = {each: _rule(getattr(layer, each)) for each in own if not each.endswith("_initializer")}
    return getattr(real_keras().layers, type(layer).__name__)(name=name, **arguments)


def _back(case: Case, born: Any, folder: Path) -> Model:
    """Take a model of Keras' in three ways; return what we load from its file."""
    born.save(folder / "theirs.keras")
    born.save_weights(folder / "theirs.weights.h5")
    filed, handed = load_model(folder / "theirs.keras"), from_keras(born)
    for model, what in ((filed, "the file"), (handed, "from_keras")):
        assert model.get_config() == _first(case).get_config(), f"{what}: description"
        assert model.loss == case.loss, f"{what}: {model.loss}"
        expected = _in_keras_3(case.optimizer)
        assert model.optimizer == expected, f"{what}: {model.optimizer}, not {expected}"
        _same_arrays(model.get_weights(), born.get_weights(), f"{what}: weights")
    states = [_state(model) for model in (filed, handed)]
    assert states[0].keys() == states[1].keys(), "from_keras beside the file: names of the optimizer's memory"
    _same_arrays(*([*state.values()] for state in states), "from_keras beside the file: the optimizer's memory")
    handed.set_weights([weight + 1 for weight in handed.get_weights()])
    handed.load_weights(folder / "theirs.weights.h5")
    _same_arrays(handed.get_weights(), born.get_weights(), ".weights.h5 of Keras'")
    # Keras keeps no place in the sequence of orders and masks; the proof goes on with the case's.
    engine = filed._built()
    engine.seed, engine.epochs_trained = case.seed, 2
    return filed


def _first(case: Case) -> Model:
    return _model(case.network, case.seed)


def _in_keras_3(optimizer: Any) -> Optimizer:
    """Write the old decay as Keras 3 does: a schedule."""
    if not optimizer.decay:
        return optimizer
    values = {field.name: getattr(optimizer, field.name) for field in fields(optimizer) if field.name != "decay"}
    values["learning_rate"] = InverseTimeDecay(optimizer.learning_rate, 1, optimizer.decay)
    return type(optimizer)(**values)


# Numbers.


def oracle_of(model: Any) -> KerasOracle:
    """Return an oracle, in float64, whose model is a compiled one of Keras' and not made from a description.

    Its layers, weights, loss, optimizer and memory are that model's. As in `KerasOracle` a final softmax is left out
    and the loss told so, and layers that draw take what they are handed.
    """
    config = oracle_words(model)
    oracle = KerasOracle.__new__(KerasOracle)
    oracle.dtype = "float64"
    jumps = any(layer["class_name"] in _JUMPS for layer in config["config"]["layers"])
    oracle._options = _NOT_FUSED if jumps else _QUICK_COMPILE
    oracle._left_out = _left_out(model, json.loads(model.to_json()))
    oracle.middle = 0.0 if oracle._left_out or getattr(model.loss, "from_logits", False) else 0.5
    oracle._sparse = type(model.loss).__name__ == SparseCategoricalCrossentropy.__name__
    with _floats("float64") as keras:
        oracle.model = keras.saving.deserialize_keras_object(
            config, custom_objects={name: _handed(name) for name in _DRAWING}
        )
        told = keras.losses.serialize(model.loss)
        told["config"] = {key: value for key, value in told["config"].items() if key != "dtype"}
        if "from_logits" in told["config"]:
            told["config"]["from_logits"] = model.loss.from_logits or oracle._left_out is not None
        oracle.loss = keras.losses.deserialize(told)
        oracle.optimizer = keras.optimizers.deserialize(keras.optimizers.serialize(model.optimizer))
        oracle.optimizer.build(oracle.model.trainable_variables)
        oracle._trackers = [keras.metrics.Mean(), keras.metrics.Mean()]
    oracle._masked = [layer for layer in oracle.model.layers if hasattr(layer, "mask_of_step")]
    oracle._weights = [oracle.model.trainable_variables, oracle.model.non_trainable_variables]
    oracle._compiled = {}
    _load(oracle, model)
    return oracle


def _load(oracle: KerasOracle, model: Any) -> None:
    """Give the oracle a model's weights and the memory of its optimizer."""
    oracle.set_weights([weight.astype(np.float64) for weight in model.get_weights()])
    for variable, value in zip(oracle.optimizer.variables, model.optimizer.variables, strict=True):
        variable.assign(np.asarray(value.value).astype(variable.dtype))


def oracle_words(model: Any) -> dict[str, Any]:
    """Write a configuration for float64, without a final softmax, and with layers that are handed what they draw."""
    config: dict[str, Any] = json.loads(model.to_json())
    config.pop("compile_config", None)
    if _left_out(model, config):
        config["config"]["layers"][-1]["config"]["activation"] = "linear"
    config["config"]["dtype"] = "float64"
    for layer in config["config"]["layers"]:
        layer["config"]["dtype"] = "float64"
        if layer["class_name"] in _DRAWING:
            layer |= {"module": None, "registered_name": layer["class_name"]}
    return config


def _left_out(model: Any, config: dict[str, Any]) -> str | None:
    """Name the activation that a model ends in and its loss makes needless, as the oracle finds it in a description."""
    last = config["config"]["layers"][-1]["config"].get("activation")
    needless = {kind.__name__: ending for kind, ending in _NEEDLESS.items()}.get(type(model.loss).__name__)
    return last if last == needless and not getattr(model.loss, "from_logits", False) else None


def _words(config: dict[str, Any]) -> dict[str, Any]:
    """Leave out what an object that was never written has not: the name of the loss, how often Python is asked."""
    compiled = config.get("compile_config")
    if not compiled:
        return config
    kept = {key: value for key, value in compiled.items() if key in {"optimizer", "loss", "metrics"}}
    return {**config, "compile_config": kept}


def _agree(case: Case, ours: Model, predictor: Model, theirs: Any, oracle: KerasOracle) -> Agreement:
    """Let both predict, in both precisions, and train an epoch more in float64."""
    images = case.examples.batch(slice(None), np.float32)
    exact = ReferenceBackend(np.float64).load(
        case.network, ours.get_weights(), loss=ours.loss, optimizer=ours._compiled.optimizer, seed=case.seed, threads=1
    )
    double = exact.predict(images.astype(np.float64), len(images))
    with _floats("float64"):
        their_double = np.asarray(oracle._shown(oracle.model(images.astype(np.float64), training=False)))
    close(double, their_double, TOLERANCE_64, "prediction in float64")
    single, their_single = predictor.predict(images), np.asarray(theirs(images, training=False))
    apart, rounding = _apart(single, their_single), _apart(their_single, their_double)
    assert apart <= max(TOLERANCE_32, ROUNDING * rounding), (
        f"prediction in float32: differs by {apart:.3g}, Keras' own rounding is {rounding:.3g}"
    )
    exact.set_state({name: value.astype(_wide(value)) for name, value in _state(ours).items()})
    losses = _further_epoch(case, ours._built().epochs_trained, exact, oracle)
    close(losses[0], losses[1], TOLERANCE_64, "loss of a further epoch")
    close_all(exact.get_weights(), oracle.get_weights(), TOLERANCE_64, "weight after a further epoch")
    return Agreement(3, int(apart <= TOLERANCE_32), apart, _apart(double, their_double), abs(losses[0] / losses[1] - 1))


def _further_epoch(case: Case, epoch: int, exact: Any, oracle: KerasOracle) -> tuple[float, float]:
    """Train both on the same batches; return the mean losses, after each batch of which the weights have moved."""
    ours, theirs = [], []
    order = _rows(case)[::-1]
    for start in range(0, len(order), case.batch_size):
        rows = order[start : start + case.batch_size]
        ours.append(exact.train_step(case.examples, rows, epoch).loss)
        masks = dropout_masks(case.network, case.seed, epoch, rows)
        theirs.append(oracle.train_step(case.examples, rows, masks).loss)
    return float(np.mean(ours)), float(np.mean(theirs))


def _rows(case: Case) -> np.ndarray:
    """Return two whole batches: Keras compiles a step for each size."""
    return np.arange(2 * case.batch_size)


def _state(model: Model) -> dict[str, np.ndarray]:
    """Return the optimizer's memory, with a rate of 32 bits, all that Keras keeps of it."""
    state = model._built().model.get_state()
    if "learning_rate" in state:
        state["learning_rate"] = np.asarray(np.float32(state["learning_rate"]), state["learning_rate"].dtype)
    return state


def _wide(value: np.ndarray) -> Any:
    return np.float64 if value.dtype.kind == "f" else value.dtype


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest difference, relative to the largest value; where both have overflowed, that of the others.

    A random network may train itself beyond float32 in a few steps; then the same numbers must be beyond it in both.
    """
    wide = np.asarray(other, np.float64)
    finite = np.isfinite(wide)
    if not finite.all() and np.array_equal(finite, np.isfinite(one)):
        return _apart(one[finite], wide[finite]) if finite.any() else 0.0
    return float(np.abs(np.asarray(one, np.float64) - wide).max() / max(np.abs(wide).max(), TOLERANCE_32))


def _joined(one: Agreement, other: Agreement) -> Agreement:
    return Agreement(
        one.trips + other.trips,
        one.in_float32 + other.in_float32,
        max(one.prediction_32, other.prediction_32),
        max(one.prediction_64, other.prediction_64),
        max(one.loss_64, other.loss_64),
    )


@cache
def _handed(name: str) -> type:
    """Return one of Keras' layers that draw in training, with what it draws handed over."""
    keras = real_keras()

    class Handed(getattr(keras.layers, name)):  # type: ignore[misc]
        mask_of_step: Any = None

        def call(self, inputs: Any, training: bool = False) -> Any:
            if not training or not getattr(self, "rate", 1):
                return inputs
            drawn = self.mask_of_step
            if name == "GaussianNoise":
                return inputs + keras.ops.cast(drawn, inputs.dtype)
            if name in _DROPPING:
                return keras.ops.where(drawn, inputs / (1 - self.rate), 0)
            maps = keras.ops.pad(keras.ops.cast(drawn, inputs.dtype), [[0, 0], [0, 2]])
            return keras.ops.image.affine_transform(inputs, maps, **self._sampling(), data_format="channels_last")

        def _sampling(self) -> dict[str, Any]:
            if name == "RandomFlip":
                return {"interpolation": "nearest", "fill_mode": "nearest", "fill_value": 0.0}
            return {each: getattr(self, each) for each in ("interpolation", "fill_mode", "fill_value")}

    return Handed


@contextmanager
def _no_random_weights() -> Iterator[None]:
    """Let Keras begin with zeros: its weights are replaced anyway, and JAX compiles each shape that it draws."""
    keras = real_keras()

    def zeros(self: object, shape: Any, dtype: Any = None) -> Any:
        return keras.ops.convert_to_tensor(np.zeros(shape, dtype or "float32"))

    with patch.object(keras.initializers.VarianceScaling, "__call__", zeros):
        yield


__all__ = ["TOLERANCE_32", "Agreement", "check", "oracle_of"]
