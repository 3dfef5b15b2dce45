"""Rounds of kills and faults over small studies; after each of them nothing is lost, and at the end all is as ever."""

import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import faulty_disk
from crash_bench import CHECKPOINTS, Bench, make_reference, reference
from faulty_disk import KILLS, Fault
from killed_studies import SMALL
from killing import CrashError, Mother, children, session

_KILLS_IN_A_ROUND: Final = (2, 8)
# How often a round works with whole processes rather than forked ones, and with workers.
_WHOLE: Final = 0.08
_WORKERS: Final = 0.06
_LEFT_AT_THE_REPORT: Final = 0.7
_ORPHANS_LEAVE_WITHIN: Final = 30.0


@dataclass
class Tally:
    """What has been done.

    Attributes:
        rounds: Studies brought to their end.
        kills: Amid what, how often.
        workers: Worker processes killed.
        finished: Runs held against the uninterrupted ones at the ends of rounds.
        faults: Calls that failed, by how.
        harmless: Processes that came to a good end in spite of a failing call.
    """

    rounds: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    workers: int = 0
    finished: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    harmless: int = 0

    @property
    def killed(self) -> int:
        """Count the processes that were killed."""
        return self.kills.total() + self.workers

    @property
    def failures(self) -> int:
        """Count the rounds in which a call failed or ended the process."""
        return self.faults.total()


