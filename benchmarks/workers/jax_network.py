"""A network in plain JAX: weights as a list of dicts, the forward pass as one function."""

from collections.abc import Callable
from functools import reduce
from typing import Final

import jax
import jax.numpy as jnp
from description import Described
from jax import Array, lax

Weights = list[dict[str, Array]]
Forward = Callable[[Weights, Weights, Array, Array | None], tuple[Array, Weights]]

# Channels first took as long or longer.
_DIMENSIONS: Final = ("NHWC", "HWIO", "NHWC")


def draw_weights(layers: list[Described], key: Array) -> tuple[Weights, Weights]:
    """Draw what is trained, and what batch normalization keeps beside it; an empty dict where a layer has none."""
    trained, kept = [], []
    for layer, own in zip(layers, jax.random.split(key, len(layers)), strict=True):
        trained.append(_trained(layer, own))
        size = layer.shape[-1]
        moving = {"mean": jnp.zeros(size), "variance": jnp.ones(size)}
        kept.append(moving if layer.kind == "BatchNormalization" else {})
    return trained, kept


def forward_pass(layers: list[Described]) -> Forward:
    """Return the forward pass, which ends before the softmax.

    It takes what is trained, what is kept, the images and a key; without a key it is validation. It returns the scores
    and what is to be kept.
    """

    def forward(trained: Weights, kept: Weights, images: Array, key: Array | None) -> tuple[Array, Weights]:
        values, after = images, []
        for place, (layer, weights, moving) in enumerate(zip(layers, trained, kept, strict=True)):
            own = None if key is None else jax.random.fold_in(key, place)
            values, left = _apply(layer, weights, moving, values, own)
            after.append(left)
        return values, after

    return forward


def _trained(layer: Described, key: Array) -> dict[str, Array]:  # noqa: PLR0911 - one for each kind
    match layer.kind:
        case "Conv2D":
            rows, columns = layer.window
            size = (rows, columns, layer.shape[2], layer.config["filters"])
            kernel = jax.nn.initializers.glorot_uniform()(key, size)
            return {"kernel": kernel, "bias": jnp.zeros(size[3])}
        case "DepthwiseConv2D":
            return {"kernel": _depthwise_kernel(layer, key), "bias": jnp.zeros(layer.shape[2])}
        case "SeparableConv2D":
            size = (layer.shape[2], layer.config["filters"])
            mixing = jax.nn.initializers.glorot_uniform()(key, size)
            return {"kernel": _depthwise_kernel(layer, key), "mixing": mixing, "bias": jnp.zeros(size[1])}
        case "PReLU":
            return {"alpha": jnp.zeros(layer.shape[-1])}
        case "Dense":
            size = (layer.shape[0], layer.config["units"])
            return {"kernel": jax.nn.initializers.glorot_uniform()(key, size), "bias": jnp.zeros(size[1])}
        case "BatchNormalization" | "LayerNormalization":
            return {"gamma": jnp.ones(layer.shape[-1]), "beta": jnp.zeros(layer.shape[-1])}
        case _:
            return {}


def _apply(  # noqa: PLR0911 - one for each kind that has weights
    layer: Described, weights: dict[str, Array], moving: dict[str, Array], values: Array, key: Array | None
) -> tuple[Array, dict[str, Array]]:
    match layer.kind:
        case "Conv2D":
            return _activated(layer, _convolution(layer, weights, values)), {}
        case "DepthwiseConv2D":
            return _activated(layer, _depthwise(layer, weights["kernel"], values) + weights["bias"]), {}
        case "SeparableConv2D":
            mixed = _depthwise(layer, weights["kernel"], values) @ weights["mixing"]
            return _activated(layer, mixed + weights["bias"]), {}
        case "BatchNormalization":
            return _normalization(layer, weights, moving, values, training=key is not None)
        case "Dense":
            return _activated(layer, values @ weights["kernel"] + weights["bias"]), {}
        case "LayerNormalization":
            return _layer_normalization(layer, weights, values), {}
        case "PReLU":
            return jnp.where(values > 0, values, weights["alpha"] * values), {}
        case _:
            return _WITHOUT_WEIGHTS[layer.kind](layer, values, key), {}


def _convolution(layer: Described, weights: dict[str, Array], values: Array) -> Array:
    made = lax.conv_general_dilated(
        values, weights["kernel"], layer.config["strides"], layer.padding, dimension_numbers=_DIMENSIONS
    )
    return made + weights["bias"]


