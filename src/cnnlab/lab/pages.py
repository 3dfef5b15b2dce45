"""The figures and the page of a study, written into its folder."""

from pathlib import Path

from cnnlab.lab.outcome import StudyOutcome
from cnnlab.records import RunKey, RunResult, Split
from cnnlab.store import RunFolder

SAMPLE = 1
"""Which training image is shown: the notebook's."""

DRAWN = 3
"""Of so many seeds of each architecture the curves are drawn; more of them say little more and cost much."""

_CURVES = ("loss", "accuracy")


def write_pages(folder: RunFolder, outcome: StudyOutcome, split: Split, notes: tuple[str, ...]) -> None:
    """Draw the runs and write ``report.html``; figures that are there of finished runs stay.

    Args:
        folder: The study's.
        outcome: What has been trained.
        split: What it was trained on, for the sample.
        notes: Where the study comes from.
    """
    # Start-up time: jinja2 is needed at the very end only.
    from cnnlab.report.page import study_page  # noqa: PLC0415

    sample = _sample(folder, split)
    figures: dict[str, str] = {}
    for run in _drawn(outcome.runs):
        figures |= _run_figures(folder, run)
    html = study_page(
        outcome.result, outcome.networks, outcome.observations, figures, sample, notes, outcome.comparison
    )
    folder.write_page(html)


def forget_figures(folder: RunFolder, key: RunKey) -> None:
    """Remove the figures of a run that has gone on since they were drawn."""
    for name in _CURVES:
        (folder.of_run(key) / f"{name}.svg").unlink(missing_ok=True)


def _drawn(runs: tuple[RunResult, ...]) -> list[RunResult]:
    """Keep the first seeds of each architecture."""
    kept: dict[str, list[RunResult]] = {}
    for run in runs:
        of_its_kind = kept.setdefault(run.key.architecture, [])
        if len(of_its_kind) < DRAWN:
            of_its_kind.append(run)
    return [run for some in kept.values() for run in some]


def _sample(folder: RunFolder, split: Split) -> str:
    """Draw one training image; the data of a study are always the same ones."""
    there = _read(folder.path / "sample.svg")
    if there is not None:
        return there
    # Start-up time: matplotlib costs most of a second, and a study that was there before needs none of it.
    from cnnlab.report.figures import sample_figure  # noqa: PLC0415

    index = min(SAMPLE, len(split.train) - 1)
    label = split.class_names[int(split.train.labels[index])]
    sample = sample_figure(split.train.images[index], label)
    folder.write_figure("sample", sample)
    return sample


def _run_figures(folder: RunFolder, run: RunResult) -> dict[str, str]:
    """Draw the loss and the accuracy of one run, unless it is finished and they are there."""
    place = f"{run.key.architecture}/seed-{run.key.seed}"
    if run.status == "finished":
        there = {name: _read(folder.of_run(run.key) / f"{name}.svg") for name in _CURVES}
        if None not in there.values():
            return {f"{place}/{name}": svg for name, svg in there.items() if svg is not None}
    from cnnlab.report.figures import accuracy_figure, loss_figure  # noqa: PLC0415 - start-up time

    title = f"{run.key.architecture}, seed {run.key.seed}"
    figures = (loss_figure(run.history, title), accuracy_figure(run.history, title))
    drawn = dict(zip(_CURVES, figures, strict=True))
    for name, svg in drawn.items():
        folder.write_figure(name, svg, run.key)
    return {f"{place}/{name}": svg for name, svg in drawn.items()}


def _read(path: Path) -> str | None:
    """Read a figure that was drawn before; None where there is none, or none that can be read."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if text.startswith("<svg") and text.endswith("</svg>") else None
