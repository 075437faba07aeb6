"""The broker, topics and processes of a benchmark, and what can be read from outside: offsets, append times, CPU."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

import psutil
from confluent_kafka import Consumer, ConsumerGroupState, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec  # type: ignore[attr-defined]

from control.launch import start_tied, stop
from control.local_kafka import KafkaConfig, LocalKafka
from control.settings import load, process_environment
from streams.clock import SYSTEM_CLOCK

ROOT = Path(__file__).parents[1]
_POLL_S = 0.05


class BenchFailed(RuntimeError):
    """A run did not do what it must: its figures would mean nothing."""


@contextmanager
def own_kafka() -> Iterator[tuple[str, Path]]:
    """A broker of this run's own, and a folder for what it and the processes write; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        broker = LocalKafka(KafkaConfig(folder / "kafka", load().cache, folder, port=None, heap_mb=1024))
        try:
            yield broker.start(), folder
        finally:
            broker.stop()


def until(true: Callable[[], bool], *, within_s: float, what: str, alive: Iterable[Popen[bytes]] = ()) -> None:
    """Wait for ``true``. Raises BenchFailed after ``within_s`` seconds, or as soon as one of ``alive`` has ended."""
    watched = list(alive)
    deadline = SYSTEM_CLOCK.monotonic() + within_s
    while not true():
        if ended := [process.returncode for process in watched if process.poll() is not None]:
            raise BenchFailed(f"waiting for {what}: a process ended with code {ended[0]}")
        if SYSTEM_CLOCK.monotonic() > deadline:
            raise BenchFailed(f"{what}: not within {within_s:.0f} s")
        time.sleep(_POLL_S)


@dataclass
class Topics:
    """Topics under ``prefix``; the broker stamps each record with the time it was appended (milliseconds)."""

    brokers: str
    prefix: str
    made: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.admin = AdminClient({"bootstrap.servers": self.brokers, "log_level": 0})

    def make(self, partitions: Mapping[str, int]) -> None:
        """Create topics with their numbers of partitions, and wait until each has leaders."""
        config = {"message.timestamp.type": "LogAppendTime"}
        full = {self.prefix + name: count for name, count in partitions.items()}
        futures = self.admin.create_topics([NewTopic(name, count, 1, config=config) for name, count in full.items()])
        for future in futures.values():
            future.result(timeout=30)
        self.made |= full
        until(lambda: self._led(full), within_s=30, what="leaders of the topics")

    def _led(self, topics: Mapping[str, int]) -> bool:
        known = self.admin.list_topics(timeout=10).topics
        return all(
            name in known and sum(p.leader >= 0 for p in known[name].partitions.values()) == count
            for name, count in topics.items()
        )

    def delete(self) -> None:
        """Remove what was made."""
        for future in self.admin.delete_topics(list(self.made)).values():
            future.result(timeout=30)

    def count(self, name: str) -> int:
        """Records in topic ``prefix + name``."""
        topic = self.prefix + name
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        ask = {TopicPartition(topic, p): latest for p in range(self.made[topic])}
        return sum(future.result().offset for future in self.admin.list_offsets(ask).values())

    def assigned(self, groups: Mapping[str, int]) -> bool:
        """Whether each group is stable and has that many partitions."""
        for name, future in self.admin.describe_consumer_groups(list(groups)).items():
            group = future.result()
            held = sum(len(member.assignment.topic_partitions) for member in group.members)
            if group.state != ConsumerGroupState.STABLE or held != groups[name]:
                return False
        return True

    def fill(self, name: str, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Write (key, value) pairs, partitioned as the product does."""
        producer = Producer(
            {
                "bootstrap.servers": self.brokers,
                "enable.idempotence": True,  # without it some fills of a fresh topic were out of order (measured)
                "linger.ms": 5,
                "partitioner": "murmur2_random",
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        for number, (key, value) in enumerate(records):
            producer.produce(self.prefix + name, value, key)
            if number % 1_000 == 0:
                producer.poll(0)
        if producer.flush(60):
            raise BenchFailed("the input could not be written")

    def read(self, name: str) -> Iterator[Message]:
        """All records of topic ``prefix + name``, in order within each partition."""
        topic = self.prefix + name
        expected = self.count(name)
        consumer = Consumer(
            {"bootstrap.servers": self.brokers, "group.id": f"{topic}-reader", "enable.auto.commit": False}
        )
        try:
            consumer.assign([TopicPartition(topic, p, 0) for p in range(self.made[topic])])
            deadline = SYSTEM_CLOCK.monotonic() + 60
            while expected > 0:
                for message in consumer.consume(min(expected, 5_000), 0.2):
                    if message.error() is None:
                        expected -= 1
                        yield message
                if SYSTEM_CLOCK.monotonic() > deadline:
                    raise BenchFailed(f"{topic} could not be read")
        finally:
            consumer.close()


def cpu_seconds(processes: Sequence[Popen[bytes]]) -> float:
    """CPU seconds (user and system) that ``processes`` have used so far, all threads."""
    used = [psutil.Process(process.pid).cpu_times() for process in processes]
    return float(sum(times.user + times.system for times in used))


@contextmanager
def processes(log: Path) -> Iterator[Callable[..., Popen[bytes]]]:
    """``start(module, *argv, python=None, env=None)`` starts ``python -m module``; all are ended at the end."""
    started: list[Popen[bytes]] = []

    def start(
        module: str, *argv: str, python: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Popen[bytes]:
        variables = process_environment(PYTHONPATH=str(ROOT), PYTHONWARNINGS="ignore", **(env or {}))
        started.append(start_tied([str(python or sys.executable), "-m", module, *argv], env=variables, log=log))
        return started[-1]

    try:
        yield start
    finally:
        stop([process for process in started if process.poll() is None], 10.0)


def first_and_last_ms(messages: Iterable[Message]) -> tuple[int, int]:
    """The earliest and the latest append time."""
    stamps = [message.timestamp()[1] for message in messages]
    return min(stamps), max(stamps)


def last_lines(log: Path, count: int = 5) -> str:
    """The end of a log, for a message that says what went wrong."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-count:])
