"""``cnnlab runs``: what it prints, where, and with which exit code it would leave."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from many_runs import fill, plan
from typer.testing import CliRunner

from cnnlab.cli.runs import app
from cnnlab.errors import CnnlabError, UsageError
from cnnlab.records import CheckpointMade, EpochRow, RunKey, TestPredictions
from cnnlab.store import open_store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sixty finished runs, and one that was interrupted, with predictions, a checkpoint and a file."""
    with open_store(tmp_path / "runs") as store:
        fill(store, 60, epochs=2)
        study = store.study("e" * 64, "own", "own-1", "")
        (run,) = store.plan_ids(study.id, [plan("mine", 5, "own-1/mine/seed-5")])
        store.claim(run)
        for epoch in (1, 2):
            said = TestPredictions(np.array([epoch, 2], np.uint8), np.array([0.5, 0.25], np.float32))
            store.add_epoch(run, EpochRow(epoch, float("nan"), 0.5, float("inf"), 0.5, 1.0), said)
        store.keep_checkpoint(
            run, CheckpointMade(RunKey("mine", 5), 1, 9, False, b"c"), store.parent / "own-1/mine/seed-5"
        )
        store.release(run, "interrupted")
    (tmp_path / "runs/own-1/mine/seed-5/history.csv").write_text("epoch,loss\n")
    return tmp_path / "runs"


def runs(verb: str, *words: object, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, [verb, *map(str, words)], input=typed)


def refused(result: Result) -> str:
    assert isinstance(result.exception, CnnlabError), result.output
    assert result.stdout == ""
    return str(result.exception)


def the_own(folder: Path) -> str:
    return str(json.loads(runs("list", "--out", folder, "--architecture", "mine", "--json").stdout)[0]["id"])


def test_list_shows_the_latest_fifty_in_80_columns_and_says_how_many_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = runs("list", "--out", folder)
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["id", "architecture", "seed", "status", "epochs", "accuracy", "time", "began"]
    assert len(lines) == 51
    assert max(map(len, lines)) <= 80
    assert "mine" in lines[1]
    assert result.stderr == "11 more; --limit N shows more of them, --json and --csv have all.\n"


def test_list_as_json_has_every_run_and_null_where_there_is_no_number(folder: Path) -> None:
    found = json.loads(runs("list", "--out", folder, "--json").stdout, parse_constant=pytest.fail)
    assert len(found) == 61
    own, other = found[0], found[1]
    assert (own["architecture"], own["seed"], own["status"], own["study"]) == ("mine", 5, "interrupted", "own")
    assert (own["weights_sha256"], own["test_loss"], own["epochs"], own["seconds"]) == (None, None, 2, 2.0)
    assert other["status"] == "finished"
    assert len(other["weights_sha256"]) == 64
    wanted = {"id", "architecture", "seed", "status", "weights_sha256", "study", "epochs", "test_accuracy", "test_loss"}
    assert wanted | {"seconds", "began"} <= set(own)


def test_list_as_csv_has_the_same(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(runs("list", "--out", folder, "--csv").stdout)))
    found = json.loads(runs("list", "--out", folder, "--json").stdout)
    assert [{name: "" if value is None else str(value) for name, value in run.items()} for run in found] == rows


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--architecture", "architecture-1"), 20),
        (("--architecture", "architecture-1", "--seed", "3"), 1),
        (("--status", "interrupted"), 1),
        (("--status", "planned"), 0),
        (("--study", "own"), 1),
        (("--study", "study-0", "--limit", "7"), 7),
        (("--since", "2020-06-01"), 1),
        (("--since", "2019-06-01T12:00"), 61),
    ],
)
def test_the_words_of_a_list_narrow_it(folder: Path, words: tuple[str, ...], count: int) -> None:
    assert len(json.loads(runs("list", "--out", folder, "--json", *words).stdout)) == count


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--architecture", "architecture-9"), "expected the name of a stored architecture.*Did you mean"),
        (("--study", "onw"), "expected the name of a stored study, got 'onw'. Did you mean 'own'"),
        (("--since", "yesterday"), "--since: expected a date, got 'yesterday'. Write --since 2026-11-25"),
        (("--json", "--csv"), "runs list: expected --json or --csv, got both"),
    ],
)
def test_a_slip_in_a_filter_is_wrong_usage(folder: Path, words: tuple[str, ...], message: str) -> None:
    result = runs("list", "--out", folder, *words)
    assert result.exception.exit_code == 2
    with pytest.raises(UsageError, match=message):
        raise result.exception


