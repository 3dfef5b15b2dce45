"""What kinds of layers there are, as far as it matters to what may be wrong with them."""

from math import prod
from typing import Final, TypeGuard

from cnnlab.arch import Layer, Node, Parameter
from cnnlab.arch.layers import BatchNormalization, Conv2D, Dense, DepthwiseConv2D, LayerNormalization, SeparableConv2D

Sliding = Conv2D | DepthwiseConv2D | SeparableConv2D
Weighing = Sliding | Dense

NORMALIZING: Final = (BatchNormalization, LayerNormalization)


def weighs(layer: object) -> TypeGuard[Weighing]:
    """Tell whether a layer mixes its inputs with weights."""
    return isinstance(layer, Weighing)


def slides(layer: object) -> TypeGuard[Sliding]:
    """Tell whether a layer slides kernels over an image."""
    return isinstance(layer, Sliding)


def kernels(node: Node) -> tuple[Parameter, ...]:
    """List the arrays by which a layer weighs, in their order: one, or both of a separable convolution; or none."""
    return tuple(parameter for parameter in node.parameters if parameter.name.endswith("kernel"))


def kernel_arguments(layer: Layer) -> tuple[str, ...]:
    """Name the arguments that say how the kernels begin, in the order of `kernels`."""
    match layer:
        case SeparableConv2D():
            return ("depthwise_initializer", "pointwise_initializer")
        case DepthwiseConv2D():
            return ("depthwise_initializer",)
        case Conv2D() | Dense():
            return ("kernel_initializer",)
    return ()


def inputs_of(layer: Layer, kernel: Parameter) -> int:
    """Count the numbers that one output is summed from by a kernel: of one channel alone where it is depthwise."""
    alone = isinstance(layer, DepthwiseConv2D) or kernel.name == "depthwise_kernel"
    return prod(kernel.shape[:2]) if alone else kernel.size // kernel.shape[-1]


def width_argument(layer: Weighing) -> str:
    """Name the argument that says how many channels or units come out."""
    if isinstance(layer, Dense):
        return "units"
    return "depth_multiplier" if isinstance(layer, DepthwiseConv2D) else "filters"
