"""``cnnlab summary``."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cnnlab.arch import to_keras_config, zoo
from cnnlab.cli.summary import summary
from cnnlab.errors import CnnlabError, NetworkError, NotSupportedError, UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)
app.command()(summary)


def run(*arguments: str) -> str:
    """Run the verb, and let its errors through as the command line's main does."""
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, CnnlabError):
        raise result.exception
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


@pytest.mark.parametrize(
    ("name", "total"), [("architecture-1", 69135), ("architecture-2", 10075), ("architecture-3", 2615)]
)
def test_json_gives_the_total_to_the_digit(name: str, total: int) -> None:
    assert json.loads(run(name, "--json"))["total_params"] == total


def test_the_table_stands_on_stdout_with_its_totals() -> None:
    text = run("Architecture 1")
    assert 'Model: "architecture-1"' in text
    assert "Total params: 69,135" in text
    assert "Trainable params: 69,095" in text
    assert "Non-trainable params: 40" in text
    assert "Multiply-adds per image: 1,732,380" in text


def test_the_table_takes_the_terminals_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert "max_pooling2d (MaxPooling2D)" in run("architecture-1")
    monkeypatch.setenv("COLUMNS", "80")
    assert "max_pooling2d (MaxPooling2D)" not in run("architecture-1")


def test_a_file_with_keras_configuration_is_summarized(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(to_keras_config(zoo.network("lenet-5"))), encoding="utf-8")
    assert json.loads(run(str(path), "--json")) == json.loads(run("lenet-5", "--json"))


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    message = "expected a network of the zoo, got 'architectur-1'. Did you mean 'architecture-1'?"
    with pytest.raises(NetworkError, match=re.escape(message)) as caught:
        run("architectur-1")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["nowhere.json", "nowhere.toml"])
def test_a_file_that_is_not_there_is_said(name: str) -> None:
    with pytest.raises(UsageError, match=f"summary: expected a file, got '{name}', which is not there."):
        run(name)


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "net.yaml"])
def test_a_file_of_another_kind_is_refused_with_the_kinds_that_are_read(name: str) -> None:
    with pytest.raises(UsageError, match=rf"summary: expected a network of the zoo, or a file .* got '{name}'"):
        run(name)


@pytest.mark.parametrize(
    ("content", "message", "error"),
    [
        (b"{", "model.json: expected JSON as Keras' model.to_json() writes it", NetworkError),
        (b"\xff\xfe", "model.json: expected JSON in UTF-8, got other bytes.", UsageError),
        (b'{"class_name": "Mine"}', "model.json: expected the class Sequential or Functional", NotSupportedError),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_name(
    tmp_path: Path, content: bytes, message: str, error: type[Exception]
) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(error, match=re.escape(message)):
        run(str(path))


CODE = (
    "import sys, typer; from cnnlab.cli.summary import summary; sys.argv[1:] = ['architecture-2']; typer.run(summary)"
)


@pytest.mark.slow
@pytest.mark.parametrize(("encoding", "line"), [("utf-8", "┏━"), ("ascii", "+=="), ("cp1252", "+==")])
def test_an_output_that_cannot_draw_gets_ascii_lines(encoding: str, line: str) -> None:
    environment = {"PYTHONIOENCODING": encoding, "COLUMNS": "80", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, check=True)
    assert done.stdout.decode(encoding).splitlines()[1].startswith(line)


@pytest.mark.slow
def test_importing_the_verb_imports_nothing_heavy() -> None:
    code = "import sys, cnnlab.cli.summary; print(sorted({'numpy', 'rich', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_study_file_gives_each_of_its_networks_and_json_a_list() -> None:
    study = Path(__file__).parents[2] / "examples" / "study.toml"
    listed = json.loads(run(str(study), "--json"))
    assert len(listed) > 1
    assert [line for line in run(str(study)).splitlines() if line.startswith("Model:")] == [
        f'Model: "{each["name"]}"' for each in listed
    ]
