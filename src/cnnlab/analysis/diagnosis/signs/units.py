"""Units that no longer take part: dead relus, and outputs at the end of a bounded activation."""

from collections.abc import Callable

from cnnlab.analysis.diagnosis.signs import remedies
from cnnlab.analysis.diagnosis.signs.seen import Seen
from cnnlab.analysis.diagnosis.signs.telling import Telling
from cnnlab.analysis.diagnosis.signs.thresholds import Band
from cnnlab.analysis.diagnosis.suspects import Change, Suspect
from cnnlab.analysis.observation import listing
from cnnlab.records import LayerProbe, Moment

_Value = Callable[[LayerProbe], float | None]


def dead_units(seen: Seen) -> Suspect | None:
    """Find layers many of whose relu units give 0 whatever they are shown."""
    tell = Telling()
    found = _found(
        seen,
        tell,
        seen.thresholds.dead,
        lambda layer: layer.dead,
        "{share} of its {units} units gave exactly 0 on all of {images} images",
    )
    if found is None:
        return None
    text, layers, weight, grew = found
    feeding = seen.feeding(layers)
    biases, slower = remedies.zero_biases(seen.network, feeding), remedies.rate_times(seen.recipe, 0.1)
    drawn = remedies.usual_initializer(seen.network, feeding)
    leaky = remedies.activation(layers, "leaky_relu")
    changes = [slower, leaky, biases, drawn] if grew else [biases, drawn, leaky, slower]
    return tell.suspect("dead-units", text, layers=layers, changes=changes, weight=weight)


def saturated_units(seen: Seen) -> Suspect | None:
    """Find hidden layers whose outputs lie at the ends of a sigmoid, a tanh or a softmax."""
    tell = Telling()
    what = "{share} of the outputs of its {units} units lay at an end of the activation on {images} images"
    found = _found(seen, tell, seen.thresholds.saturated, lambda layer: layer.saturated, what)
    if found is None:
        return None
    text, layers, weight, grew = found
    relu = remedies.activation(layers, "relu")
    drawn = remedies.usual_initializer(seen.network, seen.feeding(layers))
    slower = remedies.rate_times(seen.recipe, 0.1)
    changes: list[Change | None] = [slower, relu, drawn] if grew else [drawn, relu, slower]
    return tell.suspect("saturated-units", text, layers=layers, changes=changes, weight=weight)


def _found(
    seen: Seen, tell: Telling, band: Band, value: _Value, what: str
) -> tuple[str, tuple[str, ...], float, bool] | None:
    """Name the layers where a share is high; the text, their names, the weight, and whether it grew in training."""
    moment: Moment = "end" if seen.at("end") else "start"
    shares = {layer: share for layer, share in seen.means(moment, value).items() if band.weight(share) > 0}
    if not shares:
        return None
    worst = max(shares, key=lambda layer: shares[layer])
    probes = seen.at(moment)
    units = next(layer.units for layer in probes[0].layers if layer.layer == worst)
    said = what.format(
        share=tell.share(f"share in {worst}", shares[worst]),
        units=tell.count("units", units),
        images=tell.count("images", probes[0].images),
    )
    text = f"{worst}: {said} ({tell.seeds(len(probes))})"
    others = [f"{layer} ({tell.share(f'share in {layer}', share)})" for layer, share in shares.items()]
    others = [other for layer, other in zip(shares, others, strict=True) if layer != worst]
    if others:
        text += f"; likewise {listing(others)}"
    before = seen.means("start", value).get(worst) if moment == "end" else None
    if before is not None:
        text += f". With the first weights it was {tell.share('share at the start', before)}"
    grew = before is not None and before < shares[worst] / 2
    return f"{text}.", tuple(shares), band.weight(shares[worst]), grew
