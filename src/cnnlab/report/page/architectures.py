"""What a page shows of each architecture: its recipe, its drawing, its layers, its runs."""

from dataclasses import dataclass

from cnnlab.analysis import Outcome, outcomes
from cnnlab.arch.network import Network
from cnnlab.arch.summary import summarize
from cnnlab.records import EpochRow, RunResult
from cnnlab.report.contents import ReportContents
from cnnlab.report.figures_of_study import Figures
from cnnlab.report.page.shown import Shown, shown
from cnnlab.report.summary import SummaryTable, summary_table
from cnnlab.report.words import plural, recipe_text

LISTED = 10
"""Of so many runs of each architecture the epochs are listed; more of them nobody reads, and they cost much."""


@dataclass(frozen=True)
class RunView:
    """One run as the page lists it."""

    seed: int
    state: str
    ended: str
    test_loss: float | None
    test_accuracy: float | None
    seconds: float
    history: tuple[EpochRow, ...]


@dataclass(frozen=True)
class ArchitectureView:
    """One architecture as the page shows it."""

    anchor: str
    name: str
    recipe: str
    layers: str
    drawing: Shown | None
    summary: SummaryTable | None
    runs: tuple[RunView, ...]

    @property
    def listed(self) -> tuple[RunView, ...]:
        """Return the runs whose epochs are listed."""
        return tuple(run for run in self.runs[:LISTED] if run.history)

    @property
    def told(self) -> tuple[RunView, ...]:
        """Return the runs of which there is something to say: failed, interrupted, ended early."""
        return tuple(run for run in self.runs if run.ended or run.state)


def architecture_views(contents: ReportContents, figures: Figures) -> tuple[ArchitectureView, ...]:
    """Gather what the page shows of all architectures, in the study's order."""
    found = outcomes(contents.result)
    return tuple(_view(index, outcome, contents, figures) for index, outcome in enumerate(found, start=1))


def _view(index: int, outcome: Outcome, contents: ReportContents, figures: Figures) -> ArchitectureView:
    name, network = outcome.architecture, contents.networks.get(outcome.architecture)
    drawing = figures.drawings.get(name)
    images = contents.result.provenance.train_images
    return ArchitectureView(
        anchor=f"architecture-{index}",
        name=name,
        recipe=recipe_text(outcome.runs[0].recipe, images) if outcome.runs else "",
        layers=_layers(outcome, network),
        drawing=None if drawing is None else shown(drawing),
        summary=summary_table(summarize(network)) if network else None,
        runs=tuple(_run(run) for run in outcome.runs),
    )


def _layers(outcome: Outcome, network: Network | None) -> str:
    """Count layers and parameters."""
    if network:
        layers = plural(len(network.nodes) - 1, "layer")
        return f"{layers}, {_parameters(network.total_params, network.trainable_params)}"
    if outcome.runs:
        run = outcome.runs[0]
        return _parameters(run.total_params, run.trainable_params)
    return ""


def _parameters(total: int, trainable: int) -> str:
    which = "all" if total == trainable else f"{trainable:,} of them"
    return f"{total:,} parameters, {which} trainable"


def _run(run: RunResult) -> RunView:
    return RunView(
        seed=run.key.seed,
        state=_state(run),
        ended=f"{run.ended.rstrip('.')}." if run.ended else "",
        test_loss=run.test_loss,
        test_accuracy=run.test_accuracy,
        seconds=run.seconds,
        history=run.history,
    )


def _state(run: RunResult) -> str:
    """Say how far a run came, where that is not to its end."""
    done = f"{plural(len(run.history), 'epoch')} of {run.recipe.epochs}"
    match run.status:
        case "finished":
            return f"Ended early: {done}." if run.ended else ""
        case "interrupted":
            return f"Interrupted: {done}."
        case "failed":
            return f"Failed: {done}."
