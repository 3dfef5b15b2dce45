"""A sample of `make prove-fuzz`: mutated files are taken or refused, and what a reader does wrong is found."""

import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fuzzing import Finding
from mutating import MUTATIONS, case
from readers import READERS

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent


def in_a_process(script: str, folder: Path) -> str:
    """Run a script that has the fuzzer, in a process that has no threads and so may fork."""
    begin = (
        f"import sys; from pathlib import Path; sys.path.insert(0, {str(FOLDER)!r}); folder = Path({str(folder)!r})\n"
    )
    words = [sys.executable, "-c", begin + script]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout


SAMPLE = """
import json
from fuzzing import fuzz
from mutating import MUTATIONS
from server import warm_up
warm_up()
for kind in MUTATIONS:
    tally = fuzz(kind, 1, 0.1, folder)
    print(json.dumps([kind, tally.cases, [str(one) for one in tally.findings.values()]]))
"""


def test_mutated_files_are_taken_or_refused_by_every_reader(tmp_path: Path) -> None:
    told = [json.loads(line) for line in in_a_process(SAMPLE, tmp_path).splitlines()]
    assert [kind for kind, _, _ in told] == list(MUTATIONS)
    assert all(cases > 0 for _, cases, _ in told)
    assert [found for _, _, found in told if found] == []


PLANTED = """
import os, signal, time
from fuzzing import fuzz, shortened
from mutating import case
import readers
from cnnlab.errors import CnnlabError
def reader(path):
    content = path.read_bytes()
    if b"Flatten" not in content:
        os.kill(os.getpid(), signal.SIGKILL)
    if content.count(b"[architecture.published]") > 1:
        raise KeyError(17)
    if b"patience" not in content:
        open("/etc/hostname", "rb").close()
    raise CnnlabError("refused")
readers.READERS["study"] = reader
tally = fuzz("study", 3, 60, folder, enough=3)
for finding in tally.findings.values():
    content = case("study", 3, finding.number)
    short = shortened("study", content, folder, 12)
    print(finding.told[:60], "|", len(short) < len(content), "|", b"published" in short)
"""


def test_a_reader_that_dies_fails_or_reaches_out_is_found_and_its_file_shortened(tmp_path: Path) -> None:
    lines = sorted(in_a_process(PLANTED, tmp_path).splitlines())
    assert len(lines) == 3
    assert lines[0].startswith("Crash: the process ended without an answer: status 9")
    assert lines[1].startswith("KeyError: <string>:13: 17")
    assert lines[2].startswith("reached out: open ('/etc/hostname'")
    assert all("| True |" in line for line in lines)
    assert [line.endswith("True") for line in lines] == [False, True, False]


def test_the_same_seed_is_the_same_file() -> None:
    for kind in MUTATIONS:
        assert case(kind, 4, 5) == case(kind, 4, 5)
        assert len({case(kind, 4, number) for number in range(20)}) > 10
    assert set(MUTATIONS) <= {*READERS, "idx", "npz"}


def test_findings_of_one_cause_are_one_sort() -> None:
    first, second = (Finding("study", 0, 0, f"KeyError: study.py:10: '{key}' at {key}") for key in (123, 456))
    assert first.sort == second.sort
