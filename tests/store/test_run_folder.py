import csv
import hashlib
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from cnnlab.errors import CnnlabError, UsageError
from cnnlab.records import (
    Adam,
    CallbackRecipe,
    EpochRow,
    PiecewiseConstantDecay,
    Provenance,
    Recipe,
    RunKey,
    RunResult,
    StudyResult,
)
from cnnlab.store import RunFolder, create_run_folder
from cnnlab.store.run_folder import file_name, folder_names

MOMENT = datetime(2024, 5, 6, 7, 8, 9)  # noqa: DTZ001 - a name needs no zone
KEY = RunKey("architecture-1", 3)


def test_a_folder_is_named_after_the_study_and_the_moment(tmp_path: Path) -> None:
    assert (
        create_run_folder(tmp_path / "runs", "notebook", [], MOMENT).path == tmp_path / "runs/notebook-20240506-070809"
    )


def test_a_second_study_in_the_same_second_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    names = [create_run_folder(tmp_path, "a", [], MOMENT).path.name for _ in range(3)]
    assert names == ["a-20240506-070809", "a-20240506-070809-2", "a-20240506-070809-3"]


def test_a_place_where_no_folder_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file: expected a folder for the runs that can be written.*--out DIR"):
        create_run_folder(tmp_path / "file", "a", [])


@pytest.mark.parametrize(
    ("name", "written"),
    [("a b/c", "a-b-c"), ("../..", "study"), ("ä", "study"), (".hidden", "hidden"), ("x" * 200, "x" * 80)],
)
def test_any_name_becomes_one_that_a_file_system_takes(name: str, written: str) -> None:
    assert file_name(name) == written


def test_no_two_architectures_share_a_folder_and_none_takes_a_file_of_the_study() -> None:
    names = [
        "a/b",
        "a b",
        "日本",
        "中国",
        "Net",
        "net",
        "low",
        "Low",
        "report.html",
        "study.toml",
        "nul",
        "x" * 90,
        "x" * 91,
    ]
    folders = list(folder_names(names).values())
    assert len({folder.casefold() for folder in folders}) == len(names)
    assert not {folder.casefold() for folder in folders} & {"report.html", "study.toml", "nul"}


def test_a_folder_that_was_removed_is_named_and_not_made_again(tmp_path: Path) -> None:
    folder = create_run_folder(tmp_path, "a", ["architecture-1"])
    folder.path.rmdir()
    with pytest.raises(CnnlabError, match=r"expected to be able to write, got No such file.*run the study again"):
        folder.write_history(KEY, [EpochRow(1, 0.5, 0.5, None, None, 1.0)])
    assert not folder.path.exists()


def test_a_written_history_gives_the_same_numbers(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, {"architecture-1": "architecture-1"})
    rows = [EpochRow(1, 0.1 + 0.2, 1 / 3, None, None, 1e-3), EpochRow(2, float("nan"), 0.5, 2.5, 0.25, 12.0)]
    for count in (1, 2):
        folder.write_history(KEY, rows[:count])
        with (tmp_path / "architecture-1/seed-3/history.csv").open(newline="") as file:
            assert len(list(csv.DictReader(file))) == count
    with (tmp_path / "architecture-1/seed-3/history.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (float(first["loss"]), float(first["accuracy"]), first["val_loss"]) == (0.1 + 0.2, 1 / 3, "")
    assert (second["loss"], second["val_accuracy"]) == ("nan", "0.25")


def test_weights_come_back_as_they_were(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, {"architecture-1": "architecture-1"})
    weights = [np.arange(6, dtype=np.float32).reshape(2, 3), np.zeros(3, np.float32)]
    folder.write_weights(KEY, ["dense/kernel", "dense/bias"], weights)
    with np.load(tmp_path / "architecture-1/seed-3/weights.npz") as kept:
        assert list(kept) == ["dense/kernel", "dense/bias"]
        assert kept["dense/kernel"].tolist() == weights[0].tolist()
    read = folder.read_weights(KEY)
    assert [weight.tolist() for weight in read] == [weight.tolist() for weight in weights]


def test_weights_that_are_gone_or_damaged_are_named(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, {"architecture-1": "architecture-1"})
    with pytest.raises(CnnlabError, match=r"weights\.npz: expected the weights of a run, got .*No such file"):
        folder.read_weights(KEY)
    folder.write_weights(KEY, ["dense/bias"], [np.zeros(3, np.float32)])
    (tmp_path / "architecture-1/seed-3/weights.npz").write_bytes(b"PK")
    with pytest.raises(CnnlabError, match=r"weights\.npz: expected the weights of a run"):
        folder.read_weights(KEY)


def test_no_draft_is_left_anywhere(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, {"architecture-1": "architecture-1"})
    folder.write_study('name = "x"\n')
    folder.write_weights(KEY, ["dense/bias"], [np.zeros(3, np.float32)])
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert files == ["architecture-1/seed-3/weights.npz", "study.toml"]


def test_results_are_json_even_where_a_loss_is_no_number(tmp_path: Path) -> None:
    origin = Provenance(
        cnnlab_version="0",
        commit=None,
        python="3",
        numpy="2",
        platform="x",
        cpu="y",
        threads=1,
        backend="numpy",
        same_bits=False,
        data_name="made-up",
        data_source="here",
        data_sums={},
        train_images=2,
        test_images=2,
        started="now",
    )
    run = RunResult(
        key=KEY,
        status="finished",
        recipe=Recipe(
            optimizer=Adam(PiecewiseConstantDecay([5], [0.5, 0.25])),
            callbacks=(CallbackRecipe("EarlyStopping", (("patience", 3),)),),
        ),
        total_params=1,
        trainable_params=1,
        history=(EpochRow(1, float("nan"), 0.5, float("inf"), 0.5, 1.0),),
        test_loss=float("inf"),
        test_accuracy=0.5,
        seconds=1.0,
        weights=(np.array([1.5], np.float64), np.array([[-2]], np.float32)),
    )
    result = StudyResult(name="s", runs=(run,), provenance=origin, architectures=("architecture-1",))
    RunFolder(tmp_path, {"architecture-1": "architecture-1"}).write_results(result)
    kept = json.loads((tmp_path / "results.json").read_text(), parse_constant=pytest.fail)
    assert kept["runs"][0]["test_loss"] is None
    assert kept["runs"][0]["history"][0]["val_loss"] is None
    optimizer = kept["runs"][0]["recipe"]["optimizer"]
    assert (optimizer["name"], optimizer["beta_1"], optimizer["clipnorm"]) == ("Adam", 0.9, None)
    assert optimizer["learning_rate"] == {"name": "PiecewiseConstantDecay", "boundaries": [5], "values": [0.5, 0.25]}
    assert kept["runs"][0]["recipe"]["loss"]["name"] == "CategoricalCrossentropy"
    assert kept["runs"][0]["recipe"]["callbacks"] == [
        {"name": "EarlyStopping", "arguments": {"patience": 3}, "own": False}
    ]
    assert kept["runs"][0]["folder"] == "architecture-1/seed-3"
    assert kept["runs"][0]["weights_sha256"] == hashlib.sha256(np.array([1.5, -2], "<f4").tobytes()).hexdigest()
