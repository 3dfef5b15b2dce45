"""An output that does not fit a loss of each output by itself: no sigmoid, one too many, a softmax over one number."""

from collections.abc import Iterator

from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.walking import activation, ending
from cnnlab.analysis.diagnosis.description.wording import change
from cnnlab.analysis.diagnosis.kinds import weighs
from cnnlab.analysis.diagnosis.suspects import Change, Edit, RemoveLayer, SetArgument, SetRecipe, Suspect
from cnnlab.arch import Node
from cnnlab.records import BinaryCrossentropy

# How much each slip costs: what never can answer, what answers all the same.
_ALWAYS_ONE, _NO_SIGMOID, _TWICE = 0.95, 0.8, 0.6


def unfit_separate_outputs(seen: Seen) -> Iterator[Suspect]:
    """Find endings that binary cross-entropy reads otherwise than they were meant, and a softmax over one output."""
    end, loss = ending(seen.network), seen.recipe.loss
    if not end or not loss.separate:
        return
    bent, outputs = [node for node in end if activation(node) != "linear"], seen.network.output_shape[-1]
    kinds = [activation(node) for node in bent]
    if outputs == 1 and kinds[-1:] == ["softmax"]:
        text = f"{bent[-1].name} puts a single output through softmax: what comes out is the same for every image."
        wanted = "linear" if loss.from_logits else "sigmoid"
        yield _suspect(bent[-1], kinds, text, _ALWAYS_ONE, (change(*_activated(end, bent, wanted)),))
    elif not isinstance(loss, BinaryCrossentropy):
        return
    elif loss.from_logits and kinds == ["sigmoid"]:
        text = f"{bent[0].name} ends in sigmoid, and the loss takes that for logits (from_logits=True)"
        text += " and applies a sigmoid of its own."
        kept = change(SetRecipe("loss.from_logits", value=False))
        yield _suspect(bent[0], kinds, text, _TWICE, (change(*_activated(end, bent, "linear")), kept))
    elif not loss.from_logits and not kinds:
        text = f"The network ends without a sigmoid in {end[-1].name}, and the loss takes what comes out for"
        text += " probabilities (from_logits=False)."
        other = change(SetRecipe("loss.from_logits", value=True))
        yield _suspect(end[-1], kinds, text, _NO_SIGMOID, (change(*_activated(end, bent, "sigmoid")), other))


def _suspect(node: Node, kinds: list[str], text: str, weight: float, changes: tuple[Change, ...]) -> Suspect:
    evidence = (("sigmoids", float(kinds.count("sigmoid"))), ("softmaxes", float(kinds.count("softmax"))))
    return Suspect("unfit-output", (node.name,), text, evidence, "description", changes, weight)


def _activated(end: tuple[Node, ...], bent: list[Node], name: str) -> list[Edit]:
    """Leave one activation behind the last layer with weights: its own."""
    apart: list[Edit] = [RemoveLayer(node.name) for node in bent if not weighs(node.layer)]
    return apart if activation(end[0]) == name else [*apart, SetArgument(end[0].name, "activation", name)]
