"""Reproduction: which runs of a study stand against what was published, made or found in a store."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnnlab.analysis.reproduction import Reproduction, reproduce
from cnnlab.backends import get_backend
from cnnlab.errors import UsageError, did_you_mean, explain
from cnnlab.experiments import provenance
from cnnlab.files import write_text
from cnnlab.lab.conduct import Means, used_of
from cnnlab.lab.plan import MOST_SEEDS, StudyPlan
from cnnlab.lab.publications import publication_of_runs
from cnnlab.lab.stored_results import run_result
from cnnlab.lab.stored_studies import stored_study
from cnnlab.records import Publication, Published, RunKey, Split, StudyResult, notebook
from cnnlab.store import RunFilter, Store, open_store
from cnnlab.store.run_folder import folder_names

NOTEBOOK_SEEDS = {"architecture-1": 3, "architecture-2": 10, "architecture-3": 10}
"""How many runs of each the notebook is reproduced with; architecture-1 takes by far the longest."""


@dataclass(frozen=True)
class ReproductionPlan:
    """A study, and which of its runs stand against what was published.

    Attributes:
        study: With all seeds that any architecture gets.
        keys: Which runs.
        publication: What was published of it, of at least one architecture.
    """

    study: StudyPlan
    keys: frozenset[RunKey]
    publication: Publication


def reproduction_plan(
    study: StudyPlan, *, seeds: int | None = None, seeds_of: Mapping[str, int] | None = None
) -> ReproductionPlan:
    """Decide which runs to hold against what was published.

    Args:
        study: The notebook's, or one whose file says what was published.
        seeds: How many runs of each, with seeds 0, 1, ...; None for the study's own seeds, and for the notebook's
            networks for `NOTEBOOK_SEEDS`.
        seeds_of: How many of single architectures; stands above ``seeds``.

    Raises:
        UsageError: If nothing was published of the study, or a name is none of its architectures.
    """
    published = {one.name: one.published for one in study.architectures if one.published is not None}
    if not published:
        fix = "Add published = { test_loss = ..., test_accuracy = ... } to an architecture of the study file."
        raise UsageError(
            explain(
                expected="an architecture with published values", got="none", where=f"study {study.name!r}", fix=fix
            )
        )
    names = [one.name for one in study.architectures]
    counts = dict(seeds_of or {})
    for name in counts:
        if name not in names:
            fix = did_you_mean(name, names)
            raise UsageError(
                explain(expected="an architecture of the study", got=repr(name), where="--seeds-of", fix=fix)
            )
    chosen = {name: _seeds(study, name, published.get(name), counts.get(name, seeds)) for name in names}
    every = tuple(dict.fromkeys(seed for some in sorted(chosen.values(), key=len, reverse=True) for seed in some))
    return ReproductionPlan(
        study=replace(study, seeds=every),
        keys=frozenset(RunKey(name, seed) for name, some in chosen.items() for seed in some),
        publication=publication_of_runs(study.name, published),
    )


def _seeds(study: StudyPlan, name: str, published: Published | None, asked: int | None) -> tuple[int, ...]:
    """Choose the seeds of one architecture; one of which nothing was published needs none."""
    if published is None:
        return ()
    if asked is None:
        same = published == notebook().runs.get(name)
        return tuple(range(NOTEBOOK_SEEDS[name])) if same else study.seeds
    if not 1 <= asked <= MOST_SEEDS:
        expected = f"a number of seeds from 1 to {MOST_SEEDS:,}"
        raise UsageError(explain(expected=expected, got=repr(asked), where=f"seeds of {name}"))
    return tuple(range(asked))


def found_in_store(plan: ReproductionPlan, whole: Split, means: Means, out: Path) -> tuple[StudyResult, Path]:
    """Gather those of the wanted runs that a store has; nothing is trained and nothing is written.

    Args:
        plan: Which runs.
        whole: The study's data set: runs on other data are other runs.
        means: By what they would be trained: runs of another backend are other runs.
        out: The folder that holds the store.

    Returns:
        The runs, and the study's folder.

    Raises:
        UsageError: If there is no store, or it has no such study.
    """
    split = used_of(whole, plan.study)
    origin = provenance(get_backend(means.backend or plan.study.backend), split, means.threads)
    with open_store(out, create=False) as store:
        study = stored_study(store, plan.study, origin)
        if study is None:
            fix = "Leave --no-run out, and it is made."
            raise UsageError(explain(expected="runs of this study", got="none", where=str(out), fix=fix))
        architectures = {one.name: one for one in plan.study.architectures}
        runs = [run_result(store, identifier, architectures) for identifier in _begun(store, study.id, plan)]
        result = StudyResult(
            name=plan.study.name,
            runs=tuple(runs),
            provenance=origin,
            architectures=tuple(architectures),
            published={name: one.final for name, one in plan.publication.runs.items()},
            seeds=plan.study.seeds,
        )
        return result, store.parent / study.folder


def _begun(store: Store, study: int, plan: ReproductionPlan) -> list[str]:
    """List the wanted runs that have begun, by seed and in the order of the table."""
    names = [one.name for one in plan.study.architectures]
    there = {RunKey(run.architecture, run.seed): run for run in store.runs(RunFilter(study_id=study))}
    wanted = sorted(plan.keys & set(there), key=lambda key: (key.seed, names.index(key.architecture)))
    return [there[key].id for key in wanted if there[key].status != "planned"]


def held_against(plan: ReproductionPlan, result: StudyResult) -> Reproduction:
    """Hold what was published against the wanted runs of a result, and no others that the study may have."""
    return reproduce(only_wanted(plan, result), plan.publication.runs)


def write_reproduction(folder: Path, found: Reproduction, document: Mapping[str, Any]) -> list[Path]:
    """Keep a reproduction in its study's folder: its figures, and all of it as JSON.

    Args:
        folder: The study's.
        found: What the analysis found.
        document: The same as `report.reproduction_document` puts it.

    Returns:
        The files, in the order of the table.
    """
    # Start-up time: matplotlib costs most of a second.
    from cnnlab.report.reproduction_figure import reproduction_figure  # noqa: PLC0415

    names = list(dict.fromkeys(one.architecture for one in found.curves))
    texts = {"reproduction.json": json.dumps(document, indent=2, allow_nan=False) + "\n"}
    for name, stem in folder_names(names).items():
        of_it = [one for one in found.curves if one.architecture == name]
        texts[f"reproduction-{stem}.svg"] = reproduction_figure(of_it, name) + "\n"
    for name, text in texts.items():
        write_text(folder / name, text)
    return [folder / name for name in texts]


def only_wanted(plan: ReproductionPlan, result: StudyResult) -> StudyResult:
    """Leave out the runs that the plan does not name: how many there happen to be must not change the answer."""
    return replace(result, runs=tuple(run for run in result.runs if run.key in plan.keys))
