import os
from pathlib import Path

import pytest

from cnnlab.errors import CnnlabError
from cnnlab.files import write_bytes, write_text, written_beside


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


def test_a_draft_that_a_killed_process_has_left_goes_and_one_that_is_being_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "[a].txt"
    forsaken, others = tmp_path / ".[a].txt.1-abcd.tmp", tmp_path / ".b.txt.1-abcd.tmp"
    for draft in (forsaken, others):
        draft.write_text("half")
        os.utime(draft, (0, 0))
    with written_beside(path) as fresh:
        fresh.write_text("half")
        write_text(path, "whole")
        assert fresh.exists()
        assert not forsaken.exists()
    assert others.exists()


def test_a_folder_that_is_not_there_is_named_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(CnnlabError, match=r"nowhere.*expected to be able to write, got No such file"):
        write_text(tmp_path / "nowhere" / "a.txt", "")
