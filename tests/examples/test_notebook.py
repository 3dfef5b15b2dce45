"""The notebook runs from its first cell to its last, on a few images and for one epoch."""

import re
import runpy
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "examples" / "cnn_on_mnist.ipynb"
# Enough for every class to be among the images.
SUBSET = """\
{x}_train, y_train, {x}_test, y_test = {x}_train[:600], y_train[:600], {x}_test[:300], y_test[:300]
"""


def shortened(source: str) -> str:
    """Train for one epoch on some of the images."""
    source = re.sub(r"(?m)^epochs = \d+$", "epochs = 1", source)
    for letter in ("X", "x"):
        source = re.sub(rf"(?m)^(\({letter}_train.*load_data\(\))$", rf"\1\n{SUBSET.format(x=letter).strip()}", source)
    return source


def printed(cell: nbformat.NotebookNode) -> str:
    streams = [output.text for output in cell.get("outputs", ()) if output.output_type == "stream"]
    return "".join(streams)


@pytest.mark.slow
def test_every_cell_runs_and_the_table_is_made_of_its_numbers(tmp_path: Path) -> None:
    cells = [cell for cell in executed(tmp_path).cells if cell.cell_type == "code"]
    assert all(cell.execution_count == number for number, cell in enumerate(cells, start=1))
    text = "".join(map(printed, cells))
    _check_table(printed(cells[-1]), re.findall(r"Test accuracy: ([\d.]+)", text))
    for total in ("69,135", "10,075", "2,615"):
        assert f"Total params: {total}" in text
    assert "behind model1's softmax: ['Dropout', 'BatchNormalization', 'Dropout']" in text
    assert "architecture 2 as intended: 10095 parameters" in text
    assert_one_still_for_each_training(cells)
    # The sample, and a loss curve for each training.
    assert sum("image/png" in output.get("data", {}) for cell in cells for output in cell.outputs) == 4


def stills(cell: nbformat.NotebookNode) -> list[str]:
    """Return what is left of the figures that follow a training."""
    shown = [output.data.get("text/html", "") for output in cell.outputs if output.output_type == "display_data"]
    return [html for html in shown if html.startswith('<div class="cnnlab">')]


def assert_one_still_for_each_training(cells: list[nbformat.NotebookNode]) -> None:
    assert [len(stills(cell)) for cell in cells] == [cell.source.count(".fit(x_train") for cell in cells]
    assert sum(len(stills(cell)) for cell in cells) == 3
    for still in (still for cell in cells for still in stills(cell)):
        assert re.search(r"\d+ epochs? in ", still)
        assert "<dt>val_accuracy</dt>" in still
        assert still.count('<svg class="chart"') == 2


def executed(folder: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = shortened(cell.source)
    return NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}}).execute()


def _check_table(table: str, accuracies: list[str]) -> None:
    assert len(accuracies) == 3
    for number, accuracy in enumerate(accuracies, start=1):
        row = next(line for line in table.splitlines() if f"Architecture {number}" in line)
        assert f"{float(accuracy) * 100:.2f} %" in row
        assert "|   1    |" in row


def test_the_repairs_and_the_slips_are_named_where_they_happen() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    text = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    for word, count in (("**Repair", 5), ("**Slip", 4)):
        assert sum(cell.count(word) for cell in text) == count


def test_only_import_lines_name_cnnlab_or_keras() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    lines = [line for cell in notebook.cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    assert not [line for line in lines if re.search(r"\btf\b|tensorflow|seaborn", line)]
    assert all("import" in line for line in lines if "cnnlab" in line)


def test_kept_outputs_show_redrawn_lines_once_and_no_machines_path() -> None:
    tool = runpy.run_path(str(NOTEBOOK.parents[1] / "tools" / "run_notebook.py"))
    as_seen = tool["as_seen"]
    assert as_seen("\r1/2 loss 3   \r1/2 loss 2   \nnext\n") == "1/2 loss 2\nnext\n"
    assert (
        as_seen("/somewhere/ipykernel_12/345.py:18: CnnlabWarning: old") == "line 18 of this cell: CnnlabWarning: old"
    )
    pieces = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("\r1/2  ", "\r2/2  \n", "end\n")]
    assert [output.text for output in tool["joined"](pieces)] == ["2/2\nend\n"]


def test_what_the_notebook_shows_was_made_by_the_cells_that_it_has() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    text = "".join(map(printed, cells))
    assert "\r" not in text
    assert not re.search(r"(?m)^.* left$", text), "run: python tools/run_notebook.py"
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert_one_still_for_each_training(cells)
    assert NOTEBOOK.stat().st_size < 250_000
    accuracies = [float(accuracy) for accuracy in re.findall(r"Test accuracy: ([\d.]+)", text)]
    assert accuracies[0] >= 0.985
    assert accuracies[1] >= 0.97
    assert 0.2 <= accuracies[2] <= 0.5
    for number, accuracy in enumerate(accuracies, start=1):
        assert re.search(rf"Architecture {number} .* {accuracy * 100:.2f} % ", printed(cells[-1]))
