"""What the architectures of one study cost, for its page."""

from cnnlab.analysis.costs import Costs
from cnnlab.analysis.outcomes import Outcome, outcomes
from cnnlab.arch import Network
from cnnlab.arch.measures import multiply_adds
from cnnlab.lab.latency import Latencies
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.records import RunKey


def study_costs(study: StudyOutcome, timed: Latencies | None) -> tuple[Costs, ...]:
    """Gather the costs of each architecture that has a finished run.

    Args:
        study: Its runs and its folder.
        timed: How long predicting takes; None where nobody knows.
    """
    return tuple(
        _costs(outcome, study.networks[outcome.architecture], study, timed)
        for outcome in outcomes(study.result)
        if outcome.architecture in study.networks and any(run.status == "finished" for run in outcome.runs)
    )


def _costs(outcome: Outcome, network: Network, study: StudyOutcome, timed: Latencies | None) -> Costs:
    name = outcome.architecture
    sizes = [size for run in outcome.runs if (size := _size(study, run.key)) is not None]
    latency = None if timed is None else timed.of.get(name)
    return Costs(
        architecture=name,
        parameters=network.total_params,
        multiply_adds=multiply_adds(network),
        seconds=outcome.seconds,
        latency=None if latency is None else latency.alone,
        latency_in_batch=None if latency is None else latency.in_batch,
        bytes=sum(sizes) / len(sizes) if sizes else None,
    )


def _size(study: StudyOutcome, key: RunKey) -> int | None:
    """Return how large a run's weights are on the disk; None where they are not there."""
    path = study.kept.weights_file(key)
    return path.stat().st_size if path.is_file() else None
