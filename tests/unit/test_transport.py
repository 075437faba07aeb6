"""What our consumer leaves out of Faust's."""

from __future__ import annotations

from typing import Any

from faust.types import TP

from streams.transport import SafeConsumer, SlimMonitor


class Idle(SafeConsumer):
    """A consumer with one partition, on which nothing came in for long."""

    def __init__(self) -> None:
        self.suspected: list[TP] = []

    @property
    def should_stop(self) -> bool:
        return False

    async def sleep(self, n: Any, *, loop: Any = None) -> None: ...

    def assignment(self) -> set[TP]:
        return {TP("topic", 0)}

    def verify_event_path(self, now: float, tp: TP) -> None:
        self.suspected.append(tp)


async def test_a_partition_that_was_idle_is_not_suspected_of_being_stuck() -> None:
    consumer = Idle()
    await consumer.verify_all_partitions_active()
    assert consumer.suspected == []


def test_the_librarys_notes_stay_among_the_librarys_loggers() -> None:
    assert SafeConsumer.logger.name.startswith("faust.")
    assert SlimMonitor.logger.name.startswith("faust.")
