"""``cnnlab export``: what is written, how it is checked, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer import Typer
from typer.testing import CliRunner

pytest.importorskip("onnxruntime")

import onnxruntime

from cnnlab import data
from cnnlab.cli.export import export
from cnnlab.errors import CnnlabError, UsageError
from cnnlab.formats.onnx import windows
from cnnlab.keras import Sequential, layers
from cnnlab.keras.models import load_model

app = Typer()
app.command()(export)


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": "80"})


def refused(*words: object) -> str:
    result = run(*words)
    assert isinstance(result.exception, CnnlabError), result.output
    assert result.stdout == ""
    return str(result.exception)


def test_a_run_becomes_an_onnx_file_that_was_run_on_its_test_images(trained_runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "deep.onnx"
    result = run("deep", "--to", target, "--out", trained_runs)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{target}\n"
    assert "of deep, seed 0" in result.stderr
    assert "Checked on 80 test images of Made-up data by ONNX Runtime" in result.stderr
    assert "'input' takes floats of shape (N, 12, 12, 1), pixels divided by 255." in result.stderr
    assert max(map(len, result.stderr.splitlines())) <= 80
    loaded = onnxruntime.InferenceSession(target.read_bytes(), providers=["CPUExecutionProvider"])
    names = json.loads(loaded.get_modelmeta().custom_metadata_map["class_names"])
    assert names == list(data.load("made-up").class_names)


def test_a_keras_file_carries_the_runs_weights_recipe_and_class_names(trained_runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "plain.keras"
    assert run("plain", "--seed", 1, "--to", target, "--out", trained_runs).exit_code == 0
    model = load_model(target)
    (weights,) = trained_runs.glob("small-*/plain/seed-1/weights.npz")
    with np.load(weights) as stored:
        for one, name in zip(model.get_weights(), stored.files, strict=True):
            np.testing.assert_array_equal(one, stored[name])
    assert model.class_names == data.load("made-up").class_names
    assert model.metrics_names == ["loss", "accuracy"]


def test_json_says_what_was_written_and_how_it_was_checked(trained_runs: Path, tmp_path: Path) -> None:
    target = tmp_path / "plain.onnx"
    words = ("plain", "--to", target, "--out", trained_runs, "--raw-pixels", "--json")
    found = json.loads(run(*words).stdout)
    assert found["file"] == str(target)
    assert (found["format"], found["opset"], found["bytes"]) == ("onnx", 17, target.stat().st_size)
    assert found["takes"] == "bytes of shape (N, 12, 12, 1), pixels from 0 to 255"
    assert 0 <= found["checked"]["worst_difference"] < 1e-5
    assert found["checked"]["images"] == "80 test images of Made-up data"


@pytest.mark.parametrize("ending", ["npz", "weights.h5"])
def test_weights_alone_come_out_and_go_on_with_their_network(ending: str, trained_runs: Path, tmp_path: Path) -> None:
    weights, described = tmp_path / f"plain.{ending}", tmp_path / "plain.json"
    assert run("plain", "--to", weights, "--out", trained_runs).exit_code == 0
    run("plain", "--to", tmp_path / "plain.keras", "--out", trained_runs)
    described.write_text(load_model(tmp_path / "plain.keras").to_json(), "utf-8")
    result = run(weights, "--network", described, "--to", tmp_path / "again.onnx", "--offline")
    assert result.exit_code == 0, result.output
    assert "Checked on 100 images of random pixels" in result.stderr
    assert "Add --network NAME" in refused(weights, "--to", tmp_path / "none.onnx")


def test_a_run_is_found_by_its_folder_and_of_several_seeds_the_lowest_is_taken(
    trained_runs: Path, tmp_path: Path
) -> None:
    (folder,) = trained_runs.glob("small-*/plain/seed-1")
    for place, seed in ((folder, 1), (folder / "weights.npz", 1), (folder.parent, 0), (folder.parents[1], 0)):
        result = run(place, "--to", tmp_path / "net.npz", "--out", trained_runs, "--overwrite")
        assert f"plain, seed {seed}:" in result.stderr, result.output
        assert ("2 finished runs; seed 0 is taken" in result.stderr) == (seed == 0)
    message = refused("plain", "--seed", 5, "--to", tmp_path / "x.npz", "--out", trained_runs)
    assert message == "export plain: expected a finished run with seed 5, got seeds 0 and 1."


def test_nothing_is_written_where_onnx_runtime_says_something_else(
    trained_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "pads", lambda window, shape: (3, 2, 1, 1))
    message = refused("deep", "--to", tmp_path / "deep.onnx", "--out", trained_runs)
    assert message.startswith("expected a file that predicts as run ")
    assert "Nothing was written." in message
    assert list(tmp_path.iterdir()) == []


def test_a_keras_file_with_an_unknown_optimizer_is_exported_all_the_same(tmp_path: Path) -> None:
    import zipfile

    source, changed = tmp_path / "net.keras", tmp_path / "changed.keras"
    model = Sequential([layers.Flatten(input_shape=(6, 5, 1)), layers.Dense(3, activation="softmax")])
    model.compile("adam", "categorical_crossentropy")
    model.save(source)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b'"Adam"', b'"Lion"') if name == "config.json" else content)
    result = run(changed, "--to", tmp_path / "net.onnx")
    assert result.exit_code == 0, result.output
    assert "images of random pixels" in result.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("plain", "--to", "net.pb"), "--to: expected one of onnx, keras, npz, weights.h5, or a file that ends so"),
        (("plain", "--to", "no/net.onnx"), "--to: expected a folder that is there, got no."),
        (("net.onnx", "--to", "npz"), "export: expected a model that cnnlab reads, got net.onnx."),
        (("plane", "--to", "npz"), "export: expected a study, an architecture .* got 'plane'. Did you mean 'plain'?"),
        (("none.keras", "--to", "npz"), "none.keras: expected a file that can be read, got no such file."),
        (("plain", "--to", "npz", "--raw-pixels"), "export: expected --to onnx beside --raw-pixels, got --to npz."),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    words: tuple[str, ...], message: str, trained_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*words, "--out", trained_runs)
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        raise result.exception  # type: ignore[misc]
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_stays_unless_asked_and_a_bare_format_names_the_file(
    trained_runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.npz").write_bytes(b"mine")
    message = refused("plain", "--to", "npz", "--out", trained_runs)
    assert (
        message == "--to: expected a file that is not there yet, got plain.npz. Add --overwrite or choose another name."
    )
    assert (tmp_path / "plain.npz").read_bytes() == b"mine"
    assert run("plain", "--to", "npz", "--out", trained_runs, "--overwrite").stdout == "plain.npz\n"
    assert [path.name for path in tmp_path.iterdir()] == ["plain.npz"]
