"""What is asked of each source, and what it answers: plain data."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cnnlab.data.download import PATIENT, Patience, Progress, no_progress
from cnnlab.data.known import KnownFiles
from cnnlab.data.parts import Parts

Notify = Callable[[str], None]
"""Gets one line for people: a damaged cache, a slow step, a folder that cannot be written."""

log_notice: Notify = logging.getLogger("cnnlab.data").warning


@dataclass(frozen=True)
class Request:
    """One wish for a data set.

    Attributes:
        known: Which data set, to the byte.
        cache: Its folder in our cache.
        path: Where the user says that it lies; None to look everywhere else.
        offline: Whether to leave the network alone.
        notify: Gets lines for people.
        progress: Gets the state of a download.
        patience: How long to wait for a mirror, and how often.
    """

    known: KnownFiles
    cache: Path
    path: Path | None = None
    offline: bool = False
    notify: Notify = log_notice
    progress: Progress = no_progress
    patience: Patience = PATIENT


@dataclass(frozen=True, eq=False)
class Found:
    """A whole, checked data set, and where it came from."""

    parts: Parts
    source: str


@dataclass(frozen=True)
class Source:
    """One place where a data set may be.

    Attributes:
        name: What lists and messages call it.
        place: Where that is for this request: a folder, a file, an address.
        there: Whether something lies there, told without reading it; None where only the network knows.
        read: Gives the data set, or raises :class:`cnnlab.data.failures.SourceError` with the reason.
        network: Whether it needs the network.
    """

    name: str
    place: Callable[[Request], str]
    there: Callable[[Request], bool | None]
    read: Callable[[Request], Found]
    network: bool = False
