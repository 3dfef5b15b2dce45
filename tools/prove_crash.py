"""Kill small studies over and over and let their disk fail at every call, and write down that nothing is lost.

After each kill and each failure the store must open, and every run that was once reported finished must still be so,
with the same weights. At the end of each round the study is run to its end, and everything that came out but times must
be what the same study gives when nobody interrupts it: weights bit for bit, epochs, predictions, callbacks' files.

A round of kills is made again with: python tools/prove_crash.py --seed SEED --kills 1
A failure with: python tools/prove_crash.py --fault AT:HOW:ERROR (12:fail:ENOSPC, 40:kill-half)
"""

import argparse
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from proofs_page import ROOT, write_line

COMMAND = "make prove-crash"
PROVED = ("src/cnnlab", "tests/store", "tools/prove_crash.py")
KILLS = 210
# Random kills hit calls as well: not each needs one of its own.
KILL_AT_EACH = 4

sys.path[:0] = [str(ROOT / "tests" / "store")]

import faulty_disk  # noqa: E402 - the line above says where it is
from crash_bench import CHECKPOINTS, make_reference  # noqa: E402
from crashing import Tally, round_of_a_fault, round_of_kills, workshop  # noqa: E402
from faulty_disk import ERRORS, FAILURES, Fault  # noqa: E402
from faulty_disk import KILLS as WAYS_TO_KILL  # noqa: E402
from killing import CrashError, Mother  # noqa: E402


def sources() -> str:
    """Return a sum over the code that is proved and the code that proves it."""
    places = [ROOT / place for place in PROVED]
    paths = [path for place in places for path in (sorted(place.rglob("*.[cp]*")) if place.is_dir() else [place])]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths if path.suffix in {".c", ".py"})).hexdigest()


def kill(seed: int, kills: int, mother: Mother, folder: Path, tally: Tally) -> None:
    """Make rounds until so many processes have been killed."""
    while tally.killed < kills:
        try:
            round_of_kills(seed, mother, folder, tally)
        except CrashError as error:
            raise CrashError(f"{error}\nAgain: python tools/prove_crash.py --seed {seed} --kills 1") from error
        print(f"round {seed}: {tally.killed} of {kills} kills: {dict(tally.kills)}", flush=True)
        seed += 1


def fail(seed: int, mother: Mother, folder: Path, tally: Tally) -> int:
    """Let each call of the smallest study fail in some way, and some end the process; return how many there are."""
    chance = Random(seed)  # noqa: S311 - to be made again
    names = make_reference("tiny", folder / "uninterrupted", mother).calls[CHECKPOINTS[0]]
    for at in range(1, len(names) + 1):
        ways = [Fault(at, chance.choice(FAILURES), chance.choice(ERRORS))]
        if at % KILL_AT_EACH == 0:
            ways.append(Fault(at, chance.choice(WAYS_TO_KILL)))
        for fault in ways:
            one_failure(fault, mother, folder, tally)
        print(f"call {at} of {len(names)}, {names[at - 1]}: {', '.join(map(str, ways))}", flush=True)
    return len(names)


def one_failure(fault: Fault, mother: Mother, folder: Path, tally: Tally) -> None:
    """Let one call fail."""
    try:
        round_of_a_fault(fault, mother, folder, tally)
    except CrashError as error:
        raise CrashError(f"{error}\nAgain: python tools/prove_crash.py --fault {fault}") from error


def figure(tally: Tally, calls: int) -> str:
    """Say what has been done and what it has shown."""
    amid = ", ".join(f"{count} amid {what}" for what, count in sorted(tally.kills.items()))
    by = ", ".join(f"{count} by {what}" for what, count in sorted(tally.faults.items()))
    return (
        f"{tally.killed} kills -9 of studies ({amid}; {tally.workers} of workers), "
        f"{tally.failures} faults of their disk, a failure at each of the {calls} calls of a study and a kill at each "
        f"{KILL_AT_EACH}th ({by}; {tally.harmless} harmless): unreadable stores 0, lost finished runs 0, "
        f"wrong hashes 0 of {tally.finished} runs held against uninterrupted ones"
    )


def prove(seed: int, kills: int) -> str:
    """Do all of it; return what has been shown.

    Raises:
        CrashError: At the first thing that is lost or wrong.
    """
    tally = Tally()
    with workshop() as (mother, folder):
        kill(seed, kills, mother, folder, tally)
        calls = fail(seed, mother, folder, tally)
    return figure(tally, calls)


def main() -> int:
    """Read the command line and prove."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, help=f"make rounds until so many, and no failures ({KILLS} and all)")
    parser.add_argument("--seed", type=int, default=0, help="of the first round (0)")
    parser.add_argument("--fault", metavar="AT:HOW:ERROR", help="let this one call fail")
    chosen = parser.parse_args()
    if faulty_disk.what_is_missing():
        print(faulty_disk.what_is_missing(), file=sys.stderr)
        return 1
    began, before, tally = time.monotonic(), sources(), Tally()
    with tempfile.TemporaryDirectory(prefix="cnnlab-objects-") as objects:
        os.environ.setdefault("CNNLAB_OBJECT_CACHE", objects)
        try:
            if chosen.kills is None and chosen.fault is None:
                shown = prove(chosen.seed, KILLS)
            else:
                with workshop() as (mother, folder):
                    if chosen.fault is not None:
                        one_failure(Fault.of(chosen.fault), mother, folder, tally)
                    else:
                        kill(chosen.seed, chosen.kills, mother, folder, tally)
                print(f"nothing lost: {tally}")
                return 0
        except CrashError as error:
            print(f"a crash is not survived: {error}", file=sys.stderr)
            return 1
    if sources() != before:
        print("the code has changed while it was proved: nothing is written down", file=sys.stderr)
        return 1
    write_line(COMMAND, shown, PROVED)
    print(f"crashes survived: {shown}; {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
