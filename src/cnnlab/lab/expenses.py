"""What the runs of a comparison cost: seconds, multiply-adds, latency, bytes on the disk, and one budget for all."""

from collections.abc import Mapping
from statistics import mean

from cnnlab.analysis.costs import Costs
from cnnlab.analysis.equal_cost import Budget, Spending, Unit, equal_cost, training_multiply_adds, updates_of_epoch
from cnnlab.arch import Network
from cnnlab.arch.measures import multiply_adds
from cnnlab.errors import NotSupportedError
from cnnlab.lab.contestants import Choice, Contestant
from cnnlab.lab.latency import Latencies, latencies
from cnnlab.records import StoredRun
from cnnlab.store import Store
from cnnlab.store.run_folder import WEIGHTS


def spent_seconds(store: Store, run: StoredRun) -> tuple[float, ...]:
    """Return the seconds that a run had taken after each epoch."""
    total, totals = 0.0, []
    for row in store.epochs(run.id):
        total += row.seconds
        totals.append(total)
    return tuple(totals)


def budget_of(
    choice: Choice,
    unit: Unit,
    amount: float | None,
    seconds: Mapping[str, tuple[float, ...]],
    networks: Mapping[str, Network],
) -> Budget:
    """Find the epoch at which each run has spent the same.

    Args:
        choice: Who is compared.
        unit: What is spent.
        amount: How much of it each may spend; None for the smallest total.
        seconds: What each run had taken after each epoch, by its id.
        networks: By the contestants' names.
    """

    def totals(one: Contestant, run: StoredRun) -> tuple[float, ...]:
        clock = seconds[run.id]
        if unit == "seconds":
            return clock
        price = {
            "epochs": 1,
            "updates": updates_of_epoch(run.train_images, int(run.recipe["batch_size"])),
            "madds": training_multiply_adds(multiply_adds(networks[one.name]), run.train_images),
        }[unit]
        return tuple(float(price * epoch) for epoch in range(1, len(clock) + 1))

    spendings = [
        Spending(one.name, run.summary.seed, totals(one, run)) for one in choice.contestants for run in one.runs
    ]
    return equal_cost(spendings, unit, amount)


def costs_of(
    store: Store,
    one: Contestant,
    network: Network,
    seconds: Mapping[str, tuple[float, ...]],
    epochs: Mapping[str, int],
    timed: Latencies | None,
) -> Costs:
    """Gather what one architecture costs, until the epoch that each of its runs is compared at."""
    forward = multiply_adds(network)
    files = [store.parent / run.summary.folder / WEIGHTS for run in one.runs]
    sizes = [path.stat().st_size for path in files if path.is_file()]
    latency = None if timed is None else timed.of[one.name]
    return Costs(
        architecture=one.name,
        parameters=one.runs[0].total_params,
        multiply_adds=forward,
        seconds=mean(seconds[run.id][epochs[run.id] - 1] for run in one.runs),
        latency=None if latency is None else latency.alone,
        latency_in_batch=None if latency is None else latency.in_batch,
        bytes=mean(sizes) if sizes else None,
        training_multiply_adds=mean(
            training_multiply_adds(forward, run.train_images) * epochs[run.id] for run in one.runs
        ),
    )


def timed_or_why_not(networks: Mapping[str, Network]) -> tuple[Latencies | None, tuple[str, ...]]:
    """Measure latencies, or say why not."""
    try:
        return latencies(networks), ()
    except NotSupportedError as error:
        return None, (f"Latency was not measured: {error}",)