@contextmanager
def workshop() -> Iterator[tuple[Mother, Path]]:
    """Give a mother of processes and a folder that is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="cnnlab-crashes-"))
    mother = Mother()
    try:
        yield mother, folder
    finally:
        mother.close()
        shutil.rmtree(folder, ignore_errors=True)


# Kills.


def round_of_kills(seed: int, mother: Mother, folder: Path, tally: Tally) -> None:
    """Kill a study some times, look after each kill, bring it to its end and compare.

    Args:
        seed: Decides how and, but for the machine's own pace, when.
        mother: Of the processes.
        folder: For the round and for the study that nobody interrupts.
        tally: Where it is counted.

    Raises:
        CrashError: If anything is lost or other than uninterrupted.
    """
    chance = Random(seed)
    kind = chance.random()
    name = "mixed" if kind < _WORKERS else chance.choice(SMALL)
    make_reference(name, folder / "uninterrupted", mother)
    every = chance.choice(CHECKPOINTS[:2])
    place = folder / f"round-{seed}"
    place.mkdir()
    bench = Bench(place, name, mother, every)
    for _ in range(chance.randint(*_KILLS_IN_A_ROUND)):
        bench.words = ("--workers", "2") if kind < _WORKERS else ("--threads", str(chance.randint(1, 2)))
        if kind < _WORKERS:
            _kill_among_workers(bench, chance, tally)
        elif chance.random() < 0.5 and not faulty_disk.what_is_missing():
            _kill_at_a_call(bench, chance, tally)
        else:
            _kill_at_a_moment(bench, chance, tally, whole=kind < _WORKERS + _WHOLE)
        done = bench.look()
        # Only the report is left then, which a few rounds see enough of.
        if len(done) == len(reference(name).sums) and chance.random() < _LEFT_AT_THE_REPORT:
            break
    bench.finish(whole=kind < _WORKERS)
    bench.check_end()
    tally.rounds += 1
    tally.finished += len(bench.finished)
    shutil.rmtree(place)


def _kill_at_a_moment(bench: Bench, chance: Random, tally: Tally, *, whole: bool) -> None:
    """Kill whatever the process is doing then."""
    lasts = reference(bench.name).seconds[bench.checkpoint_seconds] * (3 if whole else 1)
    start = bench.start(whole=whole)
    if not start.life.ends_within(chance.uniform(0, lasts)):
        moment = time.monotonic()
        start.life.kill()
        tally.kills[faulty_disk.doing(start.trace, moment)] += 1
    _must_have_been_killed(bench, start.life.code())


def _kill_at_a_call(bench: Bench, chance: Random, tally: Tally) -> None:
    """Kill at one of the calls that change files; flushes and renames are as likely as the many writes."""
    names = reference(bench.name).calls[bench.checkpoint_seconds]
    wanted = chance.choice(sorted(set(names)))
    at = chance.choice([number for number, name in enumerate(names, start=1) if name == wanted])
    start = bench.start(Fault(at, chance.choice(KILLS)))
    code = start.life.code()
    if code < 0:
        tally.kills[faulty_disk.doing(start.trace)] += 1
    _must_have_been_killed(bench, code)


def _kill_among_workers(bench: Bench, chance: Random, tally: Tally) -> None:
    """Kill a worker, and let the others go on; or the process that sent them, and see all leave."""
    lasts = reference(bench.name).seconds[bench.checkpoint_seconds]
    start = bench.start(whole=True)
    ended = start.life.ends_within(chance.uniform(1.0, 3 * lasts + 3.0))
    workers = children(start.life.pid)
    if not ended and workers and chance.random() < 0.5:
        workers[chance.randrange(len(workers))].kill()
        tally.workers += 1
        if start.life.code() != 0:
            raise CrashError(f"the study does not outlive a worker: {bench.said()[-2000:]}")
        return
    if not ended:
        moment = time.monotonic()
        start.life.kill()
        tally.kills[faulty_disk.doing(start.trace, moment)] += 1
    _must_have_been_killed(bench, start.life.code())
    deadline = time.monotonic() + _ORPHANS_LEAVE_WITHIN
    while left := session(start.life.pid):
        if time.monotonic() > deadline:
            for one in left:
                one.kill()
            raise CrashError(f"{len(left)} workers outlive the process that sent them")
        time.sleep(0.2)


def _must_have_been_killed(bench: Bench, code: int) -> None:
    if code > 0:
        raise CrashError(f"a process that was to be killed failed first: {code}: {bench.said()[-2000:]}")


# Faults.


def round_of_a_fault(fault: Fault, mother: Mother, folder: Path, tally: Tally, name: str = "tiny") -> None:
    """Let a call of a whole study fail, look, then run it to its end without a fault and compare.

    Args:
        fault: Which call, and how.
        mother: Of the processes.
        folder: For the round and for the study that nobody interrupts.
        tally: Where it is counted.
        name: Of the study.

    Raises:
        CrashError: If the process ends otherwise than well, killed, or with one message; if anything is lost then; or
            if the study does not come to the end that it has without a fault.
    """
    make_reference(name, folder / "uninterrupted", mother)
    place = folder / f"fault-{fault}".replace(":", "-")
    place.mkdir()
    bench = Bench(place, name, mother, CHECKPOINTS[0])
    start = bench.start(fault)
    code = start.life.code()
    try:
        _must_have_ended_well(bench, fault, code, tally)
        bench.look()
        if code == 0:
            bench.check_end()
        bench.finish()
        bench.check_end()
    except CrashError as error:
        found = [call for call in faulty_disk.calls(start.trace) if call.number == fault.at]
        where = f"{found[0].name} {Path(found[0].path).relative_to(bench.runs.parent)}" if found else "no call"
        raise CrashError(f"fault {fault}, {where}: {error}") from error
    tally.rounds += 1
    tally.finished += len(bench.finished)
    tally.faults[f"{fault.how} {fault.error}" if fault.how not in KILLS else fault.how] += 1
    shutil.rmtree(place)


def _must_have_ended_well(bench: Bench, fault: Fault, code: int, tally: Tally) -> None:
    said = bench.said()
    if fault.how in KILLS:
        _must_have_been_killed(bench, code)
        return
    if "Traceback" in said or "Exception ignored" in said:
        raise CrashError(f"a traceback: {said[-3000:]}")
    if code == 0:
        tally.harmless += 1
        return
    messages = re.findall(r"^cnnlab: .*", said, re.MULTILINE)
    if code not in {1, 2} or len(messages) != 1:
        raise CrashError(f"not one message but {len(messages)}, exit code {code}: {said[-2000:]}")
