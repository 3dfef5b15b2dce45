"""`cnnlab run` as a user starts it: real processes, the made-up data set."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from cnnlab import data
from cnnlab.store import RunFilter, open_store

STUDY = """
name = "strokes"
[data]
name = "made-up"
[recipe]
batch_size = 16
epochs = 3
optimizer = { name = "adam", learning_rate = 0.01 }
[[architecture]]
name = "small"
input_shape = [12, 12, 1]
layers = [
    { layer = "Conv2D", filters = 4, kernel_size = 3, activation = "relu" },
    { layer = "MaxPooling2D" },
    { layer = "Dropout", rate = 0.1 },
    { layer = "Flatten" },
    { layer = "Dense", units = 4, activation = "softmax" },
]
published = { test_loss = 0.5, test_accuracy = 0.5 }
[[architecture]]
name = "blind"
input_shape = [12, 12, 1]
layers = [
    { layer = "GlobalAveragePooling2D" },
    { layer = "Dense", units = 4, activation = "softmax" },
]
"""


def cnnlab(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cnnlab", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path


def only_run(folder: Path, runs: str = "runs") -> Path:
    """Return the study's folder, which stands beside the store and the locks of those who train."""
    (path,) = (path for path in (folder / runs).iterdir() if path.is_dir() and path.name != ".owners")
    return path


def test_a_study_shows_everything_and_keeps_everything(study: Path) -> None:
    done = cnnlab(study, "run", "study.toml")
    assert done.returncode == 0, done.stderr
    shown = done.stdout
    for part in (
        "320 training and 80 test images",
        "Training image 1, labelled",
        "Conv2D",
        "Total params: 444",
        "Test loss",
        "small",
        "blind",
        "Observations",
        "report.html",
    ):
        assert part in shown
    assert max(map(len, shown.splitlines())) <= 80
    # Two networks, three seeds, three epochs; the table after all rounds but the last, which has the whole one.
    assert sum("val_accuracy" in line for line in done.stderr.splitlines()) == 18
    assert [line for line in done.stderr.splitlines() if line.startswith("After")] == [
        "After 2 of 6 runs:",
        "After 4 of 6 runs:",
    ]
    assert shown.count("Conv2D") == 1
    assert "3 seeds, min" in shown
    assert "\n\n\n" not in shown
    assert "\x1b" not in shown + done.stderr
    assert "\r" not in done.stderr
    assert_kept(only_run(study))


def assert_kept(folder: Path) -> None:
    assert folder.name.startswith("strokes-")
    run = folder / "small" / "seed-0"
    with (run / "history.csv").open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2", "3"]
    with np.load(run / "weights.npz") as weights:
        assert list(weights) == ["conv2d/kernel", "conv2d/bias", "dense/kernel", "dense/bias"]
    results = json.loads((folder / "results.json").read_text())
    assert [(one["architecture"], one["seed"]) for one in results["runs"]] == [
        (name, seed) for seed in (0, 1, 2) for name in ("small", "blind")
    ]
    with open_store(folder.parent, create=False) as store:
        (kept,) = store.runs(RunFilter(architecture="small", seed=0))
        said = store.predictions(kept.id, 3)
    # The predictions, the table and the history say the same thing.
    assert said is not None
    right = said.classes == data.load("made-up").test.labels
    assert results["runs"][0]["test_accuracy"] == pytest.approx(right.mean())
    assert results["runs"][0]["test_loss"] == pytest.approx(-np.log(said.true_class_probability).mean(), rel=1e-4)
    assert sorted(path.name for path in run.iterdir() if not path.name.startswith("checkpoint")) == [
        "history.csv",
        "weights.npz",
    ]
    assert sorted(json.loads((folder / "latency.json").read_text())["of"]) == ["blind", "small"]
    HTMLParser().feed((folder / "report.html").read_text())
    assert json.loads((folder / "environment.json").read_text())["backend"] == "compiled"


