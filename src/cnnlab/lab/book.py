"""The book of a study: which of its runs are there, which are to be made, and where everything that happens is kept."""

from collections.abc import Iterator
from dataclasses import replace

from cnnlab.arch.keras_config import to_keras_config
from cnnlab.errors import CnnlabError
from cnnlab.experiments import Done, Task, Trial, trials
from cnnlab.lab.checkpointing import CHECKPOINT_EVERY
from cnnlab.lab.compared import study_answers
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.stored_results import begun_runs, read_provenance, run_result, study_result
from cnnlab.lab.stored_studies import StudyPart, check_same, found_or_begun, known
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import (
    CheckpointMade,
    EpochDone,
    Event,
    Notice,
    Provenance,
    RunFinished,
    RunKey,
    RunPlan,
    RunResult,
    Sink,
    Split,
    StoredRun,
    StudyResult,
    Tested,
)
from cnnlab.store import Store, weights_sum
from cnnlab.training.checkpoints import decode

_ENDED = frozenset(["finished", "failed"])


class StudyBook:
    """A study in a store.

    Args:
        store: That keeps it.
        plan: The study.
        origin: Who trains where, now.
        fresh: Whether to begin anew where the store has the same study already.
        checkpoint_every: Seconds between two checkpoints of a run.
        part: Only these runs of a study that is there; None for all that are planned.
        only: Only these runs of the plan; None for all.

    Attributes:
        folder: Of the study.
        found: How many of the planned runs had come to their end before.
        planned: All of them.
        origin: Who trains where; may be said more exactly before the first task.

    Raises:
        DataError: If a part is asked for and the data are not those that the study was begun with.
        CnnlabError: If a part is asked for and its study's folder is gone, or this version reads it in another way.
    """

    def __init__(
        self,
        store: Store,
        plan: StudyPlan,
        origin: Provenance,
        *,
        fresh: bool = False,
        checkpoint_every: float = CHECKPOINT_EVERY,
        part: StudyPart | None = None,
        only: frozenset[RunKey] | None = None,
    ) -> None:
        self._store = store
        self._plan = plan
        self.origin = origin
        self._checkpoint_every = checkpoint_every
        self._architectures = {one.name: one for one in plan.architectures}
        chosen = only if part is None else part.keys
        planned = trials(plan.architectures, plan.seeds)
        self._trials = [trial for trial in planned if chosen is None or trial.key in chosen]
        if part is None:
            self._study, self.folder = found_or_begun(store, plan, origin, fresh=fresh)
        else:
            check_same(part, plan, origin)
            self._study, self.folder = known(store, plan, part)
        plans = [self._planned(trial) for trial in self._trials]
        self._rows = {run.key: run for run in store.plan_runs(self._study, plans)}
        self._elsewhere: set[RunKey] = set()
        self._ended = {run.key for run in self._rows.values() if run.status in _ENDED}
        self._made = 0
        self.found, self.planned = len(self._ended), len(self._trials)

    @property
    def missing(self) -> list[Trial]:
        """List the runs that have not come to their end."""
        return [trial for trial in self._trials if trial.key not in self._ended]

    # What is to be made.

    def tasks(self, backend: str, threads: int | None, sink: Sink) -> Iterator[Task]:
        """List what is to be made, seed by seed; each is claimed as it is asked for.

        Args:
            backend: Who trains.
            threads: How many each may use.
            sink: Told where a run goes on, and of runs that another process has brought to their end.
        """
        for trial in self._trials:
            if trial.key in self._ended:
                continue
            run = self._store.run(self._rows[trial.key].id)
            if run.status in _ENDED:
                # Another process has trained it meanwhile.
                self._elsewhere.discard(trial.key)
                self._ended.add(trial.key)
                sink(RunFinished(self._result(run.id)))
            elif not self._store.claim(run.id, self.origin):
                self._elsewhere.add(trial.key)
            else:
                self._elsewhere.discard(trial.key)
                yield Task(
                    trial,
                    backend,
                    threads,
                    resume=self._resumed(run, sink),
                    checkpoint_every=self._checkpoint_every,
                    folder=self.folder.of_run(trial.key),
                )

    @property
    def elsewhere(self) -> int:
        """Count the runs that another process had in hand when they were asked for."""
        return len(self._elsewhere)

    def _resumed(self, run: StoredRun, sink: Sink) -> bytes | None:
        """Return where a run stood; a checkpoint that cannot be read makes room for the one before."""
        for kept in self._store.checkpoints(run.id):
            content = self._store.read_checkpoint(kept)
            try:
                if content is None or not decode(content).state:
                    continue
            except CnnlabError:
                continue
            self._store.cut_after(run.id, kept.epoch)
            name = f"{run.key.architecture}, seed {run.key.seed}"
            sink(Notice(f"{name} goes on after step {kept.step:,}{self._else(run)}"))
            return content
        self._store.cut_after(run.id, 0)
        return None

    def _else(self, run: StoredRun) -> str:
        """Say where a run that goes on may not give the bits of one that never stopped."""
        if not run.resumes_exactly:
            return "; not exactly, since a callback of yours has no state to go on from."
        version = run.provenance["cnnlab_version"]
        if version != self.origin.cnnlab_version:
            return f"; it was begun by cnnlab {version}."
        return "."

    # What happens.

    def keeping(self, sink: Sink) -> Sink:
        """Write every event that should outlive the process, then pass it on."""

        def keep(event: Event) -> None:
            if isinstance(event, EpochDone):
                self._store.add_epoch(self._rows[event.key].id, event.row, event.predictions)
            elif isinstance(event, CheckpointMade):
                self._store.keep_checkpoint(self._rows[event.key].id, event, self.folder.of_run(event.key))
            sink(event)

        return keep

    def close(self, done: Done) -> RunResult | None:
        """Keep what became of a task, and let go of its run; return the result as it is kept."""
        key = done.task.trial.key
        run, result = self._rows[key].id, done.result
        self._made += 1
        if result is None:
            self._store.release(run, "interrupted")
            return None
        digest = weights_sum(result) if result.history else None
        kept = replace(result, weights=(), weights_sha256=digest, test_predictions=None)
        if result.history:
            names = [weight.name for weight in done.task.trial.architecture.network.weights]
            self.folder.write_weights(key, names, result.weights)
            self.folder.write_history(key, result.history)
        message = result.ended if result.status == "failed" else None
        self._store.release(run, result.status, result=result, error=message)
        if result.status in _ENDED:
            self._ended.add(key)
        return kept

    # What is there.

    def result(self) -> StudyResult:
        """Gather all runs of the study that have begun, in the order of the table and of their seeds."""
        return study_result(self._store, self._study, self._plan, self._trained_where())

    def answers(self, result: StudyResult, split: Split) -> tuple[Tested, ...]:
        """Gather what each run that counts said of each test image."""
        runs = {key: one.id for key, one in begun_runs(self._store, self._study).items()}
        return study_answers(self._store, runs, result, split)

    def complete(self) -> bool:
        """Say whether every planned run has come to its end."""
        return all(self._store.run(self._rows[trial.key].id).status in _ENDED for trial in self.missing)

    def write_down(self, result: StudyResult) -> None:
        """Write the study and its results into its folder, for people and for programs without a database."""
        self.folder.write_study(plan_as_toml(replace(self._plan, seeds=result.seeds)))
        self.folder.write_environment(result.provenance)
        self.folder.write_results(result)

    def _trained_where(self) -> Provenance:
        """Say where the runs were trained: here, or, where nothing was trained now, as it stands beside the last."""
        begun = [run for run in begun_runs(self._store, self._study).values() if run.began is not None]
        if self._made or not begun:
            return self.origin
        last = max(begun, key=lambda run: str(run.began))
        return read_provenance(self._store.run(last.id).provenance) or self.origin

    def _result(self, identifier: str) -> RunResult:
        return run_result(self._store, identifier, self._architectures)

    def _planned(self, trial: Trial) -> RunPlan:
        network = trial.architecture.network
        return RunPlan(
            key=trial.key,
            folder=self.folder.relative(trial.key),
            network=to_keras_config(network),
            recipe=trial.architecture.recipe,
            provenance=self.origin,
            total_params=network.total_params,
            trainable_params=network.trainable_params,
        )
