"""Outputs that reach far beyond the image, so that most of what they see is padding."""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.shrinking import shrinking_layers, without_shrinking
from cnnlab.analysis.diagnosis.description.walking import live
from cnnlab.analysis.diagnosis.description.wording import change, percent, sides
from cnnlab.analysis.diagnosis.kinds import slides
from cnnlab.analysis.diagnosis.suspects import Change, InsertLayer, RemoveLayer, SetArgument, Suspect
from cnnlab.arch import Network, Node
from cnnlab.arch.measures import ReceptiveField, image_size

# Padding is no fault by itself: the more of it, the more a trial is worth, and never as much as a trial of what is.
_FOR_EACH_IMAGE, _MOST = 0.1, 0.3
_USUAL_KERNEL = 3


def wide_fields(seen: Seen) -> Iterator[Suspect]:
    """Find networks whose last convolutions or pools reach over more than a few images' sides.

    The layers from which on a field is larger than the image add little (Richter, Schoening, Wiedenroth and Krumnack,
    "Should You Go Deeper? Optimizing Convolutional Neural Network Architectures without Training", 2021). Where ways
    join the smallest field counts, as there: a residual network hands on what it saw with small fields.
    """
    image = image_size(seen.network)
    if image is None:
        return
    fields = full_fields(seen.network)
    wide = [
        node for node in live(seen.network) if node.layer.window and _times(fields[node.index], image) > _most(seen)
    ]
    if not wide:
        return
    last = wide[-1]
    field = fields[last.index]
    padding = 1 - _inside(field, image)
    yield Suspect(
        "wide-field",
        tuple(node.name for node in wide),
        f"An output of {last.name} reaches over {sides(field.size)} pixels, and the image has {sides(image)}: about "
        f"{percent(padding)} or more of what it reaches is padding.",
        (
            *zip(("field height", "field width"), field.size, strict=True),
            *zip(("image height", "image width"), image, strict=True),
            ("padding", padding),
        ),
        "description",
        (*_smaller_kernels(seen, fields, last, image), *_later_steps(seen.network, last)),
        min(_MOST, round(_FOR_EACH_IMAGE * _times(field, image), 2)),
    )


def full_fields(network: Network) -> tuple[ReceptiveField, ...]:
    """Follow the field from an image to each node as `receptive_fields` does, where it outgrows the image as well.

    Returns:
        One for each node; along the way on which it is smallest, axis by axis.
    """
    image = network.input_shape[:2]
    fields = [ReceptiveField((1, 1), (1, 1))]
    for node in network.nodes[1:]:
        before = _smallest([fields[source] for source in node.inputs])
        fields.append(_after(node, before, (image[0], image[1])))
    return tuple(fields)


def _after(node: Node, before: ReceptiveField, image: tuple[int, int]) -> ReceptiveField:
    if node.layer.sees_whole_image:
        return ReceptiveField(image, image)
    window = node.layer.window
    if window is None:
        return before
    ways = zip(before.size, window.reach, before.strides, window.strides, strict=True)
    (height, down), (width, across) = ((size + (reach - 1) * step, step * stride) for size, reach, step, stride in ways)
    return ReceptiveField((height, width), (down, across))


def _smallest(fields: list[ReceptiveField]) -> ReceptiveField:
    heights, widths = zip(*(field.size for field in fields), strict=True)
    rows, columns = zip(*(field.strides for field in fields), strict=True)
    return ReceptiveField((min(heights), min(widths)), (min(rows), min(columns)))


def _most(seen: Seen) -> float:
    return seen.thresholds.reach_of_images


def _times(field: ReceptiveField, image: tuple[int, int]) -> float:
    """Say how many times an image's side a field is, by the axis where it is most."""
    return max(size / side for size, side in zip(field.size, image, strict=True))


def _inside(field: ReceptiveField, image: tuple[int, int]) -> float:
    """Say which share of a field an image can fill at most."""
    down, across = (min(1.0, side / size) for size, side in zip(field.size, image, strict=True))
    return down * across


def _smaller_kernels(
    seen: Seen, fields: tuple[ReceptiveField, ...], last: Node, image: tuple[int, int]
) -> Iterator[Change]:
    """Propose one smaller kernel, the last that is enough, then the usual one wherever one is larger, then no gaps."""
    convolutions = [node for node in live(seen.network) if slides(node.layer)]
    field = fields[last.index].size
    excess = tuple(max(0.0, size - _most(seen) * side) for size, side in zip(field, image, strict=True))
    shorter = [(node, _shorter(node, fields[node.inputs[0]], excess)) for node in reversed(convolutions)]
    yield from [change(SetArgument(node.name, "kernel_size", size)) for node, size in shorter if size is not None][:1]
    large = [node.name for node in convolutions if node.layer.window and min(node.layer.window.size) > _USUAL_KERNEL]
    if large:
        yield change(*(SetArgument(name, "kernel_size", _USUAL_KERNEL) for name in large))
    for node in reversed(convolutions):
        if node.layer.window and max(node.layer.window.dilation) > 1:
            yield change(SetArgument(node.name, "dilation_rate", 1))


def _shorter(node: Node, before: ReceptiveField, excess: tuple[float, ...]) -> int | tuple[int, int] | None:
    """Take so many taps from a kernel that a field loses its excess; None where it has not so many."""
    window = node.layer.window
    assert window is not None
    ways = zip(window.size, window.dilation, before.strides, excess, strict=True)
    height, width = (size - ceil(much / (step * dilation)) for size, dilation, step, much in ways)
    if min(height, width) < 1:
        return None
    return height if height == width else (height, width)


def _later_steps(network: Network, last: Node) -> Iterator[Change]:
    """Propose the last pool behind everything else, then one stride or pool less, then all of a kind."""
    steps = shrinking_layers(network)
    pools = tuple(node for node in steps if not slides(node.layer))
    for node in [node for node in pools if node.index != last.index][-1:]:
        yield change(RemoveLayer(node.name), InsertLayer(last.name, replace(node.layer, name=node.name)))
    yield from (without_shrinking((node,)) for node in reversed(steps))
    strided = tuple(node for node in steps if slides(node.layer))
    yield from (without_shrinking(kind) for kind in (strided, pools) if kind)
