"""Train everything by everyone in turn, so that whatever changes on the machine meanwhile falls on all alike."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from cases import Case
from contestants import Contestant
from processes import Run, train

# Times as long as the fastest peer.
HOPELESS: Final = 4
# After so many seconds of training a peer's process ends with the epoch it is in, though not before the second.
PATIENCE: Final = 120


def train_all(
    cases: Sequence[Case],
    contestants: Sequence[Contestant],
    images: Path,
    *,
    repetitions: int,
    epochs: int,
    limit: int | None,
) -> list[Run]:
    """Train each case by each contestant, and show each run as it ends.

    A peer that is several times as slow as the fastest of them in a case is not asked again there: its first answer is
    clear enough, and hours are saved.

    Args:
        cases: The networks.
        contestants: Who trains them; every repetition begins with another of them.
        images: The folder of the images' files.
        repetitions: How often.
        epochs: Of each process.
        limit: Train on so many images; None for those of the case.
    """
    peers = {contestant.name for contestant in contestants if not contestant.ours}
    runs: list[Run] = []
    for repetition in range(repetitions):
        for case in cases:
            slow = _hopeless([run for run in runs if run.case == case.name and run.contestant in peers])
            able = [one for one in contestants if one.name not in slow and (one.reads_keras or not case.keras_only)]
            for contestant in _rotated(able, repetition):
                run = train(contestant, case, images, epochs=epochs, limit=limit, seed=repetition, patience=PATIENCE)
                runs.append(replace(run, repetition=repetition))
                print(shown(runs[-1]), flush=True)
    return runs


def _hopeless(runs: list[Run]) -> set[str]:
    """Name those whose last epoch took several times that of the fastest."""
    last = {run.contestant: run.epoch_seconds[-1] for run in runs if run.failure is None}
    return {name for name, seconds in last.items() if seconds > HOPELESS * min(last.values())}


def shown(run: Run) -> str:
    """Say in a line what a run gave."""
    head = f"{run.case:<16} {run.contestant:<22}"
    if run.failure is not None:
        return f"{head} failed: {run.failure}"
    epochs = " ".join(f"{seconds:.2f}" for seconds in run.epoch_seconds)
    memory = (run.peak_bytes or 0) / 1e6
    return (
        f"{head} first epoch after {run.first_epoch_seconds or 0:.1f} s, epochs {epochs} s, "
        f"accuracy {run.val_accuracies[-1]:.4f}, {memory:,.0f} MB, load before {run.load_before:.1f}"
    )


def _rotated(contestants: Sequence[Contestant], by: int) -> list[Contestant]:
    start = by % len(contestants)
    return [*contestants[start:], *contestants[:start]]
