"""`Study.run` in a notebook, with a stand-in for the notebook."""

import re
from pathlib import Path

import pytest

from cnnlab.arch import chain
from cnnlab.arch.layers import Dense, Flatten, Input
from cnnlab.lab import Study
from cnnlab.records import EpochDone, Event

NET = chain("net", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])


class Shown:
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.pictures: list[tuple[str, str]] = []

    def show(self, html: str, text: str) -> None:
        self.pictures.append((html, text))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Pretend that this is a notebook that can be drawn into at every event."""
    place = Shown()
    monkeypatch.setattr("cnnlab.lab.study.live_display", lambda: place)
    monkeypatch.setattr("cnnlab.keras.display.SECONDS_BETWEEN", 0.0)
    return place


def study() -> Study:
    return Study("two", data_set="made-up").add(NET, epochs=2).add(NET, name="other", epochs=3)


def bars(pictures: list[tuple[str, str]]) -> list[float]:
    """Return how far each picture says that the study is, in percent."""
    return [float(width) for html, _ in pictures for width in re.findall(r'class="done" width="([^"]*)"', html)]


def test_a_study_is_followed_from_its_first_epoch_to_its_last_run(tmp_path: Path, shown: Shown) -> None:
    heard: list[Event] = []
    outcome = study().run(seeds=2, workers=1, out=tmp_path, sink=heard.append)
    first, last = shown.pictures[0], shown.pictures[-1]
    assert "0 of 4 runs done" in first[0]
    assert last[1].startswith("two: 4 runs done; test accuracy: net 0.")
    assert "seed 1, epoch 2 of 3" in "".join(html for html, _ in shown.pictures)
    assert "seed 1, epoch" not in last[0]
    done = bars(shown.pictures)
    assert done == sorted(done)
    # Ten epochs in all, and each of them is a tenth.
    assert sorted(set(done)) == list(range(0, 101, 10))
    assert sum(isinstance(event, EpochDone) for event in heard) == sum(len(run.history) for run in outcome.runs) == 10
    # Four runs, and the two means over them.
    assert (last[0].count('class="faint"'), last[0].count('class="line"')) == (4, 2)


def test_a_study_that_goes_on_shows_what_was_there(tmp_path: Path, shown: Shown) -> None:
    study().run(seeds=1, out=tmp_path, live=False)
    assert not shown.pictures
    study().run(seeds=2, out=tmp_path)
    assert "2 of 4 runs done" in shown.pictures[0][0]
    assert '<path class="line"' in shown.pictures[0][0]
    shown.pictures.clear()
    study().run(seeds=2, out=tmp_path)
    assert not shown.pictures


def test_a_study_that_fails_keeps_its_figure(tmp_path: Path, shown: Shown) -> None:
    def fail(event: Event) -> None:
        if isinstance(event, EpochDone) and event.key.architecture == "other":
            raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        study().run(seeds=1, workers=1, out=tmp_path, sink=fail)
    assert "Stopped, 1 of 2 runs done; all of it is kept" in shown.pictures[-1][0]


def test_a_study_says_in_a_line_and_in_a_table_what_it_is() -> None:
    assert repr(study()) == "<Study 'two' on Made-up data: net and other, seeds 0, 1 and 2>"
    assert "run() trains 2 architectures with seeds 0, 1 and 2: 6 runs, 15 epochs in all." in study()._repr_html_()
