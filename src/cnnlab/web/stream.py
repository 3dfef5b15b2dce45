"""Event streams: one look at the store wakes all who listen, and each reads on from where it is."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from cnnlab.errors import CnnlabError
from cnnlab.lab.background import known
from cnnlab.records import StoredEvent
from cnnlab.store.values import finite
from cnnlab.web.desk import Desk
from cnnlab.web.problems import MISSING, Problem
from cnnlab.web.study import epoch_document, pulse
from cnnlab.web.words import number, study_number

_LOG: Final = logging.getLogger(__name__)

LOOK: Final = 0.2  # seconds between two looks at the store
PULSE: Final = 1.0  # seconds between two looks at who trains: a process that is killed writes nothing
AT_ONCE: Final = 200  # rows in memory for each stream
_PING: Final = 15
_PATIENCE: Final = 60  # seconds for a browser that reads nothing; it may come again
_RETRY: Final = 1000  # milliseconds


@dataclass
class _Bell:
    """What those who wait for a study wait for."""

    rung: asyncio.Event = field(default_factory=asyncio.Event)

    def ring(self) -> None:
        """Wake all; who waits from now on waits for the next time."""
        self.rung.set()
        self.rung = asyncio.Event()


class Watch:
    """Looks at the store for all streams of a server, as long as there are any.

    Args:
        desk: The server's.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._listeners: Counter[int] = Counter()
        self._bells: dict[int, _Bell] = {}
        self._pulses: dict[int, dict[str, Any]] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> int:
        """Count the streams that are open."""
        return self._listeners.total()

    @contextmanager
    def listening(self, study: int) -> Iterator[None]:
        """Count a stream of a study; the first one of all sets the watch going."""
        self._listeners[study] += 1
        self._bells.setdefault(study, _Bell())
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._look())
        try:
            yield
        finally:
            self._listeners[study] -= 1
            if not self._listeners[study]:
                del self._listeners[study], self._bells[study]
                self._pulses.pop(study, None)
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None

    def bell(self, study: int) -> asyncio.Event:
        """Return what rings at the next event; ask before reading, so that none comes in between unheard."""
        return self._bells[study].rung

    def pulse(self, study: int) -> dict[str, Any] | None:
        """Return how a study stands, as it was last looked at."""
        return self._pulses.get(study)

    async def _look(self) -> None:
        seen, looked, loop = -1, 0.0, asyncio.get_running_loop()
        while True:
            try:
                last = await self._desk.read(self._desk.store.last_event)
                if last != seen or loop.time() - looked >= PULSE:
                    changed, seen, looked = last != seen, last, loop.time()
                    await self._feel(list(self._bells), changed=changed)
            except CnnlabError:
                # A store that another process holds for half a minute is no reason to end all streams.
                _LOG.warning("the store could not be looked at", exc_info=True)
            await asyncio.sleep(LOOK)

    async def _feel(self, studies: list[int], *, changed: bool) -> None:
        """Take the pulse of studies, and wake those who listen where there is anything to tell."""
        for study in studies:
            found = await self._felt(study)
            if study in self._bells and (changed or found != self._pulses.get(study)):
                if found is not None:
                    self._pulses[study] = found
                self._bells[study].ring()

    async def _felt(self, study: int) -> dict[str, Any] | None:
        """Take a pulse; a study of which that cannot be said keeps nobody else's events back."""
        try:
            return await self._desk.read(partial(pulse, self._desk, study))
        except Exception:  # noqa: BLE001 - told, and whatever it is
            _LOG.exception("no word of how study %s stands", study)
            return self._pulses.get(study)


async def follow(desk: Desk, watch: Watch, study: int, after: int) -> AsyncIterator[ServerSentEvent]:
    """Give the events of a study after one, for ever; between them how the study stands, when that changes."""
    told: dict[str, Any] | None = None
    yield ServerSentEvent(retry=_RETRY, comment="cnnlab")
    with watch.listening(study):
        while True:
            bell = watch.bell(study)
            while rows := await desk.read(partial(desk.store.events, study, after, AT_ONCE)):
                for row in rows:
                    yield ServerSentEvent(
                        json.dumps(document(row), allow_nan=False), event=row.kind, id=str(row.id), sep="\n"
                    )
                    after = row.id
            standing = watch.pulse(study)
            if standing is not None and standing != told:
                told = standing
                yield ServerSentEvent(json.dumps(standing, allow_nan=False), event="study", sep="\n")
            await bell.wait()


def document(event: StoredEvent) -> dict[str, Any]:
    """Return what a stream says of an event."""
    match event.kind:
        case "cut":
            return {"run": event.run, "epoch": event.epoch}
        case "epoch":
            assert event.row is not None
            run = {"run": event.run, "architecture": event.key.architecture, "seed": event.key.seed}
            return run | epoch_document(event.row)
        case "run":
            return {
                "run": event.run,
                "architecture": event.key.architecture,
                "seed": event.key.seed,
                "status": event.status,
                "test_accuracy": event.test_accuracy,
                "test_loss": finite(event.test_loss),
            }


def events_route(desk: Desk, watch: Watch) -> Any:  # noqa: ANN401 - Starlette's own word for a function of a request
    """Make the answer to ``GET /api/studies/ID/events``."""

    async def events(request: Request) -> Response:
        study, after = study_number(request), _after(request)
        try:
            await desk.read(lambda: known(desk.store, study))
        except LookupError:
            raise Problem(MISSING, expected="the number of a study", got=str(study)) from None
        return EventSourceResponse(
            follow(desk, watch, study, after), ping=_PING, send_timeout=_PATIENCE, sep="\n", cleanup_timeout=5.0
        )

    return events


def _after(request: Request) -> int:
    """Read where a stream goes on: what the browser saw last, or what the address says."""
    header = request.headers.get("last-event-id")
    if header:
        return number(header, "Last-Event-ID")
    return number(request.query_params.get("after") or "0", "after")
