"""`cnnlab reproduce` as a user starts it: real processes, the made-up data set."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnnlab.lab.study_file import load_plan
from cnnlab.store import open_store

STUDY = """
name = "told"
seeds = 3
[data]
name = "made-up"
[recipe]
batch_size = 16
epochs = 2
[[architecture]]
name = "small"
input_shape = [12, 12, 1]
layers = [{ layer = "Flatten" }, { layer = "Dense", units = 4, activation = "softmax" }]
{small}
[[architecture]]
name = "blind"
input_shape = [12, 12, 1]
layers = [{ layer = "GlobalAveragePooling2D" }, { layer = "Dense", units = 4, activation = "softmax" }]
{blind}
"""
FAR = "published = { test_loss = 90.0, test_accuracy = 0.01 }"


def cnnlab(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cnnlab", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def write(folder: Path, small: str = "", blind: str = "") -> None:
    text = STUDY.replace("{small}", small).replace("{blind}", blind)
    (folder / "study.toml").write_text(text)


def trained(folder: Path) -> dict[tuple[str, int], str]:
    """Return the sums of the weights of all runs that are stored."""
    with open_store(folder / "runs", create=False) as store:
        return {(run.architecture, run.seed): str(run.weights_sha256) for run in store.runs()}


def own_published(folder: Path, seed: int) -> str:
    """Write what the run of one seed gave, as somebody would publish it."""
    document = json.loads(cnnlab(folder, "runs", "list", "--json", "--seed", str(seed)).stdout)
    run = cnnlab(
        folder, "runs", "show", next(one["id"] for one in document if one["architecture"] == "small"), "--json"
    )
    shown = json.loads(run.stdout)
    curve = [round(row["val_loss"], 4) for row in shown["history"]]
    finals = f"test_loss = {round(shown['test_loss'], 4)}\ntest_accuracy = {shown['test_accuracy']}\ndecimals = 4\n"
    return f"[architecture.published]\n{finals}[architecture.published.curves]\nval_loss = {curve}\ndecimals = 4\n"


@pytest.mark.thorough
@pytest.mark.slow
def test_what_our_own_eighth_seed_gave_is_reproduced_by_the_runs_of_an_earlier_study(tmp_path: Path) -> None:
    write(tmp_path)
    assert cnnlab(tmp_path, "run", "study.toml", "--seed-list", "0,1,7").returncode == 0
    before = trained(tmp_path)
    # Added later, it changes neither the study nor its runs; of blind nothing was published, and nothing is made.
    write(tmp_path, own_published(tmp_path, 7))
    done = cnnlab(tmp_path, "reproduce", "study.toml", "--seeds-of", "small=5")
    assert done.returncode == 0, done.stdout + done.stderr
    after = trained(tmp_path)
    assert {key: after[key] for key in before} == before
    assert set(after) - set(before) == {("small", seed) for seed in (2, 3, 4)}
    assert "small, 5 seeds\n" in done.stdout
    assert "2 of 2 final numbers are reproduced" in done.stdout
    assert "Nothing was published of blind." in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "val_accuracy" not in done.stdout
    assert "val_accuracy" in done.stderr
    (folder,) = (path for path in (tmp_path / "runs").glob("told-*") if path.is_dir())
    assert "<svg" in (folder / "reproduction-small.svg").read_text()
    assert json.loads((folder / "reproduction.json").read_text())["reproduced"]
    assert load_plan(folder / "study.toml").architectures[0].published is not None


@pytest.mark.slow
def test_one_number_that_is_not_reproduced_gives_exit_code_3_and_json_says_which(tmp_path: Path) -> None:
    write(tmp_path, FAR)
    done = cnnlab(tmp_path, "reproduce", "study.toml", "--json")
    assert done.returncode == 3, done.stderr
    document = json.loads(done.stdout, parse_constant=pytest.fail)
    assert [(one["measure"], one["verdict"], one["seeds"]) for one in document["values"]] == [
        ("test loss", "not reproduced", 3),
        ("test accuracy", "not reproduced", 3),
    ]
    assert not document["reproduced"]
    assert document["train_images"] == {"used": 320, "there": 320}
    # The same again trains nothing, and neither does --no-run; both say the same.
    again = cnnlab(tmp_path, "reproduce", "study.toml", "--json")
    assert "All 3 runs of this study are there" in again.stderr
    there = cnnlab(tmp_path, "reproduce", "study.toml", "--json", "--no-run")
    assert done.stdout == again.stdout == there.stdout
    assert there.stderr == ""


@pytest.mark.slow
def test_too_few_seeds_or_images_are_said_and_are_no_success(tmp_path: Path) -> None:
    write(tmp_path, FAR)
    done = cnnlab(tmp_path, "reproduce", "study.toml", "--seeds", "2", "--limit", "64")
    assert done.returncode == 3
    assert "cannot be told" in done.stdout
    assert "not reproduced" not in done.stdout
    assert "1. Ours were trained on 64 of 320 images." in done.stdout
    there = cnnlab(tmp_path, "reproduce", "study.toml", "--no-run")
    assert there.returncode == 2
    assert "runs: expected runs of this study, got none. Leave --no-run out, and it is made." in there.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("study.toml",), "study 'told': expected an architecture with published values, got none. Add published = {"),
        (("--seeds-of", "architecture-4=3"), "--seeds-of: expected an architecture of the study, got 'architecture-4'"),
        (("--seeds-of", "architecture-1"), "--seeds-of: expected NAME=N, each name once, got 'architecture-1'."),
        (("--seeds-of", "a=1,a=2"), "--seeds-of: expected NAME=N, each name once, got 'a' twice."),
        (("--seeds-of", "architecture-1=0"), "seeds of architecture-1: expected a number of seeds from 1 to 10,000"),
        (("--fresh", "--no-run"), "expected --fresh or --no-run, got both."),
        (("none.toml",), "none.toml: expected a study file, got no such file"),
        (("--no-run", "--out", "nowhere", "--offline"), "nowhere"),
    ],
)
def test_what_cannot_be_reproduced_is_refused_before_anything_is_written(
    tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    write(tmp_path)
    done = cnnlab(tmp_path, "reproduce", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX has them")
def test_ctrl_c_keeps_all_and_reports_what_is_there(tmp_path: Path) -> None:
    write(tmp_path, FAR)
    path = tmp_path / "study.toml"
    path.write_text(path.read_text().replace("epochs = 2", "epochs = 100000"))
    process = subprocess.Popen(
        [sys.executable, "-m", "cnnlab", "reproduce", "study.toml", "--threads", "1"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not any(number > 3 for number in epochs(tmp_path)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    shown, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert "small: 1 run is not at the end, and in no number here." in " ".join(shown.split())
    assert "This goes on where it stopped: cnnlab reproduce study.toml --threads 1\n" in said
    assert max(epochs(tmp_path)) > 3


def epochs(folder: Path) -> list[int]:
    if not (folder / "runs/cnnlab.sqlite").exists():
        return []
    with open_store(folder / "runs", create=False) as store:
        return [run.epochs for run in store.runs()]
