import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from cnnlab.keras import Sequential
from cnnlab.keras.layers import Dense, Flatten

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "keras-face.md").read_text("utf-8")


def test_the_page_lists_what_the_code_has() -> None:
    written = runpy.run_path(str(ROOT / "tools" / "write_keras_face_page.py"))["page"]()
    assert written == PAGE, "run: python tools/write_keras_face_page.py"


@pytest.mark.parametrize(
    ("part", "name", "answer"),
    [("keras.layers", "Conv2D", "Here"), ("keras.layers", "LSTM", "Not here"), ("keras.Sequential", "fit", "Here")],
)
def test_the_page_knows_some_names(part: str, name: str, answer: str) -> None:
    section = PAGE.split(f"### `{part}`\n")[1].split("###")[0]
    paragraph = re.search(rf"^{answer}: (.*)$", section, re.MULTILINE)
    assert paragraph is not None
    assert f"`{name}`" in paragraph[1]


def test_the_pages_example_runs() -> None:
    code = PAGE.split("```python\n")[1].split("```")[0]
    # A few images are enough to see that it runs.
    code = code.replace("\nmodel = ", "\nx_train, y_train = x_train[:200], y_train[:200]\nmodel = ", 1)
    names: dict[str, object] = {}
    exec(compile(code, "docs/keras-face.md", "exec"), names)
    assert list(names["history"].history) == ["accuracy", "loss", "val_accuracy", "val_loss"]


def test_the_pages_example_of_metrics_compiles() -> None:
    code = PAGE.split("## Metrics")[1].split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {"model": Sequential([Flatten(input_shape=(4, 4, 1)), Dense(10, activation="softmax")])}
    exec(compile(code, "docs/keras-face.md", "exec"), names)
    told = ["accuracy", "top_k_categorical_accuracy", "precision", "recall_of_sevens"]
    assert names["model"].metrics_names == ["loss", *told]
    assert names["patience"].monitor == f"val_{told[-1]}"
