"""A network in PyTorch: the layers, weights and small numbers that Keras gives it."""

from itertools import chain

from description import Described
from torch import nn


def build(layers: list[Described]) -> nn.Sequential:
    """Build a network that ends before its softmax, which PyTorch folds into the loss."""
    return nn.Sequential(*chain.from_iterable(_modules(layer) for layer in layers))


def _modules(layer: Described) -> list[nn.Module]:
    match layer.kind:
        case "Conv2D":
            return [*_convolution(layer), *_activation(layer)]
        case "MaxPooling2D":
            return [_pool(layer)]
        case "Dropout":
            return [nn.Dropout(layer.config["rate"])]
        case "BatchNormalization":
            return [_normalization(layer)]
        case "Flatten":
            return [nn.Flatten()]
        case _:
            return [_as_keras(nn.Linear(layer.shape[0], layer.config["units"])), *_activation(layer)]


def _convolution(layer: Described) -> list[nn.Module]:
    """Pad within the convolution where both sides get alike, in front of it elsewhere."""
    (top, bottom), (left, right) = layer.padding
    even = top == bottom and left == right
    convolution = nn.Conv2d(
        layer.shape[2],
        layer.config["filters"],
        layer.window,
        stride=tuple(layer.config["strides"]),
        padding=(top, left) if even else 0,
    )
    padding = [] if even else [nn.ZeroPad2d((left, right, top, bottom))]
    return [*padding, _as_keras(convolution)]


def _pool(layer: Described) -> nn.Module:
    """Let windows run over the end for padding "same": with Keras' pools of 2 it stands there alone."""
    (top, _), (left, _) = layer.padding
    if top or left:
        raise ValueError("a pool with padding before its first row is not measured here")
    ceil = layer.config["padding"] == "same"
    return nn.MaxPool2d(layer.window, stride=tuple(layer.config["strides"]), ceil_mode=ceil)


def _normalization(layer: Described) -> nn.Module:
    made = nn.BatchNorm2d if len(layer.shape) > 1 else nn.BatchNorm1d
    return made(layer.shape[-1], eps=layer.config["epsilon"], momentum=1 - layer.config["momentum"])


def _as_keras(module: nn.Conv2d | nn.Linear) -> nn.Module:
    nn.init.xavier_uniform_(module.weight)
    nn.init.zeros_(module.bias)
    return module


def _activation(layer: Described) -> list[nn.Module]:
    return [nn.ReLU(inplace=True)] if layer.activation == "relu" else []
