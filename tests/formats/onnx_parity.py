"""ONNX files against our own predictions: the same network, weights and images, in ONNX Runtime and in a backend."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "backends"))

from random_branches import branched_case_of_seed
from random_networks import _weights as draw_weights
from random_networks import draw_case

from cnnlab.arch import Layer, Network, chain
from cnnlab.backends import get_backend
from cnnlab.errors import NetworkError
from cnnlab.formats.onnx import onnx_model
from cnnlab.formats.onnx.runtime import outputs

TOLERANCE = 1e-5
"""Of the largest output, or of 1 where all are smaller."""
_IMAGES = 5


def check(
    network: Network,
    weights: Sequence[np.ndarray],
    images: np.ndarray | None = None,
    *,
    divisor: float | None = None,
    backend: str | None = None,
) -> float:
    """Return the worst difference between ONNX Runtime's outputs and ours, as a share of the largest or of 1.

    Args:
        network: Any that cnnlab has.
        weights: In Keras' order.
        images: As the network takes them; some random ones where they are left out.
        divisor: Of the pixels, which then are bytes and divided in the file.
        backend: Who predicts; the quickest here if left out.
    """
    shape = network.shown(network.input_shape)
    if images is None:
        random = np.random.default_rng(7)
        images = (
            random.integers(0, 256, (_IMAGES, *shape), np.uint8) if divisor else random.normal(size=(_IMAGES, *shape))
        )
    given = images if divisor else images.astype(np.float32)
    floats = given.astype(np.float32) / np.float32(divisor) if divisor else given
    inside = np.moveaxis(floats, 1, -1) if network.data_format == "channels_first" and len(shape) == 3 else floats
    single = [np.asarray(weight, np.float32) for weight in weights]
    ours = get_backend(backend).load(network, single, threads=1).predict(np.ascontiguousarray(inside), len(inside))
    if network.data_format == "channels_first" and ours.ndim == 4:
        ours = np.moveaxis(ours, -1, 1)
    theirs = outputs(onnx_model(network, single, divisor=divisor), given)
    if theirs.shape != ours.shape:
        raise AssertionError(f"{theirs.shape} in ONNX Runtime, {ours.shape} here")
    if not np.isfinite(ours).all():
        raise AssertionError("our own outputs are not finite: such a network shows nothing")
    return float(np.abs(theirs - ours).max() / max(1.0, np.abs(ours).max()))


def check_seed(seed: int, backend: str | None = None) -> float:
    """Compare the random network of a number; half of them take bytes, a third has its channels first."""
    network, weights = network_of_seed(seed)
    return check(network, weights, divisor=255.0 if seed % 2 else None, backend=backend)


def network_of_seed(seed: int) -> tuple[Network, list[np.ndarray]]:
    """Return a random network with its weights; every fifth ends after some layers, often with an image."""
    network = draw_case(Random(seed)).network
    if seed % 5 == 0:
        layers = [node.layer for node in network.nodes[1 : 2 + seed // 5 % len(network.nodes[1:])]]
        network = chain("random", layers, input_shape=network.input_shape)
    if seed % 3 == 0:
        network = channels_first(network)
    return network, draw_weights(network, np.random.default_rng(seed))


def branched_of_seed(seed: int) -> tuple[Network, list[np.ndarray]]:
    """Return a random network with branches, with its weights."""
    case = branched_case_of_seed(seed)
    return case.network, case.weights


def channels_first(network: Network) -> Network:
    """Return the same layers for images with their channels first, without those that no such image fits."""
    size = network.input_shape
    first = (size[2], *size[:2]) if len(size) == 3 else size

    def described(layers: list[Layer]) -> Network:
        return chain("random", layers, input_shape=first, data_format="channels_first")

    kept: list[Layer] = []
    for node in network.nodes[1:]:
        on_image = len(described(kept).output_shape) == 3
        turned = on_image and getattr(node.layer, "axis", None) == -1
        layer = replace(node.layer, axis=1) if turned else node.layer
        with suppress(NetworkError):
            described([*kept, layer])
            kept.append(layer)
    return described(kept)
