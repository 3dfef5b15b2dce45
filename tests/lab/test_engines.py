"""Which engine is quickest: one run for each core, or all cores in one run after the other."""

import pytest

from cnnlab.experiments import Trial, trials
from cnnlab.lab import engines
from cnnlab.lab.engines import finished_after
from cnnlab.lab.plan import from_zoo, notebook_plan


def made(names: list[str], seeds: int) -> list[Trial]:
    return list(trials([from_zoo(name) for name in names], range(seeds)))


@pytest.mark.parametrize(
    ("missing", "cores", "workers"),
    [
        (made(["architecture-2"], 16), 4, 4),  # sixteen alike: a run for each core
        (made(["architecture-2"], 8), 2, 1),  # two threads in a run are worth as much as two processes
        (made(["architecture-2"], 8), 1, 1),
        (made(["architecture-2"], 1), 2, 1),  # one run alone: all cores for it
        (made(["architecture-2"], 3), 2, 1),  # the third would leave a core idle for as long as the first two took
        (list(trials(notebook_plan().architectures, (0, 1, 2))), 2, 1),  # likewise: one network is most of the work
    ],
)
def test_processes_are_taken_where_they_would_end_earlier(missing: list[Trial], cores: int, workers: int) -> None:
    assert engines._quickest(missing, 60_000, cores) == workers


def test_the_end_is_that_of_the_worker_who_ends_last() -> None:
    assert finished_after([5, 1, 1, 1], 2) == 5
    assert finished_after([1, 1, 1, 5], 2) == 6
    assert finished_after([2, 2, 2], 1) == 6
