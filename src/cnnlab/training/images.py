"""What the check before training says of images."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.arch import Layer, Network
from cnnlab.arch.layers import BatchNormalization, LayerNormalization, Rescaling
from cnnlab.errors import DataError, explain
from cnnlab.records import Examples

# Images looked at together: a few megabytes, so that memory-mapped data are never in memory whole.
_CHUNK = 4096
# Float pixels above this were most likely never divided by 255.
_LARGEST_SCALED_PIXEL = 128


def fitted_images(network: Network, examples: Examples, part: str) -> tuple[npt.NDArray[Any], list[str]]:
    """Check images against a network's input.

    Args:
        network: What shall see them.
        examples: The images and their divisor.
        part: "training" or "validation", for the messages.

    Returns:
        The images, channels last and with a channel axis, and the notices.

    Raises:
        DataError: If they are none, of the wrong kind or shape, not finite, or unscaled.
    """
    images, where = examples.images, f"{part} images"
    if images.ndim == 0:
        raise DataError(explain(expected="an array of images", got="a single number", where=where))
    if len(images) == 0:
        raise DataError(explain(expected="at least one image", got="none", where=where))
    if images.dtype.kind not in "uif":
        fix = "Convert them with x.astype('float32')."
        raise DataError(explain(expected="pixels as numbers", got=f"dtype {images.dtype}", where=where, fix=fix))
    images, notices = _fitted_shape(network, images, where)
    _refuse_unscaled(network, examples, where)
    _refuse_not_finite(images, where)
    return images, notices + _constant(images, part) + _large(network, examples, images, part)


def _fitted_shape(network: Network, images: npt.NDArray[Any], where: str) -> tuple[npt.NDArray[Any], list[str]]:
    """Bring images to (n, *input_shape), channels last, or refuse their shape."""
    wanted, got = network.input_shape, images.shape[1:]
    if got == network.shown(wanted):
        first = network.data_format == "channels_first" and len(got) > 1
        return (np.moveaxis(images, 1, -1) if first else images), []
    if wanted[-1] == 1 and got == wanted[:-1]:
        return images[..., None], [f"{where}: no channel axis in shape {images.shape}; one was added at the end."]
    raise DataError(
        explain(
            expected=f"images of shape (n, {', '.join(map(str, network.shown(wanted)))}) for {network.name}",
            got=f"shape {images.shape}",
            where=where,
            fix=_shape_advice(wanted, network, got),
        )
    )


def _shape_advice(wanted: tuple[int, ...], network: Network, got: tuple[int, ...]) -> str:
    """Say what to do about a shape that does not fit."""
    if sorted(got) == sorted(wanted) and len(got) == len(wanted) == 3:  # noqa: PLR2004 - height, width, channels
        return "Move the channel axis: numpy.moveaxis(x, 1, -1), or numpy.moveaxis(x, -1, 1) for channels_first."
    if np.prod(got) == np.prod(wanted):
        return f"x.reshape({(-1, *network.shown(wanted))}) has the same pixels."
    return f"Give the network the data's own shape: input_shape={got if len(got) != 2 else (*got, 1)}."  # noqa: PLR2004


def _refuse_unscaled(network: Network, examples: Examples, where: str) -> None:
    """Refuse bytes that nobody divides: neither the data's divisor nor a layer of the network."""
    if examples.images.dtype.kind in "ui" and examples.divisor is None and not _rescales(network):
        if max(int(chunk.max()) for _, chunk in _chunks(examples.images)) <= 1:
            return  # black and white: scaled already
        raise DataError(
            explain(
                expected="pixels scaled to about 0..1",
                got=f"unscaled {examples.images.dtype} pixels for {network.name}, which has no Rescaling layer",
                where=where,
                fix="Divide them, x.astype('float32') / 255, or begin the network with Rescaling(1 / 255).",
            )
        )


def scaling_layer(network: Network) -> Layer | None:
    """Return the layer that brings pixels to a small range before a kernel sees them; None where there is none.

    In a network with branches it is the first of them, and none may be left out on the way to any kernel.
    """
    found: Layer | None = None
    unscaled = {0}
    for node in network.nodes[1:]:
        if isinstance(node.layer, Rescaling | BatchNormalization | LayerNormalization):
            found = found or node.layer
        elif unscaled.intersection(node.inputs):
            if node.parameters:
                return None
            unscaled.add(node.index)
    return found


def _rescales(network: Network) -> bool:
    return scaling_layer(network) is not None


def _refuse_not_finite(images: npt.NDArray[Any], where: str) -> None:
    if images.dtype.kind != "f":
        return
    for start, chunk in _chunks(images):
        finite = np.isfinite(chunk).reshape(len(chunk), -1).all(axis=1)
        if not finite.all():
            first = start + int(np.argmin(finite))
            raise DataError(
                explain(
                    expected="finite pixels",
                    got=f"NaN or infinity in image {first}",
                    where=where,
                    fix="Look for a division by zero where the images are scaled, or drop the images.",
                )
            )


def _constant(images: npt.NDArray[Any], part: str) -> list[str]:
    """Notice images in which every pixel is the same."""
    count = 0
    for _, chunk in _chunks(images):
        rows = chunk.reshape(len(chunk), -1)
        count += int((rows.min(axis=1) == rows.max(axis=1)).sum())
    if not count:
        return []
    verb = "image is" if count == 1 else "images are"
    return [
        f"{part} images: {count:,} of {len(images):,} {verb} constant (every pixel the same): nothing to learn there."
    ]


def _large(network: Network, examples: Examples, images: npt.NDArray[Any], part: str) -> list[str]:
    """Notice float pixels that look as if they had not been divided by 255."""
    if images.dtype.kind != "f" or examples.divisor is not None or _rescales(network):
        return []
    largest = max(float(chunk.max()) for _, chunk in _chunks(images))
    if largest <= _LARGEST_SCALED_PIXEL:
        return []
    return [f"{part} images: pixels go up to {largest:g}; networks train better on x / 255."]


def _chunks(images: npt.NDArray[Any]) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    for start in range(0, len(images), _CHUNK):
        yield start, images[start : start + _CHUNK]
