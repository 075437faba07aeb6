"""What the publisher makes of a broker's answers, by librdkafka's mock cluster: real ones cannot be made to fail so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition

from streams.clock import SYSTEM_CLOCK
from streams.errors import DependencyError, MiddlewareError, OutputTooLarge
from streams.publisher import Publisher, PublishFailed
from tests.support.mock_kafka import MockKafka, mock_kafka

TOPIC = "tickets.test"
SOON_S = 10.0


@pytest.fixture
def cluster() -> Iterator[MockKafka]:
    with mock_kafka() as made:
        made.create(TOPIC)
        yield made


@pytest.fixture
async def publisher(cluster: MockKafka) -> AsyncIterator[Publisher]:
    """Waits for as long as it takes, as a stage's does."""
    made = Publisher({"bootstrap.servers": cluster.servers, "log_level": 0}, linger_ms=0)
    await made.start()
    yield made
    await made.close(1.0)


def stored(cluster: MockKafka) -> list[bytes]:
    """The values in the topic, in their order."""
    consumer = Consumer(
        {"bootstrap.servers": cluster.servers, "group.id": "g", "log_level": 0, "error_cb": lambda _: None}
    )
    try:
        place = TopicPartition(TOPIC, 0, 0)
        _, end = consumer.get_watermark_offsets(place, timeout=SOON_S)
        consumer.assign([place])
        return [message.value() or b"" for message in consumer.consume(end, timeout=SOON_S)]
    finally:
        consumer.close()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        # the record's own fault: the ticket fails, the process goes on
        (KafkaError.MSG_SIZE_TOO_LARGE, OutputTooLarge),
        (KafkaError.RECORD_LIST_TOO_LARGE, OutputTooLarge),
        (KafkaError.INVALID_RECORD, OutputTooLarge),
        # not the record's fault, and another attempt would not help: the process must not go on
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, PublishFailed),
        (KafkaError.CLUSTER_AUTHORIZATION_FAILED, PublishFailed),
        (KafkaError.UNSUPPORTED_FOR_MESSAGE_FORMAT, PublishFailed),
        (KafkaError.POLICY_VIOLATION, PublishFailed),
    ],
)
async def test_a_refusal_fails_the_send(
    cluster: MockKafka, publisher: Publisher, code: int, error: type[MiddlewareError]
) -> None:
    cluster.answer_produce_with([code])
    async with asyncio.timeout(SOON_S):
        with pytest.raises(error) as caught:
            await publisher.send(TOPIC, b"key", b"canary-value")
    assert type(caught.value) is error
    assert "canary" not in str(caught.value)
    assert stored(cluster) == []


async def test_a_record_that_is_too_large_stops_no_other_one(cluster: MockKafka, publisher: Publisher) -> None:
    cluster.answer_produce_with([KafkaError.MSG_SIZE_TOO_LARGE])
    async with asyncio.timeout(SOON_S):
        with pytest.raises(OutputTooLarge):
            await publisher.send(TOPIC, b"key", b"large")
        await publisher.send(TOPIC, b"key", b"the next one")
    assert stored(cluster) == [b"the next one"]


async def test_a_lost_place_in_the_sequence_ends_the_producer_for_good(
    cluster: MockKafka, publisher: Publisher
) -> None:
    await publisher.send(TOPIC, b"key", b"first")
    cluster.answer_produce_with([KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER])
    async with asyncio.timeout(SOON_S):
        with pytest.raises(PublishFailed):
            await publisher.send(TOPIC, b"key", b"second")
        assert await publisher.crashed() == "the producer failed for good: OUT_OF_ORDER_SEQUENCE_NUMBER"
        with pytest.raises(PublishFailed):
            await publisher.send(TOPIC, b"key", b"third")
    assert stored(cluster) == [b"first"]


async def test_passing_errors_are_tried_again_and_the_order_stays(cluster: MockKafka, publisher: Publisher) -> None:
    passing = [
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.KAFKA_STORAGE_ERROR,
    ]
    cluster.answer_produce_with(passing)
    values = [str(number).encode() for number in range(200)]
    sends = []
    async with asyncio.timeout(60):
        for number, value in enumerate(values):
            sends.append(publisher.send(TOPIC, b"key", value))
            if number % 20 == 0:  # several requests, so that some are refused while later ones are on their way
                await asyncio.sleep(0.01)
        await asyncio.gather(*sends)
    assert stored(cluster) == values


async def test_a_broker_that_is_away_fails_a_send_in_time(cluster: MockKafka) -> None:
    cluster.down()
    publisher = Publisher({"bootstrap.servers": cluster.servers, "log_level": 0}, delivery_timeout_s=1.0)
    await publisher.start()
    try:
        began = SYSTEM_CLOCK.monotonic()
        async with asyncio.timeout(SOON_S):
            with pytest.raises(DependencyError, match="did not confirm in time"):
                await publisher.send(TOPIC, b"key", b"value")
        assert 1.0 <= SYSTEM_CLOCK.monotonic() - began < 3.0
    finally:
        await publisher.close(1.0)


async def test_a_stage_waits_for_a_broker_that_is_away(cluster: MockKafka, publisher: Publisher) -> None:
    cluster.down()
    sent = publisher.send(TOPIC, b"key", b"patience")
    done, _ = await asyncio.wait([sent], timeout=1.5)
    assert not done
    cluster.up()
    async with asyncio.timeout(SOON_S):
        await sent
    assert stored(cluster) == [b"patience"]


async def test_close_gives_up_in_time_and_says_so_to_whoever_waits(cluster: MockKafka) -> None:
    publisher = Publisher({"bootstrap.servers": cluster.servers, "log_level": 0})
    await publisher.start()
    await publisher.send(TOPIC, b"key", b"first")
    cluster.down()
    sends = [publisher.send(TOPIC, b"key", b"never") for _ in range(100)]
    began = SYSTEM_CLOCK.monotonic()
    await publisher.close(0.5)
    assert SYSTEM_CLOCK.monotonic() - began < 0.5 + 3.0
    async with asyncio.timeout(1.0):
        ends = await asyncio.gather(*sends, return_exceptions=True)
    assert {type(end) for end in ends} == {DependencyError}
