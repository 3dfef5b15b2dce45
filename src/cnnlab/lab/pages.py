"""The figures and the page of a study, written into its folder."""

from cnnlab.lab.outcome import StudyOutcome
from cnnlab.records import RunResult, Split
from cnnlab.store import RunFolder

SAMPLE = 1
"""Which training image is shown: the notebook's."""

_NOTEBOOK_NOTES = (
    (
        "The cell that builds architecture 2 adds its dropout and batch normalization to model1, behind that network's "
        "softmax. Architecture 2 as trained has none; architecture-2-as-intended in the zoo has them."
    ),
    (
        "The notebook validates on the test set, and so does this study: whoever chooses between the networks by these "
        "numbers chooses on the test set."
    ),
    "The networks get different numbers of epochs and different batch sizes, and the notebook trains each just once.",
    "The notebook's 17 to 100 seconds an epoch come from run_functions_eagerly(True), not from the networks.",
)


def write_pages(folder: RunFolder, outcome: StudyOutcome, split: Split) -> None:
    """Draw every run and write ``report.html``.

    Args:
        folder: The study's.
        outcome: What has been trained.
        split: What it was trained on, for the sample.
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
    html = study_page(outcome.result, outcome.networks, outcome.observations, figures, sample, notes=_notes(outcome))
    folder.write_page(html)


def _run_figures(folder: RunFolder, run: RunResult) -> dict[str, str]:
    """Draw the loss and the accuracy of one run."""
    from cnnlab.report.figures import accuracy_figure, loss_figure  # noqa: PLC0415 - start-up time

    title = f"{run.key.architecture}, seed {run.key.seed}"
    drawn = {"loss": loss_figure(run.history, title), "accuracy": accuracy_figure(run.history, title)}
    for name, svg in drawn.items():
        folder.write_figure(name, svg, run.key)
    return {f"{run.key.architecture}/seed-{run.key.seed}/{name}": svg for name, svg in drawn.items()}


def _notes(outcome: StudyOutcome) -> tuple[str, ...]:
    """Say what readers of the notebook's study should know; other studies have no such notes."""
    return _NOTEBOOK_NOTES if outcome.result.name == "notebook" else ()
