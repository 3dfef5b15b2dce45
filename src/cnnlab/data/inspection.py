"""What is on this machine: where a data set would come from, and whether what is stored is whole."""

from dataclasses import dataclass
from pathlib import Path

from cnnlab.data import cache, made_up
from cnnlab.data.cache import PartState
from cnnlab.data.catalogue import data_set
from cnnlab.data.folders import cache_root
from cnnlab.data.known import KnownFiles
from cnnlab.data.request import Request
from cnnlab.data.search import first_that_has_it
from cnnlab.data.sources import sources_for
from cnnlab.data.sources.given_path import GIVEN_PATH


@dataclass(frozen=True)
class Location:
    """One source as it is on this machine now.

    Attributes:
        source: Its name.
        place: Folder, file or address.
        there: Whether something lies there; None where only the network knows.
    """

    source: str
    place: str
    there: bool | None


def locations(name: str) -> list[Location]:
    """List the sources of a data set in the order in which they are asked, without reading or asking any.

    Raises:
        UsageError: If there is no data set of this name.
    """
    known = data_set(name).files
    if known is None:
        return [Location("made on the spot", "no file", there=True)]
    request = Request(known, cache_root() / known.name)
    return [Location(source.name, source.place(request), source.there(request)) for source in sources_for(request)]


def stored(name: str) -> bool:
    """Say whether a data set can be had here without searching: it is in the cache, or made on the spot.

    Raises:
        UsageError: If there is no data set of this name.
    """
    known = data_set(name).files
    return known is None or cache.is_there(cache_root() / known.name)


def verify(name: str, path: Path | None = None) -> list[PartState]:
    """Sum every part of a data set and hold it against what is known; nothing is stored or repaired.

    Args:
        name: Of the data set.
        path: Files of the user's, in any form that a load accepts; None for the cache.

    Raises:
        UsageError: If there is no data set of this name.
        DataUnavailableError: If the files at the path cannot be used, with the reason.
    """
    known = data_set(name).files
    if known is None:
        return _verify_made_up()
    if path is None:
        return cache.states(cache_root() / known.name, known)
    return _verify_path(known, path)


def _verify_path(known: KnownFiles, path: Path) -> list[PartState]:
    _, found = first_that_has_it(Request(known, cache_root() / known.name, path=path), [GIVEN_PATH])
    return [PartState(part.name, part.sha256, "ok") for part in known.with_sums_of(found.parts).parts]


def _verify_made_up() -> list[PartState]:
    found = made_up.load().sums
    return [
        PartState(part, expected, "ok" if found[part] == expected else "damaged")
        for part, expected in made_up.SUMS.items()
    ]
