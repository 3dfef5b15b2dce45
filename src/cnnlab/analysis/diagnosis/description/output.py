"""An output that does not fit the loss: activations that fight it, dropout of what is to be answered."""

from collections.abc import Iterator

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.walking import activation, ending
from cnnlab.analysis.diagnosis.description.wording import change, names
from cnnlab.analysis.diagnosis.kinds import NORMALIZING, weighs
from cnnlab.analysis.diagnosis.suspects import Change, Edit, InsertLayer, RemoveLayer, SetArgument, SetRecipe, Suspect
from cnnlab.arch import Node
from cnnlab.arch.layers import (
    Activation,
    AveragePooling2D,
    Dropping,
    GaussianNoise,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LeakyReLU,
    MaxPooling2D,
    ReLU,
    Rescaling,
    Softmax,
)

# How much each slip costs: what never can answer, what answers all the same, what only slows training.
_NO_SOFTMAX, _CUT, _MILD, _TWICE, _BEHIND = 0.9, 0.8, 0.5, 0.6, 0.7
_SQUASHING = ("sigmoid", "tanh")
_ACTIVATIONS = (Activation, LeakyReLU, ReLU, Softmax)
# Answers that are pooled over many positions before the softmax may well go through a ReLU first.
_POOLS = (AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D)


def unfit_outputs(seen: Seen) -> Iterator[Suspect]:
    """Find endings that are not one softmax for a loss of probabilities, or none for a loss of logits.

    It is about cross-entropy over all classes; a loss that looks at each output by itself has endings of its own.

    Nothing but that softmax should bend or drop the logits: what stands behind the last layer with weights cannot be
    made up for.
    """
    end = ending(seen.network)
    if not end or seen.recipe.loss.separate:
        return
    from_logits = seen.recipe.loss.from_logits
    bent = [node for node in end if activation(node) != "linear"]
    softmaxes = [node for node in bent if activation(node) == "softmax"]
    proper = not bent if from_logits else [activation(node) for node in bent] == ["softmax"]
    if proper and not _spoiling(end, softmaxes):
        return
    weight, text = _finding(end, bent, softmaxes, from_logits)
    found = tuple(node.name for node in (*bent, *_spoiling(end, softmaxes))) or (end[-1].name,)
    evidence = (("softmaxes", float(len(softmaxes))), ("activations", float(len(bent))))
    changes = (_mended(seen, end, softmaxes), _mended(seen, end, softmaxes, other_loss=True))
    yield Suspect("unfit-output", tuple(dict.fromkeys(found)), text, evidence, "description", changes, weight)


def _spoiling(end: tuple[Node, ...], softmaxes: list[Node]) -> list[Node]:
    """List the layers that drop logits or add noise to them, or that change what a softmax has given."""
    softmax_at = softmaxes[0].index if softmaxes else end[-1].index
    changing = (*NORMALIZING, Rescaling)
    return [
        node
        for node in end
        if (isinstance(node.layer, Dropping) and node.layer.rate)
        or (isinstance(node.layer, GaussianNoise) and node.layer.stddev)
        or (node.index > softmax_at and isinstance(node.layer, changing))
    ]


def _finding(end: tuple[Node, ...], bent: list[Node], softmaxes: list[Node], from_logits: bool) -> tuple[float, str]:
    """Say what is wrong with an ending, the worst first."""
    others = [node for node in bent if node not in softmaxes]
    spoiling = _spoiling(end, softmaxes)
    if spoiling:
        what = "the softmax" if softmaxes and spoiling[0].index > softmaxes[0].index else end[0].name
        stands, changes = ("stand", "change") if len(spoiling) > 1 else ("stands", "changes")
        listed = names([node.name for node in spoiling])
        return _BEHIND, f"{listed} {stands} behind {what} and {changes} the network's answers themselves."
    if others:
        node = others[0]
        mild = activation(node) in _SQUASHING or any(isinstance(after.layer, _POOLS) for after in end)
        takes = "logits" if from_logits else "probabilities"
        text = f"{node.name} puts the answers through {activation(node)}; the loss takes what comes out for {takes}."
        return _MILD if mild else _CUT, text
    if from_logits:
        ends = "end" if len(softmaxes) > 1 else "ends"
        text = f"{names([node.name for node in softmaxes])} {ends} in softmax, and the loss takes that for logits"
        return _TWICE, f"{text} (from_logits=True) and applies a softmax of its own."
    if softmaxes:
        return _TWICE, f"The answers go through softmax more than once: in {names([node.name for node in softmaxes])}."
    text = f"The network ends without a softmax in {end[-1].name}, and the loss takes what comes out for probabilities"
    return _NO_SOFTMAX, f"{text} (from_logits=False)."


def _mended(seen: Seen, end: tuple[Node, ...], softmaxes: list[Node], *, other_loss: bool = False) -> Change:
    """Make an ending right for the loss as it is, or turn the loss's from_logits over and make it right for that."""
    from_logits = seen.recipe.loss.from_logits != other_loss
    edits: list[Edit] = []
    kept = softmaxes[-1] if softmaxes and not from_logits else None
    for node in end:
        if node in _spoiling(end, softmaxes) or (isinstance(node.layer, _ACTIVATIONS) and _bends(node, kept)):
            edits.append(RemoveLayer(node.name))
        elif weighs(node.layer) and _bends(node, kept):
            edits.append(SetArgument(node.name, "activation", "linear"))
    if not from_logits and kept is None:
        edits.append(_softmax(end, edits))
    if other_loss:
        edits.append(SetRecipe("loss.from_logits", from_logits))
    return change(*edits)


def _bends(node: Node, kept: Node | None) -> bool:
    """Tell whether an activation is there that is not the softmax to be kept."""
    return activation(node) != "linear" and node is not kept


def _softmax(end: tuple[Node, ...], edits: list[Edit]) -> Edit:
    """Put a softmax at the end: into the last layer with weights, or behind what is left behind that."""
    gone = {edit.layer for edit in edits if isinstance(edit, RemoveLayer)}
    last = next(node for node in reversed(end) if node.name not in gone)
    edits[:] = [edit for edit in edits if not (isinstance(edit, SetArgument) and edit.layer == last.name)]
    if weighs(last.layer) or isinstance(last.layer, _ACTIVATIONS):
        return SetArgument(last.name, "activation", "softmax")
    return InsertLayer(last.name, Activation("softmax"))
