"""Let a hundred event streams follow a training, and hold the server's memory at the end against that after a minute.

Every stream must have every event of the study, each once and in order.

PYTHONPATH=src python tools/prove_web.py --minutes 5
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from proofs_page import write_line

from cnnlab.store import open_store

COMMAND = "make prove-web"
PROVED = ("src/cnnlab/web", "src/cnnlab/store", "src/cnnlab/lab/background.py")
STREAMS = 100
MINUTES = 5.0
ALLOWED = 8 * 2**20
SETTLED = 60.0  # seconds; in a short sample a fifth of its time
ENDING = 60.0
STUDY = {"architectures": ["architecture-2"], "seeds": 2, "epochs": 1_000_000, "limit": 500, "name": "watched"}


@dataclass
class Watched:
    """What was seen of a server.

    Attributes:
        streams: The numbers of the events that each stream had, in the order in which they came.
        memory: Of the server, in bytes: with all streams open, when it had settled, and at the end.
        wanted: The numbers of all events of the study.
    """

    streams: list[list[int]]
    memory: list[int] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)

    @property
    def wrong(self) -> int:
        """Count the streams that lost an event, had one twice or out of order."""
        return sum(numbers != self.wanted for numbers in self.streams)

    @property
    def growth(self) -> int:
        """Return by how many bytes the settled server has grown."""
        return self.memory[2] - self.memory[1]


def resident(pid: int) -> int:
    """Return the memory of a process in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * 4096


async def follow(client: httpx.AsyncClient, path: str, numbers: list[int]) -> None:
    """Write down the number of each event of a stream, for ever."""
    async with client.stream("GET", path, timeout=None) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                numbers.append(int(line[4:]))  # noqa: PERF401 - others look at the list while it grows


async def watched(folder: Path, pid: int, address: str, streams: int, seconds: float) -> Watched:
    """Begin a study and follow it with many streams; stop it at the end."""
    origin = address.partition("/?")[0]
    headers = {"origin": origin, "content-type": "application/json"}
    limits = httpx.Limits(max_connections=streams + 10, max_keepalive_connections=streams + 10)
    found = Watched([[] for _ in range(streams)])
    async with httpx.AsyncClient(base_url=origin, headers=headers, limits=limits, timeout=60) as client:
        await client.get(address)
        answer = await client.post("/api/studies", content=json.dumps(STUDY))
        study = int(answer.raise_for_status().json()["id"])
        tasks = [asyncio.create_task(follow(client, f"/api/studies/{study}/events", one)) for one in found.streams]
        await until(lambda: all(found.streams), "every stream to begin")
        began = time.monotonic()
        for moment in (0.0, min(SETTLED, seconds / 5), seconds):
            await asyncio.sleep(max(began + moment - time.monotonic(), 0))
            found.memory.append(resident(pid))
            told(f"after {moment:4.0f} s: {found.memory[-1] / 2**20:.1f} MiB, {len(found.streams[0]):,} events")
        await client.post(f"/api/studies/{study}/stop", content="{}")
        await until(lambda: stopped(folder), "the training to stop")
        with open_store(folder) as store:
            found.wanted = [event.id for event in store.events(study, 0, 10**9)]
        await until(lambda: all(one[-1:] == found.wanted[-1:] for one in found.streams), "the last event everywhere")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return found


def stopped(folder: Path) -> bool:
    """Say whether nobody trains any more."""
    with open_store(folder) as store:
        return not store.trainers(store.studies()[0].id)


async def until(true: Any, what: str) -> None:  # noqa: ANN401 - a function
    """Wait for something; what never comes is told."""
    end = time.monotonic() + ENDING
    while not true():
        if time.monotonic() > end:
            told(f"waited in vain for {what}")
            return
        await asyncio.sleep(0.1)


def told(text: str) -> None:
    """Say how far it is."""
    print(text, flush=True)


def prove(folder: Path, streams: int, minutes: float) -> Watched:
    """Serve a folder and watch."""
    words = ["serve", "--out", str(folder), "--port", "0", "--offline"]
    with subprocess.Popen([sys.executable, "-m", "cnnlab", *words], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            return asyncio.run(watched(folder, server.pid, address, streams, minutes * 60))
        finally:
            server.terminate()


def main() -> int:
    """Watch and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--streams", type=int, default=STREAMS)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        found = prove(Path(folder) / "runs", asked.streams, asked.minutes)
    start, settled, end = (f"{bytes_ / 2**20:.1f}" for bytes_ in found.memory)
    figure = (
        f"{len(found.streams)} event streams on one training for {asked.minutes:g} minutes, "
        f"{len(found.wanted):,} events: {found.wrong} streams that lost, doubled or mixed any; "
        f"the server's memory {start} MiB with all streams open, {settled} after one minute, {end} at the end"
    )
    told(f"web: {figure}")
    if found.wrong or found.growth > ALLOWED or len(found.wanted) < 10:  # noqa: PLR2004 - else nothing was shown
        told(f"Memory grew by {found.growth / 2**20:.1f} MiB; {ALLOWED / 2**20:.0f} are allowed.")
        return 1
    if asked.minutes >= MINUTES and asked.streams >= STREAMS:
        write_line(COMMAND, figure, PROVED)
    return 0


if __name__ == "__main__":
    sys.exit(main())
