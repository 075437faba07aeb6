"""Flags arrive while the event loop of a stage is at work, and its listeners are called where they live."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from control import flags
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK
from streams.connection import KafkaConnection
from streams.errors import DependencyError
from streams.follower import FollowerConfig
from streams.follower_thread import ThreadedFollower
from streams.topics import Names, TopicName
from tests.support.topics import CreateTopics

pytestmark = pytest.mark.broker

WHO = {"author": "ada", "reason": "a test"}


@pytest.fixture
def control(kafka: str, names: Names, create_topics: CreateTopics) -> Settings:
    create_topics(TopicName.FLAGS, TopicName.ACKS, TopicName.AUDIT)
    made = Settings(kafka_bootstrap_servers=kafka, topic_prefix=names.prefix)
    flags.publish_flags(made, {"outbound_enabled": True}, **WHO)
    return made


def follower_of(control: Settings, **config: float) -> ThreadedFollower:
    """Not started."""
    topic = Names(control.topic_prefix).topic(TopicName.FLAGS)
    return ThreadedFollower(FollowerConfig(KafkaConnection(control.kafka_bootstrap_servers), topic, **config))


def running() -> int:
    """Threads of followers."""
    return sum(thread.name == "flags" for thread in threading.enumerate())


@pytest.fixture
async def follower(control: Settings) -> AsyncIterator[ThreadedFollower]:
    made = follower_of(control)
    await made.start()
    yield made
    await made.stop()


async def test_a_flag_is_in_force_within_one_turn_of_a_busy_event_loop(
    follower: ThreadedFollower, control: Settings
) -> None:
    assert follower.view().outbound_enabled
    with ThreadPoolExecutor(1) as operator:
        published = operator.submit(flags.publish_flags, control, {"outbound_enabled": False}, **WHO)
        deadline = SYSTEM_CLOCK.monotonic() + 15
        while follower.view().outbound_enabled:  # never lets the event loop have its turn
            assert SYSTEM_CLOCK.monotonic() < deadline, "the flag did not arrive"
        assert follower.epoch == published.result(15).epoch
    assert not follower.stale


async def test_listeners_are_called_in_the_loop_that_started_it_after_the_change(
    follower: ThreadedFollower, control: Settings
) -> None:
    heard: list[tuple[int, int]] = []
    follower.listen(lambda: heard.append((threading.get_ident(), follower.epoch)))
    published = await asyncio.to_thread(flags.publish_flags, control, {"outbound_enabled": False}, **WHO)
    async with asyncio.timeout(15):
        while not any(epoch == published.epoch for _, epoch in heard):
            await asyncio.sleep(0.01)
    assert {thread for thread, _ in heard} == {threading.get_ident()}


async def test_after_a_stop_everything_is_stale_and_the_thread_is_gone(control: Settings) -> None:
    follower = follower_of(control)
    await follower.stop()  # without a start there is nothing to stop
    await follower.start()
    assert running() == 1
    await follower.stop()
    assert follower.stale
    assert not follower.view().outbound_enabled
    assert running() == 0


async def test_what_keeps_it_from_starting_comes_out(control: Settings) -> None:
    missing = control.model_copy(update={"topic_prefix": f"{control.topic_prefix}none."})
    follower = follower_of(missing, boot_wait_s=2.0)
    with pytest.raises(DependencyError, match="control flags could not be read"):
        await follower.start()
    await follower.stop()


async def test_a_start_that_is_cancelled_ends_there_too(control: Settings) -> None:
    missing = control.model_copy(update={"topic_prefix": f"{control.topic_prefix}none."})
    follower = follower_of(missing, boot_wait_s=60.0)
    starting = asyncio.create_task(follower.start())
    await asyncio.wait({starting}, timeout=0.5)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    await asyncio.wait_for(follower.stop(), 10)
    assert running() == 0
