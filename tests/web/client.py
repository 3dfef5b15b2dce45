"""A client of an application in the same process: no socket, and the loop in a thread of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from typing import Any, Self

import httpx


class Client:
    """Sends requests to an ASGI application, one after the other; a ``with`` begins and ends its life."""

    def __init__(self, app: Any, address: str) -> None:  # noqa: ANN401 - ASGI
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url=address, timeout=60)
        self._said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def __enter__(self) -> Self:
        self._thread.start()
        self.run(self._begun())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._ended())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Any) -> Any:  # noqa: ANN401 - a coroutine and what it returns
        """Run a coroutine in the application's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def request(
        self,
        method: str,
        path: str,
        *,
        content: bytes | Iterable[bytes] | None = None,
        headers: Any = None,  # noqa: ANN401
    ) -> httpx.Response:
        """Send a request; content in parts goes out without a length."""
        given: Any = content if content is None or isinstance(content, bytes) else _parts(content)
        answer: httpx.Response = self.run(self._client.request(method, path, content=given, headers=headers))
        return answer

    async def _begun(self) -> None:
        self._life = asyncio.create_task(self._app({"type": "lifespan"}, self._said.get, self._told.put))
        await self._said.put({"type": "lifespan.startup"})
        assert (await self._told.get())["type"] == "lifespan.startup.complete"

    async def _ended(self) -> None:
        await self._client.aclose()
        await self._said.put({"type": "lifespan.shutdown"})
        await self._life


async def _parts(content: Iterable[bytes]) -> AsyncIterator[bytes]:
    for part in content:
        yield part
