"""A flag flipped while tickets flow: when each process had it, when it was drained, what reached the helpdesk after.

All moments are wall time of this one machine in seconds: of the flag's record when it was handed to the broker, of an
acknowledgement when the process said it, of a write when the sandbox took it in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from control import flags
from streams.control import decode_acknowledgement
from streams.topics import TopicName
from tests.support.system import System

FLAG = "outbound_enabled"


@dataclass(frozen=True)
class Flip:
    """One flip. ``seen_ms``: until whoever published it had read the last process's word that it uses the flag."""

    on: bool
    epoch: int
    published: float
    applied: dict[str, float]
    drained: dict[str, float]
    seen_ms: float

    @property
    def applied_ms(self) -> dict[str, float]:
        """Milliseconds from publishing to applied, by process."""
        return {process: (at - self.published) * 1000 for process, at in self.applied.items()}

    @property
    def drained_ms(self) -> dict[str, float]:
        """Milliseconds from publishing to drained, by process."""
        return {process: (at - self.published) * 1000 for process, at in self.drained.items()}

    def drained_in(self, stage: str) -> float:
        """The moment when the last of the stage's workers was drained."""
        return max(at for process, at in self.drained.items() if process.startswith(f"{stage}:"))


def flip(system: System, *, on: bool) -> flags.Published:
    """Set the flag as ``mw control set`` does. AssertionError where a process does not apply and drain it."""
    published = flags.publish_flags(system.settings, {FLAG: on}, author="test", reason="a flip")
    assert published.in_force, f"the flip to {on} is not in force: {dict(published.missing)}"
    return published


def read_flips(system: System, published: Sequence[flags.Published]) -> list[Flip]:
    """What the topics tell of flips that were published, in their order."""
    records = {message.offset() + 1: message for message in system.records(TopicName.FLAGS)}
    said = [decode_acknowledgement(message.value()) for message in system.records(TopicName.ACKS)]
    flips = []
    for one in published:
        applied: dict[str, float] = {}
        drained: dict[str, float] = {}
        for ack in said:
            if ack is None or ack.stale or ack.process not in one.drained_ms:
                continue
            if ack.epoch >= one.epoch:
                applied.setdefault(ack.process, ack.at.timestamp())
                if ack.drained >= one.epoch:
                    drained.setdefault(ack.process, ack.at.timestamp())
        at = records[one.epoch].timestamp()[1] / 1000
        (change,) = one.changes
        flips.append(Flip(change.value, one.epoch, at, applied, drained, max(one.applied_ms.values())))
    return flips


@dataclass(frozen=True)
class Write:
    """A write at the helpdesk: when its request came in, and when it took effect."""

    arrived: float
    applied: float

    def within(self, start: float, end: float) -> bool:
        """Whether any of its time at the helpdesk lies between ``start`` and ``end``."""
        return self.arrived < end and self.applied > start


def writes(entries: Sequence[dict[str, Any]]) -> list[Write]:
    """The writes in the sandbox's log, oldest first. Each entry carries both clocks at the moment of its effect."""
    found = []
    for entry in entries:
        if entry["method"] != "GET":
            applied = datetime.fromisoformat(entry["at"]).timestamp()
            found.append(Write(applied - (entry["monotonic"] - entry["arrived"]), applied))
    return found
