"""All that a description alone can say, rule by rule; what is proposed has been tried on the description."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from cnnlab.analysis.diagnosis.changes import apply
from cnnlab.analysis.diagnosis.description import (
    activations,
    bottleneck,
    dropout,
    input_scale,
    output,
    receptive_field,
    recipe,
    separate_output,
    shrinking,
    signals,
    start,
    wide_field,
    without_effect,
)
from cnnlab.analysis.diagnosis.description.seen import Seen
from cnnlab.analysis.diagnosis.description.thresholds import Thresholds
from cnnlab.analysis.diagnosis.suspects import Change, Suspect
from cnnlab.arch import Network
from cnnlab.errors import CnnlabError
from cnnlab.records import Recipe

Rule = Callable[[Seen], Iterable[Suspect]]

RULES: Final[tuple[Rule, ...]] = (
    output.unfit_outputs,
    separate_output.unfit_separate_outputs,
    bottleneck.bottlenecks,
    bottleneck.few_channels,
    dropout.nothing_left,
    dropout.each_dropout,
    dropout.several_dropouts,
    dropout.dropouts_in_a_row,
    dropout.dropout_before_normalization,
    shrinking.collapses,
    shrinking.each_shrinking_layer,
    shrinking.long_steps,
    receptive_field.narrow_fields,
    wide_field.wide_fields,
    activations.hidden_softmaxes,
    activations.missing_activations,
    activations.saturating,
    input_scale.input_scales,
    start.alike,
    start.closed_normalizations,
    start.spreads,
    start.biases,
    signals.sizes,
    start.first_losses,
    recipe.learning_rates,
    recipe.few_updates,
    recipe.moving_averages,
    recipe.averaged_weights,
    recipe.weight_decays,
    recipe.labels_and_order,
    without_effect.without_effect,
)


def suspects_in_description(
    network: Network,
    recipe: Recipe,
    *,
    object_size: float | None = None,
    classes: int = 10,
    train_images: int | None = None,
    initial_loss: float | None = None,
    thresholds: Thresholds | None = None,
) -> tuple[Suspect, ...]:
    """Find what in a description may cost accuracy, without any run.

    A rule names candidates for a change. Each is applied to the description, and kept if it fits and if the same rule
    then names none of the suspect's layers.

    Args:
        network: Its description.
        recipe: How it is trained.
        object_size: Side of what is to be recognized, in pixels (about 20 for MNIST's digits); without it nothing is
            said about receptive fields that are too small.
        classes: How many there are to tell apart.
        train_images: How many images an epoch has; without it nothing is said about updates.
        initial_loss: Of the network before its first update; without it nothing is said about it.
        thresholds: From where on something is suspected; None for the usual ones.

    Returns:
        The strongest first.

    Example:
        >>> from cnnlab.arch import zoo
        >>> three = zoo.entry("architecture-3")
        >>> found = suspects_in_description(three.network(), three.recipe)
        >>> found[2].name, [change.text for change in found[2].changes][:2]
        ('dropout-leaves-nothing', ['without dropout_2', 'without dropout_3'])
    """
    seen = Seen(network, recipe, classes, object_size, train_images, initial_loss, thresholds or Thresholds())
    found = [_with_changes_that_help(seen, rule, suspect) for rule in RULES for suspect in rule(seen)]
    return tuple(sorted(found, key=lambda suspect: -suspect.weight))


def _with_changes_that_help(seen: Seen, rule: Rule, suspect: Suspect) -> Suspect:
    """Keep the changes that remove a suspect, each once."""
    candidates = {change.text: change for change in suspect.changes}
    kept = tuple(change for change in candidates.values() if _removes(seen, rule, suspect, change))
    return replace(suspect, changes=kept)


def _removes(seen: Seen, rule: Rule, suspect: Suspect, change: Change) -> bool:
    """Tell whether a change can be applied and the rule then names none of the suspect's layers any more."""
    try:
        network, recipe = apply(change, seen.network, seen.recipe)
    except CnnlabError:
        return False
    again = [other for other in rule(replace(seen, network=network, recipe=recipe)) if other.name == suspect.name]
    return not any(other.layers == suspect.layers or set(other.layers) & set(suspect.layers) for other in again)
