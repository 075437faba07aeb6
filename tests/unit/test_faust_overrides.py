"""What we put in the place of Faust's own does what Faust's own does: each case runs on both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import mode
import pytest
from faust.transport.drivers.aiokafka import Consumer

from streams.transport import SafeConsumer


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
