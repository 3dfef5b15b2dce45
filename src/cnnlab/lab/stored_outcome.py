"""A study as its store has it now, finished or not, without training anything."""

from cnnlab.arch.measures import class_count
from cnnlab.lab.compared import study_answers
from cnnlab.lab.conduct import used_of
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.stored_results import begun_runs, study_result
from cnnlab.records import Split, StoredStudy
from cnnlab.store import RunFolder, Store
from cnnlab.store.run_folder import folder_names


def stored_outcome(
    store: Store, study: StoredStudy, plan: StudyPlan, whole: Split | None = None, *, at_end: bool = False
) -> StudyOutcome | None:
    """Gather what a store has of a study.

    Args:
        store: That has it.
        study: Which.
        plan: As its definition says.
        whole: The data set that it used, or another one, which is left aside; None to do without, and so without what
            runs said of each image.
        at_end: Whether only runs at their end count, and not what a run that goes on has so far.

    Returns:
        None if it has no run that counts.

    Raises:
        CnnlabError: If an older version wrote down less of its runs than one needs.
    """
    runs = begun_runs(store, study.id, at_end=at_end)
    if not runs:
        return None
    result = study_result(store, study.id, plan, at_end=at_end)
    same = whole is not None and whole.sums == result.provenance.data_sums
    split = used_of(whole, plan) if whole is not None and same else None
    ended = sum(run.status != "interrupted" for run in result.runs)
    return StudyOutcome(
        result,
        {one.name: one.network for one in plan.architectures},
        _classes(plan) if split is None else len(split.class_names),
        RunFolder(store.parent / study.folder, folder_names([one.name for one in plan.architectures])),
        interrupted=ended < len(plan.architectures) * len(result.seeds),
        split=split,
        whole_images=len(whole.train) if whole is not None and same else 0,
        answers=()
        if split is None
        else study_answers(store, {key: one.id for key, one in runs.items()}, result, split),
    )


def _classes(plan: StudyPlan) -> int:
    """Count the classes that the networks tell apart."""
    return max((class_count(one.network) for one in plan.architectures), default=0)
