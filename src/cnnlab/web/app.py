"""The application: which address is answered by whom, behind the guard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from cnnlab.errors import CnnlabError
from cnnlab.store import Store
from cnnlab.web.answers import on_fault, on_message, on_missing, on_problem
from cnnlab.web.desk import Desk
from cnnlab.web.doing import Doing
from cnnlab.web.guard import App, Door, Guard
from cnnlab.web.networks import Networks
from cnnlab.web.pad import Pad
from cnnlab.web.pages import Pages
from cnnlab.web.problems import Problem
from cnnlab.web.reading import Reading
from cnnlab.web.stream import Watch, events_route


def application(store: Store, door: Door, *, offline: bool = False) -> App:
    """Make the server's application.

    Args:
        store: Of the folder that is shown; stays the caller's to close, after the server has ended.
        door: Who may come in.
        offline: Never use the network for data.
    """
    desk = Desk(store, offline=offline)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        desk.close()

    app = Starlette(
        routes=_routes(desk),
        exception_handlers={
            Problem: on_problem,
            CnnlabError: on_message,
            HTTPException: on_missing,
            Exception: on_fault,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return Guard(app, door)


def _routes(desk: Desk) -> list[Route]:
    pages, reading, networks, pad, doing = Pages(desk), Reading(desk), Networks(desk), Pad(desk), Doing(desk)
    return [
        Route("/", pages.index),
        Route("/assets/{name}", pages.asset),
        Route("/reports/{study}", pages.report),
        Route("/api/runs", reading.runs),
        Route("/api/studies", reading.studies),
        Route("/api/studies", doing.begin, methods=["POST"]),
        Route("/api/studies/{study}", reading.study),
        Route("/api/studies/{study}/events", events_route(desk, Watch(desk))),
        Route("/api/studies/{study}/stop", doing.stop, methods=["POST"]),
        Route("/api/studies/{study}/resume", doing.resume, methods=["POST"]),
        Route("/api/compare", reading.compare),
        Route("/api/architectures", networks.listed),
        Route("/api/architectures/{name:path}", networks.one),
        Route("/api/test-images", pad.test_images),
        Route("/api/pad", pad.ask, methods=["POST"]),
        Route("/api/pad/layers", pad.layers, methods=["POST"]),
        Route("/api/upload", pad.upload, methods=["POST"]),
    ]
