"""A softmax or sigmoid at the end of a network: where the loss is taken from its logits, the graph ends before it."""

from dataclasses import replace
from typing import Final

from cnnlab.arch import Layer, Network
from cnnlab.arch.layers import Activation, Softmax
from cnnlab.records import Loss

_HALF: Final = 0.5


def left_out(network: Network, loss: Loss | None) -> str | None:
    """Name the activation in which a network ends and that its loss makes needless; None where there is none."""
    last = getattr(network.nodes[-1].layer, "activation", None)
    return last if loss is not None and not loss.from_logits and last == loss.logits_of else None


def without_last_activation(network: Network) -> Network:
    """Return a network without the activation in which it ends."""
    last = network.nodes[-1]
    if isinstance(last.layer, Softmax):
        layer: Layer = Activation("linear")
    else:
        layer = replace(last.layer, activation="linear")  # type: ignore[call-arg]  # `left_out` has seen it
    return replace(network, nodes=(*network.nodes[:-1], replace(last, layer=layer)))


def middle(loss: Loss, left_out: str | None) -> float:
    """Return above which number a single output says class 1: 0 for a logit, 0.5 for a probability.

    Keras' accuracy takes 0.5 for logits too, where that stands for a probability of 0.62.

    Args:
        loss: It says what the network ends in.
        left_out: The activation that belongs behind what the loss sees.
    """
    return 0.0 if loss.from_logits or left_out is not None else _HALF
