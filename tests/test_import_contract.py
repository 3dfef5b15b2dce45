"""The contract of import-linter holds, and breaks when an upward import or an unnamed folder is planted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_an_upward_import_breaks_the_contract(copy: Path) -> None:
    module = copy / "src/cnnlab/records/losses.py"
    module.write_text(module.read_text() + "\nfrom cnnlab.training import fit\n")
    done = lint(copy)
    assert done.returncode != 0
    assert "cnnlab.records.losses -> cnnlab.training" in done.stdout


def test_a_folder_that_the_list_does_not_name_breaks_the_contract(copy: Path) -> None:
    (copy / "src/cnnlab/elsewhere").mkdir()
    (copy / "src/cnnlab/elsewhere/__init__.py").write_text("")
    assert lint(copy).returncode != 0


@pytest.mark.parametrize("engine", ["dask", "distributed", "keras", "ray"])
def test_a_second_file_that_knows_an_engine_or_keras_breaks_the_contract(copy: Path, engine: str) -> None:
    module = copy / "src/cnnlab/experiments/crew.py"
    module.write_text(module.read_text() + f"\n\ndef planted() -> None:\n    import {engine}\n")
    done = lint(copy)
    assert done.returncode != 0
    assert f"cnnlab.experiments.crew -> {engine}" in done.stdout


def test_the_tree_as_it_is_keeps_the_contract(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout
