"""Three brokers, replication 3, two must confirm: killed and paused under load, and everything goes on by itself."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import NewTopic

from control import flags
from control.kafka import connection
from control.local_kafka import LocalKafka
from control.settings import load
from control.topic_admin import TopicStatus, create_missing, inspect
from streams.clock import SYSTEM_CLOCK
from streams.events import TicketClassified, TicketDecided
from streams.follower import ControlFollower, FollowerConfig
from streams.publisher import Publisher
from streams.topics import TOPICS, Names, TopicName
from tests.faults.flood import MOST_A_SECOND, Flood
from tests.faults.rows import Figures
from tests.faults.scene import Scene
from tests.support.evidence import Evidence
from tests.support.feeder import Feeder, Load
from tests.support.history import check_history, wait_for_all
from tests.support.system import System
from tests.support.tickets import received, way_through
from tests.support.topics import admin
from tests.support.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.faults]

TICKETS, CONVERSATIONS = 400, 40
KILLED_AFTER = 100
CONFIRMED_WITHIN_S = 60.0  # a dead broker is noticed after its session of 9 s at most


@pytest.fixture
def system(new_kafka: Callable[..., LocalKafka], jar_cache: Path, tmp_path: Path) -> Iterator[Nodes]:
    """A system (nothing started) whose topics have three replicas, and the brokers under it."""
    cluster = new_kafka(nodes=3)
    system = System(cluster.start(), Names("three."), tmp_path, jar_cache, {"MW_REPLICATION_FACTOR": "3"})
    yield system, cluster
    system.end()


Nodes = tuple[System, LocalKafka]


def leader(servers: str, topic: str) -> int:
    """The number of the broker that leads partition 0."""
    found: int = admin(servers).list_topics(topic, timeout=10).topics[topic].partitions[0].leader
    return found


async def test_a_killed_broker_is_survived_by_publisher_follower_and_worker(system: Nodes) -> None:
    system, cluster = system
    settings = load({k: v for k, v in system.env.items() if k in ("MW_KAFKA_BOOTSTRAP_SERVERS", "MW_TOPIC_PREFIX")})
    three = settings.model_copy(update={"replication_factor": 3})
    await asyncio.to_thread(lambda: create_missing(three, inspect(three)))
    as_wanted = [(TopicStatus.OK, ())] * len(TOPICS)
    await asyncio.to_thread(
        until,
        lambda: [(report.status, report.differences) for report in inspect(three)] == as_wanted,
        within_s=20,
        what="all topics are as wanted, whichever of the brokers is asked",
    )
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


def quorum_leader(data: Path) -> int:
    """The number of the broker that is the controllers' leader, as it is written in the cluster's folder ``data``."""
    states = [json.loads(file.read_text()) for file in data.glob("node-*/__cluster_metadata-0/quorum-state")]
    return max((int(state["leaderEpoch"]), int(state["leaderId"])) for state in states)[1]


def create_led_by(system: System, leaders: tuple[int, int], follower: int) -> None:
    """All topics, and the groups' own, with three replicas: ``follower`` leads none of their partitions."""
    kept = {"cleanup.policy": "compact", "min.insync.replicas": "2"}
    wanted = [(spec.name, min(spec.partitions, 4), {**spec.config(), "min.insync.replicas": "2"}) for spec in TOPICS]
    topics = [(system.names.topic(name), partitions, config) for name, partitions, config in wanted]
    client = admin(system.kafka)
    new = [
        NewTopic(
            name,
            partitions,
            config=config,
            replica_assignment=[[*_turned(leaders, p), follower] for p in range(partitions)],
        )
        for name, partitions, config in (*topics, ("__consumer_offsets", 4, kept))
    ]
    for future in client.create_topics(new).values():
        future.result(timeout=30)
    until(lambda: in_sync(system, follower, least=len(new)), within_s=30, what="every partition has three replicas")


def _turned(leaders: tuple[int, int], partition: int) -> tuple[int, int]:
    return leaders if partition % 2 == 0 else (leaders[1], leaders[0])