def test_held_out_images_are_named_and_the_test_comes_once_at_the_end(study: Path) -> None:
    done = cnnlab(study, "run", "study.toml", "--hold-out", "80", "--seeds", "1")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    flat = " ".join(done.stdout.split())
    for part in (
        "240 of 320 training and 80 test images",
        "Validation: 80 held-out training images; the test comes last, once",
        "Validation: 80 held-out training images; the test comes last, once.",
        "Validation was done with 80 training images that were held out.",
    ):
        assert part in flat
    assert "test images are also the validation images" not in flat
    (run,) = (
        one for one in json.loads(cnnlab(study, "runs", "list", "--json").stdout) if one["architecture"] == "small"
    )
    shown = cnnlab(study, "runs", "show", run["id"]).stdout
    assert "80 held-out training images" in shown
    document = json.loads(cnnlab(study, "run", "study.toml", "--hold-out", "80", "--seeds", "1", "--json").stdout)
    assert (document["validated_on_test"], document["provenance"]["validation_images"]) == (False, 80)
    last = document["runs"][0]["history"][-1]
    assert document["runs"][0]["test_loss"] not in {None, last["val_loss"]}


def test_the_small_network_learns_and_the_blind_one_does_not(study: Path) -> None:
    done = cnnlab(study, "run", "study.toml", "--json", "--epochs", "12", "--seeds", "1")
    assert done.returncode == 0, done.stderr
    small, blind = json.loads(done.stdout)["runs"]
    assert small["test_accuracy"] > 0.8
    assert blind["test_accuracy"] < 0.6


def test_the_resolved_study_runs_again_with_the_same_numbers(study: Path) -> None:
    first = json.loads(cnnlab(study, "run", "study.toml", "--json", "--seed-list", "7", "--epochs", "1").stdout)
    again = cnnlab(study, "run", f"{first['folder']}/study.toml", "--json", "--out", "again")
    second = json.loads(again.stdout)
    assert [run["seed"] for run in second["runs"]] == [7, 7]
    for one, other in zip(first["runs"], second["runs"], strict=True):
        assert one["test_loss"] == other["test_loss"]
        assert one["weights_sha256"] == other["weights_sha256"]


def test_seeds_are_trained_round_by_round_and_differ(study: Path) -> None:
    document = json.loads(cnnlab(study, "run", "study.toml", "--json", "--seeds", "2", "--epochs", "1").stdout)
    assert [(run["architecture"], run["seed"]) for run in document["runs"]] == [
        ("small", 0),
        ("blind", 0),
        ("small", 1),
        ("blind", 1),
    ]
    assert document["runs"][0]["test_loss"] != document["runs"][2]["test_loss"]


def test_options_choose_architectures_epochs_batch_size_and_images(study: Path) -> None:
    done = cnnlab(
        study,
        *("run", "study.toml", "--architectures", "blind", "small", "--epochs", "1", "--batch-size", "50"),
        *("--limit", "100", "--threads", "1", "--out", "elsewhere", "--json"),
    )
    document = json.loads(done.stdout)
    assert document["architectures"] == ["blind", "small"]
    assert document["provenance"]["train_images"] == 100
    assert document["provenance"]["threads"] == 1
    assert {run["recipe"]["batch_size"] for run in document["runs"]} == {50}
    assert only_run(study, "elsewhere").is_dir()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            ["run", "study.toml", "--architectures", "smal"],
            2,
            "expected the name of an architecture, got 'smal'. Did you",
        ),
        (
            ["run", "studdy.toml"],
            2,
            "studdy.toml: expected a study file, got no such file. Did you mean 'study.toml'?",
        ),
        (["run", "architecture-1"], 2, "got 'architecture-1'. For a network of the zoo write --architectures"),
        (["run", "study.toml", "--limit", "321"], 2, "made-up: expected a limit from 1 to 320 images, got 321"),
        (["run", "study.toml", "--limit", "0"], 2, "'--limit'"),
        (["run", "study.toml", "--hold-out", "320"], 2, "made-up: expected 1 to 319 images to hold out, got 320"),
        (["run", "study.toml", "--hold-out", "300", "--limit", "21"], 2, "300 others are held out for validation."),
        (["run", "study.toml", "--hold-out", "0"], 2, "'--hold-out'"),
        (["run", "study.toml", "--seeds", "2", "--seed-list", "1"], 2, "expected --seeds or --seed-list, got both"),
        (["run", "study.toml", "--seed-list", "1,x"], 2, "--seed-list: expected whole numbers with commas between"),
        (["run", "study.toml", "--seed-list", "4294967296"], 2, "expected a whole number from 0 to 4294967295"),
        (["run", "study.toml", "--architectures", "architecture-1"], 2, "expected images of shape (n, 28, 28, 1)"),
        (["run", "study.toml", "--out", "study.toml"], 2, "expected a folder for the runs that can be written"),
        (["run", "study.toml", "--architectures", "small", "small"], 2, "a name of its own for each architecture"),
        (["run", "study.toml", "--architectures", ""], 2, "expected the name of an architecture, got ''"),
        (["runn"], 2, "No such command 'runn'"),
        (["run", "--epoch", "3"], 2, "--epoch"),
    ],
)
def test_a_wrong_word_gives_one_message_and_leaves_nothing(
    study: Path, words: list[str], code: int, message: str
) -> None:
    done = cnnlab(study, *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in study.iterdir()] == ["study.toml"]


