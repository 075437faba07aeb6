"""What the stage loop asks of a stage, and of the publisher: the contract between ``streams.stage`` and its users."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from streams.reasons import Stage


class SourceRecord(NamedTuple):
    """One record as it came from Kafka, undecoded. (A tuple: made for every event, in a third of the time.)"""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


class Output(NamedTuple):
    """One record to be confirmed before its source is acknowledged."""

    topic: str
    key: bytes
    value: bytes


Answer = Sequence[Output] | Exception | None
"""What ``StageWork.now`` says of one record: its outputs, why it failed, or None where it has to wait."""


class StageWork(Protocol):
    """What one stage does, in the loop's terms."""

    @property
    def stage(self) -> Stage:
        """Which stage this is (metric label)."""
        ...

    def open(self) -> bool:
        """May work start now? Called before each attempt and each batch; must not block."""
        ...

    def now(self, records: Sequence[SourceRecord]) -> Sequence[Answer]:
        """Do at once what needs no waiting, in one call for many records; an answer for each, in their order.

        No two records have the same key. May raise: then the loop asks again for each record alone.
        """
        ...

    async def handle(self, record: SourceRecord) -> Sequence[Output]:
        """Decode and do the work, waiting where it must. Raises a TicketError for what is planned for."""
        ...

    def failed(self, record: SourceRecord, error: Exception, attempts: int) -> Sequence[Output]:
        """What to publish instead, when ``record`` failed for good. Must not fail for any record."""
        ...


class Post(Protocol):
    """``Publisher.post``: hands over one record; ``done`` is called in the event loop with None once the broker has
    it, or with the error."""

    def __call__(
        self, topic: str, key: bytes | None, value: bytes | None, done: Callable[[Exception | None], None]
    ) -> None: ...


@dataclass(frozen=True)
class LoopLimits:
    """How much and how long. Times in seconds."""

    deadline_s: float = 15.0  # one attempt; far below the group's rebalance time-out
    attempts: int = 5  # for failures that may be this ticket's own
    attempts_alone: int = 20  # for outages that others do not see; many, since a vendor may answer every other call
    backoff_first_s: float = 0.2
    backoff_most_s: float = 20.0
    retry_after_most_s: float = 60.0  # a vendor may ask for more; asking again once a minute costs it little
    max_in_flight: int = 64  # waiting attempts running at once
    max_unacked: int = 2000  # taken and not acked, finished or not: bounds memory and redelivery
    unexpected_per_minute: int = 5  # more than this is a bug, not a bad ticket
    batch: int = 200  # records in one call of ``now``
    batch_s: float = 0.005  # and about how long such a call may take, so that a flag flip is never late
