"""What docs/comparing.md tells a reader to type works, and what it names is there."""

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
from answered_runs import add_finished
from typer import Typer
from typer.testing import CliRunner

from cnnlab import data
from cnnlab.analysis.equal_cost import Unit
from cnnlab.cli.compare import compare
from cnnlab.data import made_up
from cnnlab.lab import expenses
from cnnlab.lab.latency import Latencies, Latency
from cnnlab.records import Recipe
from cnnlab.report import comparison_words
from cnnlab.report.comparison_text import MARKS
from cnnlab.store import open_store

PAGE = (Path(__file__).parents[2] / "docs/comparing.md").read_text(encoding="utf-8")
COMMANDS = [line.split("#")[0].strip() for line in re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)[0].splitlines()]
SPLIT = made_up.load(40, 20)

app = Typer()
app.command()(compare)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two studies with the page's names: the second trains one of the architectures in another way."""
    folder = tmp_path_factory.mktemp("page")
    origin = {"data_name": "made-up", "data_sums": dict(SPLIT.sums), "train_images": 10_000}
    with open_store(folder / "runs") as store:
        for study, size, names in (("wider", 64, "23"), ("notebook", 32, "123")):
            recipe = Recipe(batch_size=size, epochs=5)
            for number in names:
                for seed in (0, 1):
                    name = f"architecture-{number}"
                    add_finished(store, f"{study}-1", name, seed, name=study, epochs=5, recipe=recipe, **origin)
                    kept = folder / f"runs/{study}-1/{name}/seed-{seed}"
                    kept.mkdir(parents=True)
                    (kept / "weights.npz").write_bytes(b"weights")
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_page_compares(folder: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(data, "load", lambda *_, **__: SPLIT)
    quick = Latency(1e-4, 1e-5, 9)
    monkeypatch.setattr(expenses, "latencies", lambda of: Latencies(dict.fromkeys(of, quick), "a machine", 2))
    program, verb, *words = shlex.split(re.split(r"[|>]", command)[0])
    assert (program, verb) == ("cnnlab", "compare")
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.exception
    assert "architecture-2" in result.stdout
    if words[:1] == ["notebook"] and "wider" in words:
        assert all(f"architecture-2 ({name})" in " ".join(result.stdout.split()) for name in ("notebook", "wider"))


def test_the_page_has_commands_every_unit_and_every_mark() -> None:
    assert len(COMMANDS) >= 10
    assert all(f"| `{unit}` |" in PAGE for unit in get_args(Unit))
    assert all(f"| `{mark}` |" in PAGE for mark in MARKS.values() if mark.strip())


def test_the_example_of_the_page_looks_as_comparisons_look_now(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its numbers are of a real study; headings and explanations are held against those of another one."""
    monkeypatch.setattr(data, "load", lambda *_, **__: SPLIT)
    result = CliRunner().invoke(app, ["--out", str(folder / "runs"), "--no-latency"], env={"COLUMNS": "80"})
    (example,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    shown, now = (words(text) for text in (example, result.stdout))
    assert max(map(len, example.splitlines())) <= 80
    for title in ("Accuracy", "Costs", "Pairs"):
        assert heading(shown, title) == heading(now, title)
    told = [line for line in example.splitlines() if line.startswith(" ") and "  " in line.strip()]
    assert len(told) >= 7
    known = " ".join(result.stdout.split()) + " ".join(meaning for _, _, meaning in comparison_words.MARKS)
    assert [line for line in told if " ".join(line.split()).removeprefix("* ") not in known] == []


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def heading(lines: list[list[str]], title: str) -> list[list[str]]:
    """Return the two lines beneath a title."""
    place = lines.index([title])
    return lines[place + 2 : place + 4] if title != "Pairs" else lines[place + 2 : place + 3]
