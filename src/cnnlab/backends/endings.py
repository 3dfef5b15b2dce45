"""A softmax at the end of a network: where the loss is taken from its logits, the graph ends before it."""

from dataclasses import replace

from cnnlab.arch import Layer, Network
from cnnlab.arch.layers import Activation, Softmax
from cnnlab.records import Loss


def softmax_left_out(network: Network, loss: Loss | None) -> bool:
    """Tell whether a network ends in a softmax that its loss makes needless."""
    last = network.nodes[-1].layer
    return loss is not None and not loss.from_logits and getattr(last, "activation", None) == "softmax"


def without_softmax(network: Network) -> Network:
    """Return a network without the softmax in which it ends."""
    last = network.nodes[-1]
    if isinstance(last.layer, Softmax):
        layer: Layer = Activation("linear")
    else:
        layer = replace(last.layer, activation="linear")  # type: ignore[call-arg]  # `softmax_left_out` has seen it
    return replace(network, nodes=(*network.nodes[:-1], replace(last, layer=layer)))
