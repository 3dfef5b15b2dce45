"""A probe: what each layer of a network does on a few hundred fixed images, at the start or the end of a run.

It is computed with the plain NumPy backend, which lays every array open, and changes nothing of what it looks at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, isnan
from typing import Any, Final

import numpy as np

from cnnlab.arch import Network, Node
from cnnlab.arch.layers import BatchNormalization
from cnnlab.arch.measures import class_count
from cnnlab.backends.interface import Array
from cnnlab.backends.reference import ReferenceBackend, ReferenceModel
from cnnlab.errors import DataError, NonFiniteLossError, explain
from cnnlab.records import Examples, LayerProbe, Loss, Moment, Optimizer, Probe, RunKey
from cnnlab.training.unit_marks import dead_share, saturated_share

IMAGES: Final = 512
"""How many images are looked at: enough that a unit which is silent on all of them is as good as dead (one that speaks
on 1 of 100 images is missed once in 170), few enough for a second of NumPy."""

STEPS: Final = 5
"""How many training steps are taken; the mean size of all but the first is told.

The optimizer begins with nothing remembered, for a run keeps its last weights and not its moments. Adam's first step
then moves every weight by the learning rate, whatever its gradient: it tells nothing of the network. In the steps after
it, on other batches, what disagrees between them cancels, and what momentum adds builds up. One step alone would not
do: where the rate is far too high the first steps drive the network into a corner, and the last one no longer moves it.
"""


def probe(
    network: Network,
    weights: Sequence[Array],
    examples: Examples,
    *,
    key: RunKey,
    moment: Moment,
    loss: Loss,
    optimizer: Optimizer,
    seed: int,
    batch_size: int = 32,
    learning_rate: float | None = None,
    threads: int | None = None,
) -> Probe:
    """Look at what each layer does on the first `IMAGES` of some examples.

    Args:
        network: Its description.
        weights: In Keras' order; they are copied.
        examples: As `prepare` made them for this network; the training images, for it is training that is looked into.
        key: Of the run.
        moment: Whether the weights are its first or its last.
        loss: The recipe's.
        optimizer: The recipe's, used from a fresh state. Gradients are not accumulated and weights not averaged here,
            so that each step moves the weights.
        seed: The run's, for dropout.
        batch_size: The recipe's, for the size of a training step.
        learning_rate: That of the moment, where it is known (an epoch's row has it); None for what the optimizer begins
            with.
        threads: How many may be used; None for one for each core.

    Returns:
        The probe. Where the loss or a gradient is not finite its numbers are infinite or NaN, and an update that the
        loss did not survive is infinite.

    Raises:
        DataError: If there is no image.
        NetworkError: If the network does not end in one number for each class.
    """
    shown = examples.head(IMAGES)
    if not len(shown):
        raise DataError(explain(expected="at least one image to look at", got="none", where=f"{network.name}, a probe"))
    stepping = _plain(optimizer, learning_rate)
    model = ReferenceBackend().load(network, weights, loss=loss, optimizer=stepping, seed=seed, threads=threads)
    outputs = model.outputs(shown.batch(slice(None)))
    # Losses without weights: they are held against that of guessing. The steps are those of the training.
    plain = replace(shown, weights=None)
    evaluation = model.evaluate(plain, len(plain))
    training_loss, gradients = _gradients(model, plain)
    penalty = model.penalty()
    found = _Found(network, outputs, _by_name(network, weights), gradients, _updates(model, shown, batch_size))
    said = np.bincount(evaluation.predictions.classes, minlength=class_count(network))
    return Probe(
        key=key,
        moment=moment,
        images=len(shown),
        loss=evaluation.loss - penalty,
        accuracy=evaluation.accuracy,
        training_loss=training_loss,
        said=tuple(float(share) for share in said / len(shown)),
        layers=tuple(_layer(node, found) for node in network.nodes[1:]),
        penalty=penalty,
    )


@dataclass(frozen=True, eq=False)
class _Found:
    """What the passes gave: outputs by node; weights and gradients by "layer/weight"; updates by layer."""

    network: Network
    outputs: list[Array]
    weights: dict[str, Array]
    gradients: dict[str, Array]
    updates: dict[str, float]


def _layer(node: Node, found: _Found) -> LayerProbe:
    """Gather what is known of one layer."""
    out, kernels = found.outputs[node.index], _kernels(node)
    last = node.index == found.network.nodes[-1].index
    gradients = [found.gradients[kernel] for kernel in kernels]
    with np.errstate(all="ignore"):
        drift, stretch = _drift(node, found) if isinstance(node.layer, BatchNormalization) else (None, None)
        return LayerProbe(
            layer=node.name,
            kind=type(node.layer).__name__,
            units=node.output_shape[-1],
            dead=dead_share(node.layer, out),
            saturated=None if last else saturated_share(node.layer, out),
            spread=float(out.std()),
            gradient=_rms(_joined(gradients)) if gradients else None,
            update=found.updates.get(node.name),
            drift=drift,
            stretch=stretch,
        )


def _drift(node: Node, found: _Found) -> tuple[float, float]:
    """Say how far the moving mean and deviation are from those of the images that come in, in evaluation mode."""
    entered = found.outputs[node.inputs[0]]
    places = entered.reshape(-1, entered.shape[-1]).astype(np.float64)
    epsilon = getattr(node.layer, "epsilon")  # noqa: B009 - only batch normalization comes here
    mean, variance = places.mean(axis=0), places.var(axis=0) + epsilon
    moving = found.weights[f"{node.name}/moving_variance"] + epsilon
    drift = _rms((found.weights[f"{node.name}/moving_mean"] - mean) / np.sqrt(variance))
    return drift, float(np.exp(_rms(np.log(moving / variance) / 2)))


def _plain(optimizer: Optimizer, learning_rate: float | None) -> Optimizer:
    """Return the optimizer as one that moves the weights at every step, by the learning rate of the moment."""
    rate: dict[str, Any] = {} if learning_rate is None else {"learning_rate": learning_rate}
    plain: dict[str, Any] = {"gradient_accumulation_steps": None, "use_ema": False, "ema_overwrite_frequency": None}
    return replace(optimizer, **plain, **rate)


def _gradients(model: ReferenceModel, shown: Examples) -> tuple[float, dict[str, Array]]:
    """Return the loss of the images in training mode and its gradients by "layer/weight".

    Only the moving averages move, which nothing in training mode reads.
    """
    names = [weight.name for weight in model.network.weights if weight.parameter.trainable]
    loss, gradients = model.gradients(shown, np.arange(len(shown)), 0, of_images_alone=True)
    return loss, dict(zip(names, gradients, strict=True))


def _updates(model: ReferenceModel, shown: Examples, batch_size: int) -> dict[str, float]:
    """Return by how much of themselves a training step moves a layer's kernels, a mean over the steps that count."""
    own = {node.name: _kernels(node) for node in model.network.nodes if _kernels(node)}
    size = min(batch_size, len(shown))
    moved = dict.fromkeys(own, 0.0)
    for step in range(STEPS):
        before = _by_name(model.network, model.get_weights())
        try:
            model.train_step(shown, np.arange(step * size, (step + 1) * size) % len(shown), 0)
        except NonFiniteLossError:
            return dict.fromkeys(moved, inf)
        after = _by_name(model.network, model.get_weights())
        for layer, kernels in own.items() if step else ():
            old, new = (_joined([weights[kernel] for kernel in kernels]) for weights in (before, after))
            with np.errstate(all="ignore"):
                change, whole = _rms(new - old), _rms(old)
            moved[layer] += _ratio(change, whole) / (STEPS - 1)
    return moved


def _kernels(node: Node) -> list[str]:
    """Name the arrays that a layer weighs by, as "layer/weight": one, or both of a separable convolution."""
    return [f"{node.name}/{one.name}" for one in node.parameters if one.name.endswith("kernel")]


def _joined(arrays: Sequence[Array]) -> Array:
    """Return one array as it is, several as a row."""
    return arrays[0] if len(arrays) == 1 else np.concatenate([array.ravel() for array in arrays])


def _ratio(change: float, size: float) -> float:
    """Divide, also what does not change or comes from nothing."""
    if isnan(change) or isnan(size):
        return inf
    if size == 0:
        return 0.0 if change == 0 else inf
    return change / size


def _by_name(network: Network, weights: Sequence[Array]) -> dict[str, Array]:
    return {weight.name: array for weight, array in zip(network.weights, weights, strict=True)}


def _rms(values: Array) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(np.square(values, dtype=np.float64))))
