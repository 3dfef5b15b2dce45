"""What no reader may do with any file, told of an `Outcome`."""

from typing import Final

from limited import Outcome

MOST_SECONDS: Final = 1.0
MOST_MIB: Final = 190
"""200 MB, in the unit of the measure."""
MOST_CHARACTERS: Final = 4_000


def faults(found: Outcome, *, may_load: bool = False) -> list[str]:
    """Say in words what was wrong; nothing where all is well."""
    wrong = []
    if found.kind == "broken":
        wrong.append(f"{found.error}: {found.message[:300]}")
    if found.kind == "loaded" and not may_load:
        wrong.append("taken as sound")
    if found.kind == "refused" and not is_a_message(found.message):
        wrong.append(f"no message for people: {found.message[:300]!r}")
    if found.deeds:
        wrong.append(f"reached out: {'; '.join(found.deeds)[:500]}")
    if found.seconds > MOST_SECONDS:
        wrong.append(f"{found.seconds:.1f} s")
    if found.mib > MOST_MIB:
        wrong.append(f"{found.mib:.0f} MiB")
    return wrong


def is_a_message(text: str) -> bool:
    """Tell whether a text can be shown: not without end, and nothing in it that a terminal takes for a command."""
    return 0 < len(text) < MOST_CHARACTERS and all(one.isprintable() or one == "\n" for one in text)
