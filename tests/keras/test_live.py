"""`fit` in a notebook, with a stand-in for the notebook."""

import io
import re
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from cnnlab.errors import CnnlabWarning
from cnnlab.keras import Sequential
from cnnlab.keras.callbacks import EarlyStopping, LambdaCallback
from cnnlab.keras.display import Refreshed, live_display, this_cell

Data = tuple[np.ndarray, np.ndarray]
PLAIN = """
import sys
import numpy as np
from cnnlab.keras import Sequential
from cnnlab.keras.layers import Dense, Flatten
model = Sequential([Flatten(input_shape=(4, 4, 1)), Dense(2, activation="softmax")], name="plain")
model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
images = np.random.default_rng(0).random((8, 4, 4, 1), "float32")
model.fit(images, np.eye(2)[[0, 1] * 4], epochs=2, verbose={verbose})
print(sorted({{"IPython", "ipykernel", "marimo", "jinja2", "markupsafe"}} & set(sys.modules)))
"""


class Shown:
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.pictures: list[tuple[str, str]] = []

    def show(self, html: str, text: str) -> None:
        self.pictures.append((html, text))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Pretend that this is a notebook."""
    place = Shown()
    monkeypatch.setattr("cnnlab.keras.fitting.live_display", lambda: place)
    return place


def test_a_figure_follows_the_training_in_place_of_the_lines(
    model: Sequential, data: Data, shown: Shown, capsys: pytest.CaptureFixture[str]
) -> None:
    history = model.fit(*data, epochs=3, verbose=1, validation_data=data)
    assert capsys.readouterr() == ("", "")
    first, last = shown.pictures[0], shown.pictures[-1]
    assert "Epoch 1 of 3" in first[0]
    assert "3 epochs in " in last[0]
    for name, numbers in history.history.items():
        assert f"{name} {numbers[-1]:.4f}" in last[1]
        assert f"<dt>{name}</dt><dd>{numbers[-1]:.4f}</dd>" in last[0]


@pytest.mark.parametrize("verbose", [0, 2])
def test_silence_and_plain_lines_stay_what_they_are_in_a_notebook(
    verbose: int, model: Sequential, data: Data, shown: Shown, capsys: pytest.CaptureFixture[str]
) -> None:
    model.fit(*data, epochs=2, verbose=verbose)
    assert not shown.pictures
    assert len(capsys.readouterr().out.splitlines()) == verbose


def test_an_interrupt_keeps_what_is_drawn_and_says_so(model: Sequential, data: Data, shown: Shown) -> None:
    def interrupt(epoch: int, logs: object) -> None:
        if epoch == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model.fit(*data, epochs=4, verbose=1, callbacks=[LambdaCallback(on_epoch_begin=interrupt)])
    assert re.search(r"Stopped after 1 of 4 epochs in [\d.]+s; what was trained is kept", shown.pictures[-1][0])
    assert '<path class="line"' in shown.pictures[-1][0]


def test_an_early_end_says_why(model: Sequential, data: Data, shown: Shown) -> None:
    model.fit(*data, epochs=9, verbose=1, callbacks=[EarlyStopping("loss", min_delta=100, patience=1)])
    assert "Ended after 2 of 9 epochs" in shown.pictures[-1][0]
    assert "EarlyStopping: loss has not improved" in shown.pictures[-1][0]


def test_a_loss_alone_has_no_accuracy_drawn(model: Sequential, data: Data, shown: Shown) -> None:
    model.compile(loss="categorical_crossentropy")
    model.fit(*data, verbose=1)
    assert ">Loss</figcaption>" in shown.pictures[-1][0]
    assert "ccuracy" not in shown.pictures[-1][0]


def test_the_metric_keeps_the_name_that_it_was_compiled_with(model: Sequential, data: Data, shown: Shown) -> None:
    with pytest.warns(CnnlabWarning, match="acc and val_acc"):
        model.compile(loss="categorical_crossentropy", metrics=["acc"])
    model.fit(*data, verbose=1, validation_data=data)
    assert "<dt>val_acc</dt>" in shown.pictures[-1][0]


def test_it_is_drawn_twice_a_second_at_most_and_at_once_when_it_must(monkeypatch: pytest.MonkeyPatch) -> None:
    now, made, place = [0.0], [], Shown()
    monkeypatch.setattr("cnnlab.keras.display.monotonic", lambda: now[0])

    def picture() -> tuple[str, str]:
        made.append(now[0])
        return "html", "text"

    figure = Refreshed(place, picture)
    for step in range(1000):
        now[0] = step / 100
        figure.draw()
    assert len(place.pictures) == len(made) == 20
    figure.draw(now=True)
    assert len(place.pictures) == 21


def test_a_history_is_drawn_once_in_the_cell_that_trained_and_again_in_another(
    model: Sequential, data: Data, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = SimpleNamespace(execution_count=7)
    monkeypatch.setitem(sys.modules, "IPython", _module("IPython", get_ipython=lambda: shell))
    history = model.fit(*data, verbose=1)
    assert history._repr_html_() is None
    assert repr(history).startswith(f"<History of {model.name}, 1 epoch: loss ")
    shell.execution_count = 8
    assert "<svg" in str(history._repr_html_())
    model.compile(loss="categorical_crossentropy")
    assert "<svg" in str(model.fit(*data, verbose=2)._repr_html_())


def _module(name: str, **attributes: object) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(attributes)
    return module


def test_a_kernel_shows_one_output_and_updates_it(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, str]] = []

    class Handle:
        def update(self, bundle: dict[str, str], *, raw: bool) -> None:
            calls.append(("update", bundle["text/html"]))

    def display(bundle: dict[str, str], *, raw: bool, display_id: bool) -> Handle:
        assert raw
        assert display_id
        calls.append(("display", bundle["text/plain"]))
        return Handle()

    monkeypatch.setitem(sys.modules, "IPython.display", _module("IPython.display", display=display))
    monkeypatch.setattr("sys.stdout", type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})())
    place = live_display()
    assert place is not None
    for text in ("one", "two", "three"):
        place.show(f"<b>{text}</b>", text)
    assert calls == [("display", "one"), ("update", "<b>two</b>"), ("update", "<b>three</b>")]


def test_marimo_replaces_its_output_where_a_cell_of_its_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    here = [True]
    marimo = _module(
        "marimo",
        running_in_notebook=lambda: here[0],
        Html=lambda html: f"Html({html})",
        output=SimpleNamespace(replace=kept.append),
    )
    monkeypatch.setitem(sys.modules, "marimo", marimo)
    place = live_display()
    assert place is not None
    place.show("<b>1</b>", "1")
    assert kept == ["Html(<b>1</b>)"]
    here[0] = False
    assert live_display() is None


def test_ipython_in_a_terminal_is_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "IPython", _module("IPython", get_ipython=SimpleNamespace))
    assert live_display() is None
    assert this_cell() is None


@pytest.mark.parametrize(("verbose", "lines"), [("0", 0), ("2", 2), ("'auto'", 2)])
def test_plain_python_imports_nothing_of_a_notebook_and_prints_what_it_did(verbose: str, lines: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN.format(verbose=verbose)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    *printed, imported = done.stdout.splitlines()
    assert imported == "[]"
    assert len(printed) == lines
    assert "<" not in "".join(printed)
    assert done.stderr == ""
