"""A process as operators' commands see it: follows ``control.flags``, says on ``control.acks`` what it applied."""

from __future__ import annotations

import threading
from enum import Enum
from types import TracebackType

from confluent_kafka import OFFSET_BEGINNING, TopicPartition

from control.kafka import producer, reader
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK
from streams.control import Acknowledgement
from streams.topics import Names, TopicName

_HEARTBEAT_S = 0.3


class Manner(Enum):
    """How the process takes a change."""

    OBEYS = "obeys"
    DEAF = "deaf"  # goes on writing, never applies anything
    STALE = "stale"  # applies, but cannot prove that it is fresh
    BUSY = "busy"  # applies, but something that left under an older epoch stays in flight
    LEAVES = "leaves"  # ends in good order at the first change
    DIES = "dies"  # ends without a word after its first acknowledgement


class FakeProcess:
    """Runs in a thread between ``with`` and its end; on entering it has acknowledged once."""

    def __init__(self, settings: Settings, name: str, manner: Manner = Manner.OBEYS, stage: str = "policy") -> None:
        self._settings, self._name, self._manner, self._stage = settings, name, manner, stage
        self._names = Names(settings.topic_prefix)
        self._begun, self._end = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> FakeProcess:
        self._thread.start()
        assert self._begun.wait(15), f"{self._name} did not start"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end.set()
        self._thread.join(10)

    def _run(self) -> None:
        self._producer = producer(self._settings)
        consumer = reader(self._settings)
        consumer.assign([TopicPartition(self._names.topic(TopicName.FLAGS), 0, OFFSET_BEGINNING)])
        epoch, said_at, caught_up = 0, float("-inf"), False
        while not self._end.is_set():
            message = consumer.poll(0.05)
            changed = message is not None and message.error() is None
            caught_up = caught_up or (message is not None and not changed)
            if changed and caught_up and self._manner is Manner.LEAVES:
                self._say(None)
                break
            if changed and not (caught_up and self._manner is Manner.DEAF):
                epoch = message.offset() + 1
            if caught_up and (changed or SYSTEM_CLOCK.monotonic() - said_at > _HEARTBEAT_S):
                self._say(epoch)
                said_at = SYSTEM_CLOCK.monotonic()
                self._begun.set()
                if self._manner is Manner.DIES:
                    break
        consumer.close()

    def _say(self, epoch: int | None) -> None:
        value = None
        if epoch is not None:
            value = Acknowledgement(
                process=self._name,
                stage=self._stage,
                epoch=epoch,
                drained=0 if self._manner is Manner.BUSY else epoch,
                stale=self._manner is Manner.STALE,
                at=SYSTEM_CLOCK.now(),
            ).encode()
        self._producer.produce(self._names.topic(TopicName.ACKS), value, self._name.encode())
        self._producer.flush(5)
