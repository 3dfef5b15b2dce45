"""In a real kernel: what a saved notebook keeps of a training and of a study."""

import re
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = (
    """
    import signal
    import numpy as np
    from cnnlab import Sequential, Study
    from cnnlab.keras.callbacks import LambdaCallback
    from cnnlab.keras.layers import Conv2D, Dense, Flatten
    random = np.random.default_rng(0)
    images, labels = random.random((640, 8, 8, 1), "float32"), np.eye(3)[random.integers(0, 3, 640)]
    layers = [Conv2D(4, 3, activation="relu", input_shape=(8, 8, 1)), Flatten(), Dense(3, activation="softmax")]
    model = Sequential(layers, name="mine")
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    model
    """,
    "history = model.fit(images, labels, epochs=2, verbose=1, validation_data=(images, labels))",
    """
    for _ in range(2):
        model.fit(images, labels, epochs=2)
    """,
    "model.fit(images, labels, epochs=1, verbose=2); model.fit(images, labels, epochs=1, verbose=0)",
    "model.fit(images, labels, epochs=2)",
    "history",
    """
    stop = LambdaCallback(on_epoch_end=lambda epoch, logs: signal.raise_signal(signal.SIGINT) if epoch == 0 else None)
    model.fit(images, labels, epochs=3, callbacks=[stop])
    """,
    """
    layers = [Conv2D(2, 3, input_shape=(12, 12, 1)), Flatten(), Dense(4, activation="softmax")]
    study = Study("one", data_set="made-up").add(Sequential(layers, name="<b>"), epochs=2)
    study
    """,
    "outcome = study.run(seeds=2, out='runs')",
    "outcome",
    "study.run(seeds=2, out='runs', live=False); study.run(seeds=3, out='runs', live=False)",
)


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[nbformat.NotebookNode]:
    """Run the notebook once."""
    written = [nbformat.v4.new_code_cell(dedent(cell).strip()) for cell in CELLS]
    written[6].metadata.tags = ["raises-exception"]
    notebook = nbformat.v4.new_notebook(cells=written)
    folder = tmp_path_factory.mktemp("notebook")
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    saved = Path(folder / "saved.ipynb")
    nbformat.write(notebook, saved)
    return list(nbformat.read(saved, as_version=4).cells)


def shown(cell: nbformat.NotebookNode, kind: str = "display_data") -> list[str]:
    """Return the HTML of the outputs of one kind."""
    return [one.data.get("text/html", "") for one in cell.outputs if one.output_type == kind]


@pytest.mark.slow
def test_each_training_leaves_one_still_that_shows_its_end(cells: list[nbformat.NotebookNode]) -> None:
    (still,) = shown(cells[1])
    assert "2 epochs in " in still
    assert still.count("<svg") == 2
    assert "<dt>val_accuracy</dt>" in still
    assert "Epoch 1 of" not in still
    assert len(shown(cells[2])) == 2
    assert all(len(cell.outputs) == count for cell, count in zip(cells[1:3], (1, 2), strict=True))


@pytest.mark.slow
def test_lines_and_silence_stay_what_they_are(cells: list[nbformat.NotebookNode]) -> None:
    assert not shown(cells[3])
    (printed,) = (one.text for one in cells[3].outputs if one.output_type == "stream")
    assert len(printed.splitlines()) == 1


@pytest.mark.slow
def test_a_history_that_ends_the_cell_of_its_training_is_not_drawn_twice(cells: list[nbformat.NotebookNode]) -> None:
    assert len(shown(cells[4])) == 1
    assert shown(cells[4], "execute_result") == [""]
    assert "<svg" in shown(cells[5], "execute_result")[0]


@pytest.mark.slow
def test_an_interrupted_training_keeps_its_figure(cells: list[nbformat.NotebookNode]) -> None:
    (still,) = shown(cells[6])
    assert re.search(r"Stopped after 1 of 3 epochs in [\d.]+s; what was trained is kept", still)
    assert [one.ename for one in cells[6].outputs if one.output_type == "error"] == ["KeyboardInterrupt"]


@pytest.mark.slow
def test_a_model_a_study_and_its_outcome_show_themselves(cells: list[nbformat.NotebookNode]) -> None:
    assert "conv2d (Conv2D)" in shown(cells[0], "execute_result")[0]
    assert (
        "run() trains 1 architecture with seeds 0, 1 and 2: 3 runs, 6 epochs in all."
        in shown(cells[7], "execute_result")[0]
    )
    (still,) = shown(cells[8])
    assert "2 runs done" in still
    assert "&lt;b&gt;" in still
    assert "<b>" not in still
    (outcome,) = (one for one in cells[9].outputs if one.output_type == "execute_result")
    assert "95 % interval" in outcome.data["text/html"]
    assert "Observations" in outcome.data["text/plain"] or "1. " in outcome.data["text/plain"]
    assert not shown(cells[10])
