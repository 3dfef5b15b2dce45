"""Seeds that learnt nothing, beside others or all of them."""

from cnnlab.analysis.diagnosis.signs import remedies
from cnnlab.analysis.diagnosis.signs.seen import Seen
from cnnlab.analysis.diagnosis.signs.steps import rates, slow_steps
from cnnlab.analysis.diagnosis.signs.telling import Telling
from cnnlab.analysis.diagnosis.suspects import Suspect
from cnnlab.records import RunResult

_SOME, _ALL = 0.8, 0.9


def collapsed_seeds(seen: Seen) -> Suspect | None:
    """Find seeds that did no better than naming one class: some of them, or all."""
    count, total = len(seen.collapsed), len(seen.runs)
    if not count:
        return None
    tell = Telling()
    failed = sum(run.status == "failed" for run in seen.runs)
    of = f"of {tell.seeds(total)}"
    parts = []
    if count > failed:
        parts.append(
            f"{tell.count('collapsed', count - failed)} {of} did no better on unseen images than naming one class"
        )
    if failed:
        parts.append(f"{tell.count('failed', failed)} {of} ended in a loss that is not finite")
    rest = [accuracy for run in seen.runs if (accuracy := _learnt(seen, run)) is not None]
    if rest:
        parts.append(f"the worst of the others has accuracy {tell.number('worst of the others', min(rest))}")
    relus = [node.name for node in seen.network.nodes[1:-1] if getattr(node.layer, "activation", None) == "relu"]
    names = [node.name for node in seen.network.nodes]
    dropping = remedies.dropouts(seen.network)
    changes = [
        remedies.zero_biases(seen.network, names),
        *rates(seen, [10.0 if slow_steps(seen) else 0.1])[:1],
        remedies.usual_initializer(seen.network, names) or remedies.initializer(seen.network, relus, "he_normal"),
        remedies.activation(relus, "leaky_relu"),
        remedies.without(dropping),
    ]
    weight = _ALL if count == total else _SOME
    return tell.suspect("collapsed-seeds", f"{'; '.join(parts)}.", changes=changes, weight=weight)


def _learnt(seen: Seen, run: RunResult) -> float | None:
    """Return the test accuracy of a run that has not collapsed."""
    return None if run.key.seed in seen.collapsed else seen.test_accuracy(run)
