"""Answers in JSON, and ours to every error."""

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cnnlab.errors import CnnlabError, DataUnavailableError, UsageError
from cnnlab.lab.background import BusyError
from cnnlab.web.problems import BROKEN, CONFLICT, MISSING, UNUSABLE, Problem, unusable


def answer(document: Any, status: int = 200) -> Response:  # noqa: ANN401 - JSON
    """Send plain values; NaN and infinity are a mistake of ours, and lone surrogates go out as they came."""
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    return Response(text, status, media_type="application/json")


async def on_problem(request: Request, error: Exception) -> Response:
    """Answer what we refuse."""
    del request
    assert isinstance(error, Problem)
    return answer(error.document(), error.status)


async def on_message(request: Request, error: Exception) -> Response:
    """Answer one of cnnlab's own messages."""
    del request
    assert isinstance(error, CnnlabError)
    busy = isinstance(error, BusyError | DataUnavailableError)
    status = CONFLICT if busy else UNUSABLE if isinstance(error, UsageError) else BROKEN
    problem = unusable(error, status)
    return answer(problem.document(), problem.status)


async def on_missing(request: Request, error: Exception) -> Response:
    """Answer an address that is none of ours."""
    status = error.status_code if isinstance(error, HTTPException) else MISSING
    where = request.url.path[:200]
    return answer(Problem(status, expected="an address of this server", got="another", where=where).document(), status)


async def on_fault(request: Request, error: Exception) -> Response:
    """Answer a mistake of ours without its insides; the log has them."""
    del error
    got, fix = "a mistake of cnnlab's", "The terminal of cnnlab serve says more."
    problem = Problem(BROKEN, expected="an answer", got=got, where=request.url.path[:200], fix=fix)
    return answer(problem.document(), BROKEN)
