"""A message reaches the agent's queue as Faust's own conductor would bring it there: each case runs on both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from faust.transport.conductor import Conductor
from faust.types.tuples import TP, Message

from streams.app import StageApp
from streams.delivery import LeanConductor
from streams.errors import ConfigurationError
from tests.unit.test_batches import NewApp, new_app

__all__ = ["new_app"]

SPOT = TP("topic", 0)
Deliver = Callable[[Message], Awaitable[Any]]


def message(offset: int, key: bytes | None = b"a", value: bytes | None = b"1") -> Message:
    """One record as Faust's consumer hands it over."""
    return Message("topic", 0, offset, 0.0, 0, [("h", b"x")], key, value, None, tp=SPOT, generation_id=3)


class Bench:
    """An app's agent queue and what delivers to it: Faust's conductor or ours."""

    def __init__(self, app: StageApp, conductor: type[Conductor]) -> None:
        self.app = app
        self.channel = app.source.clone(is_iterator=True)
        self.queue = self.channel.queue
        self.paused: list[str] = []
        app.consumer.on_buffer_full = lambda tp: self.paused.append("full")
        app.consumer.on_buffer_drop = lambda tp: self.paused.append("drop")
        made = conductor(app)
        made._tp_to_callback[SPOT] = made._build_handler(SPOT, {self.channel})
        self.deliver: Deliver = made.on_message

    def taken(self) -> list[Any]:
        """What an agent would see of the events that are queued, and of their messages."""
        seen = []
        while not self.queue.empty():
            event = self.queue.get_nowait()
            seen.append((event.key, event.value, event.headers, event.message.offset, event.message.refcount))
        return seen


@pytest.fixture(params=[Conductor, LeanConductor], ids=["faust", "ours"])
def bench(request: pytest.FixtureRequest, new_app: NewApp) -> Bench:
    """The one and the other."""
    return Bench(new_app(), request.param)


@pytest.mark.parametrize("key", [b"a", None, b"\xff\x00"])
@pytest.mark.parametrize("value", [b"{}", None, b"", b"\x80"])
async def test_key_and_value_arrive_as_they_are(bench: Bench, key: bytes | None, value: bytes | None) -> None:
    await bench.deliver(message(7, key, value))
    assert bench.taken() == [(key, value, {"h": b"x"}, 7, 1)]


async def test_messages_keep_their_order(bench: Bench) -> None:
    for offset in range(5):
        await bench.deliver(message(offset))
    assert [seen[3] for seen in bench.taken()] == [0, 1, 2, 3, 4]


async def test_during_a_rebalance_a_delivery_waits(bench: Bench) -> None:
    bench.app.flow_control.suspend()
    delivering = asyncio.ensure_future(bench.deliver(message(1)))
    await asyncio.wait({delivering}, timeout=0.05)
    assert not delivering.done()
    assert bench.queue.empty()
    bench.app.flow_control.resume()
    await asyncio.wait_for(delivering, 5)
    assert len(bench.taken()) == 1


async def test_a_full_queue_is_waited_for_and_a_crowded_one_pauses_the_partition_once(bench: Bench) -> None:
    size = bench.queue.maxsize
    for offset in range(size):
        await bench.deliver(message(offset))
    assert bench.paused == ["full"]
    delivering = asyncio.ensure_future(bench.deliver(message(size)))
    await asyncio.wait({delivering}, timeout=0.05)
    assert not delivering.done()
    bench.queue.get_nowait()
    await asyncio.wait_for(delivering, 5)
    assert [seen[3] for seen in bench.taken()] == list(range(1, size + 1))
    assert bench.paused == ["full", "drop"]


def test_two_agents_on_one_topic_are_refused(new_app: NewApp) -> None:
    """Each would need a count of its own of who has finished a message; ours has one reader."""
    app = new_app()
    with pytest.raises(ConfigurationError, match="2 channels read topic"):
        LeanConductor(app)._build_handler(SPOT, {app.source.clone(), app.source.clone()})
