"""A page made again from a store: the study found, its outcome gathered, nothing trained and no network asked."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cnnlab.errors import CnnlabError, DataUnavailableError, UsageError, did_you_mean, explain
from cnnlab.lab.kept_diagnoses import is_of_a_diagnosis
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.lab.own_data import load_data
from cnnlab.lab.pages import write_page
from cnnlab.lab.plan import StudyPlan
from cnnlab.lab.report_contents import NO_DATA, report_contents
from cnnlab.lab.stored_outcome import stored_outcome
from cnnlab.lab.stored_plan import stored_plan
from cnnlab.lab.stored_results import trained_where
from cnnlab.records import Provenance, Split, StoredStudy
from cnnlab.store import Store, open_store
from cnnlab.store.opening import FILE


def write_report(
    out: Path, word: str | None = None, *, to: Path | None = None, pad: bool = True
) -> tuple[Path, tuple[str, ...]]:
    """Make the page of a stored study again.

    Args:
        out: The folder that holds the store.
        word: The study's folder or its name, the newest of several; None for the newest study that is no part of a
            diagnosis.
        to: Where the page goes; None for the study's folder.
        pad: Whether people shall draw in it.

    Returns:
        Where the page is, and what is missing in it, a sentence each.

    Raises:
        UsageError: If there is no store or no such study, or its folder is gone and no other place is named.
        CnnlabError: If the page cannot be written.
    """
    parent, name = _place(out, word)
    with open_store(parent, create=False) as store:
        study = _found(store, name)
        place = _target(store, study, to)
        plan = stored_plan(study)
        outcome, why = reported(store, study, plan)
        contents = report_contents(store, plan, outcome, pad=pad)
    missing = tuple(why if text == NO_DATA and why else text for text in contents.missing)
    return write_page(contents, place), missing


def reported(store: Store, study: StoredStudy, plan: StudyPlan) -> tuple[StudyOutcome, str]:
    """Gather what came out of a stored study, with its data if they are at hand.

    Args:
        store: That has it.
        study: Which.
        plan: As its definition says.

    Returns:
        The outcome, without a split where the data are not at hand or are others; and why that is, empty otherwise.

    Raises:
        CnnlabError: If no run of it has begun, or an older version wrote down less of its runs than one needs.
    """
    whole, why = _data(plan, trained_where(store, study.id))
    outcome = stored_outcome(store, study, plan, whole)
    assert outcome is not None  # a run has begun: it says where
    return outcome, why


def _data(plan: StudyPlan, origin: Provenance) -> tuple[Split | None, str]:
    """Load the study's data if they are here and the same; say why not."""
    known = plan.own is None
    path = plan.data_path if not known or (plan.data_path and plan.data_path.exists()) else None
    try:
        _, whole = load_data(replace(plan, data_path=path), offline=True, notify=_silent)
    except DataUnavailableError as error:
        if not known:
            return None, f"{NO_DATA} {error}"
        return None, f"{NO_DATA} cnnlab data fetch {plan.data} brings it."
    except CnnlabError as error:
        return None, f"{NO_DATA} {error}"
    if whole.sums != origin.data_sums:
        return None, f"{NO_DATA} The {plan.data} that is here is another one than the runs were made with."
    return whole, ""


def _silent(_: str) -> None:
    """Whoever makes a page again hears what is missing in it, and not from which copy of the same data it was made."""


# Which study.


def _place(out: Path, word: str | None) -> tuple[Path, str | None]:
    """Take the path of a study's folder apart: its store lies beside it."""
    if word is None:
        return out, None
    path = Path(word)
    if path.is_dir() and (path.resolve().parent / FILE).is_file():
        return path.resolve().parent, path.resolve().name
    return out, word.rstrip("/")


def _found(store: Store, name: str | None) -> StoredStudy:
    """Find a study by its folder or its name."""
    known = store.studies()
    found = [one for one in known if _is(one, name)] if name is not None else _shown_first(known)
    if found:
        return found[0]
    if name is None:
        fix = "Train something first: cnnlab run."
        raise UsageError(explain(expected="a study", got="none", where=str(store.parent), fix=fix))
    fix = did_you_mean(name, sorted({one.name for one in known} | {one.folder for one in known}))
    raise UsageError(explain(expected="the folder or the name of a study", got=repr(name), where="report", fix=fix))


def _is(study: StoredStudy, name: str) -> bool:
    return name in {study.folder, study.name}


def _shown_first(known: Sequence[StoredStudy]) -> list[StoredStudy]:
    """Order the studies, the newest first and those of diagnoses last."""
    return sorted(known, key=is_of_a_diagnosis)


def _target(store: Store, study: StoredStudy, to: Path | None) -> Path:
    """Say where the page goes."""
    place = store.parent / study.folder / "report.html" if to is None else to
    if to is not None and to.is_dir():
        place = to / "report.html"
    if not place.parent.is_dir():
        fix = "Name a file in a folder that is there: --to page.html"
        raise UsageError(explain(expected="a folder for the page", got="none", where=str(place.parent), fix=fix))
    return place
