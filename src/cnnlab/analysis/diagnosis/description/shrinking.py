"""Strides and pools that leave nothing of the image."""

from collections.abc import Iterator
from math import prod

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.walking import live
from cnnlab.analysis.diagnosis.description.wording import change, sides
from cnnlab.analysis.diagnosis.kinds import slides
from cnnlab.analysis.diagnosis.suspects import Change, RemoveLayer, SetArgument, Suspect
from cnnlab.arch import Network, Node
from cnnlab.arch.measures import image_size, receptive_fields

# How sure it is that the image is used up, nearly used up, or that convolutions follow which have one position left.
_USED_UP, _NEARLY, _NOTHING_TO_SLIDE_OVER = 0.6, 0.2, 0.5
# A single stride or pool is one of several that together are too many.
_ONE_OF_THEM = 0.75


def shrinking_layers(network: Network) -> tuple[Node, ...]:
    """List the live layers with strides above 1, in their order."""
    return tuple(node for node in live(network) if node.layer.window and max(node.layer.window.strides) > 1)


def without_shrinking(nodes: tuple[Node, ...]) -> Change:
    """Give convolutions strides 1 and take pools out."""
    convolutions = [node for node in nodes if slides(node.layer)]
    pools = [node for node in nodes if not slides(node.layer)]
    return change(
        *(SetArgument(node.name, "strides", 1) for node in convolutions),
        *(RemoveLayer(node.name) for node in pools),
    )


def collapses(seen: Seen) -> Iterator[Suspect]:
    """Find networks whose strides together reach over the image, or whose convolutions slide over one position."""
    weight, evidence, text = _collapse(seen)
    layers = shrinking_layers(seen.network)
    if not weight or not layers:
        return
    convolutions = tuple(node for node in layers if slides(node.layer))
    pools = tuple(node for node in layers if node not in convolutions)
    changes = [without_shrinking(group) for group in (convolutions, pools) if group]
    names = tuple(node.name for node in layers)
    yield Suspect("spatial-collapse", names, text, evidence, "description", tuple(changes), weight)


def each_shrinking_layer(seen: Seen) -> Iterator[Suspect]:
    """Name each layer that takes part in a collapse, so that each is tried alone."""
    weight, evidence, text = _collapse(seen)
    if not weight:
        return
    for node in shrinking_layers(seen.network):
        window = node.layer.window
        assert window is not None
        strides = (("strides down", window.strides[0]), ("strides across", window.strides[1]))
        yield Suspect(
            "shrinking-layer",
            (node.name,),
            f"{node.name} has strides {sides(window.strides)}. {text}",
            (*strides, *evidence),
            "description",
            (without_shrinking((node,)),),
            round(weight * _ONE_OF_THEM, 2),
        )


def long_steps(seen: Seen) -> Iterator[Suspect]:
    """Find single layers with long strides: a convolution skips what lies between, a pool makes one number of it."""
    for node in shrinking_layers(seen.network):
        window = node.layer.window
        assert window is not None
        longest = max(window.strides)
        if longest < seen.thresholds.long_step:
            continue
        yield Suspect(
            "long-strides",
            (node.name,),
            f"{node.name} takes steps of {sides(window.strides)} and leaves {sides(_left(node))} positions of "
            f"{sides(_before(node))}.",
            (
                *zip(("strides down", "strides across"), window.strides, strict=True),
                *zip(("height left", "width left"), _left(node), strict=True),
                *zip(("height before", "width before"), _before(node), strict=True),
            ),
            "description",
            _shorter(node),
            min(0.8, round(0.35 + 0.1 * (longest - seen.thresholds.long_step), 2)),
        )


def _left(node: Node) -> tuple[int, int]:
    return node.output_shape[0], node.output_shape[1]


def _before(node: Node) -> tuple[int, int]:
    return node.input_shape[0], node.input_shape[1]


def _shorter(node: Node) -> tuple[Change, ...]:
    """Propose the usual steps of 2, then none."""
    usual = [SetArgument(node.name, "strides", (2, 2))]
    if not slides(node.layer):
        usual.insert(0, SetArgument(node.name, "pool_size", (2, 2)))
    return change(*usual), without_shrinking((node,))


Collapse = tuple[float, tuple[tuple[str, float], ...], str]


def _collapse(seen: Seen) -> Collapse:
    """Say how much of the image is used up: a weight (0 for healthy), the evidence, a sentence."""
    image = image_size(seen.network)
    windows = [node for node in live(seen.network) if node.layer.window]
    if image is None or not windows:
        return 0.0, (), ""
    last = windows[-1]
    field = receptive_fields(seen.network)[last.index]
    assert field is not None
    left = (last.output_shape[0], last.output_shape[1])
    sliding = sum(_slides_over_one_position(node) for node in windows)
    used = max(stride / side for stride, side in zip(field.strides, image, strict=True))
    text = (
        f"All strides together take steps of {sides(field.strides)} in the image of {sides(image)}, and {sides(left)} "
        f"{'position is' if prod(left) == 1 else 'positions are'} left behind {last.name}."
    )
    if sliding:
        text += (
            f" {sliding} convolution{'s or pools have' if sliding > 1 else ' or pool has'} one position to slide over."
        )
    evidence = [
        *zip(("steps down", "steps across"), field.strides, strict=True),
        *zip(("image height", "image width"), image, strict=True),
        *zip(("height left", "width left"), left, strict=True),
        ("windows on one position", sliding),
        ("share used", used),
    ]
    return _weight(seen, used, sliding), tuple((name, float(value)) for name, value in evidence), text


def _slides_over_one_position(node: Node) -> bool:
    """Tell whether a kernel or a pool larger than one position finds a single one."""
    window = node.layer.window
    return window is not None and window.size != (1, 1) and prod(node.input_shape[:2]) == 1


def _weight(seen: Seen, used: float, sliding: int) -> float:
    """Say how strong the evidence of a collapse is."""
    if used >= seen.thresholds.shrunk:
        return _USED_UP
    if sliding:
        return _NOTHING_TO_SLIDE_OVER
    return _NEARLY if used >= seen.thresholds.nearly_shrunk else 0.0
