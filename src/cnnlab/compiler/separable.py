"""SeparableConv2D is two steps of a plan: a depthwise convolution, and a convolution of 1x1 behind it."""

from cnnlab.arch import Node
from cnnlab.arch.layers import DepthwiseConv2D, SeparableConv2D
from cnnlab.compiler.buffers import Buffer
from cnnlab.compiler.lowering.step import Step


def depthwise_step(node: Node, layer: SeparableConv2D, source: Buffer, training: bool) -> Step:
    """Return the first of the two; the second reads what it gives."""
    name = f"layer{node.index}_depthwiseconv2d"
    height, width, channels = layer.between(node.input_shape)
    out = Buffer(name, (channels, height, width), source.element)
    return Step(name, node, layer.depthwise, "linear", source, out, training)


def name_in_step(step: Step, name: str) -> str | None:
    """Say what a step calls an array of its layer; None where it is of the other step of the two.

    Args:
        step: Of any layer.
        name: As the layer calls it.
    """
    if not isinstance(step.node.layer, SeparableConv2D):
        return name
    if isinstance(step.layer, DepthwiseConv2D):
        return "kernel" if name == "depthwise_kernel" else None
    return {"pointwise_kernel": "kernel", "bias": "bias"}.get(name)
