"""Which figures a study draws, and when it draws them again."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnnlab import data
from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.lab import Study
from cnnlab.lab.conduct import Means, conduct
from cnnlab.lab.outcome import StudyOutcome
from cnnlab.records import EpochDone, Event
from cnnlab.report import figures

NET = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])


def run(out: Path, seeds: int) -> StudyOutcome:
    return Study("two", data_set="made-up").add(NET).run(seeds=seeds, out=out, workers=1)


def test_curves_are_drawn_for_the_first_three_seeds_and_the_page_says_so(tmp_path: Path) -> None:
    outcome = run(tmp_path, 5)
    drawn = sorted(path.parent.name for path in outcome.folder.rglob("loss.svg"))
    assert drawn == ["seed-0", "seed-1", "seed-2"]
    page = outcome.page.read_text(encoding="utf-8")
    assert "Curves are drawn for the first 3 of 5 seeds; the numbers are of all." in page
    assert page.count("net, seed 2: loss") >= 1
    assert "net, seed 3: loss" not in page
    assert page.count("<h4>Seed ") == 5


def test_figures_that_are_there_are_not_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(tmp_path, 1).page.read_text(encoding="utf-8")
    drawn: list[str] = []
    original = figures.loss_figure
    monkeypatch.setattr(figures, "sample_figure", lambda *_: pytest.fail("the sample is there"))
    monkeypatch.setattr(figures, "loss_figure", lambda history, title: drawn.append(title) or original(history, title))
    assert run(tmp_path, 1).page.read_text(encoding="utf-8") == first
    outcome = run(tmp_path, 2)
    assert drawn == ["net, seed 1"]
    # One that is damaged is drawn again.
    (outcome.folder / "net/seed-0/loss.svg").write_text("<script>")
    run(tmp_path, 2)
    assert drawn == ["net, seed 1", "net, seed 0"]
    assert (outcome.folder / "net/seed-0/loss.svg").read_text().startswith("<svg")


def test_a_run_that_goes_on_is_drawn_anew(tmp_path: Path) -> None:
    epochs: list[Event] = []

    def note(event: Event) -> None:
        if isinstance(event, EpochDone):
            epochs.append(event)

    study = Study("two", data_set="made-up").add(NET, epochs=3)
    plan = replace(study.plan, seeds=(0,))
    split, means = data.load("made-up"), Means(threads=1)
    begun = conduct(plan, split, means, out=tmp_path, sink=note, stop=lambda: bool(epochs))
    assert begun.interrupted
    before = (begun.folder / "net/seed-0/loss.svg").read_text()
    assert "after epoch 3" not in before
    ended = conduct(plan, split, means, out=tmp_path)
    assert ended.folder == begun.folder
    assert "after epoch 3" in (begun.folder / "net/seed-0/loss.svg").read_text()
