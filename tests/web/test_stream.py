"""Streams: one look at the store for all, rows read as they are wanted, and nothing left behind when they end."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from many_runs import plan
from sse_starlette import ServerSentEvent

from cnnlab.records import EpochRow
from cnnlab.store import Store, open_store
from cnnlab.web import stream
from cnnlab.web.desk import Desk
from cnnlab.web.stream import Watch, follow


def row(epoch: int) -> EpochRow:
    return EpochRow(epoch, 0.5, 0.5, float("nan"), None, 1.0)


def begun(store: Store) -> tuple[int, str]:
    study = store.study("0" * 64, "a", "study-0", "").id
    network = {
        "class_name": "Sequential",
        "config": {
            "name": "net",
            "layers": [
                {"class_name": "Dense", "config": {"units": 2, "batch_input_shape": [None, 3], "name": "dense"}}
            ],
        },
    }
    (run,) = store.plan_ids(study, [replace(plan("net", 0, "study-0/net/seed-0"), network=network)])
    store.claim(run)
    return study, run


@pytest.fixture
def played(tmp_path: Path) -> Callable[[Callable[..., Coroutine[Any, Any, None]]], None]:
    """Return what runs a test in a loop, with a desk, a watch, a study and a run that this process trains."""

    def play(act: Callable[..., Coroutine[Any, Any, None]]) -> None:
        with open_store(tmp_path) as store:
            study, run = begun(store)
            desk = Desk(store, offline=True)
            try:
                asyncio.run(act(desk, Watch(desk), study, run))
            finally:
                desk.close()

    return play


async def taken(events: AsyncIterator[ServerSentEvent], count: int, kind: str = "epoch") -> list[int]:
    """Take events until there are so many of a kind, and return the epochs they tell of."""
    found: list[int] = []
    while len(found) < count:
        event = await asyncio.wait_for(anext(events), 30)
        if event.event == kind:
            found.append(json.loads(event.data)["epoch"])
    return found


def test_a_stream_that_waits_hears_of_the_next_event(played: Any) -> None:  # noqa: ANN401
    async def act(desk: Desk, watch: Watch, study: int, run: str) -> None:
        events = follow(desk, watch, study, 0)
        desk.store.add_epoch(run, row(1))
        assert await taken(events, 1) == [1]
        waiting = asyncio.create_task(taken(events, 2))
        await asyncio.sleep(0.5)
        desk.store.add_epoch(run, row(2))
        await asyncio.sleep(0.5)
        desk.store.add_epoch(run, row(3))
        assert await waiting == [2, 3]
        await events.aclose()

    played(act)


def test_the_store_is_looked_at_once_for_all_and_by_nobody_when_they_have_gone(played: Any) -> None:  # noqa: ANN401
    async def act(desk: Desk, watch: Watch, study: int, run: str) -> None:
        looks = 0
        last_event = desk.store.last_event

        def counted() -> int:
            nonlocal looks
            looks += 1
            return last_event()

        desk.store.last_event = counted  # type: ignore[method-assign]
        streams = [follow(desk, watch, study, 0) for _ in range(30)]
        desk.store.add_epoch(run, row(1))
        assert await asyncio.gather(*(taken(one, 1) for one in streams)) == [[1]] * 30
        assert watch.listeners == 30
        before = looks
        await asyncio.sleep(2)
        assert looks - before <= 2 * (2 / stream.LOOK + 3)  # the watch itself, and the pulse it takes
        for one in streams[:-1]:
            await one.aclose()
        assert watch.listeners == 1
        await streams[-1].aclose()
        assert watch.listeners == 0
        await asyncio.sleep(0.3)
        before = looks
        await asyncio.sleep(0.5)
        assert looks == before
        again = follow(desk, watch, study, 0)
        assert await taken(again, 1) == [1]
        await again.aclose()

    played(act)


def test_a_stream_that_nobody_reads_holds_no_more_than_it_asked_for(played: Any) -> None:  # noqa: ANN401
    async def act(desk: Desk, watch: Watch, study: int, run: str) -> None:
        asked: list[int] = []
        events_of = desk.store.events

        def counted(study: int, after: int = 0, limit: int = 1000) -> Any:  # noqa: ANN401
            found = events_of(study, after, limit)
            asked.append(len(found))
            return found

        desk.store.events = counted  # type: ignore[method-assign]
        for epoch in range(1, 3 * stream.AT_ONCE):
            desk.store.add_epoch(run, row(epoch))
        events = follow(desk, watch, study, 0)
        assert await taken(events, 5) == [1, 2, 3, 4, 5]
        await asyncio.sleep(1)
        assert asked == [stream.AT_ONCE]
        assert await taken(events, 3 * stream.AT_ONCE - 6) == list(range(6, 3 * stream.AT_ONCE))
        assert max(asked) == stream.AT_ONCE
        await events.aclose()

    played(act)


def test_an_event_between_reading_and_waiting_is_heard(played: Any) -> None:  # noqa: ANN401
    """It comes when the rows have been read and before the stream waits: the bell was asked for before."""

    async def act(desk: Desk, watch: Watch, study: int, run: str) -> None:
        events_of, late = desk.store.events, [True]

        def slow(study: int, after: int = 0, limit: int = 1000) -> Any:  # noqa: ANN401
            found = events_of(study, after, limit)
            if not found and late:
                late.clear()
                desk.store.add_epoch(run, row(1))
                time.sleep(3 * stream.LOOK)  # the watch sees it, and rings, meanwhile
            return found

        events = follow(desk, watch, study, 0)
        task = asyncio.create_task(taken(events, 1))
        await asyncio.sleep(1)
        desk.store.events = slow  # type: ignore[method-assign]
        desk.store.cut_after(run, 0)
        watch._bells[study].ring()
        assert await asyncio.wait_for(task, 20) == [1]
        await events.aclose()

    played(act)


def test_how_a_study_stands_is_told_when_it_changes(played: Any) -> None:  # noqa: ANN401
    async def act(desk: Desk, watch: Watch, study: int, run: str) -> None:
        events = follow(desk, watch, study, 0)
        told: list[str] = []
        while "stopped" not in told:
            event = await asyncio.wait_for(anext(events), 30)
            if event.event == "study":
                assert event.id is None
                told.append(json.loads(event.data)["status"])
                if len(told) == 1:
                    desk.store.release(run, "interrupted")
        assert told == ["training", "stopped"]
        await events.aclose()

    played(act)


def test_a_study_whose_standing_cannot_be_said_still_gets_its_events(
    played: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(stream, "pulse", broken)

    async def act(desk: Desk, watch: Watch, study: int, run: str) -> None:
        events = follow(desk, watch, study, 0)
        waiting = asyncio.create_task(taken(events, 2))
        await asyncio.sleep(0.5)
        desk.store.add_epoch(run, row(1))
        await asyncio.sleep(0.5)
        desk.store.add_epoch(run, row(2))
        assert await waiting == [1, 2]
        await events.aclose()

    played(act)
