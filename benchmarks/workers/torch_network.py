"""A network in PyTorch: the layers, weights and small numbers that Keras gives it."""

from collections.abc import Callable
from itertools import chain
from typing import Final

import torch
from description import Described
from torch import Tensor, nn


def build(layers: list[Described]) -> nn.Sequential:
    """Build a network that ends before its softmax, which PyTorch folds into the loss."""
    return nn.Sequential(*chain.from_iterable(_MODULES[layer.kind](layer) for layer in layers))


class _OtherRows(nn.Module):
    """Keras' reshape where the channels stay what they are; they come first here."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self._shape = shape

    def forward(self, values: Tensor) -> Tensor:
        """Cut the rows elsewhere."""
        return values.reshape(len(values), *self._shape)


class _Noise(nn.Module):
    """Adds noise in training."""

    def __init__(self, stddev: float) -> None:
        super().__init__()
        self._stddev = stddev

    def forward(self, values: Tensor) -> Tensor:
        """Add it."""
        return values + torch.randn_like(values) * self._stddev if self.training else values


class _ChannelNorm(nn.LayerNorm):
    """PyTorch normalizes the last axes, and its channels of an image are the second: turn them, and turn them back."""

    def forward(self, values: Tensor) -> Tensor:
        """Normalize the channels of each place."""
        return super().forward(values.movedim(1, -1)).movedim(-1, 1)


def _depthwise(layer: Described, *, bias: bool) -> list[nn.Module]:
    return _padded(layer, layer.shape[2], groups=layer.shape[2], bias=bias)


def _convolution(layer: Described) -> list[nn.Module]:
    return _padded(layer, layer.config["filters"], groups=1, bias=True)


def _padded(layer: Described, filters: int, *, groups: int, bias: bool) -> list[nn.Module]:
    """Pad within the convolution where both sides get alike, in front of it elsewhere."""
    (top, bottom), (left, right) = layer.padding
    even = top == bottom and left == right
    convolution = nn.Conv2d(
        layer.shape[2],
        filters,
        layer.window,
        stride=tuple(layer.config["strides"]),
        padding=(top, left) if even else 0,
        groups=groups,
        bias=bias,
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
    if module.bias is not None:
        nn.init.zeros_(module.bias)
    return module


def _activation(layer: Described) -> list[nn.Module]:
    return [nn.ReLU(inplace=True)] if layer.activation == "relu" else []


def _separable(layer: Described) -> list[nn.Module]:
    mixing = _as_keras(nn.Conv2d(layer.shape[2], layer.config["filters"], 1))
    return [*_depthwise(layer, bias=False), mixing, *_activation(layer)]


def _dense(layer: Described) -> list[nn.Module]:
    return [_as_keras(nn.Linear(layer.shape[0], layer.config["units"])), *_activation(layer)]


def _zero_padding(layer: Described) -> list[nn.Module]:
    (top, bottom), (left, right) = layer.config["padding"]
    return [nn.ZeroPad2d((left, right, top, bottom))]


def _reshape(layer: Described) -> list[nn.Module]:
    rows, columns, channels = layer.config["target_shape"]
    return [_OtherRows(channels, rows, columns)]


_MODULES: Final[dict[str, Callable[[Described], list[nn.Module]]]] = {
    "BatchNormalization": lambda layer: [_normalization(layer)],
    "Conv2D": lambda layer: [*_convolution(layer), *_activation(layer)],
    "Dense": _dense,
    "DepthwiseConv2D": lambda layer: [*_depthwise(layer, bias=True), *_activation(layer)],
    "Dropout": lambda layer: [nn.Dropout(layer.config["rate"])],
    "Flatten": lambda _layer: [nn.Flatten()],
    "GaussianNoise": lambda layer: [_Noise(layer.config["stddev"])],
    "LayerNormalization": lambda layer: [_ChannelNorm(layer.shape[-1], eps=layer.config["epsilon"])],
    "LeakyReLU": lambda layer: [nn.LeakyReLU(layer.config["negative_slope"])],
    "MaxPooling2D": lambda layer: [_pool(layer)],
    "PReLU": lambda layer: [nn.PReLU(layer.shape[-1], init=0.0)],
    "ReLU": lambda layer: [nn.Hardtanh(0.0, layer.config["max_value"])],
    "Reshape": _reshape,
    "SeparableConv2D": _separable,
    "Softmax": lambda _layer: [nn.Softmax(dim=1)],
    "SpatialDropout2D": lambda layer: [nn.Dropout2d(layer.config["rate"])],
    "ZeroPadding2D": _zero_padding,
}
