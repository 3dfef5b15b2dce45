"""The figures and the page of a study, written into its folder."""

from cnnlab.lab.outcome import StudyOutcome
from cnnlab.records import RunResult, Split
from cnnlab.store import RunFolder

SAMPLE = 1
"""Which training image is shown: the notebook's."""


def write_pages(folder: RunFolder, outcome: StudyOutcome, split: Split, notes: tuple[str, ...]) -> None:
    """Draw every run and write ``report.html``.

    Args:
        folder: The study's.
        outcome: What has been trained.
        split: What it was trained on, for the sample.
        notes: Where the study comes from.
    """
    # Start-up time: matplotlib and jinja2 cost most of a second and are needed at the very end only.
    from cnnlab.report.figures import sample_figure  # noqa: PLC0415
    from cnnlab.report.page import study_page  # noqa: PLC0415

    index = min(SAMPLE, len(split.train) - 1)
    label = split.class_names[int(split.train.labels[index])]
    sample = sample_figure(split.train.images[index], label)
    folder.write_figure("sample", sample)
    figures: dict[str, str] = {}
    for run in outcome.runs:
        figures |= _run_figures(folder, run)
    html = study_page(outcome.result, outcome.networks, outcome.observations, figures, sample, notes=notes)
    folder.write_page(html)


def _run_figures(folder: RunFolder, run: RunResult) -> dict[str, str]:
    """Draw the loss and the accuracy of one run."""
    from cnnlab.report.figures import accuracy_figure, loss_figure  # noqa: PLC0415 - start-up time

    title = f"{run.key.architecture}, seed {run.key.seed}"
    drawn = {"loss": loss_figure(run.history, title), "accuracy": accuracy_figure(run.history, title)}
    for name, svg in drawn.items():
        folder.write_figure(name, svg, run.key)
    return {f"{run.key.architecture}/seed-{run.key.seed}/{name}": svg for name, svg in drawn.items()}
