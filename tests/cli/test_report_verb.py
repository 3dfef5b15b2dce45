"""`cnnlab report` as a user types it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

STUDY = """
name = "strokes"
[data]
name = "made-up"
[[architecture]]
name = "blind"
input_shape = [12, 12, 1]
layers = [{ layer = "GlobalAveragePooling2D" }, { layer = "Dense", units = 4, activation = "softmax" }]
"""
BUSY = re.compile(r"Note: The latencies were measured while the machine had other work: .* by them\.")
"""What is said, and rightly, where the tests themselves are the other work."""


def cnnlab(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cnnlab", *words],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "study.toml").write_text(STUDY)
    done = cnnlab(folder, "run", "study.toml", "--seeds", "2")
    assert done.returncode == 0, done.stderr
    return folder


def test_the_page_is_made_again_and_its_path_alone_is_on_stdout(folder: Path) -> None:
    (page,) = folder.glob("runs/strokes-*/report.html")
    before = page.read_bytes()
    page.unlink()
    done = cnnlab(folder, "report")
    assert done.returncode == 0
    assert BUSY.sub("", " ".join(done.stderr.split())) == ""
    assert done.stdout == f"{page.relative_to(folder)}\n"
    assert page.read_bytes() == before


def test_a_page_goes_where_one_says_and_without_a_pad_where_one_says_so(folder: Path) -> None:
    done = cnnlab(folder, "report", "strokes", "--to", "page.html", "--no-pad")
    assert (done.returncode, done.stdout) == (0, "page.html\n")
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert "script-src 'none'" in page
    assert "pad-data" not in page


def test_what_is_missing_is_told_on_stderr_in_80_columns(folder: Path) -> None:
    (kept,) = folder.glob("runs/strokes-*/latency.json")
    kept.rename(folder / "kept")
    done = cnnlab(folder, "report", "--to", "page.html")
    (folder / "kept").rename(kept)
    assert done.returncode == 0
    assert "Note: Latency was not measured when the study ended" in done.stderr
    assert max(map(len, done.stderr.splitlines())) <= 80


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing",), "expected the folder or the name of a study, got 'nothing'"),
        (("--out", "elsewhere"), "expected a store of runs, got none"),
        (("--to", "no/page.html"), "expected a folder for the page, got none"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_message(folder: Path, words: tuple[str, ...], message: str) -> None:
    done = cnnlab(folder, "report", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr
