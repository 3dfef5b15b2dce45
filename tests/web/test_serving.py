"""The socket that a server listens at."""

import asyncio
import socket

from cnnlab.web.serving import LOOPBACK, _listening


def test_what_is_answered_is_sent_at_once_and_not_after_an_acknowledgement() -> None:
    found: list[int] = []

    async def accept() -> None:
        answered = asyncio.Event()

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted: socket.socket = writer.get_extra_info("socket")
            found.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()
            answered.set()

        listening = _listening(LOOPBACK, 0)
        async with await asyncio.start_server(answer, sock=listening):
            _, asking = await asyncio.open_connection(*listening.getsockname())
            await asyncio.wait_for(answered.wait(), 10)
            asking.close()

    asyncio.run(accept())
    assert found
    assert all(found)
