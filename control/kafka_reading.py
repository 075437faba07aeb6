"""Bounded reading for commands: from the beginning, or from a moment, to the end of a topic as it is now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from control.kafka import ANSWER_S, answering, ask, bootstrap, partition_counts, reader, require_topics, translate
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK, Clock

_BATCH = 500


def read_all(
    settings: Settings,
    topic: str,
    *,
    partitions: Sequence[int] | None = None,
    since: datetime | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Iterator[Message]:
    """Every record of ``topic`` up to its end as it is now, in order within a partition.

    ``partitions`` None: all. ``since``: only records at or after the first one with a timestamp that new.
    Raises DependencyError where the topic is missing or the broker stops answering for ``ANSWER_S`` seconds.
    """
    with closing(reader(settings)) as consumer:
        counts = partition_counts(settings, consumer)
        if topic not in counts:
            require_topics(settings, consumer, [topic])
        chosen = range(counts[topic]) if partitions is None else partitions
        yield from drain(settings, consumer, starts(settings, consumer, topic, chosen, since), clock)


def starts(
    settings: Settings, consumer: Consumer, topic: str, partitions: Sequence[int], since: datetime | None
) -> list[TopicPartition]:
    """Where reading begins in each partition; a partition with nothing newer than ``since`` begins at its end."""
    if since is None:
        return [TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions]
    wanted = [TopicPartition(topic, p, int(since.timestamp() * 1000)) for p in partitions]
    return ask(settings, lambda: _found(consumer.offsets_for_times(wanted, timeout=ANSWER_S)))


def _found(answers: list[TopicPartition]) -> list[TopicPartition]:
    for answer in answers:
        if answer.error is not None:
            raise KafkaException(answer.error)
    return answers


def watermarks(settings: Settings, consumer: Consumer, at: TopicPartition) -> tuple[int, int]:
    """The first offset that a partition still holds, and the offset that its next record will get."""
    low, high = ask(settings, lambda: consumer.get_watermark_offsets(at, timeout=ANSWER_S, cached=False))
    return int(low), int(high)


def drain(
    settings: Settings, consumer: Consumer, positions: list[TopicPartition], clock: Clock = SYSTEM_CLOCK
) -> Iterator[Message]:
    """Assigns ``positions`` and yields their records, at least up to the end of each partition as it is now."""
    marks = {(p.topic, p.partition): watermarks(settings, consumer, p) for p in positions}
    with answering(settings):
        consumer.assign(positions)
    left = {place for place, (low, high) in marks.items() if high > low}
    deadline = clock.monotonic() + ANSWER_S
    while left:
        with answering(settings):
            batch = consumer.consume(_BATCH, timeout=0.2)
        if batch:
            deadline = clock.monotonic() + ANSWER_S
        elif clock.monotonic() > deadline:
            raise translate(KafkaError(KafkaError._TIMED_OUT), bootstrap(settings))
        for message in batch:
            place = (message.topic() or "", message.partition() or 0)
            error = message.error()
            if error is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise translate(error, bootstrap(settings))
                left.discard(place)
            else:
                yield message
                if (message.offset() or 0) >= marks[place][1] - 1:
                    left.discard(place)


def partition_of(key: bytes, partitions: int) -> int:
    """The partition that every producer of ours puts ``key`` in: Java's murmur2, sign bit cleared, modulo."""
    from aiokafka.partitioner import murmur2  # noqa: PLC0415  (0.2 s to import, needed by one command)

    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
