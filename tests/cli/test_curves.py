import io
import re

import pytest
import studies

from cnnlab.cli.curves import write_curves

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.TextIOWrapper):
    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="")

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_terminal_sees_coloured_curves_and_the_same_text_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured, bare = Terminal(), Terminal()
    write_curves(studies.notebook_study(), None, coloured)
    monkeypatch.setenv("NO_COLOR", "1")
    write_curves(studies.notebook_study(), None, bare)
    assert COLOUR.search(coloured.text())
    assert "\x1b" not in bare.text()
    assert COLOUR.sub("", coloured.text()) == bare.text()
    assert "● architecture-1" in bare.text()
    assert max(map(len, bare.text().splitlines())) <= 80


def test_a_pipe_sees_curves_only_if_they_are_asked_for() -> None:
    pipe = io.StringIO()
    write_curves(studies.notebook_study(), None, pipe)
    assert pipe.getvalue() == ""
    write_curves(studies.notebook_study(), "accuracy", pipe)
    assert "Validation accuracy after each epoch" in pipe.getvalue()
    assert "\x1b" not in pipe.getvalue()


def test_a_terminal_sees_none_where_none_are_wanted() -> None:
    terminal = Terminal()
    write_curves(studies.notebook_study(), "none", terminal)
    write_curves(studies.study(), None, terminal)
    assert terminal.text() == ""


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "latin-1"])
def test_a_stream_without_braille_gets_ascii(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal(encoding)
    write_curves(studies.notebook_study(), None, terminal)
    assert terminal.text().isascii()
    assert "o architecture-1" in terminal.text()