def _depthwise_kernel(layer: Described, key: Array) -> Array:
    return jax.nn.initializers.glorot_uniform()(key, (*layer.window, 1, layer.shape[2]))


def _depthwise(layer: Described, kernel: Array, values: Array) -> Array:
    return lax.conv_general_dilated(
        values,
        kernel,
        layer.config["strides"],
        layer.padding,
        dimension_numbers=_DIMENSIONS,
        feature_group_count=layer.shape[2],
    )


def _layer_normalization(layer: Described, weights: dict[str, Array], values: Array) -> Array:
    mean, variance = values.mean(-1, keepdims=True), values.var(-1, keepdims=True)
    scale = weights["gamma"] * lax.rsqrt(variance + layer.config["epsilon"])
    return (values - mean) * scale + weights["beta"]


def _pool(layer: Described, values: Array) -> Array:
    if layer.window == tuple(layer.config["strides"]):
        return _pool_apart(layer, values)
    window, strides = (1, *layer.window, 1), (1, *layer.config["strides"], 1)
    return lax.reduce_window(values, -jnp.inf, lax.max, window, strides, ((0, 0), *layer.padding, (0, 0)))


def _pool_apart(layer: Described, values: Array) -> Array:
    """Pool windows that do not overlap as the largest of shifted images: its gradient is three times as fast."""
    rows, columns = layer.window
    padded = jnp.pad(values, ((0, 0), *layer.padding, (0, 0)), constant_values=-jnp.inf)
    high, wide = (padded.shape[1] // rows) * rows, (padded.shape[2] // columns) * columns
    shifted = [padded[:, row:high:rows, column:wide:columns] for row in range(rows) for column in range(columns)]
    return reduce(jnp.maximum, shifted)


def _dropout(rate: float, values: Array, key: Array | None, shape: tuple[int, ...]) -> Array:
    if key is None:
        return values
    return jnp.where(jax.random.bernoulli(key, 1 - rate, shape), values / (1 - rate), 0)


def _normalization(
    layer: Described, weights: dict[str, Array], moving: dict[str, Array], values: Array, *, training: bool
) -> tuple[Array, dict[str, Array]]:
    mean, variance, kept = moving["mean"], moving["variance"], moving
    if training:
        axes = tuple(range(values.ndim - 1))
        mean, variance = values.mean(axes), values.var(axes)
        share = layer.config["momentum"]
        kept = {
            "mean": share * moving["mean"] + (1 - share) * mean,
            "variance": share * moving["variance"] + (1 - share) * variance,
        }
    scale = weights["gamma"] * lax.rsqrt(variance + layer.config["epsilon"])
    return values * scale + (weights["beta"] - mean * scale), kept


def _activated(layer: Described, values: Array) -> Array:
    return jax.nn.relu(values) if layer.activation == "relu" else values


def _gaussian_noise(layer: Described, values: Array, key: Array | None) -> Array:
    return values if key is None else values + jax.random.normal(key, values.shape) * layer.config["stddev"]


def _spatial_dropout(layer: Described, values: Array, key: Array | None) -> Array:
    return _dropout(layer.config["rate"], values, key, (len(values), 1, 1, values.shape[3]))


_WITHOUT_WEIGHTS: Final[dict[str, Callable[[Described, Array, Array | None], Array]]] = {
    "Dropout": lambda layer, values, key: _dropout(layer.config["rate"], values, key, values.shape),
    "Flatten": lambda _layer, values, _key: values.reshape(len(values), -1),
    "GaussianNoise": _gaussian_noise,
    "LeakyReLU": lambda layer, values, _key: jax.nn.leaky_relu(values, layer.config["negative_slope"]),
    "MaxPooling2D": lambda layer, values, _key: _pool(layer, values),
    "ReLU": lambda layer, values, _key: jnp.clip(values, 0.0, layer.config["max_value"]),
    "Reshape": lambda layer, values, _key: values.reshape(len(values), *layer.config["target_shape"]),
    "Softmax": lambda _layer, values, _key: jax.nn.softmax(values),
    "SpatialDropout2D": _spatial_dropout,
    "ZeroPadding2D": lambda layer, values, _key: jnp.pad(values, ((0, 0), *layer.config["padding"], (0, 0))),
}
