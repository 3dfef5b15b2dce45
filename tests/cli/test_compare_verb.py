"""``cnnlab compare``: what it prints, where, and what it refuses."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import Result
from typer import Typer
from typer.testing import CliRunner

from cnnlab.arch import chain
from cnnlab.arch.layers import Conv2D, Dense, Flatten, Input
from cnnlab.cli import app as whole
from cnnlab.cli.compare import compare
from cnnlab.errors import CnnlabError, UsageError
from cnnlab.lab import Study

app = Typer()
app.command()(compare)

PLAIN = chain("plain", [Input((12, 12, 1)), Flatten(), Dense(4, activation="softmax")])
DEEP = chain("deep", [Input((12, 12, 1)), Conv2D(4, 3, activation="relu"), Flatten(), Dense(4, activation="softmax")])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two small networks on the made-up data, two seeds each."""
    folder = tmp_path_factory.mktemp("runs")
    study = Study("small", data_set="made-up").add(PLAIN, epochs=3, batch_size=16).add(DEEP, epochs=2, batch_size=16)
    study.run(seeds=2, out=folder, workers=1, threads=1)
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": "80"})


def refused(*words: object) -> str:
    result = run(*words)
    assert isinstance(result.exception, CnnlabError), result.output
    assert result.stdout == ""
    return str(result.exception)


def test_it_shows_accuracies_costs_and_pairs_within_80_columns(out: Path) -> None:
    result = run("--out", out)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "2 architectures, 80 test images of Made-up data; each run after its last epoch"
    assert max(map(len, lines)) <= 80
    for title in ("Accuracy", "Costs", "Pairs"):
        assert title in lines
    assert sum(line.startswith("plain ") for line in lines) >= 2
    assert "us for" in result.stdout
    assert result.stderr == ""


def test_json_has_the_numbers_that_the_store_has(out: Path) -> None:
    found = json.loads(run("--out", out, "--no-latency", "--json").stdout, parse_constant=pytest.fail)
    assert [one["architecture"] for one in found["architectures"]] == ["plain", "deep"]
    assert [one["costs"]["parameters"] for one in found["architectures"]] == [PLAIN.total_params, DEEP.total_params]
    assert all(one["costs"]["bytes"] > 0 for one in found["architectures"])
    assert found["timed"] is None
    assert (found["images"], found["moment"], len(found["pairs"])) == (80, "last", 1)
    assert [one["epochs"] for one in found["architectures"]] == [[3, 3], [2, 2]]


def test_csv_has_a_line_for_each_architecture(out: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run("--out", out, "--no-latency", "--csv").stdout)))
    assert [(row["architecture"], row["epoch_last"]) for row in rows] == [("plain", "3"), ("deep", "2")]
    assert {row["front_parameters"] for row in rows} <= {"on", "perhaps", "off"}


@pytest.mark.parametrize(
    ("words", "epochs"),
    [
        (("--epoch", "1"), [[1, 1], [1, 1]]),
        (("--equal", "updates"), [[2, 2], [2, 2]]),
        (("--equal", "epochs", "--budget", "1"), [[1, 1], [1, 1]]),
        (("deep",), [[2, 2]]),
        (("small", "deep", "plain"), [[2, 2], [3, 3]]),
    ],
)
def test_the_words_and_options_say_who_is_compared_and_when(
    out: Path, words: tuple[str, ...], epochs: list[list[int]]
) -> None:
    found = json.loads(run(*words, "--out", out, "--no-latency", "--json").stdout)
    assert [one["epochs"] for one in found["architectures"]] == epochs


def test_the_best_epoch_is_labelled_as_picked_on_the_test_set(out: Path) -> None:
    text = run("--epoch", "best", "--out", out, "--no-latency").stdout
    assert "Picked on the test set: the validation images are the test images" in text
    assert "best-epoch" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--epoch", "first"), "--epoch: expected last, best or a number from 1, got 'first'"),
        (("--epoch", "0"), "--epoch: expected last, best or a number from 1, got '0'"),
        (("--epoch", "9"), r"run \w+ \(plain, seed 0\): expected epoch 9, got 3 epochs"),
        (("--epoch", "2", "--equal", "epochs"), "compare: expected --epoch or --equal, got both"),
        (("--budget", "2"), "--budget: expected a positive number beside --equal, got no --equal"),
        (("--equal", "epochs", "--budget", "-1"), "--budget: expected a positive number beside --equal, got -1"),
        (("--equal", "epochs", "--budget", "nan"), "--budget: expected a positive number beside --equal, got nan"),
        (("--json", "--csv"), "compare: expected --json or --csv, got both"),
        (("palin",), "compare: expected a study, an architecture that has runs, or the id of a run, got 'palin'"),
    ],
)
def test_a_slip_is_wrong_usage(out: Path, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        raise UsageError(refused(*words, "--out", out))


def test_where_nothing_is_stored_it_says_what_to_type_and_makes_nothing(tmp_path: Path) -> None:
    assert "Train something first: cnnlab run." in refused("--out", tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_the_verb_stands_in_the_help_and_its_own_help_needs_no_numpy() -> None:
    assert "compare" in CliRunner().invoke(whole, ["--help"]).stdout
    code = "import sys; from cnnlab.cli import compare; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
