"""Opening an address with the settings that the user's network asks for, and saying in words why it did not open.

Proxies are those of ``https_proxy``, ``http_proxy`` and ``no_proxy``; certificates those of the system, of
``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` (OpenSSL's own), and of ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE`` where a
workplace has set only those.
"""

import errno
import http.client
import os
import socket
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cnnlab.data.failures import SourceError
from cnnlab.errors import explain
from cnnlab.version import __version__

_EXTRA_CA: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_UNREACHABLE: Final = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})
_PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True)
class Trouble:
    """Why an address did not give its file, and whether another try may help."""

    reason: str
    passing: bool


def open_url(url: str, start: int, timeout: float) -> http.client.HTTPResponse:
    """Ask for a file, or for the rest of it.

    Args:
        url: http or https.
        start: Bytes that are here already; 0 for the whole file.
        timeout: Seconds without an answer, at each step.

    Returns:
        The open answer, to be read and closed.

    Raises:
        SourceError: If the address is of another kind, or the certificates named in the environment are not there.
        OSError: What :func:`trouble` puts into words.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise SourceError(
            explain(where=url, expected="an address with https:// or http://", fix="For a folder, give it as the path.")
        )
    request = urllib.request.Request(url, headers={"User-Agent": f"cnnlab/{__version__}"})  # noqa: S310 - checked above
    if start:
        request.add_header("Range", f"bytes={start}-")
    https = urllib.request.HTTPSHandler(context=_certificates())
    answer: http.client.HTTPResponse = urllib.request.build_opener(https).open(request, timeout=timeout)
    return answer


def _certificates() -> ssl.SSLContext:
    context = ssl.create_default_context()
    for name in _EXTRA_CA:
        bundle = os.environ.get(name)
        if bundle:
            _add_bundle(context, name, Path(bundle))
    return context


def _add_bundle(context: ssl.SSLContext, name: str, bundle: Path) -> None:
    try:
        if bundle.is_dir():
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except OSError as error:
        raise SourceError(
            explain(
                where=name,
                expected="a file of trusted certificates (PEM)",
                got=f"{bundle} ({error})",
                fix=f"Correct {name} or unset it.",
            )
        ) from error


def trouble(error: OSError | http.client.HTTPException, url: str, timeout: float) -> Trouble:
    """Put a failed request into words.

    Args:
        error: What :func:`open_url`, or reading from its answer, has raised.
        url: What was asked for.
        timeout: How long each step waited, in seconds.

    Returns:
        The reason as the end of a line, and whether it may pass.
    """
    if isinstance(error, urllib.error.HTTPError):
        passing = error.code >= HTTPStatus.INTERNAL_SERVER_ERROR or error.code in _PASSING
        return Trouble(f"the server answered {error.code} {error.reason}", passing)
    # urllib wraps what goes wrong before the request is out, and nothing after that.
    connecting = isinstance(error, urllib.error.URLError)
    if isinstance(error, urllib.error.URLError) and isinstance(error.reason, OSError):
        error = error.reason
    passing = False
    match error:
        case ssl.SSLCertVerificationError():
            advice = "set SSL_CERT_FILE to the certificates that your network uses"
            reason = f"the certificate is not trusted ({error.verify_message}): {advice}"
        case socket.gaierror():
            reason = f"no network: the name {urlsplit(url).hostname} cannot be resolved"
        case OSError() if error.errno in _UNREACHABLE:
            reason = f"no network: {error.strerror}"
        case TimeoutError() if connecting:
            reason = f"no connection within {timeout:g} s: a firewall may be in the way, or a proxy is needed"
        case TimeoutError():
            reason, passing = f"no answer within {timeout:g} s", True
        case ConnectionError() | ssl.SSLEOFError() | http.client.HTTPException():
            reason, passing = f"the connection failed: {str(error) or type(error).__name__}", True
        case _:
            # A proxy that refuses, or another broken TLS handshake: neither passes by waiting.
            reason = f"the connection failed: {error}"
    return Trouble(reason, passing)
