"""Three brokers, replication 3, two must confirm: one is killed under load, and everything goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from control import flags
from control.kafka import connection
from control.local_kafka import LocalKafka
from control.settings import load
from control.topic_admin import TopicStatus, create_missing, inspect
from streams.events import TicketClassified, TicketDecided
from streams.follower import ControlFollower, FollowerConfig
from streams.publisher import Publisher
from streams.topics import TOPICS, Names, TopicName
from tests.support.system import System
from tests.support.tickets import received, way_through
from tests.support.topics import admin
from tests.support.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.faults]

TICKETS, CONVERSATIONS = 400, 40
KILLED_AFTER = 100
CONFIRMED_WITHIN_S = 60.0  # a dead broker is noticed after its session of 9 s at most


@pytest.fixture
def system(new_kafka: Callable[..., LocalKafka], jar_cache: Path, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A system (nothing started) whose topics have three replicas, and the brokers under it."""
    cluster = new_kafka(nodes=3)
    system = System(cluster.start(), Names("three."), tmp_path, jar_cache, {"MW_REPLICATION_FACTOR": "3"})
    yield system, cluster
    system.end()


def leader(servers: str, topic: str) -> int:
    """The number of the broker that leads partition 0."""
    found: int = admin(servers).list_topics(topic, timeout=10).topics[topic].partitions[0].leader
    return found


async def test_a_killed_broker_is_survived_by_publisher_follower_and_worker(system) -> None:  # type: ignore[no-untyped-def]
    system, cluster = system
    settings = load({k: v for k, v in system.env.items() if k in ("MW_KAFKA_BOOTSTRAP_SERVERS", "MW_TOPIC_PREFIX")})
    three = settings.model_copy(update={"replication_factor": 3})
    await asyncio.to_thread(lambda: create_missing(three, inspect(three)))
    assert [(report.status, report.differences) for report in inspect(three)] == [(TopicStatus.OK, ())] * len(TOPICS)
    flags.write_missing_flags(three, flags.first_values())
    flags_topic = system.names.topic(TopicName.FLAGS)

    kafka = connection(three)
    publisher = Publisher(kafka.librdkafka())
    follower = ControlFollower(FollowerConfig(kafka, flags_topic))
    await publisher.start()
    try:
        await follower.start()
        worker = system.start("policy", "worker", "policy")
        await asyncio.to_thread(system.wait_ready, "policy")
        sent, ids, killed = [], set(), 0
        for number in range(TICKETS):
            ticket = way_through(received(f"c-{number % CONVERSATIONS}", number))[TopicName.CLASSIFIED]
            sent.append(publisher.send(system.names.topic(TopicName.CLASSIFIED), ticket.key, ticket.encode()))
            ids.add(ticket.event_id)
            if number == KILLED_AFTER:  # whoever leads the flags: the follower and the commands lose their broker too
                await asyncio.gather(*sent[:KILLED_AFTER])
                killed = leader(system.kafka, flags_topic)
                cluster.processes[killed - 1].kill()
        async with asyncio.timeout(CONFIRMED_WITHIN_S):
            await asyncio.gather(*sent)
        changed = await asyncio.to_thread(
            lambda: flags.publish_flags(three, {"safe_mode": True}, author="a", reason="a broker is gone", timeout_s=30)
        )
        assert not changed.missing
        async with asyncio.timeout(10):
            while follower.epoch < changed.epoch or follower.stale:
                await asyncio.sleep(0.05)
        assert await asyncio.to_thread(leader, system.kafka, flags_topic) != killed
        await asyncio.to_thread(
            until, lambda: decided(system) >= ids, within_s=60, what="a decision for each ticket", every_s=0.5
        )
        assert worker.popen.poll() is None
        written = await asyncio.to_thread(system.decoded, TopicName.CLASSIFIED, TicketClassified)
        for conversation in {record.conversation_id for record in written}:  # confirmed once each, in their order
            numbers = [int(record.message_id[1:]) for record in written if record.conversation_id == conversation]
            assert numbers == list(range(int(conversation[2:]), TICKETS, CONVERSATIONS))
    finally:
        await follower.stop()
        await publisher.close()


def decided(system: System) -> set[object]:
    """The ticket events that policy has decided."""
    return {record.event_id for record in system.decoded(TopicName.DECIDED, TicketDecided)}
