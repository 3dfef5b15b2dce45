"""What docs/own-data.md shows is what happens."""

import re
import tomllib
from pathlib import Path

import pytest

from cnnlab.data.own.csv_file import LABELS
from cnnlab.data.own.pictures import MOST_BYTES, MOST_PIXELS
from cnnlab.data.own.prepared import SUMMED_AT_LOAD
from cnnlab.data.own.raw import MOST_CLASSES
from cnnlab.data.own.reading import KINDS, LARGEST_SIDE, TEST_SHARE
from cnnlab.lab.own_tables import read_own
from cnnlab.lab.study_schema import DataSection, RecipeSection
from cnnlab.records import class_weights

PAGE = (Path(__file__).parents[3] / "docs" / "own-data.md").read_text("utf-8")


def _block(language: str, beginning: str = "") -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (found,) = [str(block) for block in blocks if block.startswith(beginning)]
    return found


def test_the_python_shown_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cnnlab.lab.conduct.write_page", lambda *_: None)  # it takes seconds, and says nothing here
    exec(_block("python"), {})
    assert capsys.readouterr().out.splitlines()[-1] == "('ant', 'bee', 'cat') finished"


def test_the_table_shown_is_read() -> None:
    name, own = read_own(DataSection.model_validate(tomllib.loads(_block("toml", "[data]"))["data"]), Path("pictures"))
    assert name == "pets"
    assert own is not None
    assert (own.reading.kind, own.reading.resize, own.reading.shape) == ("folder", (32, 32), (28, 20))


def test_the_class_weights_shown_are_read_by_word_and_by_table() -> None:
    shown = _block("toml", "[recipe]")
    commented = re.search(r"^# (class_weight = .*?) +#", shown, re.MULTILINE)
    assert commented is not None
    read = [RecipeSection.model_validate(tomllib.loads(shown)["recipe"]).class_weight]
    read.append(tomllib.loads(commented[1])["class_weight"])
    assert [class_weights(one) for one in read] == ["balanced", (("healthy", 1.0), ("ill", 3.5))]


def test_the_limits_and_names_on_the_page_are_those_of_the_code() -> None:
    words = " ".join(PAGE.split())
    assert all(f"`{name}`" in words for name in LABELS)
    assert f"at most {LARGEST_SIDE} x {LARGEST_SIDE} pixels" in words
    assert f"--test-share {TEST_SHARE:g}" in words
    assert f"At most {MOST_CLASSES:,}." in words
    assert f"{MOST_PIXELS // 10**6} million pixels, {MOST_BYTES >> 20} MiB a picture" in words
    assert f"up to {SUMMED_AT_LOAD >> 20} MiB" in words
    assert all(kind in words for kind in KINDS if kind != "prepared")
