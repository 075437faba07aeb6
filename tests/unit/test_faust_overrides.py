"""What we put in the place of Faust's own does what Faust's own does: each case runs on both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import mode
import pytest
from faust.events import Event
from faust.transport.drivers.aiokafka import Consumer
from faust.types.tuples import TP, Message

from streams.app import AppConfig, StageApp, make_app
from streams.connection import KafkaConnection
from streams.delivery import batches
from streams.follower import ControlFollower, FollowerConfig
from streams.transport import SafeConsumer
from streams.work import LoopLimits
from tests.unit.test_stage_loop import Work

# -- the first step of a delivery, taken at once


class Stock(Consumer):
    """Faust's consumer with nothing of ours."""

    def __init__(self) -> None:
        mode.Service.__init__(self)


class Ours(SafeConsumer):
    """Our consumer, as little connected."""

    def __init__(self) -> None:
        mode.Service.__init__(self)


Steps = list[str]


async def delivery(steps: Steps, turns: int, then: Exception | None) -> None:
    """As Faust hands over a message: ``turns`` turns of the event loop, then done or ``then`` raised."""
    try:
        for _ in range(turns):
            steps.append("waits")
            await asyncio.sleep(0)
        steps.append("delivered" if then is None else "raised")
        if then is not None:
            raise then
    except asyncio.CancelledError:
        steps.append("cancelled")
        raise


async def blocked(steps: Steps, room: asyncio.Event) -> None:
    """A delivery that waits for room."""
    try:
        await room.wait()
        steps.append("delivered")
    except asyncio.CancelledError:
        steps.append("cancelled")
        raise


async def spinning(steps: Steps, _: asyncio.Event) -> None:
    """A delivery that waits without a future, one turn of the event loop after another."""
    try:
        for _ in range(100_000):
            await asyncio.sleep(0)
        steps.append("delivered")
    except asyncio.CancelledError:
        steps.append("cancelled")
        raise


async def waited(consumer: Consumer, first: Coroutine[Any, Any, None], suspended: asyncio.Event) -> str:
    """How ``wait_first`` ended, as far as Faust looks at it."""
    try:
        await asyncio.wait_for(consumer.wait_first(first, suspended.wait()), 5)
    except ValueError as exc:
        return f"raised {exc}"
    return "returned"


@pytest.mark.parametrize("then", [None, ValueError("poison")], ids=["returns", "raises"])
@pytest.mark.parametrize("turns", [0, 1, 5])
async def test_a_delivery_ends_as_in_faust(turns: int, then: Exception | None) -> None:
    seen = []
    for consumer in (Stock(), Ours()):
        steps: Steps = []
        ended = await waited(consumer, delivery(steps, turns, then), asyncio.Event())
        seen.append((ended, steps))
    assert seen[0] == seen[1]
    assert seen[0][1][-1] == ("delivered" if then is None else "raised")


@pytest.mark.parametrize("suspended_before", [True, False])
@pytest.mark.parametrize("waiting", [blocked, spinning])
async def test_a_rebalance_interrupts_a_delivery_that_waits_as_in_faust(
    waiting: Callable[[Steps, asyncio.Event], Coroutine[Any, Any, None]], suspended_before: bool
) -> None:
    seen = []
    for consumer in (Stock(), Ours()):
        steps: Steps = []
        suspended = asyncio.Event()
        if suspended_before:
            suspended.set()
        else:
            asyncio.get_running_loop().call_later(0.01, suspended.set)
        ended = await waited(consumer, waiting(steps, asyncio.Event()), suspended)
        await asyncio.sleep(0)  # a cancellation takes a turn to arrive
        seen.append((ended, steps))
    assert seen[0] == seen[1] == ("returned", ["cancelled"])


async def test_a_consumer_that_stops_interrupts_a_delivery_as_in_faust() -> None:
    seen = []
    for consumer in (Stock(), Ours()):
        steps: Steps = []
        asyncio.get_running_loop().call_later(0.01, consumer._stopped.set)
        ended = await waited(consumer, blocked(steps, asyncio.Event()), asyncio.Event())
        await asyncio.sleep(0)
        seen.append((ended, steps))
    assert seen[0] == seen[1] == ("returned", ["cancelled"])


async def test_a_delivery_that_need_not_wait_makes_no_task() -> None:
    """What the override is for; and Faust's own makes some, or the override would be for nothing."""
    made = []
    for consumer in (Stock(), Ours()):
        tasks: list[asyncio.Task[Any]] = []
        loop = asyncio.get_running_loop()

        def noted(loop: Any, coro: Any, tasks: list[asyncio.Task[Any]] = tasks, **kwargs: Any) -> asyncio.Task[Any]:
            tasks.append(asyncio.Task(coro, loop=loop, **kwargs))
            return tasks[-1]

        loop.set_task_factory(noted)
        try:
            await consumer.wait_first(delivery([], 0, None), asyncio.Event().wait())
        finally:
            loop.set_task_factory(None)
        made.append(len(tasks))
    assert made[0] >= 2
    assert made[1] == 0


# -- reading an agent's queue in batches


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
