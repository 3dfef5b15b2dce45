"""A study as one HTML file that opens anywhere, offline: no script, no font, no image from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cnnlab.analysis import Interval, Observation, Outcome, outcomes
from cnnlab.analysis.chances import Chances
from cnnlab.analysis.comparison import Comparison
from cnnlab.arch.network import Network
from cnnlab.arch.summary import summarize
from cnnlab.records import EpochRow, Provenance, RunResult, StudyResult
from cnnlab.report.observation_table import are_grouped, interval_notes
from cnnlab.report.rows import Range, TableRow, table_rows
from cnnlab.report.summary import summary_html
from cnnlab.report.svg import with_own_ids
from cnnlab.report.words import (
    data_title,
    format_seconds,
    image_counts,
    listing,
    metric,
    plural,
    recipe_text,
    validation_line,
)

FEW = 4
"""So many architectures show their layers at once; with more of them one opens what one wants to see."""


@dataclass(frozen=True)
class RunView:
    """One run as the page shows it."""

    title: str
    told: str
    loss_figure: Markup | None
    accuracy_figure: Markup | None
    history: tuple[EpochRow, ...]


@dataclass(frozen=True)
class ArchitectureView:
    """One architecture as the page shows it."""

    anchor: str
    name: str
    recipe: str
    layers: str
    summary: Markup | None
    runs: tuple[RunView, ...]
    drawn: int

    @property
    def undrawn(self) -> int:
        """Count the runs without curves, where others have some."""
        return len(self.runs) - self.drawn if self.drawn else 0


def study_page(
    result: StudyResult,
    networks: Mapping[str, Network],
    observations: Sequence[Observation],
    figures: Mapping[str, str],
    sample_figure: str | None,
    notes: Sequence[str] = (),
    comparison: Comparison | None = None,
) -> str:
    """Lay out a study as a page.

    Args:
        result: The study, finished or not.
        networks: By the architecture's name; one that is missing is shown without its layers.
        observations: As `cnnlab.analysis.observe` gives them.
        figures: SVG elements of `cnnlab.report.figures`, by "<architecture>/seed-<seed>/loss" and ".../accuracy"; one
            that is missing is left out.
        sample_figure: A sample image, likewise.
        notes: What a reader should know of the study's design, a paragraph each.
        comparison: Of what each run said of each test image; None where that is not known.

    Returns:
        The text of an HTML file. All names in it are escaped; the figures are not, so they must be ours.
    """
    template = _environment().get_template("study.html.j2")
    rows = table_rows(result, comparison)
    return template.render(
        result=result,
        title=result.name,
        lead=_lead(result),
        halted=any(row.interrupted or not (row.seeds or row.failed) for row in rows),
        failed=sum(row.failed for row in rows),
        rows=rows,
        interval_notes=interval_notes(rows),
        grouped=are_grouped(rows),
        several_seeds=any(row.seeds > 1 or row.collapsed for row in rows),
        published=bool(result.published),
        observations=observations,
        sample=_own(sample_figure, "sample-"),
        architectures=[
            _architecture(index, outcome, result, networks.get(outcome.architecture), figures)
            for index, outcome in enumerate(outcomes(result), start=1)
        ],
        few=len(outcomes(result)) <= FEW,
        notes=notes,
        provenance=_provenance(result.provenance),
        sums=result.provenance.data_sums,
    )


def _environment() -> Environment:
    """Load templates that escape whatever is not marked as ours, and that fail on a name that is not there."""
    environment = Environment(
        loader=PackageLoader("cnnlab.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"seconds": _seconds, "four": _four, "count": _count, "span": _span, "epochs": _epochs}
    environment.filters["chances"] = _chances
    return environment


def _seconds(value: float | None) -> str:
    """Write a time, or a dash for none."""
    return "-" if value is None else format_seconds(value)


def _four(value: float | None) -> str:
    """Write a loss or an accuracy, or a dash for none."""
    return "-" if value is None else metric(value)


def _count(value: int | None) -> str:
    """Write a count, or a dash for none."""
    return "-" if value is None else f"{value:,}"


def _span(values: Interval | Range) -> str:
    """Write the two ends of an interval or a range."""
    return f"{_four(values.low)} to {_four(values.high)}"


def _chances(parts: Chances) -> str:
    """Write what each source of chance may do to an accuracy."""
    images = f"other images ±{parts.images * 100:.2f} points"
    return images if parts.seeds is None else f"other seeds ±{parts.seeds * 100:.2f}, {images}"


def _epochs(row: TableRow) -> str:
    """Write how many epochs were trained, and of how many where not all."""
    if not row.seeds:
        return "failed" if row.failed else "not trained"
    if row.early:
        low, high = row.early
        return f"{low} of {row.epochs}" if low == high else f"{low} to {high} of {row.epochs}"
    return f"{row.epochs_done} of {row.epochs}" if row.interrupted else str(row.epochs)


def _lead(result: StudyResult) -> str:
    """Say in a sentence what was studied."""
    origin, found = result.provenance, outcomes(result)
    counts = sorted({len(outcome.runs) for outcome in found if outcome.runs})
    noun = "run" if counts == [1] else "runs"
    runs = f"{listing([str(count) for count in counts], 'or')} {noun} each" if counts else "no run yet"
    images = image_counts(origin.train_images, origin.test_images)
    held_out = f" {validation_line(origin.validation_images)}." if origin.validation_images else ""
    return f"{data_title(origin.data_name)}, {images}.{held_out} {plural(len(found), 'architecture')}, {runs}."


def _architecture(
    index: int, outcome: Outcome, result: StudyResult, network: Network | None, figures: Mapping[str, str]
) -> ArchitectureView:
    """Gather what the page shows of one architecture."""
    anchor = f"architecture-{index}"
    images = result.provenance.train_images
    runs = tuple(_run(f"{anchor}-", run, figures) for run in outcome.runs)
    return ArchitectureView(
        anchor=anchor,
        name=outcome.architecture,
        recipe=recipe_text(outcome.runs[0].recipe, images) if outcome.runs else "",
        layers=_layers(outcome, network),
        summary=Markup(summary_html(summarize(network))) if network else None,  # noqa: S704 - it escapes what it shows
        runs=runs,
        drawn=sum(run.loss_figure is not None for run in runs),
    )


def _layers(outcome: Outcome, network: Network | None) -> str:
    """Count layers and parameters."""
    if network:
        layers = plural(len(network.nodes) - 1, "layer")
        return f"{layers}, {network.total_params:,} parameters, {network.trainable_params:,} of them trainable"
    if outcome.runs:
        run = outcome.runs[0]
        return f"{run.total_params:,} parameters, {run.trainable_params:,} of them trainable"
    return ""


def _run(anchor: str, run: RunResult, figures: Mapping[str, str]) -> RunView:
    """Gather what the page shows of one run."""
    key = f"{run.key.architecture}/seed-{run.key.seed}"
    prefix = f"{anchor}{run.key.seed}-"
    test = f", test loss {_four(run.test_loss)}, test accuracy {_four(run.test_accuracy)}"
    told = f"{_state(run)} in {format_seconds(run.seconds)}{test if run.test_accuracy is not None else ''}."
    return RunView(
        title=f"Seed {run.key.seed}",
        told=f"{told} {run.ended.rstrip('.')}." if run.ended else told,
        loss_figure=_own(figures.get(f"{key}/loss"), f"{prefix}loss-"),
        accuracy_figure=_own(figures.get(f"{key}/accuracy"), f"{prefix}accuracy-"),
        history=run.history,
    )


def _state(run: RunResult) -> str:
    """Say how far a run came."""
    done = plural(len(run.history), "epoch")
    match run.status:
        case "finished":
            return f"Ended early: {done} of {run.recipe.epochs}" if run.ended else done
        case "interrupted":
            return f"Interrupted: {done} of {run.recipe.epochs}"
        case "failed":
            return f"Failed: {done} of {run.recipe.epochs}"


def _own(svg: str | None, prefix: str) -> Markup | None:
    """Mark one of our figures as safe, with ids that no other one in the page has."""
    return None if svg is None else Markup(with_own_ids(svg, prefix))  # noqa: S704 - drawn and escaped by figures.py


def _provenance(origin: Provenance) -> list[tuple[str, str]]:
    """Say where the numbers come from, one line for each thing to know."""
    held_out = origin.validation_images
    promise = "Same seed, same bits, whatever the number of threads."
    no_promise = "No promise that the same seed gives the same bits on another machine or with other threads."
    return [
        ("cnnlab", origin.cnnlab_version + (f", commit {origin.commit}" if origin.commit else "")),
        ("Backend", f"{origin.backend}. {promise if origin.same_bits else no_promise}"),
        ("Python, NumPy", f"{origin.python}, {origin.numpy}"),
        ("Machine", f"{origin.cpu}, {plural(origin.threads, 'thread')}, {origin.platform}"),
        ("Data", f"{data_title(origin.data_name)} from {origin.data_source}"),
        ("Images", image_counts(origin.train_images, origin.test_images)),
        *([("Validation", validation_line(held_out).partition(": ")[2])] if held_out else []),
        ("Started", origin.started),
    ]
