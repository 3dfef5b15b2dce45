"""A study as its store has it now, finished or not: its result and what follows from it, without training anything."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from cnnlab.analysis.comparison import Comparison
from cnnlab.analysis.observations import Observation, observe
from cnnlab.arch import Network, from_keras_config
from cnnlab.errors import CnnlabError
from cnnlab.experiments import Architecture
from cnnlab.lab.compared import study_comparison
from cnnlab.lab.recipe_tables import stored_recipe
from cnnlab.lab.stored_results import run_result
from cnnlab.records import Provenance, Published, RunKey, RunSummary, Split, StoredRun, StoredStudy, StudyResult
from cnnlab.records.published import from_table
from cnnlab.report.figure import Numbers
from cnnlab.report.observation_table import observation_numbers
from cnnlab.store import RunFilter, Store


@dataclass(frozen=True)
class StoredOutcome:
    """What a store says of a study.

    Attributes:
        result: Its runs that have begun.
        networks: By the architectures' names.
        comparison: Of what the runs said of the test images; None where that is not known here.
    """

    result: StudyResult
    networks: Mapping[str, Network]
    comparison: Comparison | None

    @property
    def table(self) -> Numbers:
        """Return the observation table."""
        return observation_numbers(self.result, comparison=self.comparison)

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Say what follows from the numbers."""
        classes = max((network.output_shape[-1] for network in self.networks.values()), default=0)
        images = self.result.provenance.test_images
        return observe(self.result, images, classes=classes, comparison=self.comparison)


def stored_outcome(
    store: Store, study: StoredStudy, split: Split | None = None, *, at_end: bool = False
) -> StoredOutcome | None:
    """Gather what a store has of a study.

    Args:
        store: That has it.
        study: Which.
        split: The data that it was tested on, for the comparison of what runs said of each image; None to do without.
        at_end: Whether only runs at their end count, and not what a run that goes on has so far.

    Returns:
        None if it has no run, or none at its end where only those count.
    """
    summaries = list(store.runs(RunFilter(study_id=study.id)))
    counted = [run for run in summaries if run.status in {"finished", "failed"}] if at_end else summaries
    if not counted:
        return None
    tables = {str(one.get("name")): one for one in tomllib.loads(study.definition).get("architecture", [])}
    examples = _one_of_each(store, summaries)
    order = [*(name for name in tables if name in examples), *(name for name in examples if name not in tables)]
    architectures = {name: _architecture(examples[name], tables.get(name, {})) for name in order}
    newest = examples[max(summaries, key=lambda run: run.began or "").architecture]
    result = _result(store, study, summaries, architectures, newest, counted)
    ids = {RunKey(run.architecture, run.seed): run.id for run in summaries}
    comparison = None if split is None or not _same(split, newest) else study_comparison(store, ids, result, split)
    networks = {name: one.network for name, one in architectures.items()}
    return StoredOutcome(result, networks, comparison)


def _same(split: Split, run: StoredRun) -> bool:
    return split.sums == run.data_sums and len(split.test) == run.test_images


def _one_of_each(store: Store, summaries: list[RunSummary]) -> dict[str, StoredRun]:
    """Read one run of each architecture, all that began before those that did not."""
    chosen: dict[str, RunSummary] = {}
    for run in summaries:
        chosen.setdefault(run.architecture, run)
    return {name: store.run(run.id) for name, run in sorted(chosen.items())}


def _architecture(run: StoredRun, table: Mapping[str, Any]) -> Architecture:
    published: Published | None = None
    if isinstance(table.get("published"), dict):
        try:
            published = from_table(table["published"])
        except CnnlabError:
            published = None
    return Architecture(run.summary.architecture, from_keras_config(run.network), stored_recipe(run.recipe), published)


def _result(
    store: Store,
    study: StoredStudy,
    summaries: list[RunSummary],
    architectures: Mapping[str, Architecture],
    example: StoredRun,
    counted: list[RunSummary],
) -> StudyResult:
    begun = {RunKey(run.architecture, run.seed): run.id for run in counted if run.status != "planned"}
    seeds = tuple(sorted({run.seed for run in summaries}))
    order = [RunKey(name, seed) for seed in seeds for name in architectures]
    known: dict[str, Any] = {field.name: example.provenance.get(field.name) for field in fields(Provenance)}
    return StudyResult(
        name=study.name,
        runs=tuple(run_result(store, begun[key], architectures) for key in order if key in begun),
        provenance=Provenance(**(known | {"test_images": example.test_images})),
        architectures=tuple(architectures),
        published={name: one.published.final for name, one in architectures.items() if one.published is not None},
        seeds=seeds,
        validated_on_test=example.validation_images is None,
    )
