"""Lag on a real broker: each state made on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from control import flags
from control.kafka import producer
from control.lag import LagStatus, PartitionLag
from control.lag_reader import LagReader
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK
from streams.errors import DependencyError
from streams.reasons import Stage
from streams.topics import Names, TopicName
from tests.support.fake_process import FakeProcess, Manner
from tests.support.topics import CreateTopics, admin
from tests.support.waiting import until

pytestmark = pytest.mark.broker

INPUTS = (TopicName.INBOUND, TopicName.SANITIZED, TopicName.CLASSIFIED, TopicName.DECIDED)
WHO = {"author": "ada", "reason": "a test"}
Look = Callable[..., PartitionLag]


@pytest.fixture
def settings(kafka: str, names: Names, create_topics: CreateTopics) -> Settings:
    create_topics(*INPUTS, TopicName.FLAGS, TopicName.ACKS, TopicName.AUDIT, partitions=2)
    made = Settings(kafka_bootstrap_servers=kafka, topic_prefix=names.prefix)
    flags.publish_flags(made, {"outbound_enabled": True}, **WHO, wait=False)
    return made


@pytest.fixture
def look(settings: Settings) -> Iterator[Look]:
    """Judges now; partition 0 of a stage (default: policy)."""
    with LagReader(settings) as lags:

        def judged(stage: Stage = Stage.POLICY, *, max_age_s: float = 60, partition: int = 0) -> PartitionLag:
            return next(x for x in lags.look(max_age_s).lags if (x.stage, x.partition) == (stage, partition))

        yield judged


def write(settings: Settings, topic: TopicName, count: int, *, age_s: float = 0) -> None:
    client = producer(settings)
    at = int(SYSTEM_CLOCK.now().timestamp() * 1000 - age_s * 1000)
    for _ in range(count):
        client.produce(Names(settings.topic_prefix).topic(topic), b"{}", b"key", partition=0, timestamp=at)
    assert client.flush(10) == 0


def commit(settings: Settings, stage: Stage, topic: TopicName, offset: int) -> None:
    names = Names(settings.topic_prefix)
    config = {"bootstrap.servers": settings.kafka_bootstrap_servers, "group.id": names.group(stage)}
    with closing(Consumer({**config, "enable.auto.commit": False, "log_level": 0})) as consumer:
        consumer.commit(offsets=[TopicPartition(names.topic(topic), 0, offset)], asynchronous=False)


def delete_before(client: AdminClient, topic: str, offset: int) -> None:
    for future in client.delete_records([TopicPartition(topic, 0, offset)]).values():
        future.result(timeout=10)


def test_a_stage_whose_topic_was_never_written_is_ok(look: Look) -> None:
    found = look()
    assert (found.status, found.lag, found.age_s, found.committed) == (LagStatus.OK, 0, None, None)


def test_records_that_nobody_committed(settings: Settings, look: Look) -> None:
    write(settings, TopicName.CLASSIFIED, 3, age_s=40)
    found = look()
    assert (found.status, found.lag, found.committed, found.end) == (LagStatus.NEVER_COMMITTED, None, None, 3)
    assert 40 <= (found.age_s or 0) < 60


def test_the_age_is_that_of_the_record_at_the_committed_offset(settings: Settings, look: Look) -> None:
    write(settings, TopicName.CLASSIFIED, 2, age_s=500)
    write(settings, TopicName.CLASSIFIED, 3, age_s=100)
    commit(settings, Stage.POLICY, TopicName.CLASSIFIED, 2)
    found = look()
    assert (found.status, found.lag, found.committed) == (LagStatus.LAGGING, 3, 2)
    assert 100 <= (found.age_s or 0) < 130
    assert look(max_age_s=200).status is LagStatus.OK
    commit(settings, Stage.POLICY, TopicName.CLASSIFIED, 5)
    done = look()
    assert (done.status, done.lag, done.age_s) == (LagStatus.OK, 0, None)
    assert look(partition=1).lag == 0


def test_records_deleted_before_they_were_read(settings: Settings, kafka: str, names: Names, look: Look) -> None:
    write(settings, TopicName.CLASSIFIED, 5)
    commit(settings, Stage.POLICY, TopicName.CLASSIFIED, 1)
    client = admin(kafka)
    delete_before(client, names.topic(TopicName.CLASSIFIED), 3)
    found = look()
    assert (found.status, found.lag, found.note) == (LagStatus.DATA_LOST, 4, "2 records were deleted unread")


def test_a_committed_offset_beyond_the_end(settings: Settings, look: Look) -> None:
    write(settings, TopicName.CLASSIFIED, 2)
    commit(settings, Stage.POLICY, TopicName.CLASSIFIED, 9)
    found = look()
    assert (found.status, found.lag) == (LagStatus.REWOUND, -7)


def test_act_is_paused_while_outbound_is_off_and_the_others_are_not(settings: Settings, look: Look) -> None:
    for topic in (TopicName.CLASSIFIED, TopicName.DECIDED):
        write(settings, topic, 2, age_s=100)
    commit(settings, Stage.ACT, TopicName.DECIDED, 1)
    assert look(Stage.ACT).status is LagStatus.LAGGING
    flags.publish_flags(settings, {"outbound_enabled": False}, **WHO, wait=False)
    assert look(Stage.ACT).status is LagStatus.PAUSED_BY_SWITCH
    assert look(Stage.POLICY).status is LagStatus.NEVER_COMMITTED


def test_act_is_paused_while_it_cannot_prove_its_flags(settings: Settings, look: Look) -> None:
    write(settings, TopicName.DECIDED, 2)
    commit(settings, Stage.ACT, TopicName.DECIDED, 1)
    with FakeProcess(settings, "act-1", Manner.STALE, stage="act"):
        assert look(Stage.ACT).status is LagStatus.PAUSED_BY_SWITCH
        with FakeProcess(settings, "act-2", stage="act"):
            assert look(Stage.ACT).status is LagStatus.OK  # one of two goes on


def test_looking_does_not_disturb_the_group(settings: Settings, names: Names, kafka: str, look: Look) -> None:
    write(settings, TopicName.CLASSIFIED, 2)
    config = {"bootstrap.servers": kafka, "group.id": names.group(Stage.POLICY), "auto.offset.reset": "earliest"}
    revoked: list[object] = []
    with closing(Consumer({**config, "enable.auto.commit": False, "log_level": 0})) as member:
        member.subscribe(
            [names.topic(TopicName.CLASSIFIED)], on_revoke=lambda _, partitions: revoked.append(partitions)
        )
        until(lambda: member.poll(0.1), within_s=20, what="the member has its first record")
        for _ in range(5):
            assert look().end == 2
            member.poll(0.1)
        assert revoked == []
        assert len(member.assignment()) == 2


def test_a_missing_topic_is_named(kafka: str, names: Names) -> None:
    nothing = Settings(kafka_bootstrap_servers=kafka, topic_prefix=names.prefix)
    with LagReader(nothing) as lags, pytest.raises(DependencyError, match=f"no topic {names.prefix}tickets.inbound"):
        lags.look(60)
