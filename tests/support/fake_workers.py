"""Workers as ``mw lag`` sees them: they say each half second which partitions they have."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from control.kafka import producer
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK
from streams.control import Acknowledgement
from streams.reasons import Stage
from streams.topics import Names, TopicName

Partitions = Mapping[str, tuple[int, ...]]


class FakeWorkers:
    """Workers of ``stage`` by name; made by ``fake_workers``."""

    def __init__(self, settings: Settings, stage: Stage) -> None:
        self._topic = Names(settings.topic_prefix).topic(TopicName.ACKS)
        self._producer, self._stage = producer(settings), stage
        self._said: Partitions = {}
        self.end = threading.Event()

    def have(self, partitions: Partitions) -> None:
        """From now on these are the workers, and what each of them has; said at once."""
        self._said = dict(partitions)
        self._say()

    def run(self) -> None:
        """The thread that says it again."""
        while not self.end.wait(0.5):
            self._say()

    def _say(self) -> None:
        for name, partitions in self._said.items():
            said = Acknowledgement(
                process=name, stage=self._stage, epoch=0, drained=0, stale=False, partitions=partitions,
                at=SYSTEM_CLOCK.now(),
            )  # fmt: skip
            self._producer.produce(self._topic, said.encode(), name.encode())
        assert self._producer.flush(10) == 0


@contextmanager
def fake_workers(settings: Settings, stage: Stage, partitions: Partitions) -> Iterator[FakeWorkers]:
    """Workers of ``stage`` that have ``partitions`` until told otherwise, for the length of a ``with``."""
    workers = FakeWorkers(settings, stage)
    workers.have(partitions)
    thread = threading.Thread(target=workers.run, name="fake workers", daemon=True)
    thread.start()
    try:
        yield workers
    finally:
        workers.end.set()
        thread.join(15)
