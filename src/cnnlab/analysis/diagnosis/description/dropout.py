"""Dropout where it costs more than it brings."""

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.walking import back, live, numbers, weights_before
from cnnlab.analysis.diagnosis.description.wording import amount, change, names, percent
from cnnlab.analysis.diagnosis.suspects import Change, InsertLayer, RemoveLayer, Suspect
from cnnlab.arch import Network, Node
from cnnlab.arch.layers import (
    Activation,
    BatchNormalization,
    Dropping,
    Flatten,
    GaussianNoise,
    LeakyReLU,
    PReLU,
    ReLU,
    Rescaling,
    Reshape,
    Softmax,
    SpatialDropout2D,
)

# Layers that leave each number where it is: what one dropout took, none of them brings back.
_IN_PLACE = (
    Activation,
    BatchNormalization,
    Dropping,
    Flatten,
    GaussianNoise,
    LeakyReLU,
    PReLU,
    ReLU,
    Rescaling,
    Reshape,
    Softmax,
)
# Layers that change nothing about which share of the numbers is there and by what it was multiplied.
_SAME_SCALE = (Dropping, Flatten, Rescaling, Reshape)

_SEVERAL, _EARLY, _ROW, _BEFORE_BATCH_NORMALIZATION = 0.3, 0.25, 0.3, 0.3


def nothing_left(seen: Seen) -> Iterator[Suspect]:
    """Find dropouts that, alone or one behind the other, often leave nothing of some numbers.

    Independent masks with rates r1, r2 ... keep a number with probability (1 - r1)(1 - r2)...; of k numbers none is
    kept with probability (1 - that) ** k. Where whole channels are dropped, these are what is counted.
    """
    for row in map(_alike, _rows(seen.network)):
        keep = prod(1 - _rate(node) for node in row)
        count, what = _drawn(row[-1])
        chance = (1 - keep) ** count
        if chance >= seen.thresholds.nothing_left:
            found = tuple(node.name for node in row)
            yield Suspect(
                "dropout-leaves-nothing",
                found,
                f"In training {names(found)} keep{'s' * (len(row) == 1)} each of {count} {what} with a chance of "
                f"{percent(keep)}: with a chance of {percent(chance)} none is left.",
                ((what, count), ("chance to keep", keep), ("chance of nothing", chance)),
                "description",
                _each_and_all(row),
                round(min(0.9, 0.5 + chance), 2),
            )


def each_dropout(seen: Seen) -> Iterator[Suspect]:
    """Find dropouts of few numbers, before anything was computed from the image, or one of many."""
    dropouts = active(seen.network)
    for node in dropouts:
        (count, what), rate, before = _drawn(node), _rate(node), weights_before(seen.network, node)
        weight = _dropout_weight(seen, node, before, len(dropouts))
        if weight:
            layers = "no layer" if not before else f"{before} layer{'s' * (before > 1)}"
            text = (
                f"{node.name} drops {percent(rate)} of {count} {what} behind {layers} with weights; the "
                f"network has {len(dropouts)} dropout{'s' * (len(dropouts) > 1)}."
            )
            yield Suspect(
                "dropout",
                (node.name,),
                text,
                (("rate", rate), (what, count), ("layers before", before), ("dropouts", len(dropouts))),
                "description",
                (change(RemoveLayer(node.name)),),
                weight,
            )


def several_dropouts(seen: Seen) -> Iterator[Suspect]:
    """Find networks with many dropouts, to be tried without any."""
    dropouts = active(seen.network)
    if len(dropouts) < seen.thresholds.several_dropouts:
        return
    found = tuple(node.name for node in dropouts)
    rates = names([amount(_rate(node)) for node in dropouts])
    yield Suspect(
        "several-dropouts",
        found,
        f"The network has {len(dropouts)} dropouts, with the rates {rates}.",
        (("dropouts", len(dropouts)), *((f"rate of {node.name}", _rate(node)) for node in dropouts)),
        "description",
        (change(*(RemoveLayer(name) for name in found)),),
        0.4,
    )


