"""A network as a model of Keras': once as it trains, with dropout masks as further inputs, and once as it answers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from math import prod
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Network, Node
from cnnlab.arch.keras_config import layer_config
from cnnlab.arch.layers import Dropout
from cnnlab.backends.interface import Array
from cnnlab.backends.keras.real import real_keras
from cnnlab.randomness import Stream, keep_mask, stream_key
from cnnlab.records import Loss, Optimizer

_DTYPE: Final = "float32"
_KNOWN_BY_TENSORFLOW: Final = ("sigmoid", "softmax")


@dataclass(frozen=True, eq=False)
class Built:
    """Both models; they share their layers, and so their weights.

    Attributes:
        training: Takes images, then a mask for each node of `dropped`.
        answering: Takes images, and drops nothing.
        dropped: The dropout layers that drop anything.
        variables: Keras' variables, in the order of `Network.weights`.
        softmax_after: Whether the last layer's softmax was left out: the loss is then taken from its logits, as Keras
            does on TensorFlow; on JAX and PyTorch it would clip probabilities.
    """

    training: Any
    answering: Any
    dropped: tuple[Node, ...]
    variables: tuple[Any, ...]
    softmax_after: bool


def built(network: Network, loss: Loss | None) -> Built:
    """Make a network's models."""
    keras = real_keras()
    last = network.nodes[-1]
    activation = getattr(last.layer, "activation", None)
    softmax_after = activation == "softmax" and loss is not None and not loss.from_logits
    dropped = tuple(n for n in network.nodes if isinstance(n.layer, Dropout) and n.layer.rate)
    layers = {node.index: _layer(node, linear=softmax_after and node is last) for node in network.nodes[1:]}
    images = keras.Input(network.input_shape, dtype=_DTYPE, name="images")
    masks = {node.index: keras.Input(node.output_shape, dtype="bool", name=f"mask_{node.index}") for node in dropped}
    training = _joined(network, layers, images, masks)
    if activation in _KNOWN_BY_TENSORFLOW and not softmax_after:
        # Keras on TensorFlow would take what the activation was given for logits, whatever the loss is told.
        training = keras.layers.Rescaling(1.0, dtype=_DTYPE)(training)
    answering = _joined(network, layers, images, {})
    return Built(
        keras.Model([images, *masks.values()], training),
        keras.Model(images, answering),
        dropped,
        tuple(variable for node in network.nodes[1:] for variable in layers[node.index].weights),
        softmax_after,
    )


def _joined(network: Network, layers: dict[int, Any], images: Any, masks: dict[int, Any]) -> Any:  # noqa: ANN401
    """Put the layers behind each other; without masks nothing is dropped."""
    values = [images]
    for node in network.nodes[1:]:
        taken = [values[source] for source in node.inputs]
        if isinstance(node.layer, Dropout):
            values.append(layers[node.index](taken[0], masks[node.index]) if node.index in masks else taken[0])
        else:
            values.append(layers[node.index](taken[0] if len(taken) == 1 else taken))
    return values[-1]


def _layer(node: Node, *, linear: bool) -> Any:  # noqa: ANN401 - Keras has no types
    """Make Keras' layer of the same name with the same arguments."""
    if isinstance(node.layer, Dropout):
        return _handed_dropout()(node.layer.rate, name=node.name)
    config = layer_config(node.layer, node.name)
    if "data_format" in config:
        config["data_format"] = "channels_last"  # as every batch is inside
    if len(node.input_shape) > 1 and config.get("axis") == 1:
        config["axis"] = -1
    # The weights are set anyway, and to draw them takes longer.
    config |= {name: "zeros" for name in config if name.endswith("_initializer")}
    if linear:
        config["activation"] = "linear"
    return getattr(real_keras().layers, type(node.layer).__name__).from_config(config)


@cache
def _handed_dropout() -> Any:  # noqa: ANN401 - Keras has no types
    """Return a layer that drops what it is told to drop."""
    keras = real_keras()

    class HandedDropout(keras.layers.Layer):  # type: ignore[misc, name-defined]
        """Dropout whose mask is an input.

        Args:
            rate: The share that is dropped.
            name: Of the layer.
        """

        def __init__(self, rate: float, name: str) -> None:
            super().__init__(name=name, dtype=_DTYPE)
            self.rate = rate

        def call(self, inputs: Any, mask_of_step: Any) -> Any:  # noqa: ANN401
            """Divide by the share kept, and 0 where dropped."""
            return keras.ops.where(mask_of_step, inputs / (1 - self.rate), 0.0)

    return HandedDropout


def masks_of(dropped: Sequence[Node], seed: int, epoch: int, rows: npt.NDArray[np.integer]) -> list[Array]:
    """Return what each dropout layer keeps of some images, shape (batch, *shape): the masks of every backend.

    Args:
        dropped: The layers.
        seed: The run's, for those without one of their own.
        epoch: Counted from 0.
        rows: Which images.
    """
    masks = []
    for node in dropped:
        layer = node.layer
        assert isinstance(layer, Dropout)
        key = stream_key(seed if layer.seed is None else layer.seed, Stream.DROPOUT, node.index, epoch)
        kept = keep_mask(key, rows, prod(node.output_shape), layer.rate)
        masks.append(kept.reshape(len(rows), *node.output_shape))
    return masks


def keras_loss(loss: Loss, *, from_logits: bool) -> Any:  # noqa: ANN401 - Keras has no types
    """Make Keras' loss of the same name."""
    arguments = {**asdict(loss), "from_logits": from_logits}
    return getattr(real_keras().losses, type(loss).__name__)(**arguments)


def keras_optimizer(optimizer: Optimizer, first_rate: float) -> Any:  # noqa: ANN401 - Keras has no types
    """Make Keras' optimizer of the same name; its learning rate is a number, to be set before each step.

    Args:
        optimizer: The description.
        first_rate: Any number; a schedule and the old decay are ours to follow.
    """
    plain = replace(optimizer, decay=0.0, learning_rate=first_rate)  # type: ignore[call-arg]  # every kind has a rate
    arguments = asdict(plain)
    arguments.pop("decay")
    return getattr(real_keras().optimizers, type(optimizer).__name__)(**arguments)
