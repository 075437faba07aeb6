"""Who is running, and which flags each has applied: reads ``control.acks``, where every process writes each second."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType

from confluent_kafka import Consumer, Message

from control.kafka import answering, reader, require_topics
from control.kafka_reading import drain, starts
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK, Clock
from streams.control import Acknowledgement, decode_acknowledgement
from streams.topics import Names, TopicName

LIVE_S = 3.0
"""A process whose last acknowledgement is older has stopped (it writes each second; ``control_max_stale_s`` is 3 s)."""

_LOOK_BACK_S = 5.0  # more than LIVE_S, so that every live process is among what is read


@dataclass(frozen=True)
class Process:
    """What a process last said of itself. ``seen_at``: timestamp of that record."""

    said: Acknowledgement
    seen_at: datetime

    def age_s(self, now: datetime) -> float:
        """Seconds since it last wrote; 0 where its clock is ahead of ours."""
        return max(0.0, (now - self.seen_at).total_seconds())

    def is_live(self, now: datetime) -> bool:
        """Whether it wrote within the last ``LIVE_S`` seconds."""
        return self.age_s(now) < LIVE_S

    def has_applied(self, epoch: int) -> bool:
        """Whether flags up to ``epoch`` are in force there; a stale process uses the safest values instead."""
        return self.said.epoch >= epoch and not self.said.stale

    def has_drained(self, epoch: int) -> bool:
        """Whether they are in force and nothing that left under older ones is still on its way."""
        return self.has_applied(epoch) and self.said.drained >= epoch


def fold(known: Mapping[str, Process], messages: Iterable[Message]) -> dict[str, Process]:
    """``known`` brought up to date by records of ``control.acks``; a tombstone removes the process that left."""
    processes = dict(known)
    for message in messages:
        said = decode_acknowledgement(message.value())
        name = (message.key() or b"").decode("utf-8", "replace")
        if said is None:
            processes.pop(name, None)
        else:
            processes[name] = Process(said, datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC))
    return processes


class AckWatcher:
    """Follows acknowledgements from a few seconds ago on. Use with ``with``; it reads up to now on entering."""

    def __init__(self, settings: Settings, clock: Clock = SYSTEM_CLOCK, look_back_s: float = _LOOK_BACK_S) -> None:
        self._settings = settings
        self._clock = clock
        self._look_back = timedelta(seconds=look_back_s)
        self.processes: dict[str, Process] = {}

    def __enter__(self) -> AckWatcher:
        topic = Names(self._settings.topic_prefix).topic(TopicName.ACKS)
        self._consumer: Consumer = reader(self._settings)
        require_topics(self._settings, self._consumer, [topic])
        since = self._clock.now() - self._look_back
        positions = starts(self._settings, self._consumer, topic, [0], since)
        self.processes = fold({}, drain(self._settings, self._consumer, positions))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._consumer.close()

    def poll(self, seconds: float) -> None:
        """Take in what is written within the next ``seconds``, returning at the first news."""
        with answering(self._settings):
            messages = self._consumer.consume(500, timeout=0) or self._consumer.consume(1, timeout=seconds)
        self.processes = fold(self.processes, (m for m in messages if m.error() is None))

    def live(self) -> dict[str, Process]:
        """The processes that are running, by name."""
        now = self._clock.now()
        return {name: process for name, process in self.processes.items() if process.is_live(now)}


def processes(settings: Settings, clock: Clock = SYSTEM_CLOCK, look_back_s: float = _LOOK_BACK_S) -> dict[str, Process]:
    """Processes that wrote within ``look_back_s`` seconds and have not left, by name. Raises DependencyError."""
    with AckWatcher(settings, clock, look_back_s) as watcher:
        return watcher.processes


def live_processes(settings: Settings, clock: Clock = SYSTEM_CLOCK) -> dict[str, Process]:
    """The processes that are running, by name. Raises DependencyError."""
    with AckWatcher(settings, clock) as watcher:
        return watcher.live()
