"""An agent's queue read in batches gives what Faust's own iteration gives: each case runs on both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from faust.events import Event
from faust.types.tuples import TP, Message

from streams.app import AppConfig, StageApp, make_app
from streams.connection import KafkaConnection
from streams.delivery import batches
from streams.follower import ControlFollower, FollowerConfig
from streams.work import LoopLimits
from tests.unit.test_stage_loop import Work

NewApp = Callable[[], StageApp]


@pytest.fixture
async def new_app() -> AsyncIterator[NewApp]:
    """Makes apps that are connected to nothing and let messages flow."""
    made: list[StageApp] = []

    def make() -> StageApp:
        kafka = KafkaConnection("127.0.0.1:1")
        follower = ControlFollower(FollowerConfig(kafka, "control.flags"))
        made.append(make_app(AppConfig(kafka, "group", "topic"), follower))
        made[-1].finalize()
        made[-1].flow_control.resume()
        return made[-1]

    yield make
    for app in made:
        app.consumer._thread.thread_loop.close()  # made with the consumer, for a thread that never ran


def event(app: StageApp, offset: int, generation: int = 0) -> Event[bytes]:
    """What Faust puts into an agent's queue for one record."""
    value = b"a%d" % offset
    message = Message(
        "topic", 0, offset, 0.0, 0, None, b"a", value, None, tp=TP("topic", 0), generation_id=generation
    )  # fmt: skip
    message.incref(1)
    return Event(app, b"a", value, None, message)


ReadEvents = Callable[..., AsyncIterator[list[Any]]]


async def one_by_one(stream: Any, _: int) -> AsyncIterator[list[Any]]:
    """Faust's own iteration, in the form of ``batches``."""
    async for item in stream.noack().events():
        yield [item]


async def read(app: StageApp, read_events: ReadEvents, sizes: list[int], most: int) -> list[int]:
    """Offsets read from a queue that is filled in portions of ``sizes`` and then stopped."""
    stream = app.stream(app.source)
    offsets: list[int] = []
    total = sum(sizes)
    everything = asyncio.Event()

    async def reading() -> None:
        async for events in read_events(stream, most):
            assert len(events) <= most
            assert not any(item.message.acked for item in events)
            offsets.extend(item.message.offset for item in events)
            if len(offsets) >= total:
                everything.set()

    task = asyncio.create_task(reading())
    offset = 0
    for size in sizes:
        for _ in range(size):
            stream.channel.queue.put_nowait(event(app, offset))
            offset += 1
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        if total:
            await everything.wait()
        await stream.channel.queue.throw(StopAsyncIteration())
        await task
    return offsets


@pytest.mark.parametrize("most", [1, 2, 5])
@pytest.mark.parametrize("sizes", [[], [0, 3], [1, 1, 1], [7], [2, 0, 5, 1]], ids=str)
async def test_batches_read_what_faust_reads_in_its_order_and_end_when_it_ends(
    new_app: NewApp, sizes: list[int], most: int
) -> None:
    everything = list(range(sum(sizes)))
    assert await read(new_app(), one_by_one, sizes, most) == everything
    assert await read(new_app(), batches, sizes, most) == everything


@pytest.mark.parametrize("read_events", [one_by_one, batches])
async def test_an_error_thrown_into_the_queue_ends_the_reading_with_nothing_acknowledged(
    new_app: NewApp, read_events: ReadEvents
) -> None:
    app = new_app()
    stream = app.stream(app.source)
    first = event(app, 0)
    stream.channel.queue.put_nowait(first)
    got: list[Any] = []

    async def reading() -> None:
        async for events in read_events(stream, 10):
            got.extend(events)
            await stream.channel.queue.throw(ValueError("poison"))

    with pytest.raises(ValueError, match="poison"):
        await asyncio.wait_for(reading(), 5)
    assert got == [first]
    assert not first.message.acked


async def test_events_of_an_assignment_that_has_ended_are_skipped_as_in_faust(new_app: NewApp) -> None:
    generations = [1, 2, 1, 2, 3]

    faust_app = new_app()
    faust_app.consumer_generation_id = 2
    stream = faust_app.stream(faust_app.source)
    for offset, generation in enumerate(generations):
        stream.channel.queue.put_nowait(event(faust_app, offset, generation))
    faust_sees: list[int] = []

    async def reading() -> None:
        async for item in stream.noack().events():
            faust_sees.append(item.message.offset)

    await until_quiet(reading(), lambda: len(faust_sees) == 2)

    app = new_app()
    app.consumer_generation_id = 2
    ours = app.stream(app.source)
    for offset, generation in enumerate(generations):
        ours.channel.queue.put_nowait(event(app, offset, generation))
    work = Work(computes=True)

    def post(topic: str, key: bytes | None, value: bytes | None, done: Callable[[Exception | None], None]) -> None:
        """Never confirmed, so nothing is acknowledged, which would need a broker."""

    seen = work.seen
    await until_quiet(app.run_stage(ours, work, post, LoopLimits()), lambda: len(seen) >= 1)
    assert faust_sees == [1, 3]
    assert [loop._order.unacked for loop in app._loops] == [2]
    assert seen == [b"a1"]  # the second of its conversation waits for the first


async def until_quiet(reading: Awaitable[None], done: Callable[[], bool]) -> None:
    """Run ``reading`` until ``done``, and a while longer in case it goes too far; then end it."""
    task = asyncio.ensure_future(reading)
    async with asyncio.timeout(5):
        while not done():
            await asyncio.sleep(0.001)
    await asyncio.wait({task}, timeout=0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
