"""Layers that only rearrange, rescale or activate."""

from cnnlab.arch.layers import Activation, Flatten, Rescaling, Reshape, Softmax
from cnnlab.backends.interface import Array
from cnnlab.backends.reference.activations import NEED_INPUT, activate, derive
from cnnlab.backends.reference.call import Call, Gradients, Operation


def shape_forward(call: Call[Flatten | Reshape], x: Array) -> tuple[Array, tuple[int, ...]]:
    """Read each image, channels fastest, in the shape of the output."""
    return x.reshape(len(x), *call.node.output_shape), x.shape


def shape_backward(call: Call[Flatten | Reshape], saved: tuple[int, ...], gradient: Array) -> Gradients:
    """Give the gradient the shape of the input back."""
    del call
    return Gradients(gradient.reshape(saved))


def rescaling_forward(call: Call[Rescaling], x: Array) -> tuple[Array, None]:
    """Multiply by the scale and add the offset."""
    return x * call.layer.scale + call.layer.offset, None


def rescaling_backward(call: Call[Rescaling], saved: None, gradient: Array) -> Gradients:
    """Scale the gradient alike."""
    del saved
    return Gradients(gradient * call.layer.scale)


def activation_forward(call: Call[Activation | Softmax], x: Array) -> tuple[Array, Array]:
    """Activate a copy."""
    out = x.copy()
    activate(call.layer.activation, out)
    return out, x if call.layer.activation in NEED_INPUT else out


def activation_backward(call: Call[Activation | Softmax], saved: Array, gradient: Array) -> Gradients:
    """Derive by the input."""
    return Gradients(derive(call.layer.activation, saved, gradient))


SAME_NUMBERS = Operation(shape_forward, shape_backward)
RESCALING = Operation(rescaling_forward, rescaling_backward)
ACTIVATION = Operation(activation_forward, activation_backward)