@pytest.mark.parametrize("verb", ["list", "show", "rm", "export"])
def test_where_nothing_is_stored_every_verb_says_so_and_makes_nothing(tmp_path: Path, verb: str) -> None:
    words = {"list": (), "show": ("a",), "rm": ("a",), "export": ("--to", tmp_path / "x.csv")}[verb]
    told = refused(runs(verb, *words, "--out", tmp_path / "none"))
    assert told.endswith("Train something first: cnnlab run. Another folder is named with --out DIR.")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_list_says_why_on_stderr(folder: Path, tmp_path: Path) -> None:
    assert runs("list", "--out", folder, "--status", "planned").stderr == "No run fits.\n"
    open_store(tmp_path / "new").close()
    result = runs("list", "--out", tmp_path / "new")
    assert (result.stdout, result.stderr) == ("", "No run is stored yet.\n")


def test_show_has_epochs_recipe_provenance_and_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = runs("show", the_own(folder)[:7], "--out", folder).stdout
    for words in (
        "architecture    mine",
        "status          interrupted",
        "optimizer",
        "Adam, learning_rate=0.01",
        "nan",
        "a processor",
        "history.csv",
        "after 1 epoch",
    ):
        assert words in text
    assert max(map(len, text.splitlines())) <= 80


def test_show_as_json_has_all_that_is_known(folder: Path) -> None:
    run = the_own(folder)
    found = json.loads(runs("show", run, "--out", folder, "--json").stdout, parse_constant=pytest.fail)
    assert (found["id"], found["recipe"]["batch_size"], found["provenance"]["cpu"]) == (run, 128, "a processor")
    assert [(row["epoch"], row["loss"], row["val_loss"]) for row in found["history"]] == [
        (1, None, None),
        (2, None, None),
    ]
    assert found["checkpoints"][0]["step"] == 9
    assert {each["file"] for each in found["files"]} >= {"own-1/mine/seed-5/history.csv"}
    assert found["network"]["class_name"] == "Sequential"


def test_an_id_that_is_not_there_is_answered_with_the_nearest(folder: Path) -> None:
    run = the_own(folder)
    told = refused(runs("show", f"{run[:-1]}1", "--out", folder))
    assert told == f"expected the id of a run, got '{run[:-1]}1'. Did you mean '{run}'?"


def test_rm_asks_and_a_no_removes_nothing(folder: Path) -> None:
    run = the_own(folder)
    result = runs("rm", run, "--out", folder, typed="n\n")
    assert f"{run}  mine, seed 5, interrupted: own-1/mine/seed-5" in result.stderr
    assert "Remove 1 run and all files of theirs?" in result.stderr
    assert "Nothing removed." in result.stderr
    assert result.stdout == ""
    assert the_own(folder) == run


def test_rm_where_nobody_can_answer_says_what_to_add(folder: Path) -> None:
    assert "runs rm: expected an answer, got none. Add --yes" in refused(
        runs("rm", the_own(folder), "--out", folder, typed="")
    )


def test_rm_takes_rows_and_files_of_several_by_their_beginnings(folder: Path) -> None:
    run = the_own(folder)
    other = json.loads(runs("list", "--out", folder, "--seed", "3", "--json").stdout)[0]["id"]
    result = runs("rm", run[:7], other, run, "--yes", "--out", folder)
    assert (result.exit_code, result.stderr) == (0, "Removed 2 runs.\n")
    assert not (folder / "own-1/mine").exists()
    assert (folder / "own-1").exists()
    assert len(json.loads(runs("list", "--out", folder, "--json").stdout)) == 59


