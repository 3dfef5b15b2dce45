"""A study is killed or its disk fails, at any moment: nothing that was finished is lost, and it ends as ever."""

import json
import re
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import faulty_disk
import pytest
from crash_bench import CHECKPOINTS, Bench, make_reference
from crashing import Tally, round_of_a_fault, round_of_kills, workshop
from faulty_disk import ERRORS, FAILURES, KILLS, Fault
from killing import CrashError, Mother

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are forked and looked up as Linux has it"),
]

PARTS = 3
KILLS_IN_A_PART = 4
FAULTS_IN_A_PART = 5
# The parts of one run may be spread over several workers: each has a mother of its own.
ROUNDS_APART = 1000


@pytest.fixture(scope="module")
def mother_and_folder() -> Iterator[tuple[Mother, Path]]:
    with workshop() as made:
        yield made


@pytest.fixture(scope="module")
def seed() -> int:
    """Another one in each run; a failure names it."""
    return Random().randrange(1_000_000)


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_random_a_study_loses_nothing_and_ends_with_the_bits_of_one_that_was_not(
    mother_and_folder: tuple[Mother, Path], seed: int, part: int
) -> None:
    tally, number = Tally(), seed + part * ROUNDS_APART
    while tally.killed < KILLS_IN_A_PART:
        try:
            round_of_kills(number, *mother_and_folder, tally)
        except CrashError as error:
            pytest.fail(f"{error}\nAgain: python tools/prove_crash.py --seed {number} --kills 1")
        number += 1


@pytest.mark.skipif(bool(faulty_disk.what_is_missing()), reason=faulty_disk.what_is_missing() or "nothing")
@pytest.mark.parametrize("part", range(PARTS))
def test_whichever_call_the_disk_refuses_there_is_one_message_and_nothing_is_lost(
    mother_and_folder: tuple[Mother, Path], seed: int, part: int
) -> None:
    mother, folder = mother_and_folder
    chance = Random(seed + part * ROUNDS_APART)
    calls = make_reference("tiny", folder / "uninterrupted", mother).calls[CHECKPOINTS[0]]
    for _ in range(FAULTS_IN_A_PART):
        fault = Fault(chance.randint(1, len(calls)), chance.choice(FAILURES + KILLS[:1]), chance.choice(ERRORS))
        try:
            round_of_a_fault(fault, mother, folder, Tally())
        except CrashError as error:
            pytest.fail(f"{error}\nAgain: python tools/prove_crash.py --fault {fault}")


# The disk of the tests fails as it is told to: a test of the tests.


@pytest.mark.skipif(bool(faulty_disk.what_is_missing()), reason=faulty_disk.what_is_missing() or "nothing")
@pytest.mark.parametrize("how", FAILURES + KILLS)
def test_the_disk_fails_at_the_call_that_was_named_and_in_that_way(
    mother_and_folder: tuple[Mother, Path], tmp_path: Path, how: str
) -> None:
    mother, folder = mother_and_folder
    names = make_reference("tiny", folder / "uninterrupted", mother).calls[CHECKPOINTS[0]]
    # Of the files that are not SQLite's the first says which process trains; the second is a checkpoint.
    at = names.index("write", names.index("write") + 1) + 1
    bench = Bench(tmp_path, "tiny", mother, CHECKPOINTS[0])
    start = bench.start(Fault(at, how, "ENOSPC"))
    code = start.life.code()
    calls = faulty_disk.calls(start.trace)
    assert {call.name for call in calls if call.number == at} == {"write"}
    assert code == (-signal.SIGKILL if how in KILLS else 1)
    failed = {call.number for call in calls if call.when == "f"}
    last = max(call.number for call in calls)
    assert failed == {
        "fail": {at},
        "fail-on": set(range(at, last + 1)),
        "short": {at + 1},
    }.get(how, set())
    if how in FAILURES:
        # The first cause, whatever fails after it.
        full = r"^cnnlab: .*checkpoint-.*expected to be able to write, got No space left on device"
        assert re.search(full, bench.said())


def test_a_lost_run_a_wrong_sum_and_a_damaged_store_are_seen(
    mother_and_folder: tuple[Mother, Path], tmp_path: Path
) -> None:
    mother, folder = mother_and_folder
    make_reference("tiny", folder / "uninterrupted", mother)
    bench = Bench(tmp_path, "tiny", mother, CHECKPOINTS[-1])
    bench.finish()
    bench.check_end()
    assert bench.finished
    bench.finished[("small", 9)] = "0" * 64
    with pytest.raises(CrashError, match="a finished run is lost"):
        bench.look()
    bench.finished.clear()
    store = bench.runs / "cnnlab.sqlite"
    whole = store.read_bytes()
    digest = next(iter(bench.look().values())).encode()
    store.write_bytes(whole.replace(digest, b"0" * 64))
    with pytest.raises(CrashError, match=r"a finished run is lost|a wrong sum|unreadable store"):
        bench.look()
    store.write_bytes(whole[:5000])
    with pytest.raises(CrashError, match="unreadable store"):
        bench.look()


# Ctrl-C.


@pytest.mark.parametrize("presses", [1, 2])
def test_a_study_that_was_interrupted_goes_on_to_the_bits_of_one_that_was_not(
    mother_and_folder: tuple[Mother, Path], tmp_path: Path, presses: int
) -> None:
    mother, folder = mother_and_folder
    make_reference("scheduled", folder / "uninterrupted", mother)
    bench = Bench(tmp_path, "scheduled", mother, 0.03)
    start = bench.start(whole=True)
    deadline = time.monotonic() + 120
    while not list(bench.runs.glob("*/scheduled/seed-0/checkpoint-*.bin")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for _ in range(presses):
        start.life.kill(signal.SIGINT)
        time.sleep(0.02)
    code = start.life.code()
    assert "Traceback" not in bench.said()
    bench.look()
    # On a quick machine the study may have come to its end before the second press.
    assert code == 130 or (code == 0 and len(bench.finished) == 2)
    if code == 130:
        # The second press may come before either is written.
        results, pages = ([*bench.runs.glob(f"*/{name}")] for name in ("results.json", "report.html"))
        assert presses == 2 or (len(results) == len(pages) == 1)
        for document in results:
            assert json.loads(document.read_text())["runs"][0]["status"] in {"interrupted", "finished"}
        assert len(bench.finished) < 2
    bench.finish()
    bench.check_end()


def test_the_first_ctrl_c_saves_a_checkpoint_even_where_none_was_due(
    mother_and_folder: tuple[Mother, Path], tmp_path: Path
) -> None:
    mother, folder = mother_and_folder
    make_reference("step-by-step", folder / "uninterrupted", mother)
    bench = Bench(tmp_path, "step-by-step", mother, 3600.0)
    start = bench.start(whole=True)
    deadline = time.monotonic() + 120
    while not list(tmp_path.rglob("kept-*.npz")):
        assert time.monotonic() < deadline
        time.sleep(0.002)
    start.life.kill(signal.SIGINT)
    code = start.life.code()
    assert code in {0, 130}, bench.said()
    if code == 130:
        assert list(bench.runs.glob("*/*/seed-*/checkpoint-*.bin"))
        bench.finish()
        assert "goes on after step" in bench.said() + (bench.folder / "stdout").read_text()
    bench.check_end()
