import json
import subprocess
import sys
from pathlib import Path

import pytest

from cnnlab.cli import main

STUDY = """
name = "small"

[data]
name = "mnist"

[[architecture]]
name = "mine"
input_shape = [28, 28, 1]
batch_size = 50
epochs = 2
layers = [
    { layer = "Flatten" },
    { layer = "Dropout", rate = 0.95 },
    { layer = "Dense", units = 16, activation = "relu" },
    { layer = "Dense", units = 10, activation = "softmax" },
]

[[architecture]]
name = "other"
zoo = "lenet-5"
"""


def cnnlab(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cnnlab", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


QUICK = ("--limit", "1500", "--hold-out", "1000", "--seeds", "2")


@pytest.mark.slow
def test_a_network_of_a_study_file_is_diagnosed_and_once_more_without_training(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    words = ("diagnose", "study.toml", "--architecture", "mine", *QUICK, "--json")
    first = cnnlab(tmp_path, *words)
    assert first.returncode == 0, first.stderr
    document = json.loads(first.stdout)
    assert document["architecture"] == "mine"
    assert document["causes"][0]["change"] == "without dropout"
    assert set(document["causes"][0]) >= {"name", "layers", "change", "gain", "interval"}
    assert "3/3 Measuring anew" in first.stderr
    again = cnnlab(tmp_path, *words[:-1])
    assert again.returncode == 0
    assert "What costs mine accuracy" in again.stdout
    assert max(map(len, again.stdout.splitlines())) <= 80
    assert not list(tmp_path.glob("runs/*/report.html"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("study.toml",), "expected one network for diagnose, got mine, other"),
        (("no-such-net",), "no-such-net"),
        (("study.toml", "--architecture", "min"), "mine"),
        (("architecture-3", "--hold-out", "60000"), "hold"),
        (("architecture-3", "--backend", "tpu"), "tpu"),
    ],
)
def test_what_cannot_be_diagnosed_is_refused_and_nothing_is_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    message: str,
) -> None:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["cnnlab", "diagnose", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()
