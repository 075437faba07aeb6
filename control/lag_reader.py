"""Reads from the broker what ``control.lag`` judges, without joining a group and without disturbing a stage.

One long-lived consumer per stage's group, never subscribed, looks up what the group committed. ``AdminClient``'s own
call for that is never used: it can crash the process (librdkafka issues 5040 and 4605).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from confluent_kafka import OFFSET_INVALID, Consumer, KafkaException, TopicPartition

from control.acks import Process, live_processes
from control.flags import read_state
from control.kafka import ANSWER_S, answering, partition_counts, reader, require_topics
from control.kafka_reading import watermarks
from control.lag import PartitionLag, Reading, judge
from control.lag_workers import StageWorkers, shares
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK, Clock
from streams.reasons import Stage
from streams.topics import STAGE_TOPICS, Names

_COMMITTED_S = 2.0
_PAUSE_S = 0.1
_NEXT_RECORD_S = 2.0


@dataclass(frozen=True)
class Sight:
    """What one look found: every partition of every stage, and who works on them."""

    lags: list[PartitionLag]
    workers: list[StageWorkers]


class LagReader:
    """The lag of every stage, as often as asked. Use with ``with``: it holds one connection per group."""

    def __init__(self, settings: Settings, clock: Clock = SYSTEM_CLOCK) -> None:
        self._settings = settings
        self._clock = clock
        self._names = Names(settings.topic_prefix)

    def __enter__(self) -> LagReader:
        self._consumers = {stage: reader(self._settings, self._names.group(stage)) for stage in Stage}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for consumer in self._consumers.values():
            consumer.close()

    def look(self, max_age_s: float) -> Sight:
        """Every partition of every stage, judged now, and who works on them.

        Raises DependencyError without a broker or without a topic.
        """
        readings = self.read()
        running = live_processes(self._settings, self._clock)
        paused = self._act_is_paused(running)
        now = self._clock.now()
        lags = [
            judge(each, now=now, max_age_s=max_age_s, paused=paused and each.stage is Stage.ACT) for each in readings
        ]
        partitions = {stage: [lag.partition for lag in lags if lag.stage is stage] for stage in Stage}
        return Sight(lags, shares(running, partitions))

    def read(self) -> list[Reading]:
        """Every partition of every stage. What a group committed is read before where its topic ends."""
        client = self._consumers[Stage.ACT]
        sources = {stage: self._names.topic(STAGE_TOPICS[stage][0]) for stage in Stage}
        require_topics(self._settings, client, list(sources.values()))
        counts = partition_counts(self._settings, client)
        readings = [
            reading for stage, topic in sources.items() for reading in self._read_stage(stage, topic, counts[topic])
        ]
        waiting = {
            (sources[each.stage], each.partition): each.waiting_from
            for each in readings
            if each.waiting_from is not None
        }
        found = self._first_timestamps(waiting)
        return [replace(each, oldest_at=found.get((sources[each.stage], each.partition))) for each in readings]

    def _read_stage(self, stage: Stage, topic: str, partitions: int) -> list[Reading]:
        consumer = self._consumers[stage]
        try:
            committed = self._committed(consumer, [TopicPartition(topic, p) for p in range(partitions)])
        except KafkaException as exc:
            why = f"committed offsets could not be read ({exc.args[0].name()})"
            return [Reading(stage, p, error=why) for p in range(partitions)]
        readings = []
        for place in committed:
            first, end = watermarks(self._settings, consumer, TopicPartition(topic, place.partition))
            offset = None if place.offset == OFFSET_INVALID else place.offset
            readings.append(Reading(stage, place.partition, offset, first, end))
        return readings

    def _committed(self, consumer: Consumer, places: list[TopicPartition]) -> list[TopicPartition]:
        # A fresh broker has no group coordinator for about a second, and one that moves answers with errors.
        deadline = self._clock.monotonic() + ANSWER_S
        while True:
            try:
                answers = consumer.committed(places, timeout=_COMMITTED_S)
                consumer.poll(0)
                for answer in answers:
                    if answer.error is not None:
                        raise KafkaException(answer.error)
                return list(answers)
            except KafkaException:
                if self._clock.monotonic() > deadline:
                    raise
            time.sleep(_PAUSE_S)

    def _first_timestamps(self, waiting: dict[tuple[str, int], int]) -> dict[tuple[str, int], datetime]:
        """When the record at each place, or the next one after it, was written; nothing for a place without one."""
        found: dict[tuple[str, int], datetime] = {}
        if not waiting:
            return found
        left = set(waiting)
        # The first record is all we want, so little is fetched.
        small: dict[str, Any] = {"queued.min.messages": 1, "max.partition.fetch.bytes": 16_384}
        with closing(reader(self._settings, **small)) as consumer, answering(self._settings):
            consumer.assign([TopicPartition(topic, p, offset) for (topic, p), offset in waiting.items()])
            deadline = self._clock.monotonic() + _NEXT_RECORD_S
            while left and self._clock.monotonic() < deadline:
                for message in consumer.consume(len(left), timeout=0.2):
                    place = (message.topic() or "", message.partition() or 0)
                    if message.error() is None:
                        found.setdefault(place, datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC))
                    left.discard(place)
        return found

    def _act_is_paused(self, running: Mapping[str, Process]) -> bool:
        """Whether outbound is switched off, or every running act process cannot prove that it is on."""
        if not read_state(self._settings).get("outbound_enabled", self._clock.now()):
            return True
        act = [process for process in running.values() if process.said.stage == Stage.ACT.value]
        return bool(act) and all(process.said.stale for process in act)
