"""Retrain a network with one thing changed, as a study of its own: kept like any other, on any engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab.errors import InterruptedRunError
from cnnlab.experiments import Architecture
from cnnlab.lab.answers import answers
from cnnlab.lab.conduct import Means, Opening, conduct
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.plan import StudyPlan
from cnnlab.records import RunSummary, Sink, Split, Tested
from cnnlab.store import RunFilter, open_store


@dataclass(frozen=True)
class Listening:
    """Who is told of the trainings, and who may end them.

    Attributes:
        opened: Called as each study begins.
        sink: Told of everything that happens in training.
        stop: Asked after every few steps; True ends it, what is there is kept.
    """

    opened: Callable[[Opening], None] = lambda _: None
    sink: Sink = lambda _: None
    stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Laboratory:
    """All that does not change from one counterfactual to the next.

    Attributes:
        whole: The data set.
        plan: Whose data, of which the runs are counterfactuals; its architectures and seeds are not used.
        held_out: So many of the training images, the last, are what the networks are judged by.
        means: By what is trained.
        out: The folder that holds the runs.
        listening: Who is told.
    """

    whole: Split
    plan: StudyPlan
    held_out: int
    means: Means
    out: Path
    listening: Listening = field(default_factory=Listening)

    @property
    def labels(self) -> npt.NDArray[Any]:
        """Return the true classes of the images held out, as numbers."""
        return self.whole.train.labels[-self.held_out :]

    def train(
        self, name: str, architectures: Sequence[Architecture], seeds: Sequence[int], limit: int | None
    ) -> StudyOutcome:
        """Train each architecture with each seed; what is there from before is not trained again.

        Raises:
            InterruptedRunError: If the user stopped it; what is there is kept, and the same call goes on.
        """
        plan = StudyPlan(
            name,
            tuple(architectures),
            self.plan.data,
            self.plan.data_path,
            limit=limit,
            seeds=tuple(seeds),
            hold_out=self.held_out,
            spare_test=True,
            own=self.plan.own,
        )
        heard = self.listening
        outcome = conduct(
            plan,
            self.whole,
            self.means,
            out=self.out,
            opened=heard.opened,
            sink=heard.sink,
            stop=heard.stop,
            page=False,
        )
        if outcome.interrupted:
            raise InterruptedRunError("stopped; the runs so far are kept, and the same call goes on from there.")
        return outcome

    def judged(self, outcome: StudyOutcome, seeds: Sequence[int]) -> dict[str, Tested]:
        """Read what the networks of a study said of the images held out, after their last epoch."""
        with open_store(self.out, create=False) as store:
            study = next(one for one in store.studies() if one.folder == outcome.folder.name)
            runs = [run for run in store.runs(RunFilter(study_id=study.id)) if run.seed in seeds]
            finished = [run for run in runs if run.status == "finished"]
            said = answers(store, finished, self.labels, part="validation")
            return {
                one: with_failed(said.get(one), [run for run in runs if run.architecture == one], self.labels)
                for one in dict.fromkeys(run.architecture for run in runs)
            }


def with_failed(said: Tested | None, runs: Sequence[RunSummary], labels: npt.NDArray[Any]) -> Tested:
    """Add the runs that failed: what is not a number anymore classifies no image."""
    failed = [run for run in runs if run.status == "failed"]
    if said is not None and not failed:
        return said
    name = runs[0].architecture
    classes = np.full((len(failed), len(labels)), -1)
    losses = np.full((len(failed), len(labels)), np.inf)
    seeds = tuple(run.seed for run in failed)
    if said is None:
        return Tested(name, seeds, labels, classes, losses)
    return Tested(
        name,
        (*said.seeds, *seeds),
        labels,
        np.concatenate([said.classes.astype(np.int64), classes]),
        np.concatenate([said.losses, losses]),
        weighed=said.weighed,
    )
