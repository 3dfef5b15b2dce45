"""A suspect: something that may cost accuracy, and the change that removes it, as plain data."""

from dataclasses import dataclass
from typing import Any, Literal

from cnnlab.arch import Layer


@dataclass(frozen=True)
class RemoveLayer:
    """Take a layer out; what follows takes what came before."""

    layer: str


@dataclass(frozen=True)
class SetArgument:
    """Give an argument of a layer another value."""

    layer: str
    argument: str
    value: Any


@dataclass(frozen=True)
class InsertLayer:
    """Put a layer behind another."""

    after: str
    layer: Layer


@dataclass(frozen=True)
class SetRecipe:
    """Give a field of the recipe another value; "optimizer.learning_rate" and "loss.from_logits" reach further in."""

    field: str
    value: Any


Edit = RemoveLayer | SetArgument | InsertLayer | SetRecipe


@dataclass(frozen=True)
class Change:
    """The smallest change that removes a suspect.

    Attributes:
        text: What is changed, in a few words that end the sentence "with ...": "without dropout_2", "strides 1 in
            conv2d". Unique among the changes of one diagnosis.
        edits: The same as data, done in this order.
    """

    text: str
    edits: tuple[Edit, ...]


Step = Literal["description", "run"]


@dataclass(frozen=True)
class Suspect:
    """Something that may cost accuracy.

    Attributes:
        name: What kind it is: "bottleneck", "dropout-on-few-units", "dead-units".
        layers: Whom it concerns, by their names; none for the recipe.
        text: What was seen, one or two plain sentences with their numbers; never more than was seen.
        evidence: The numbers of the text by name, for whoever traces it.
        step: Whether it was seen in the description alone or needed a run.
        changes: What would remove it, the smallest first; none where nothing small does.
        weight: How strong the evidence is, from 0 to 1: what is tried first where not all can be tried.
    """

    name: str
    layers: tuple[str, ...]
    text: str
    evidence: tuple[tuple[str, float], ...]
    step: Step
    changes: tuple[Change, ...]
    weight: float
