"""A file from a stranger is data: each of these is refused, in a second and 200 MB, and nothing else is opened."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import archives
import arrays
import hdf5_files
import keras_configs
import own_data
import pictures
from case import Case
from judging import faults
from limited import Outcome
from readers import FAULTY, READERS, SUFFIXES, model

from cnnlab.errors import UsageError

CASES = (
    *hdf5_files.CASES,
    *archives.CASES,
    *keras_configs.CASES,
    *arrays.CASES,
    *pictures.CASES,
    *pictures.STUDIES,
    *own_data.CASES,
)
_TRIES = 3
_OTHERWISE = ("small", "hdf5", "pad")
"""Readers that are under others, or have no files: their turn is in the mutations."""


class Server:
    """A process that has imported already, and forks a child for each file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        words = [sys.executable, str(Path(__file__).parent / "server.py")]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def ask(self, reader: str, content: bytes, suffix: str = ".bin", seconds: float = 10) -> Outcome:
        """Let a reader read a file of this content."""
        path = self._folder / f"file{suffix}"
        path.write_bytes(content)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"reader": reader, "path": str(path), "seconds": seconds}) + "\n")
        self._process.stdin.flush()
        return Outcome(**json.loads(self._process.stdout.readline()))

    def end(self) -> None:
        """End it."""
        self._process.communicate("")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    serving = Server(tmp_path_factory.mktemp("hostile"))
    yield serving
    serving.end()


def wrong(server: Server, case: Case) -> list[str]:
    """Say what is wrong with the answer to a case; a machine that is busy elsewhere gets another try."""
    content, suffix = case.content(), case.suffix or SUFFIXES.get(case.reader, ".bin")
    found: list[str] = []
    for _ in range(_TRIES):
        outcome = server.ask(case.reader, content, suffix)
        found = faults(outcome, may_load=case.loads)
        if not found:
            break
    if outcome.kind == "refused" and not re.search(case.message, outcome.message):
        found.append(f"expected /{case.message}/, got {outcome.message[:300]}")
    return found


def test_each_hostile_file_is_refused_by_name_within_a_second_and_200_mb_and_nothing_outside_of_it_is_opened(
    server: Server,
) -> None:
    found = {f"{case.reader}: {case.name}": wrong(server, case) for case in CASES}
    assert not {name: told for name, told in found.items() if told}


def test_a_file_of_a_terabyte_of_nothing_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "w.weights.h5"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(UsageError, match="at most 4 GiB of weights, got 1,024 GiB"):
        model().load_weights(path)


def test_the_table_has_every_reader_and_no_name_twice() -> None:
    names = [(case.reader, case.name) for case in CASES]
    assert len(set(names)) == len(names) >= 40
    assert {reader for reader, _ in names} >= {reader for reader in READERS if not reader.startswith(_OTHERWISE)}


@pytest.mark.parametrize(
    ("reader", "told"),
    [
        ("reads another file", "reached out: open"),
        ("writes", "reached out: open"),
        ("takes memory", "2.. MiB"),
        ("takes time", "TooLongError"),
        ("dies", "the process ended without an answer"),
        ("fails with another error", "KeyError"),
        ("takes it", "taken as sound"),
    ],
)
def test_the_judge_sees_what_no_reader_may_do(reader: str, told: str, server: Server) -> None:
    found = faults(server.ask(reader, b"x", seconds=1.5))
    assert re.search(told, "; ".join(found))
    assert reader in FAULTY
