"""Gradients that fade or grow on their way back, and steps that are too small or too large for a kernel."""

from math import exp, isfinite, log
from statistics import fmean

from cnnlab.analysis.diagnosis.signs import remedies
from cnnlab.analysis.diagnosis.signs.seen import Seen
from cnnlab.analysis.diagnosis.signs.steps import rates, slow_steps, steps
from cnnlab.analysis.diagnosis.signs.telling import Telling, together
from cnnlab.analysis.diagnosis.signs.thresholds import Band
from cnnlab.analysis.diagnosis.suspects import Suspect
from cnnlab.analysis.observation import listing
from cnnlab.records import Moment, Probe

_SATURATING = frozenset({"sigmoid", "tanh", "softmax"})


def vanishing_gradients(seen: Seen) -> Suspect | None:
    """Find networks whose first kernel gets next to nothing of the gradient that the last one gets.

    Asked with the first and with the last weights; where both are known it counts half each, for training itself can
    heal it. A gradient of exactly 0 has not faded, it is cut off: dead units tell of that.
    """
    tell = Telling()
    moments: tuple[Moment, ...] = ("start", "end")
    ratios = {moment: ratio for moment in moments if (ratio := _ratio(seen, moment)) is not None}
    weight = fmean(map(seen.thresholds.vanishing.weight, ratios.values())) if ratios else 0.0
    if not weight:
        return None
    first, last = _kernels(seen)
    said = [f"{tell.size(f'ratio at the {moment}', ratio)} at the {moment}" for moment, ratio in ratios.items()]
    seeds = tell.seeds(max(len(seen.at(moment)) for moment in moments))
    text = f"The gradient at {first}, as a part of that at {last}, is {listing(said)} of training ({seeds})."
    hidden = seen.network.nodes[1:-1]
    bounded = [node.name for node in hidden if getattr(node.layer, "activation", None) in _SATURATING]
    names = [node.name for node in seen.network.nodes]
    changes = [remedies.activation(bounded, "relu"), remedies.usual_initializer(seen.network, names)]
    changes.append(remedies.normalized_middle(seen.network))
    return tell.suspect("vanishing-gradients", text, layers=(first,), changes=changes, weight=weight)


def exploding_gradients(seen: Seen) -> Suspect | None:
    """Find first weights under which numbers grow from layer to layer: the outputs forward, the gradients backward."""
    tell = Telling()
    parts, weights, layers = [], [], []
    ratio = _ratio(seen, "start")
    if ratio is not None and (weight := seen.thresholds.exploding.weight(ratio)):
        first, last = _kernels(seen)
        parts.append(f"The gradient at {first} is {tell.size('ratio at the start', ratio)} times that at {last}.")
        weights.append(weight)
        layers.append(first)
    known = seen.at("start") if seen.starts_at_guess else ()
    losses = [probe.training_loss for probe in known if isfinite(probe.training_loss)]
    if losses and (weight := seen.thresholds.start_loss.weight(fmean(losses) / seen.guess)):
        parts.append(
            f"With the first weights the loss is {tell.number('loss at the start', fmean(losses))}; guessing has "
            f"{tell.number('loss of guessing', seen.guess)}."
        )
        weights.append(weight)
    if not parts:
        return None
    tell.keep("seeds", len(seen.at("start")))
    names = [node.name for node in seen.network.nodes]
    changes = [
        remedies.usual_initializer(seen.network, names),
        remedies.clipping(seen.recipe),
        remedies.rate_times(seen.recipe, 0.1),
    ]
    return tell.suspect(
        "exploding-gradients", " ".join(parts), layers=layers, changes=changes, weight=together(*weights)
    )


def small_updates(seen: Seen) -> Suspect | None:
    """Find kernels that a training step hardly moves: at the start, for at the end there may be nothing to learn."""
    return _updates(seen, "updates-too-small", seen.thresholds.updates_small, slow_steps(seen), (3.0, 10.0))


def large_updates(seen: Seen) -> Suspect | None:
    """Find kernels that a training step moves by a large part of themselves."""
    band = seen.thresholds.updates_large
    found = {layer: step for layer, step in steps(seen).items() if band.weight(step) > 0}
    return _updates(seen, "updates-too-large", band, found, (0.5, 0.1))


def _updates(seen: Seen, name: str, band: Band, found: dict[str, float], factors: tuple[float, ...]) -> Suspect | None:
    """Name the kernels whose step lies on the far side of a band."""
    if not found:
        return None
    tell = Telling()
    said = [f"{tell.size(f'update of {layer}', update)} in {layer}" for layer, update in found.items()]
    text = (
        f"At the start a training step moves a kernel by this part of itself: {listing(said)} "
        f"({tell.seeds(len(seen.at('start')))})."
    )
    weights = [band.weight(update) for update in steps(seen).values()]
    weight = max(fmean(weights), max(weights) / 2)
    changes = rates(seen, factors)
    return tell.suspect(name, text, layers=found, changes=changes, weight=weight)


def _ratio(seen: Seen, moment: Moment) -> float | None:
    """Return the gradient of the first kernel over that of the last, a geometric mean over the seeds."""
    ratios = [ratio for probe in seen.at(moment) if (ratio := _of_probe(probe)) is not None]
    return exp(fmean(map(log, ratios))) if ratios else None


def _of_probe(probe: Probe) -> float | None:
    gradients = [layer.gradient for layer in probe.layers if layer.gradient is not None]
    if len(gradients) < 2 or not all(isfinite(one) and one > 0 for one in (gradients[0], gradients[-1])):  # noqa: PLR2004
        return None
    return gradients[0] / gradients[-1]


def _kernels(seen: Seen) -> tuple[str, str]:
    """Name the first and the last layer with a kernel."""
    names = [layer.layer for layer in seen.probes[0].layers if layer.gradient is not None]
    return names[0], names[-1]
