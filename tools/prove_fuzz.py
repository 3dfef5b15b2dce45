"""Give every reader of files sound files made unsound, for minutes: it may only ever take or refuse them.

A reader that raises any error but ours, opens another file, imports or runs anything, takes more than a second or
200 MB, or ends its process, is a finding: printed with a line that makes it again, and kept as short as it can be made.

A case is made again with: python tools/prove_fuzz.py --reader READER --case SEED:NUMBER
"""

import argparse
import base64
import sys
import tempfile
import time
from pathlib import Path

from proofs_page import ROOT, write_line

COMMAND = "make prove-fuzz"
PROVED = ("src/cnnlab", "tests/hostile", "tools/prove_fuzz.py")
SHORT = 200

sys.path[:0] = [str(ROOT / "tests" / "hostile")]

from fuzzing import Finding, Tally, fuzz, once, shortened  # noqa: E402 - the line above says where it is
from judging import faults  # noqa: E402
from mutating import MUTATIONS, case  # noqa: E402
from server import warm_up  # noqa: E402


def told(finding: Finding, count: int, folder: Path) -> str:
    """Say what was found, and how to see it again."""
    content = shortened(finding.kind, case(finding.kind, finding.seed, finding.number), folder)
    kept = Path(tempfile.gettempdir(), f"cnnlab-fuzz-{finding.kind}-{finding.seed}-{finding.number}")
    kept.write_bytes(content)
    shown = base64.b64encode(content).decode() if len(content) <= SHORT else f"{len(content):,} bytes in {kept}"
    again = f"python tools/prove_fuzz.py --reader {finding.kind} --case {finding.seed}:{finding.number}"
    return f"{finding.kind}, {count} times: {finding.told}\n  shortest: {shown}\n  again: {again}"


def figure(tallies: dict[str, Tally], minutes: float) -> str:
    """Say what has been done and what it has shown."""
    cases = sum(tally.cases for tally in tallies.values())
    each = ", ".join(f"{kind} {tally.cases:,}" for kind, tally in tallies.items())
    return f"{cases:,} mutated files, {minutes:g} minutes for each reader ({each}): each taken or refused by name"


def main() -> int:
    """Work through the readers; 1 if anything was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5, help="for each reader (5)")
    parser.add_argument("--reader", action="append", choices=list(MUTATIONS), help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations (0)")
    parser.add_argument("--case", help="SEED:NUMBER, one case alone")
    asked = parser.parse_args()
    warm_up()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.case:
            return one_case(asked.reader[0], asked.case, folder)
        tallies = {}
        for kind in asked.reader or MUTATIONS:
            began = time.monotonic()
            tally = tallies[kind] = fuzz(kind, asked.seed, 60 * asked.minutes, folder)
            seconds = time.monotonic() - began
            counts = f"{tally.cases:,} cases, {tally.loaded:,} of them sound, {len(tally.findings)} sorts of findings"
            print(f"{kind}: {counts}, {seconds:.0f} s", flush=True)
            for sort, finding in tally.findings.items():
                print(told(finding, tally.counts[sort], folder), flush=True)
        found = any(tally.findings for tally in tallies.values())
    if not found and not asked.reader:
        write_line(COMMAND, figure(tallies, asked.minutes), PROVED)
    return int(found)


def one_case(kind: str, words: str, folder: Path) -> int:
    """Make one case again, and say what it does."""
    seed, number = map(int, words.split(":"))
    outcome = once(kind, case(kind, seed, number), folder)
    wrong = faults(outcome, may_load=True)
    print(f"{outcome.kind}: {outcome.error} {outcome.message}\n{'; '.join(wrong) or 'as it must be'}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
