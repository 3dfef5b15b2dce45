"""Batch normalization whose moving averages are not those of the images."""

from math import exp, isfinite, log
from statistics import fmean

from cnnlab.analysis.diagnosis.signs import remedies
from cnnlab.analysis.diagnosis.signs.seen import Seen
from cnnlab.analysis.diagnosis.signs.telling import Telling
from cnnlab.analysis.diagnosis.suspects import Suspect
from cnnlab.arch.layers import BatchNormalization, Dropping


def drifted_statistics(seen: Seen) -> Suspect | None:
    """Find networks that do much worse in evaluation mode than in training mode, on the same images and weights.

    Dropout makes training mode the harder one, so that what is worse in evaluation is batch normalization's alone.
    """
    normalizing = [node for node in seen.network.nodes if isinstance(node.layer, BatchNormalization)]
    pairs = [(probe.loss, probe.training_loss) for probe in seen.at("end")]
    pairs = [(loss, other) for loss, other in pairs if isfinite(loss) and isfinite(other) and min(loss, other) > 0]
    if not normalizing or not pairs:
        return None
    loss, training_loss = fmean(one for one, _ in pairs), fmean(other for _, other in pairs)
    weight = seen.thresholds.statistics.weight(exp(fmean(log(one / other) for one, other in pairs)))
    if not weight or loss - training_loss < seen.thresholds.statistics_least:
        return None
    tell = Telling()
    text = (
        f"On the same {tell.count('images', seen.at('end')[0].images)} images the loss is {tell.number('loss', loss)} "
        f"in evaluation mode and {tell.number('training-mode loss', training_loss)} in training mode "
        f"({tell.seeds(len(pairs))})."
    )
    layers = _named(seen, tell) or tuple(node.name for node in normalizing)
    before = [seen.network.nodes[node.inputs[0]] for node in normalizing]
    changes = [
        remedies.quicker_statistics(seen.network),
        remedies.without([node.name for node in before if isinstance(node.layer, Dropping)]),
        remedies.without([node.name for node in normalizing]),
    ]
    return tell.suspect("drifted-statistics", text, layers=layers, changes=changes, weight=weight)


def _named(seen: Seen, tell: Telling) -> tuple[str, ...]:
    """Name the layers whose moving averages are off, and keep by how much."""
    drifts = seen.means("end", lambda layer: layer.drift)
    stretches = seen.means("end", lambda layer: layer.stretch)
    marks = seen.thresholds
    found = []
    for layer, drift in drifts.items():
        stretch = stretches.get(layer, 1.0)
        tell.keep(f"drift of {layer}", drift)
        tell.keep(f"stretch of {layer}", stretch)
        if drift >= marks.shifted or stretch >= marks.stretched:
            found.append(layer)
    return tuple(found)
