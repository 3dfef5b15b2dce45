"""A network as a model of Keras': once as it trains, with all that is drawn as further inputs, once as it answers."""

from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any, Final

from cnnlab.arch import Network, Node
from cnnlab.arch.keras_config import layer_config
from cnnlab.arch.layers import Dropping, GaussianNoise
from cnnlab.backends.drawn import mask_shape
from cnnlab.backends.endings import left_out, middle, without_last_activation
from cnnlab.backends.keras.handing import Handing, handing, is_drawn
from cnnlab.backends.keras.real import real_keras
from cnnlab.records import Loss, Optimizer

_DTYPE: Final = "float32"
_KNOWN_BY_TENSORFLOW: Final = ("sigmoid", "softmax")


@dataclass(frozen=True, eq=False)
class Built:
    """Both models; they share their layers, and so their weights.

    Attributes:
        training: Takes images, then for each node of `handing` what is drawn for it.
        answering: Takes images, and draws nothing.
        handing: Knows what the training model is handed.
        variables: Keras' variables, in the order of `Network.weights`.
        left_out: The last layer's softmax or sigmoid where it was left out: the loss is then taken from its logits, as
            Keras does on TensorFlow; on JAX and PyTorch it would clip probabilities.
    """

    training: Any
    answering: Any
    handing: Handing
    variables: tuple[Any, ...]
    left_out: str | None


def built(network: Network, loss: Loss | None) -> Built:
    """Make a network's models."""
    keras = real_keras()
    last = left_out(network, loss)
    if last:
        network = without_last_activation(network)
    given = handing(network)
    layers = {node.index: _layer(node) for node in network.nodes[1:] if not is_drawn(node.layer)}
    images = keras.Input(network.input_shape, dtype=_DTYPE, name="images")
    drawn = {node.index: _input_of(node) for node in given.nodes}
    training = _joined(network, layers, images, drawn)
    if getattr(network.nodes[-1].layer, "activation", None) in _KNOWN_BY_TENSORFLOW:
        # Keras on TensorFlow would take what the activation was given for logits, whatever the loss is told.
        training = keras.layers.Rescaling(1.0, dtype=_DTYPE)(training)
    answering = _joined(network, layers, images, {})
    return Built(
        keras.Model([images, *drawn.values()], training),
        keras.Model(images, answering),
        given,
        tuple(variable for layer in layers.values() for variable in layer.weights),
        last,
    )


def _input_of(node: Node) -> Any:  # noqa: ANN401 - Keras has no types
    """Return the input that brings what is drawn for a layer."""
    dropped = isinstance(node.layer, Dropping)
    shape = mask_shape(node) if dropped else node.output_shape
    return real_keras().Input(shape, dtype="bool" if dropped else _DTYPE, name=f"drawn_{node.index}")


def _joined(network: Network, layers: dict[int, Any], images: Any, drawn: dict[int, Any]) -> Any:  # noqa: ANN401
    """Put the layers behind each other; without anything drawn those that draw do nothing."""
    values = [images]
    for node in network.nodes[1:]:
        taken = [values[source] for source in node.inputs]
        if not is_drawn(node.layer):
            values.append(layers[node.index](taken[0] if len(taken) == 1 else taken))
        elif node.index in drawn:
            values.append(_with_drawn(node, taken[0], drawn[node.index]))
        else:
            values.append(taken[0])
    return values[-1]


def _with_drawn(node: Node, value: Any, drawn: Any) -> Any:  # noqa: ANN401 - Keras has no types
    """Apply what was drawn for a layer; what augmentation makes of the images was computed before."""
    match node.layer:
        case Dropping(rate):
            return _handed_dropout()(rate, name=node.name)(value, drawn)
        case GaussianNoise():
            return real_keras().layers.Add(name=node.name, dtype=_DTYPE)([value, drawn])
    return drawn


def _layer(node: Node) -> Any:  # noqa: ANN401 - Keras has no types
    """Make Keras' layer of the same name with the same arguments."""
    config = layer_config(node.layer, node.name)
    if "data_format" in config:
        config["data_format"] = "channels_last"  # as every batch is inside
    if "axis" in config:
        config["axis"] = -1  # that of the channels, whatever it is called where they come first
    # The weights are set anyway, and to draw them takes longer.
    config |= {name: "zeros" for name in config if name.endswith("_initializer")}
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


def keras_loss(loss: Loss, *, from_logits: bool) -> Any:  # noqa: ANN401 - Keras has no types
    """Make Keras' loss of the same name."""
    arguments = asdict(loss)
    if "from_logits" in arguments:
        arguments["from_logits"] = from_logits
    return getattr(real_keras().losses, type(loss).__name__)(**arguments)


def keras_accuracy(network: Network, loss: Loss, left_out: str | None) -> Any:  # noqa: ANN401 - Keras has no types
    """Make what Keras takes "accuracy" for, but a single output that is a logit is told apart at 0."""
    if network.output_shape == (1,):
        return real_keras().metrics.BinaryAccuracy(name="accuracy", threshold=middle(loss, left_out))
    return "accuracy"


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
