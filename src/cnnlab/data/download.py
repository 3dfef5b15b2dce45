"""Fetching one file: progress, resume, retries, and nothing under the final name that has not been checked.

What has arrived lies in ``NAME.part`` and is taken up again by the next try or the next process, with a Range request.
A server that ignores the range, or has another file by now, costs one download from the start. A process takes the
part by renaming it, which only one of several can do; the others begin parts of their own and throw them away.
"""

import contextlib
import http.client
import os
import re
import secrets
import time
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final, TypeVar

from cnnlab.data.connection import open_url, trouble
from cnnlab.data.failures import SourceError

T = TypeVar("T")
Progress = Callable[[str, int, int | None], None]
"""Gets the file's name, the bytes that are here, and how many it will be (None if the server does not say)."""

_CHUNK: Final = 2**16
# No download is silent for longer than its time-outs and pauses; a part this old belongs to a process that was killed.
_ORPHANED_SECONDS: Final = 600
_WEB_PAGE: Final = re.compile(rb"\s*<(!doctype|html|head|body|script)", re.IGNORECASE)


@dataclass(frozen=True)
class Patience:
    """How long a mirror is waited for.

    Attributes:
        timeout: Seconds without an answer or a byte. Slow school networks need some; a dead one should not take long.
        attempts: Tries for each file, as long as the trouble is one that may pass.
        first_pause: Seconds before the second try; doubled before each later one.
        sleep: Waits; tests hand in one that does not.
    """

    timeout: float = 15.0
    attempts: int = 4
    first_pause: float = 0.5
    sleep: Callable[[float], None] = time.sleep


PATIENT: Final = Patience()


class _PassingError(SourceError):
    """This try has failed, and another one may not."""


def no_progress(_name: str, _done: int, _total: int | None) -> None:
    """Tell nobody."""


def fetch(url: str, folder: Path, read: Callable[[Path], T], patience: Patience, progress: Progress) -> T:
    """Download a file and return what can be read from it.

    Args:
        url: Its address; the last part of the path is the file's name.
        folder: Where to put it; must exist.
        read: Opens and checks the file; its SourceError means that the content is wrong.
        patience: How long to wait, and how often.
        progress: Is told how far the download has come.

    Returns:
        What ``read`` made of the file, which then lies in the folder under its own name.

    Raises:
        SourceError: With the reason, if the file cannot be had or is wrong. A wrong file is deleted; one cut short
            stays as ``.part``.
        OSError: If the folder cannot be written.
    """
    final = folder / url.rsplit("/", 1)[1]
    with contextlib.suppress(SourceError, FileNotFoundError):
        return read(final)
    with _claimed_part(final) as part:
        spliced = _download(url, part, patience, progress)
        try:
            value = _read_or_delete(part, read, final.name)
        except SourceError:
            if not spliced:
                raise
            # The beginning may have been of another version of the file: begin again without it.
            _download(url, part, patience, progress)
            value = _read_or_delete(part, read, final.name)
        part.replace(final)
        return value


def _read_or_delete(part: Path, read: Callable[[Path], T], name: str) -> T:
    try:
        return read(part)
    except SourceError as error:
        part.unlink()
        # People know the file by its own name, not by that of our part.
        raise SourceError(f"wrong content, deleted: {str(error).replace(part.name, name)}") from error


def _download(url: str, part: Path, patience: Patience, progress: Progress) -> bool:
    """Complete the part, and say whether it was put together from several answers."""
    pause = patience.first_pause
    spliced = False
    for attempt in range(1, patience.attempts + 1):
        spliced = _size(part) > 0
        try:
            _transfer(url, part, patience.timeout, progress)
        except _PassingError as error:
            if attempt == patience.attempts:
                raise SourceError(f"{error} ({attempt} tries)") from error
            patience.sleep(pause)
            pause *= 2
        else:
            break
    return spliced


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _transfer(url: str, part: Path, timeout: float, progress: Progress) -> None:
    """Append what is missing to the part."""
    here = _size(part)
    with _answer(url, here, part, timeout) as answer:
        start = _agreed_start(answer, here, part)
        total = _total(answer, start)
        _refuse_web_page(answer.headers.get_content_type() == "text/html", url)
        done = start
        with part.open("ab" if start else "wb") as file:
            for chunk in _chunks(answer, url, timeout):
                _refuse_web_page(done == 0 and _WEB_PAGE.match(chunk) is not None, url)
                file.write(chunk)
                done += len(chunk)
                progress(url.rsplit("/", 1)[1], done, total)
    if total is not None and done < total:
        raise _PassingError(f"the connection was cut after {done:,} of {total:,} bytes")


def _answer(url: str, here: int, part: Path, timeout: float) -> http.client.HTTPResponse:
    try:
        return open_url(url, here, timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if here and error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()
            raise _PassingError("what was here already is longer than the file") from error
        raise _in_words(error, url, timeout) from error
    except (OSError, http.client.HTTPException) as error:
        raise _in_words(error, url, timeout) from error


def _agreed_start(answer: http.client.HTTPResponse, here: int, part: Path) -> int:
    """Return where the answer's bytes belong: behind those that are here, or at the start if it is the whole file."""
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        return 0
    if not answer.headers.get("Content-Range", "").startswith(f"bytes {here}-"):
        part.unlink(missing_ok=True)
        raise _PassingError("the server sent another part of the file than was asked for")
    return here


def _in_words(error: OSError | http.client.HTTPException, url: str, timeout: float) -> SourceError:
    known = trouble(error, url, timeout)
    return _PassingError(known.reason) if known.passing else SourceError(known.reason)


def _total(answer: http.client.HTTPResponse, start: int) -> int | None:
    length = answer.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _chunks(answer: http.client.HTTPResponse, url: str, timeout: float) -> Iterator[bytes]:
    """Read the answer; only the network's errors are put into words here, never those of our own disk."""
    while True:
        try:
            chunk = answer.read(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise _in_words(error, url, timeout) from error
        if not chunk:
            return
        yield chunk


def _refuse_web_page(found: bool, url: str) -> None:
    if found:
        raise SourceError(
            "a web page came in place of the file: a proxy or a login page has answered; "
            f"open {url} in a browser to see it, or set https_proxy"
        )


@contextmanager
def _claimed_part(final: Path) -> Iterator[Path]:
    """Give a part of our own, begun by an earlier process or empty; put it back for the next one if it is not done."""
    shared = final.with_name(f"{final.name}.part")
    own = final.with_name(f"{final.name}.part-{os.getpid()}-{secrets.token_hex(4)}")
    for begun in (shared, *_orphans(final)):
        with contextlib.suppress(FileNotFoundError):
            begun.replace(own)
            break
    try:
        yield own
    finally:
        _put_back(own, shared)


def _orphans(final: Path) -> list[Path]:
    now, found = time.time(), []
    for part in final.parent.glob(f"{final.name}.part-*"):
        # Another process may have taken it since the folder was listed.
        with contextlib.suppress(FileNotFoundError):
            if now - part.stat().st_mtime > _ORPHANED_SECONDS:
                found.append(part)
    return found


def _put_back(own: Path, shared: Path) -> None:
    if not own.exists():
        return
    if own.stat().st_size == 0 or shared.exists():
        own.unlink()
    else:
        own.replace(shared)
