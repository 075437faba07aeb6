"""The helpers that every command reads and writes Kafka with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from control.kafka import producer
from control.kafka_reading import partition_of, read_all
from control.settings import Settings
from streams.errors import DependencyError
from streams.topics import Names, TopicName
from tests.support.topics import CreateTopics

pytestmark = pytest.mark.broker

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


@pytest.fixture
def settings(kafka: str, names: Names) -> Settings:
    return Settings(kafka_bootstrap_servers=kafka, topic_prefix=names.prefix)


@pytest.fixture
def outcomes(create_topics: CreateTopics) -> str:
    """A topic with its 12 partitions."""
    (topic,) = create_topics(TopicName.OUTCOMES)
    return topic


def test_our_partition_of_a_key_is_the_producer_s(settings: Settings, outcomes: str) -> None:
    keys = [f"conversation-{n}".encode() for n in range(200)] + [b"a", "ä\x00ö".encode(), b"x" * 127, b"\xff\x80"]
    placed: dict[bytes, int] = {}
    client = producer(settings)
    for key in keys:
        client.produce(outcomes, b"{}", key, on_delivery=lambda _, m: placed.update({m.key(): m.partition()}))
    assert client.flush(10) == 0
    assert placed == {key: partition_of(key, 12) for key in keys}
    assert len(set(placed.values())) == 12  # else the comparison would say little


def test_all_is_read_in_order_up_to_the_end(settings: Settings, outcomes: str) -> None:
    client = producer(settings)
    for n in range(3000):
        client.produce(outcomes, str(n).encode(), str(n % 50).encode())
    assert client.flush(20) == 0
    read = [(m.key(), int(m.value() or b"")) for m in read_all(settings, outcomes)]
    assert sorted(n for _, n in read) == list(range(3000))
    for key in {key for key, _ in read}:
        mine = [n for each, n in read if each == key]
        assert mine == sorted(mine)


def test_an_empty_topic_ends_at_once(settings: Settings, outcomes: str) -> None:
    assert list(read_all(settings, outcomes)) == []


def test_only_the_chosen_partitions_are_read(settings: Settings, outcomes: str) -> None:
    client = producer(settings)
    for partition in range(12):
        client.produce(outcomes, b"{}", b"k", partition=partition)
    assert client.flush(10) == 0
    assert {m.partition() for m in read_all(settings, outcomes, partitions=[3, 7])} == {3, 7}


@pytest.mark.parametrize(("since_s", "count"), [(0, 10), (4.5, 5), (9, 1), (9.5, 0)])
def test_reading_since_a_moment(settings: Settings, outcomes: str, since_s: float, count: int) -> None:
    client = producer(settings)
    for n in range(10):
        at = START + timedelta(seconds=n)
        client.produce(outcomes, b"{}", b"k", partition=0, timestamp=int(at.timestamp() * 1000))
    assert client.flush(10) == 0
    assert len(list(read_all(settings, outcomes, since=START + timedelta(seconds=since_s)))) == count


def test_a_missing_topic_is_named(settings: Settings, names: Names) -> None:
    topic = names.topic(TopicName.OUTCOMES)
    with pytest.raises(DependencyError, match=f"has no topic {topic}; create it with `mw topics --apply`"):
        list(read_all(settings, topic))
