from pathlib import Path

import pytest

from cnnlab.errors import CnnlabError
from cnnlab.files import append_line, write_bytes, write_text, written_beside


def test_a_written_file_holds_the_bytes_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a.bin", b"\x00\x01")
    assert (tmp_path / "a.bin").read_bytes() == b"\x00\x01"
    assert [file.name for file in tmp_path.iterdir()] == ["a.bin"]


def test_text_has_plain_line_ends(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "ä\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa4\n"


def test_a_failure_while_writing_keeps_the_old_file_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def broken() -> None:
        with written_beside(path) as draft:
            draft.write_text("half")
            raise RuntimeError("cut")

    with pytest.raises(RuntimeError, match="cut"):
        broken()
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_is_not_there_is_named_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(CnnlabError, match=r"nowhere.*expected to be able to write, got No such file"):
        write_text(tmp_path / "nowhere" / "a.txt", "")


def test_lines_are_appended_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    append_line(path, "epoch,loss")
    append_line(path, "1,0.5")
    assert path.read_bytes() == b"epoch,loss\n1,0.5\n"


def test_a_line_that_cannot_be_appended_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(CnnlabError, match=r"x/h\.csv: expected to be able to write"):
        append_line(tmp_path / "x" / "h.csv", "1")
