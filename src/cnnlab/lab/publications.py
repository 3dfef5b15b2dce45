"""What was published of a study's architectures, and where."""

from collections.abc import Mapping
from dataclasses import replace

from cnnlab.lab.plan import StudyPlan
from cnnlab.records import Publication, Published, notebook


def publication_of(study: StudyPlan) -> Publication | None:
    """Gather what a study says was published; None where nothing was."""
    published = {one.name: one.published for one in study.architectures if one.published is not None}
    return publication_of_runs(study.name, published) if published else None


def publication_of_runs(study: str, runs: Mapping[str, Published]) -> Publication:
    """Say where published values come from: the notebook's bring with them what it left open.

    Args:
        study: The name of the study that holds them, for values without a source.
        runs: By architecture, at least one.
    """
    if any(one.source == notebook().source for one in runs.values()):
        return replace(notebook(), runs=dict(runs))
    sources = ", ".join(dict.fromkeys(one.source for one in runs.values() if one.source))
    return Publication(sources or f"study {study!r}", sources, dict(runs), assumptions=(), reading=())
