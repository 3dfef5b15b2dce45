from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnlab.keras.datasets import mnist
from cnnlab.records import Examples, Split


def read_only(shape: tuple[int, ...]) -> np.ndarray:
    array = np.zeros(shape, np.uint8)
    array.setflags(write=False)
    return array


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Stand in for the data; note what was asked for."""
    calls: list[tuple[str, Any]] = []
    split = Split("mnist", *(Examples(read_only((n, 28, 28)), read_only((n,))) for n in (6, 2)), (), "nowhere", {})

    def load(name: str, *, path: str | Path | None = None) -> Split:
        calls.append((name, path))
        return split

    monkeypatch.setattr(mnist, "load", load)
    return calls


def test_mnist_comes_in_keras_form_and_can_be_written_into(asked: list[tuple[str, Any]]) -> None:
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    assert [part.shape for part in (x_train, y_train, x_test, y_test)] == [(6, 28, 28), (6,), (2, 28, 28), (2,)]
    for part in (x_train, y_train, x_test, y_test):
        part[0] = 7
    assert mnist.load_data()[0][0].max() == 0
    assert asked == [("mnist", None)] * 2


def test_a_path_is_handed_on_and_keras_default_is_none(asked: list[tuple[str, Any]], tmp_path: Path) -> None:
    mnist.load_data(tmp_path / "mnist.npz")
    mnist.load_data(path="mnist.npz")
    assert asked == [("mnist", tmp_path / "mnist.npz"), ("mnist", None)]
