"""The page, its scripts and styles, and saved reports."""

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from cnnlab.lab.background import known
from cnnlab.web.desk import Desk
from cnnlab.web.headers import report_policy
from cnnlab.web.problems import MISSING, Problem
from cnnlab.web.words import study_number

_KINDS: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_NAME: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.(js|css)")
_NONE: Final = "<!doctype html><html lang=en><title>cnnlab</title><p>This installation has no page."


class Pages:
    """Answers to what a browser shows. All assets are read when the server begins: no address ever opens a file."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        page = files("cnnlab.web") / "page"
        self._index = _text(page / "index.html") or _NONE
        report = files("cnnlab.report")
        found = [report / "templates" / "style.css", report / "templates" / "figures.css", report / "pad" / "canvas.js"]
        found += list(page.iterdir()) if page.is_dir() else []
        self._assets = {one.name: _text(one) or "" for one in found if _NAME.fullmatch(one.name)}

    async def index(self, request: Request) -> Response:
        """Answer ``GET /``."""
        del request
        return Response(self._index, media_type="text/html")

    async def asset(self, request: Request) -> Response:
        """Answer ``GET /assets/NAME``."""
        name = request.path_params["name"]
        if name not in self._assets:
            raise Problem(MISSING, expected="the name of a script or a style", got=repr(name[:100]))
        kind = _KINDS["." + name.rpartition(".")[2]]
        return Response(self._assets[name], media_type=kind, headers={"Cache-Control": "no-cache"})

    async def report(self, request: Request) -> Response:
        """Answer ``GET /reports/ID``: in a sandbox, so that a report's script is nobody to this server."""
        number = study_number(request)
        html = await self._desk.read(lambda: self._report(number))
        return Response(html, media_type="text/html", headers={"Content-Security-Policy": report_policy(html)})

    def _report(self, number: int) -> str:
        parent = self._desk.store.parent.resolve()
        try:
            study = known(self._desk.store, number)
            path = (parent / study.folder / "report.html").resolve()
            if path.is_relative_to(parent):
                return path.read_text(encoding="utf-8", errors="replace")
        except (LookupError, OSError):
            pass
        raise Problem(MISSING, expected="a study with a saved report", got=str(number))


def _text(file: Traversable) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None
