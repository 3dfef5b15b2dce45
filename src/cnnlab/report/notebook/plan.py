"""A study that has not run yet, in a notebook: who would be trained on what, how, and how often."""

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.arch.measures import multiply_adds
from cnnlab.arch.network import Network
from cnnlab.records import Recipe
from cnnlab.report.notebook.shell import rendered
from cnnlab.report.words import data_title, listing, plural, printable, recipe_text


@dataclass(frozen=True)
class Planned:
    """An architecture of a study.

    Attributes:
        name: In the study.
        network: Its description.
        recipe: How it will be trained.
    """

    name: str
    network: Network
    recipe: Recipe


@dataclass(frozen=True)
class PlanView:
    """A study as it will run.

    Attributes:
        name: The study's.
        data: The data set's name.
        seeds: With which seeds.
        planned: In the order of the table.
    """

    name: str
    data: str
    seeds: tuple[int, ...]
    planned: tuple[Planned, ...] = ()


def plan_html(view: PlanView) -> str:
    """Lay out a study for a notebook.

    Returns:
        One element with its style.
    """
    rows = [
        (
            printable(one.name),
            f"{len(one.network.nodes) - 1:,}",
            f"{one.network.total_params:,}",
            f"{multiply_adds(one.network):,}",
            recipe_text(one.recipe, None),
        )
        for one in view.planned
    ]
    return rendered("plan", name=printable(view.name), lead=_lead(view), rows=rows)


def plan_text(view: PlanView) -> str:
    """Say in a line what a study is.

    Example:
        >>> plan_text(PlanView("first", "mnist", (0, 1, 2)))
        "'first' on MNIST: no architecture yet, seeds 0, 1 and 2"
    """
    names = listing([printable(one.name) for one in view.planned]) or "no architecture yet"
    return f"{printable(view.name)!r} on {data_title(view.data)}: {names}, {_seeds(view.seeds)}"


def _lead(view: PlanView) -> str:
    """Say what would run."""
    data = data_title(view.data)
    if not view.planned:
        return f"{data}; no architecture yet: add(...) puts one in."
    runs = len(view.planned) * len(view.seeds)
    epochs = sum(one.recipe.epochs for one in view.planned) * len(view.seeds)
    each = f"{plural(len(view.planned), 'architecture')} with {_seeds(view.seeds)}"
    return f"{data}; run() trains {each}: {plural(runs, 'run')}, {plural(epochs, 'epoch')} in all."


def _seeds(seeds: Sequence[int]) -> str:
    return f"{'seed' if len(seeds) == 1 else 'seeds'} {listing([str(seed) for seed in seeds])}"
