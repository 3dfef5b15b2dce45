"""A look at data of the user's own that refuses nothing: what they are, and all that is wrong with them at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from cnnlab.data.download import Progress, no_progress
from cnnlab.data.folders import for_people
from cnnlab.data.own.kinds import found_kind
from cnnlab.data.own.layout import counts, named
from cnnlab.data.own.loading import Loaded, load_own, own_name
from cnnlab.data.own.raw import SHOWN
from cnnlab.data.own.reading import LARGEST_SIDE, Kind, OwnData, Reading
from cnnlab.data.own.shelf import Shelf, archive_shelf, folder_shelf
from cnnlab.data.own.shelved import Look, look
from cnnlab.data.request import Notify, log_notice
from cnnlab.errors import CnnlabError, DataUnavailableError

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """Something that the user should know: an error keeps the data from being trained on."""

    kind: str
    severity: Severity
    text: str


@dataclass(frozen=True, eq=False)
class Checkup:
    """What was found.

    Attributes:
        name: Of the data.
        kind: What they are.
        where: Where they lie, for people.
        pictures: How many pictures of each class, where they cannot be loaded; else empty.
        findings: All that the user should know.
        loaded: The data, where they can be trained on.
    """

    name: str
    kind: Kind
    where: str
    pictures: dict[str, int]
    findings: tuple[Finding, ...]
    loaded: Loaded | None


def check(
    path: Path,
    reading: Reading | None = None,
    *,
    notify: Notify | None = None,
    progress: Progress | None = None,
) -> Checkup:
    """Look at data.

    Args:
        path: A file or a folder.
        reading: How they shall be read.
        notify: Gets lines for people.
        progress: Gets a name, how much is done and of how much.

    Raises:
        DataUnavailableError: If nothing lies there.
        DataError: If it is nothing that can be read.
    """
    reading = reading or Reading()
    path = path.expanduser()
    kind = reading.kind or found_kind(path)
    progress = progress or no_progress
    name, where = own_name(path), for_people(path)
    findings: list[Finding] = []
    pictures: dict[str, int] = {}
    if kind in {"folder", "zip"}:
        try:
            with _shelf(path, kind, where) as shelf:
                seen = look(shelf, where, partial(progress, f"Looking at {name}"))
        except DataUnavailableError:
            raise
        except CnnlabError as error:
            return Checkup(name, kind, where, {}, (Finding("unreadable", "error", str(error)),), None)
        findings += _of_pictures(seen, reading)
        pictures = counts(seen.layout)
    if any(one.severity == "error" for one in findings):
        return Checkup(name, kind, where, pictures, tuple(findings), None)
    try:
        loaded = load_own(path, OwnData(reading), notify=notify or log_notice, progress=progress)
    except DataUnavailableError:
        raise
    except CnnlabError as error:
        findings.append(Finding("unreadable", "error", str(error)))
        return Checkup(name, kind, where, pictures, tuple(findings), None)
    known = {one.text for one in findings}
    findings += [Finding("reading", "note", text) for text in loaded.notices if text not in known]
    return Checkup(name, kind, where, {}, tuple(findings), loaded)


@contextmanager
def _shelf(path: Path, kind: Kind, where: str) -> Iterator[Shelf]:
    if kind == "folder":
        yield folder_shelf(path, where)
        return
    with archive_shelf(path, where) as shelf:
        yield shelf


def _of_pictures(seen: Look, reading: Reading) -> Iterator[Finding]:
    """Say what the first look at every picture has told."""
    if seen.broken:
        several = "1 file is" if len(seen.broken) == 1 else f"{len(seen.broken):,} files are"
        told = "; ".join(f"{named([name])}: {reason}" for name, reason in seen.broken[:SHOWN])
        more = "; ..." if len(seen.broken) > SHOWN else ""
        yield Finding("broken", "error", f"{several} no picture that can be used: {told}{more}. Mend or remove them.")
    if seen.odd and seen.size is not None:
        one = len(seen.odd) == 1
        several = f"{len(seen.odd):,} picture{' has' if one else 's have'} another size than the first"
        told = ", ".join(f"{named([name])} {height} x {width}" for name, (height, width) in seen.odd[:SHOWN])
        more = ", ..." if len(seen.odd) > SHOWN else ""
        proposed = "x".join(str(min(side, LARGEST_SIDE)) for side in seen.size)
        text = (
            f"{several} ({seen.size[0]} x {seen.size[1]}): {told}{more}. --resize {proposed} brings them to one size."
        )
        yield Finding("sizes", "note" if reading.resize else "error", text)
    elif seen.size is not None and max(seen.size) > LARGEST_SIDE and reading.resize is None:
        most = f"{LARGEST_SIDE} x {LARGEST_SIDE}"
        text = f"The pictures have {seen.size[0]} x {seen.size[1]} pixels; at most {most} are read."
        yield Finding("sizes", "error", f"{text} --resize 64x64 makes them smaller.")
    if len(seen.layout.class_names) == 1:
        text = f"There is one class only, {seen.layout.class_names[0]!r}: a network learns to tell classes apart."
        yield Finding("one-class", "error", text)
    for text in seen.layout.notices():
        yield Finding("left-out", "warning", text)
