"""Pixels that reach the first weights far too small or too large."""

from collections.abc import Iterator
from itertools import takewhile
from math import prod

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.walking import on_every_way
from cnnlab.analysis.diagnosis.description.wording import amount, change, names
from cnnlab.analysis.diagnosis.kinds import NORMALIZING, weighs
from cnnlab.analysis.diagnosis.suspects import Change, RemoveLayer, SetArgument, Suspect
from cnnlab.arch import Node
from cnnlab.arch.layers import RandomMap, Rescaling

_BYTE = 255.0
_WEIGHT = 0.5


def input_scales(seen: Seen) -> Iterator[Suspect]:
    """Find rescalings before the first weights that leave the brightest pixel far from 1.

    A network that begins with a rescaling is handed the pixels as they are, any other has them divided by 255 before.
    Augmentation may stand before it: it changes no scale.
    """
    before = list(takewhile(lambda node: not weighs(node.layer), on_every_way(seen.network)))
    rescalings = [node for node in before if isinstance(node.layer, Rescaling)]
    if not rescalings or any(isinstance(node.layer, NORMALIZING) for node in before):
        return
    first = next(node for node in seen.network.nodes[1:] if not isinstance(node.layer, RandomMap))
    brightest = _BYTE if rescalings[0] is first else 1.0
    scale = prod(node.layer.scale for node in rescalings if isinstance(node.layer, Rescaling))
    span, limits = abs(brightest * scale), seen.thresholds
    if limits.dark < span < limits.bright:
        return
    layers = tuple(node.name for node in rescalings)
    text = (
        f"A pixel from dark to bright, 0 to {amount(brightest)} where the network begins, spans {amount(span)} behind "
        f"{names(layers)}."
    )
    evidence = (("darkest", 0.0), ("brightest", brightest), ("span", span))
    yield Suspect("input-scale", layers, text, evidence, "description", _repairs(rescalings, brightest), _WEIGHT)


def _repairs(rescalings: list[Node], brightest: float) -> tuple[Change, ...]:
    """Set one rescaling right and take the others out; or take one out where that is enough."""
    others = [RemoveLayer(node.name) for node in rescalings[1:]]
    singles = [change(RemoveLayer(node.name)) for node in rescalings]
    return (*singles, change(SetArgument(rescalings[0].name, "scale", 1 / brightest), *others))
