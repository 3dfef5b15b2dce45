"""Outputs that see less of the image than what is to be recognized."""

from collections.abc import Iterator
from math import ceil

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.walking import live
from cnnlab.analysis.diagnosis.description.wording import amount, change, sides
from cnnlab.analysis.diagnosis.kinds import Sliding, slides
from cnnlab.analysis.diagnosis.suspects import Change, SetArgument, Suspect
from cnnlab.arch import Node
from cnnlab.arch.layers import GlobalAveragePooling2D, GlobalMaxPooling2D
from cnnlab.arch.measures import ReceptiveField, receptive_fields


def narrow_fields(seen: Seen) -> Iterator[Suspect]:
    """Find networks whose last convolutions or pools see a small part of the object."""
    windows = [node for node in live(seen.network) if node.layer.window]
    fields = receptive_fields(seen.network)
    if seen.object_size is None or not windows or fields[0] is None:
        return
    last = windows[-1]
    field = fields[last.index]
    assert field is not None
    pooled = any(isinstance(node.layer, GlobalAveragePooling2D | GlobalMaxPooling2D) for node in live(seen.network))
    limits = seen.thresholds
    target = seen.object_size * (limits.seen_by_pooled if pooled else limits.seen_by_flattened)
    if min(field.size) >= min(target, *_image(seen)):
        return
    joined = "is pooled" if pooled else "meets in what follows"
    yield Suspect(
        "narrow-field",
        (last.name,),
        f"An output of {last.name} sees {sides(field.size)} pixels, and the objects measure about "
        f"{amount(seen.object_size)}; what each of them found alone {joined}.",
        (("field height", field.size[0]), ("field width", field.size[1]), ("object size", seen.object_size)),
        "description",
        tuple(_wider(seen, field, min(target, *_image(seen)))),
        round((0.6 if pooled else 0.3) * (1 - 0.5 * min(field.size) / seen.object_size), 2),
    )


def _image(seen: Seen) -> tuple[int, int]:
    """Return the rows and columns of the image: no field is larger."""
    return seen.network.input_shape[0], seen.network.input_shape[1]


def _wider(seen: Seen, field: ReceptiveField, target: float) -> Iterator[Change]:
    """Propose a larger kernel or a dilation in each convolution, the last first: its taps lie furthest apart."""
    missing = target - min(field.size)
    fields = receptive_fields(seen.network)
    for node in reversed(live(seen.network)):
        before = fields[node.inputs[0]]
        if slides(node.layer) and before is not None:
            yield from _changes(seen, node, node.layer, ceil(missing / min(before.strides)))


def _changes(seen: Seen, node: Node, layer: Sliding, taps: int) -> Iterator[Change]:
    """Let one convolution reach over so many more positions of its input."""
    size, dilation = layer.window.size, layer.window.dilation
    larger = max(size) + ceil(taps / min(dilation))
    if larger <= seen.thresholds.largest_kernel:
        yield change(SetArgument(node.name, "kernel_size", larger))
    if max(layer.window.strides) == 1 and min(size) > 1:
        yield change(SetArgument(node.name, "dilation_rate", max(dilation) + ceil(taps / (min(size) - 1))))
