"""Probe workers on topics of their own: started, fed, killed and stopped, and what they did read from outside."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import orjson
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from control.launch import start_tied, stop
from control.settings import process_environment
from streams.clock import SYSTEM_CLOCK
from tests.support.probe_worker import Guard, ProbeConfig
from tests.support.topics import admin
from tests.support.waiting import until

WITHIN_S = 40.0
"""For what takes a second or two; long, since the machine may be busy with other things."""


def guarded(*guards: Guard) -> pytest.MarkDecorator:
    """Runs a test with everything in place, and with each of ``guards`` taken out."""
    return pytest.mark.parametrize("without", [Guard.NONE, *guards], ids=lambda g: f"without-{g}")


@dataclass(frozen=True)
class Note:
    """One step of one worker."""

    worker: str
    step: str
    detail: str


class ProbeGroup:
    """One consumer group of probe workers on ``partitions`` partitions of one source topic."""

    def __init__(self, servers: str, prefix: str, folder: Path, partitions: int = 1) -> None:
        self._servers, self._folder = servers, folder
        self.group, self.source, self.output, self.dead, flags = (
            f"{prefix}{word}" for word in ("group", "source", "output", "dead", "flags")
        )
        self._flags = flags
        self._admin = admin(servers)
        new = [NewTopic(self.source, partitions, 1), *(NewTopic(t, 1, 1) for t in (self.output, self.dead, flags))]
        for future in self._admin.create_topics(new).values():
            future.result(timeout=30)
        self._admin_topics = [self.source, self.output, self.dead, flags]
        self._producer = Producer({"bootstrap.servers": servers, "acks": "all"})
        self._workers: dict[str, Popen[bytes]] = {}

    # -- workers

    def start(self, name: str, without: Guard = Guard.NONE, **config: Any) -> Popen[bytes]:
        """Start a worker; ``config``: fields of ProbeConfig."""
        dead = config.pop("dead", self.dead)
        probe = ProbeConfig(
            name, self._servers, self.group, self.source, self.output, dead, self._flags, str(self._folder),
            without=without, **config,
        )  # fmt: skip
        argv = [sys.executable, "-m", "tests.support.probe_worker", probe.encode()]
        self._workers[name] = start_tied(argv, env=process_environment(), log=self._folder / f"{name}.log")
        return self._workers[name]

    def exit_code(self, name: str) -> int:
        """How a worker ended; AssertionError with the end of its log where it does not in time."""
        worker = self._workers[name]
        self.wait(lambda: worker.poll() is not None, f"{name} ends")
        return worker.returncode

    def terminate(self, name: str) -> None:
        """SIGTERM."""
        self._workers[name].send_signal(signal.SIGTERM)

    def kill(self, name: str) -> None:
        """kill -9."""
        self._workers[name].kill()
        self._workers[name].wait(10)

    def log(self, name: str) -> str:
        """The end of a worker's log."""
        return (self._folder / f"{name}.log").read_text()[-3000:]

    def release(self, word: str) -> None:
        """Make the file that a ``hold`` waits for (or ``mended``)."""
        (self._folder / word).touch()

    def end(self) -> None:
        """End what still runs, and delete the topics."""
        stop([worker for worker in self._workers.values() if worker.poll() is None], 5.0)
        for future in self._admin.delete_topics(self._admin_topics).values():
            future.result(timeout=30)

    # -- what goes in and what comes out

    def produce(self, *values: bytes, partition: int = 0) -> None:
        """Records whose keys are their values, confirmed."""
        for value in values:
            self._producer.produce(self.source, value, value, partition=partition)
        assert self._producer.flush(20) == 0

    def produce_in_transactions(self, *values: bytes) -> None:
        """Records, each in a transaction of its own, so that a marker takes the offset behind it."""
        producer = Producer({"bootstrap.servers": self._servers, "transactional.id": self.group})
        producer.init_transactions(20)
        for value in values:
            producer.begin_transaction()
            producer.produce(self.source, value, value, partition=0)
            producer.commit_transaction(20)

    def limit_output(self, most: int) -> None:
        """From now on the broker refuses outputs of more than ``most`` bytes."""
        entry = ConfigEntry("max.message.bytes", str(most), incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, self.output, incremental_configs=[entry])
        for future in self._admin.incremental_alter_configs([resource]).values():
            future.result(timeout=10)

    def committed(self, partition: int = 0) -> int:
        """The offset that the group starts from; 0 where it never committed."""
        consumer = self._consumer(self.group)
        try:
            return max(0, consumer.committed([TopicPartition(self.source, partition)], timeout=10)[0].offset)
        finally:
            consumer.close()

    def outputs(self) -> Counter[bytes]:
        """How often each value was published, without filling."""
        return self._values(self.output)

    def dead_letters(self) -> Counter[bytes]:
        """How often each value was given up."""
        return self._values(self.dead)

    def notes(self) -> list[Note]:
        """What the workers noted so far."""
        path = self._folder / "notes"
        return [Note(*orjson.loads(line)) for line in path.read_bytes().splitlines()] if path.exists() else []

    def noted(self, worker: str, step: str, detail: str | None = None) -> int:
        """How often a worker noted a step (with that detail)."""
        return sum(n.worker == worker and n.step == step and detail in (None, n.detail) for n in self.notes())

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Until ``condition``; AssertionError naming ``what``, with the notes."""
        try:
            until(condition, within_s=WITHIN_S, what=what, every_s=0.1)
        except AssertionError as exc:
            logs = "\n".join(f"{name}: {self.log(name)}" for name in self._workers)
            raise AssertionError(f"{exc}\n{self.notes()}\n{logs}") from None

    def _values(self, topic: str) -> Counter[bytes]:
        consumer = self._consumer("observer")
        try:
            tp = TopicPartition(topic, 0)
            low, high = consumer.get_watermark_offsets(tp, timeout=10)
            consumer.assign([TopicPartition(topic, 0, low)])
            found: list[bytes] = []
            deadline = SYSTEM_CLOCK.monotonic() + 20
            while len(found) < high - low:
                for message in consumer.consume(high - low - len(found), 1.0):
                    assert message.error() is None, message.error()
                    found.append(message.value().rstrip(b"."))
                assert SYSTEM_CLOCK.monotonic() < deadline, f"{topic} could not be read to its end"
            return Counter(found)
        finally:
            consumer.close()

    def _consumer(self, group: str) -> Consumer:
        config: dict[str, Any] = {"bootstrap.servers": self._servers, "group.id": group, "enable.auto.commit": False}
        return Consumer({**config, "log_level": 0, "error_cb": lambda _: None})
