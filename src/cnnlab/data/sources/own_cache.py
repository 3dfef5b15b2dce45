"""The second source: what an earlier load has stored."""

from typing import Final

from cnnlab.data import cache
from cnnlab.data.folders import for_people
from cnnlab.data.request import Found, Request, Source


def _read(request: Request) -> Found:
    parts = cache.read(request.cache, request.known)
    origin = cache.origin(request.cache)
    return Found(parts, f"cache, made from {origin}" if origin else "cache")


OWN_CACHE: Final = Source(
    "cache", lambda request: for_people(request.cache), lambda request: cache.is_there(request.cache), _read
)