def dropouts_in_a_row(seen: Seen) -> Iterator[Suspect]:
    """Find dropouts with no layer between that could make up for what the first took: they act as a single one."""
    for row in _rows(seen.network):
        if len(row) > 1:
            found = tuple(node.name for node in row)
            gone = 1 - prod(1 - _rate(node) for node in row)
            yield Suspect(
                "dropouts-in-a-row",
                found,
                f"Between {names(found)} no layer has weights that mix: together they drop {percent(gone)}.",
                (("share dropped", gone),),
                "description",
                (*(change(RemoveLayer(name)) for name in found), change(*(RemoveLayer(name) for name in found[1:]))),
                _ROW,
            )


def dropout_before_normalization(seen: Seen) -> Iterator[Suspect]:
    """Find dropouts right before a batch normalization, whose moving variance is then that of training alone.

    With a share p kept and divided by p, the variance in training is (s + m * m) / p - m * m, where s and m are
    variance and mean in testing: at least s / p. Li, Chen, Hu and Yang, "Understanding the Disharmony between Dropout
    and Batch Normalization by Variance Shift" (2019). Dropout behind the last batch normalization shifts nothing.
    """
    for normalization in live(seen.network):
        if not isinstance(normalization.layer, BatchNormalization):
            continue
        for node in back(seen.network, normalization, _SAME_SCALE):
            if _rate(node):
                yield _variance_shift(node, normalization)


def _variance_shift(node: Node, normalization: Node) -> Suspect:
    """Describe one dropout before a batch normalization."""
    ratio = 1 / (1 - _rate(node))
    behind = change(RemoveLayer(node.name), InsertLayer(normalization.name, replace(node.layer, name=node.name)))
    return Suspect(
        "dropout-before-normalization",
        (node.name,),
        f"{node.name} stands before {normalization.name}: what it drops makes the variance there in training, which is "
        f"stored, at least {amount(ratio)} times that in testing.",
        (("variance ratio", ratio), ("rate", _rate(node))),
        "description",
        (change(RemoveLayer(node.name)), behind, change(RemoveLayer(normalization.name))),
        _BEFORE_BATCH_NORMALIZATION,
    )


def active(network: Network) -> tuple[Node, ...]:
    """List the live dropouts that drop anything."""
    return tuple(node for node in live(network) if _rate(node))


def _rate(node: Node) -> float:
    """Return a dropout's rate, 0 for any other layer."""
    return node.layer.rate if isinstance(node.layer, Dropping) else 0.0


def _drawn(node: Node) -> tuple[int, str]:
    """Count what a dropout keeps or drops one by one, and say what it is."""
    if isinstance(node.layer, SpatialDropout2D):
        return node.output_shape[-1], "channels"
    return numbers(node), "numbers"


def _alike(row: tuple[Node, ...]) -> tuple[Node, ...]:
    """Leave out of a row those that drop single numbers where others drop whole channels: these are fewer."""
    channels = tuple(node for node in row if isinstance(node.layer, SpatialDropout2D))
    return channels or row


def _rows(network: Network) -> list[tuple[Node, ...]]:
    """Gather dropouts between which each number stays where it is; each row as long as it can be."""
    rows = [
        (*(other for other in reversed(back(network, node, _IN_PLACE)) if _rate(other)), node)
        for node in active(network)
    ]
    return [row for row in rows if not any(len(row) < len(other) and other[: len(row)] == row for other in rows)]


def _each_and_all(row: tuple[Node, ...]) -> tuple[Change, ...]:
    """Take out each dropout of a row, then all."""
    singles = tuple(change(RemoveLayer(node.name)) for node in row)
    return singles if len(row) == 1 else (*singles, change(*(RemoveLayer(node.name) for node in row)))


def _dropout_weight(seen: Seen, node: Node, before: int, dropouts: int) -> float:
    """Say how strongly a dropout is suspected; 0 where nothing speaks against it."""
    limits = seen.thresholds
    high = _rate(node) >= limits.high_dropout
    reasons = [
        0.35 + 0.4 * (1 - _drawn(node)[0] / limits.few_units) if high and _drawn(node)[0] < limits.few_units else 0.0,
        _EARLY if high and before <= limits.early_layers else 0.0,
        _SEVERAL if dropouts >= limits.several_dropouts else 0.0,
    ]
    more = 0.05 * (sum(reason > 0 for reason in reasons) - 1)
    return round(max(reasons) + more, 2) if max(reasons) else 0.0