def test_rm_of_one_that_is_not_there_removes_none_of_the_others(folder: Path) -> None:
    run = the_own(folder)
    assert "expected the id of a run, got '0000'" in refused(runs("rm", run, "0000", "--yes", "--out", folder))
    assert the_own(folder) == run


def test_rm_refuses_a_run_in_training(folder: Path) -> None:
    run = the_own(folder)
    with open_store(folder) as store:
        assert store.claim(run)
        assert "expected runs that nobody trains" in refused(runs("rm", run, "--yes", "--out", folder))
    assert (folder / "own-1/mine/seed-5/history.csv").exists()


def test_rm_says_which_folder_is_still_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = the_own(folder)

    def busy(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.rmtree", busy)
    result = runs("rm", run, "--yes", "--out", folder)
    with pytest.raises(CnnlabError, match=r"^own-1/mine/seed-5 is still there: Permission denied\.$"):
        raise result.exception


def test_export_writes_what_the_ending_says(folder: Path, tmp_path: Path) -> None:
    result = runs("export", "--architecture", "architecture-1", "--to", tmp_path / "some.csv", "--out", folder)
    assert (result.stdout, result.stderr) == ("", f"Wrote 20 runs to {tmp_path / 'some.csv'}.\n")
    with (tmp_path / "some.csv").open(newline="") as file:
        assert {row["architecture"] for row in csv.DictReader(file)} == {"architecture-1"}
    run = the_own(folder)
    runs("export", run, "--to", tmp_path / "one.json", "--out", folder)
    (found,) = json.loads((tmp_path / "one.json").read_text())
    assert found == json.loads(runs("show", run, "--json", "--out", folder).stdout)
    runs("export", run[:7], "--to", tmp_path / "one.npz", "--out", folder)
    with np.load(tmp_path / "one.npz") as kept:
        assert kept["epochs"].tolist() == [1, 2]
        assert kept["classes"].tolist() == [[1, 2], [2, 2]]
        assert kept["true_class_probability"].tolist() == [[0.5, 0.25]] * 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--to", "{}/x.xlsx"), r"--to: expected a file that ends in \.csv, \.json, \.npz"),
        (("--to", "{}/x.npz"), r"--to: expected one run for an \.npz, got 61\. Name one"),
        (
            ("--architecture", "mine", "--seed", "6", "--to", "{}/x.npz"),
            r"--to: expected one run for an \.npz, got none",
        ),
        (
            ("--architecture", "architecture-1", "--seed", "3", "--to", "{}/x.npz"),
            "expected a run with predictions, got none",
        ),
        (("--to", "{}/there.csv"), r"--to: expected a file that is not there yet.*Add --overwrite"),
        (("--to", "{}/no/x.csv"), r"x\.csv: expected to be able to write, got No such file"),
    ],
)
def test_an_export_that_cannot_be_is_refused(
    folder: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    (tmp_path / "there.csv").write_text("mine")
    before = sorted(tmp_path.iterdir())
    result = runs("export", *(word.format(tmp_path) for word in words), "--out", folder)
    with pytest.raises(CnnlabError, match=message):
        raise result.exception
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "there.csv").read_text() == "mine"


@pytest.mark.parametrize("verb", ["list", "show", "rm", "export"])
def test_the_help_of_each_verb_has_an_example_that_begins_with_it(verb: str) -> None:
    assert f"\n    cnnlab runs {verb}" in runs(verb, "--help").stdout


@pytest.mark.slow
def test_as_a_process_data_are_on_stdout_and_the_exit_code_tells_of_wrong_usage(folder: Path) -> None:
    words = [sys.executable, "-m", "cnnlab", "runs"]
    listed = subprocess.run(
        [*words, "list", "--out", str(folder), "--json"], capture_output=True, text=True, check=True
    )
    assert (len(json.loads(listed.stdout)), listed.stderr) == (61, "")
    wrong = subprocess.run([*words, "show", "0", "--out", str(folder)], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "cnnlab: expected the id of a run, got '0'. Type: cnnlab runs list\n"
