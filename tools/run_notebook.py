"""Run examples/cnn_on_mnist.ipynb from its first cell to its last and keep what it shows.

Usage: python tools/run_notebook.py

It trains on all images, for all epochs: about a quarter of an hour on two cores.
"""

import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "examples" / "cnn_on_mnist.ipynb"
# Where IPython keeps a cell's source while it runs: another place on each machine.
CELL_FILE = re.compile(r"\S*ipykernel_\d+\S*\.py:(\d+)")


def as_seen(text: str) -> str:
    r"""Return a cell's output as it looks when it has ended: a line that is redrawn counts in its last form.

    Example:
        >>> as_seen("1/2 loss 3\r1/2 loss 2\n")
        '1/2 loss 2\n'
    """
    lines = [line.rstrip("\r").rpartition("\r")[2].rstrip() for line in text.split("\n")]
    return CELL_FILE.sub(r"line \1 of this cell", "\n".join(lines))


def joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Put what was printed piece by piece together, and keep what is seen of it in the end."""
    kept: list[nbformat.NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream" and kept and kept[-1].get("name") == output.name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    for output in kept:
        if output.output_type == "stream":
            output.text = as_seen(output.text)
    return kept


def main() -> None:
    """Run the notebook and write it back."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=None, record_timing=False).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
    notebook.metadata.pop("language_info", None)
    nbformat.write(notebook, NOTEBOOK)
    print(f"wrote {NOTEBOOK.name}")


if __name__ == "__main__":
    main()
