"""A network with branches from a study file to its report, on images of MNIST."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab.store import RunFilter, open_store

STUDY = """
name = "branches"
seeds = 1
[data]
limit = 300
hold_out = 100
test = "held-out"
[recipe]
batch_size = 20
epochs = 3
optimizer = { name = "adam", learning_rate = 0.01 }
[[architecture]]
name = "residual"
input_shape = [28, 28, 1]
layers = [
  { layer = "Conv2D", name = "stem", filters = 4, kernel_size = 3, strides = 3, padding = "same", activation = "relu" },
  { layer = "Conv2D", filters = 4, kernel_size = 3, padding = "same", activation = "relu" },
  { layer = "Conv2D", filters = 4, kernel_size = 3, padding = "same" },
  { layer = "Add", inputs = ["stem", "conv2d_1"] },
  { layer = "Activation", activation = "relu", name = "block" },
  { layer = "MaxPooling2D", pool_size = 2 },
  { layer = "AveragePooling2D", inputs = ["block"], pool_size = 2, name = "beside" },
  { layer = "Concatenate", inputs = ["max_pooling2d", "beside"] },
  { layer = "Flatten" },
  { layer = "Dense", units = 10, activation = "softmax" },
]
"""


@pytest.mark.slow
def test_a_residual_network_is_trained_on_mnist_from_a_study_file_to_its_report(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    done = subprocess.run(
        [sys.executable, "-m", "cnnlab", "run", "study.toml", "--threads", "1"],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Connected to" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    (folder,) = (path for path in (tmp_path / "runs").iterdir() if path.is_dir() and path.name != ".owners")
    page = (folder / "report.html").read_text()
    assert "joins stem and conv2d_1" in page, "the drawing's description"
    assert page.count("stroke-dasharray") >= 3
    assert '"kind":"add"' in page.replace(" ", ""), "the pad can answer"
    results = json.loads((folder / "results.json").read_text())
    assert "residual" in json.dumps(results)
    with open_store(tmp_path / "runs") as store:
        (run,) = store.runs(RunFilter())
        assert store.run(run.id).network["class_name"] == "Functional"
        losses = [row.loss for row in store.epochs(run.id)]
    assert losses[-1] < 0.75 * losses[0], "it learns"