def wait_for_epochs(study: Path, count: int) -> None:
    """Wait until the store holds so many epochs of the first run."""
    deadline = time.monotonic() + 60
    while True:
        assert time.monotonic() < deadline
        time.sleep(0.05)
        if (study / "runs/cnnlab.sqlite").exists():
            with open_store(study / "runs", create=False) as store:
                if any(run.epochs >= count for run in store.runs()):
                    return


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")
@pytest.mark.parametrize("presses", [1, 2])
def test_ctrl_c_keeps_and_reports_what_is_there(study: Path, presses: int) -> None:
    (study / "study.toml").write_text(STUDY.replace("epochs = 3", "epochs = 100000"))
    process = subprocess.Popen(
        [sys.executable, "-m", "cnnlab", "run", "study.toml", "--threads", "1", "--fresh"],
        cwd=study,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for_epochs(study, 4)
    for _ in range(presses):
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    shown, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    folder = only_run(study)
    assert not list(folder.rglob("*.tmp"))
    with open_store(study / "runs", create=False) as store:
        (kept,) = store.runs(RunFilter(status="interrupted"))
        assert kept.epochs == len(store.epochs(kept.id)) >= 4
    assert "kept in runs/strokes-" in shown + said
    assert "This goes on where it stopped: cnnlab run study.toml --threads 1\n" in shown + said
    if presses == 1:  # a second one may come in the middle of writing these
        (run,) = json.loads((folder / "results.json").read_text())["runs"]
        assert (run["status"], run["epochs"]) == ("interrupted", kept.epochs)
        assert len((folder / "small/seed-0/history.csv").read_text().splitlines()) == run["epochs"] + 1
        assert "stopping after this step" in said
        assert (folder / "report.html").is_file()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_narrow_encoding_gets_plainer_signs_and_no_traceback(study: Path, encoding: str) -> None:
    (study / "study.toml").write_text(STUDY.replace('"small"', '"kleines Netz \u03b1"'), encoding="utf-8")
    done = cnnlab(study, "run", "study.toml", "--epochs", "1", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert "kleines Netz \\u03b1" in done.stdout
    assert "Traceback" not in done.stderr


def test_without_a_verb_the_help_is_shown_and_nothing_has_failed(tmp_path: Path) -> None:
    done = cnnlab(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Commands:" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the stream")
def test_a_closed_stdout_is_no_failure(study: Path) -> None:
    command = f'"{sys.executable}" -m cnnlab run study.toml --epochs 1 >&-'
    done = subprocess.run(["sh", "-c", command], cwd=study, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert (only_run(study) / "report.html").is_file()


def test_the_same_command_again_trains_nothing_and_more_seeds_only_what_is_missing(study: Path) -> None:
    first = cnnlab(study, "run", "study.toml", "--seeds", "1", "--json")
    again = cnnlab(study, "run", "study.toml", "--seeds", "1")
    assert again.stdout.startswith("All 2 runs of this study are there; --fresh trains them again.\n\n  ")
    assert "val_accuracy" not in again.stderr
    more = cnnlab(study, "run", "study.toml", "--seeds", "2", "--json")
    assert "\n2 of 4 runs are there from before.\n" in more.stderr
    assert "small, seed 1 (3 of 4)" in more.stderr
    assert sum("val_accuracy" in line for line in more.stderr.splitlines()) == 6
    before, after = json.loads(first.stdout), json.loads(more.stdout)
    assert before["folder"] == after["folder"]
    assert before["runs"] == after["runs"][:2]
    fresh = cnnlab(study, "run", "study.toml", "--seeds", "1", "--json", "--fresh")
    assert json.loads(fresh.stdout)["folder"] != before["folder"]
    assert sum("val_accuracy" in line for line in fresh.stderr.splitlines()) == 6


def test_runs_that_are_trained_side_by_side_are_named_in_every_line(study: Path) -> None:
    done = cnnlab(study, "run", "study.toml", "--workers", "2", "--seeds", "2")
    assert done.returncode == 0, done.stderr
    assert "Trained by 2 processes, 1 thread each, by the compiled backend" in done.stdout
    lines = [line for line in done.stderr.splitlines() if "val_accuracy" in line]
    assert len(lines) == 12
    assert all(line.startswith(("small, seed ", "blind, seed ")) for line in lines)
    assert max(map(len, (done.stdout + done.stderr).splitlines())) <= 80
    for name in ("small, seed 0", "small, seed 1", "blind, seed 0", "blind, seed 1"):
        assert f"{name}: test loss: " in done.stdout
    assert "After 2 of 4 runs:" in done.stderr or "After 3 of 4 runs:" in done.stderr


FAILING = """
[[architecture]]
name = "explodes"
input_shape = [12, 12, 1]
optimizer = { name = "sgd", learning_rate = 1e30 }
layers = [
    { layer = "Flatten" },
    { layer = "Dense", units = 8, activation = "relu" },
    { layer = "Dense", units = 4, activation = "softmax" },
]
"""


def test_a_run_that_fails_is_told_everywhere_and_the_others_go_on(study: Path) -> None:
    (study / "study.toml").write_text(STUDY.replace("[[architecture]]", f"{FAILING}[[architecture]]", 1))
    done = cnnlab(study, "run", "study.toml", "--seeds", "2")
    message = (
        "expected a finite loss in every run, got 2 runs that failed: explodes with seed 0 and explodes with seed 1."
    )
    assert (done.returncode, message in done.stderr) == (1, True), done.stderr
    assert "\nFailed: explodes, epoch 1, step" in done.stdout
    assert "  2 runs failed\n" in done.stdout
    assert "explodes failed with seeds 0 and 1" in done.stdout.replace("\n   ", "")
    folder = only_run(study)
    page = (folder / "report.html").read_text()
    assert "<strong>2 runs failed:</strong>" in page
    assert "Failed: 0 epochs of 3" in page
    again = cnnlab(study, "run", "study.toml", "--seeds", "2", "--json")
    assert again.returncode == 1
    runs = json.loads(again.stdout)["runs"]
    assert [run["status"] for run in runs] == ["failed", "finished", "finished"] * 2
    assert "expected a finite loss" in runs[0]["ended"]
    assert "--fresh trains them again" in again.stderr


def test_a_run_that_a_callback_ends_says_so(study: Path) -> None:
    stopping = 'callbacks = [{ name = "EarlyStopping", patience = 1, min_delta = 10.0 }]\nepochs = 9'
    (study / "study.toml").write_text(STUDY.replace("epochs = 3", stopping))
    done = cnnlab(study, "run", "study.toml", "--seeds", "1", "--architectures", "small")
    assert "Test loss after epoch 2: " in done.stdout
    assert "\nEnded early: EarlyStopping: val_loss has not improved for 1 epoch\n" in done.stdout
    assert "ended early       2" in done.stdout
    page = (only_run(study) / "report.html").read_text()
    assert "Ended early: 2 epochs of 9" in page
    assert "EarlyStopping: val_loss has not improved for 1 epoch." in page


@pytest.mark.thorough
def test_curves_stand_beneath_the_table_of_a_pipe_only_if_asked_for(study: Path) -> None:
    words = ("run", "study.toml", "--seeds", "2", "--epochs", "2")
    asked = cnnlab(study, *words, "--curves", "loss")
    assert asked.returncode == 0, asked.stderr
    assert "Validation loss after each epoch" in asked.stdout
    assert "Lines: mean over the 2 seeds; bars: from the lowest to the highest of them." in asked.stdout
    assert asked.stdout.index("Test loss") < asked.stdout.index("Validation loss after") < asked.stdout.index("Observa")
    assert max(map(len, asked.stdout.splitlines())) <= 80
    assert "\n\n\n" not in asked.stdout
    assert "\x1b" not in asked.stdout
    assert "Validation loss after each epoch" not in cnnlab(study, *words).stdout
    json.loads(cnnlab(study, *words, "--curves", "loss", "--json").stdout)
    wrong = cnnlab(study, *words, "--curves", "both")
    assert wrong.returncode == 2
    assert "both" in wrong.stderr