def in_sync(system: System, node: int, *, least: int = 1) -> bool:
    """Whether ``node`` is among the replicas in sync of every partition of at least that many topics."""
    return _holding(system, node, least) is True


def out_of_sync(system: System, node: int) -> bool:
    """Whether ``node`` is so of none."""
    return _holding(system, node, 1) is False


def _holding(system: System, node: int, least: int) -> bool | None:
    topics = admin(system.kafka).list_topics(timeout=20).topics
    held = {node in partition.isrs for topic in topics.values() for partition in topic.partitions.values()}
    return held.pop() if len(held) == 1 and len(topics) >= least else None


def pause_a_follower_and_kill_a_leader(scene: Scene, cluster: LocalKafka, follower: int, led: int) -> Figures:
    """SIGSTOP of ``follower`` until no partition counts on it; work goes on. Then kill -9 of the broker ``led``.

    That leaves one of three: nothing can be confirmed, and the controllers have no majority. Then SIGCONT.
    """
    system, pid = scene.system, cluster.processes[follower - 1].pid
    scene.wait_until_works(*scene.workers())
    paused = Flood(system.processes.values())
    began = SYSTEM_CLOCK.monotonic()
    os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: out_of_sync(system, follower), within_s=60, what="the paused broker is out of sync", every_s=0.5)
        dropped_at = SYSTEM_CLOCK.monotonic()
        scene.wait_until_works(*scene.workers())
        worked_at, lines = SYSTEM_CLOCK.monotonic(), paused.worst()
        killed = Flood(system.processes.values())
        cluster.processes[led - 1].kill()
        scene.pass_time(scene.rng.uniform(2.0, 6.0))
    finally:
        os.kill(pid, signal.SIGCONT)
    continued_at = SYSTEM_CLOCK.monotonic()
    scene.wait_until_works(*scene.workers())
    back_at = SYSTEM_CLOCK.monotonic()
    lines |= {f"{cause} (after the kill)": rate for cause, rate in killed.worst().items()}
    until(lambda: in_sync(system, follower), within_s=60, what="the paused broker is in sync", every_s=0.5)
    return {
        "out_of_sync_after_s": round(dropped_at - began, 1),
        "paused_s": round(continued_at - began, 1),
        "all_stages_work_beside_the_paused_after_s": round(worked_at - dropped_at, 1),
        "back_to_work_after_s": round(back_at - continued_at, 1),
        "ended": [process.name for process in system.processes.values() if process.popen.poll() is not None],
        "log_lines_a_second": lines,
    }


@pytest.mark.prove
def test_a_leader_killed_and_a_follower_paused(system: Nodes, tmp_path: Path, seed: int, evidence: Evidence) -> None:
    system, cluster = system
    rng = random.Random(f"{seed}/paused")
    nodes = {1, 2, 3}
    follower = rng.choice(sorted(nodes - {quorum_leader(tmp_path / "kafka")}))
    one, other = sorted(nodes - {follower})
    create_led_by(system, (one, other), follower)
    system.start_all()
    load = Load(evidence.size(small=300, full=20_000), evidence.size(small=100, full=2_000), per_second=40)
    scene = Scene(system, Feeder(system, load), rng, evidence)
    scene.feeder.start()
    try:
        figures = pause_a_follower_and_kill_a_leader(scene, cluster, follower, rng.choice([one, other]))
        scene.feeder.finish(within_s=evidence.size(small=60, full=1200))
        wait_for_all(system, scene.feeder.accepted)
        history = check_history(system, scene.feeder.accepted)
    except AssertionError:
        print(json.dumps(scene.describe(), indent=1))
        raise
    evidence.record(
        "fault-paused-follower-killed-leader", seed=seed, accepted=history.accepted, received=history.received,
        lost=0, order_violations=0, copies=history.copies, redelivered_share=round(history.redelivered_share, 4),
        **figures,
    )  # fmt: skip
    assert figures["ended"] == []
    assert max(figures["log_lines_a_second"].values(), default=0) <= MOST_A_SECOND, figures["log_lines_a_second"]
