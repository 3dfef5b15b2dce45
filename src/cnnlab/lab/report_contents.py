"""What a study's page is of, gathered from its runs, its folder and the store; nothing is trained."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Final

from cnnlab.analysis.costs import Costs
from cnnlab.analysis.pareto import Fronts, fronts
from cnnlab.analysis.reproduction import reproduce
from cnnlab.lab.kept_diagnoses import kept_diagnoses
from cnnlab.lab.kept_latencies import kept_latencies
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.pad_contents import pad_contents
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.publications import publication_of
from cnnlab.lab.stored_plan import not_repeatable
from cnnlab.lab.study_costs import study_costs
from cnnlab.lab.study_toml import plan_as_toml
from cnnlab.records import Split
from cnnlab.report.comparison_sheet import Timed
from cnnlab.report.contents import Command, HeldAgainst, ReportContents, Sample
from cnnlab.report.words import listing
from cnnlab.store import Store

SAMPLE: Final = 1
"""Which training image is shown: the notebook's."""

NO_DATA: Final = "The data set was not at hand as this page was made: what each run said of each image is not in it."


def report_contents(
    store: Store, plan: StudyPlan, study: StudyOutcome, *, measure: bool = False, pad: bool = True
) -> ReportContents:
    """Gather a page.

    Args:
        store: That has the study, and perhaps diagnoses of its networks.
        plan: The study as it was asked for.
        study: What came out; without its split the page is made from the store alone.
        measure: Whether to measure how long predicting takes, where nobody has.
        pad: Whether people shall draw in the page.
    """
    split = study.split
    timed, untimed = kept_latencies(study.folder, study.networks, measure=measure)
    costs = study_costs(study, timed)
    who, left_out = pad_contents(study, split) if pad and split is not None else (None, ())
    diagnoses, unread = kept_diagnoses(store, plan)
    held, unheld = _held_against(plan, study)
    missing = (*_missing(study), untimed, *left_out, *unread, unheld, not_repeatable(plan))
    return ReportContents(
        result=study.result,
        networks=study.networks,
        observations=study.observations,
        comparison=study.comparison,
        protocol=study.protocol,
        costs=costs,
        fronts=_fronts(study, costs, steady=timed is None or timed.steady),
        timed=None if timed is None else Timed(timed.machine, timed.threads, timed.batch),
        answers=study.answers,
        class_names=() if split is None else split.class_names,
        test_images=None if split is None else split.test.images,
        sample=None if split is None else _sample(split),
        pad=who,
        diagnoses=diagnoses,
        reproduction=held,
        notes=plan.notes,
        commands=_commands(plan, study.folder),
        definition=_definition(plan, study),
        missing=tuple(text for text in missing if text),
    )


def _fronts(study: StudyOutcome, costs: tuple[Costs, ...], *, steady: bool) -> Fronts:
    """Place who was compared on the fronts; nobody by times that a busy machine told."""
    if study.comparison is None:
        return {}
    known = {one.architecture for one in study.comparison.standings}
    found = fronts([one for one in costs if one.architecture in known], study.comparison.pairs)
    return {name: places for name, places in found.items() if steady or name not in {"latency", "latency_in_batch"}}


def _held_against(plan: StudyPlan, study: StudyOutcome) -> tuple[HeldAgainst | None, str]:
    """Hold what was published against all runs of the page; say why not, where it cannot be."""
    publication = publication_of(plan)
    if publication is None or not study.runs:
        return None, ""
    whole = study.whole_images
    if not whole and plan.limit is None and plan.hold_out is None:
        whole = study.result.provenance.train_images
    if not whole:
        return None, "Published numbers are not held against ours: how many images the data set has is not known here."
    return HeldAgainst(reproduce(study.result, publication.runs), publication, whole), ""


def _sample(split: Split) -> Sample | None:
    if not len(split.train):
        return None
    index = min(SAMPLE, len(split.train) - 1)
    label = split.train.labels[index]
    number = int(label if label.ndim == 0 else label.argmax())
    return Sample(split.train.images[index], split.class_names[number])


def _definition(plan: StudyPlan, study: StudyOutcome) -> str:
    """Write the study as a file; where somebody keeps the data is nobody else's business."""
    return plan_as_toml(replace(plan, seeds=study.result.seeds or plan.seeds, data_path=None))


def _commands(plan: StudyPlan, folder: Path) -> tuple[Command, ...]:
    """List what to type; words that a shell would read otherwise are quoted."""
    name = shlex.quote(folder.name)
    found = [
        Command(f"cnnlab compare {name}", "compares them in the terminal, with all costs."),
        Command(f"cnnlab report {name}", "makes this page again, without training."),
    ]
    if not_repeatable(plan):
        return tuple(found)
    again = "makes the runs again elsewhere; study.toml lies beside this page."
    where = " --data PATH" if plan.own is not None else ""
    found.insert(0, Command(f"cnnlab run study.toml{where}", again))
    if plan.architectures:
        one = shlex.quote(plan.architectures[-1].name)
        found.append(
            Command(f"cnnlab diagnose study.toml{where} --architecture {one}", "says what costs a network accuracy.")
        )
    if any(one.published is not None for one in plan.architectures):
        found.append(Command("cnnlab reproduce study.toml", "holds published numbers against several seeds."))
    return tuple(found)


def _missing(study: StudyOutcome) -> list[str]:
    """Say which answers are not there, and why as far as it is known."""
    if study.split is None:
        return [NO_DATA]
    there = {one.architecture for one in study.answers}
    names = [name for name in study.result.architectures if name not in there]
    if not names:
        return []
    return [f"What each run said of each test image is not kept, or no run is at its end: {listing(names)}."]
