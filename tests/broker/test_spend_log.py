"""What the language model may have cost, on a real compacted topic: each stage's own, the newest of each partition."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from streams.connection import KafkaConnection
from streams.publisher import Publisher
from streams.spend import Account, KafkaSpendLog, SpendFailed
from streams.topics import Names, TopicName
from tests.support.topics import CreateTopics

pytestmark = pytest.mark.broker


@pytest.fixture
async def publisher(kafka: str) -> AsyncIterator[Publisher]:
    made = Publisher(KafkaConnection(kafka).librdkafka(), delivery_timeout_s=10)
    await made.start()
    yield made
    await made.close()


def log_of(kafka: str, names: Names, publisher: Publisher, stage: str = "classify") -> KafkaSpendLog:
    source = names.topic(TopicName.SANITIZED)
    return KafkaSpendLog(
        KafkaConnection(kafka), publisher, topic=names.topic(TopicName.SPEND), source=source, stage=stage
    )


def account(micro: int) -> Account:
    return Account(day="2026-11-25", hour=7, day_micro=micro, hour_micro=micro)


async def test_the_newest_account_of_each_partition_is_read(
    kafka: str, names: Names, create_topics: CreateTopics, publisher: Publisher
) -> None:
    create_topics(TopicName.SANITIZED, TopicName.SPEND)
    mine, other = log_of(kafka, names, publisher), log_of(kafka, names, publisher, "policy")
    assert await mine.read() == (12, {})
    for micro in (10, 20):
        await mine.write(3, account(micro))
    await mine.write(11, account(5))
    await other.write(3, account(99))
    await publisher.send(names.topic(TopicName.SPEND), b"classify/3", b"{nonsense")
    assert await mine.read() == (12, {3: account(20), 11: account(5)})
    assert (await other.read()).accounts == {3: account(99)}


async def test_without_its_topic_nothing_may_be_spent(
    kafka: str, names: Names, create_topics: CreateTopics, publisher: Publisher
) -> None:
    create_topics(TopicName.SANITIZED)
    with pytest.raises(SpendFailed, match="cannot be read"):
        await log_of(kafka, names, publisher).read()
