"""The sandbox's request log: what was asked, what was answered, and whether a write was applied."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from streams.clock import Clock


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came in, at monotonic second ``arrived``."""

    method: str
    path: str
    arrived: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. ``status`` 0: no answer was given. ``applied``: a write was carried out; ``changed``: it made a
    difference (tags that were there already do not).

    ``seq`` counts in the order in which requests took effect; ``at`` (UTC) and ``monotonic`` (seconds) are the
    moment of that, ``arrived`` (monotonic seconds) the moment the request came in.
    """

    seq: int
    at: datetime
    monotonic: float
    arrived: float
    method: str
    path: str
    status: int
    applied: bool
    changed: bool
    fault: str | None


class Journal:
    """The newest ``size`` requests, and counts over all of them."""

    def __init__(self, clock: Clock, size: int) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=size)
        self.last_seq = 0
        self.applied = 0
        self.by_status: Counter[int] = Counter()

    def write(self, asked: Asked, *, status: int, applied: bool, changed: bool, fault: str | None) -> Entry:
        """Note that the request took effect now."""
        self.last_seq += 1
        self.applied += applied
        self.by_status[status] += 1
        entry = Entry(
            seq=self.last_seq,
            at=self._clock.now(),
            monotonic=self._clock.monotonic(),
            arrived=asked.arrived,
            method=asked.method,
            path=asked.path,
            status=status,
            applied=applied,
            changed=changed,
            fault=fault,
        )
        self._entries.append(entry)
        return entry

    def newest(self, count: int) -> list[Entry]:
        """The last ``count`` entries, newest first."""
        return list(islice(reversed(self._entries), count))

    def since(self, seq: int, limit: int) -> dict[str, Any]:
        """At most ``limit`` entries after ``seq``, oldest first; ``oldest`` shows whether some fell out of the ring."""
        oldest = self._entries[0].seq if self._entries else self.last_seq + 1
        start = max(0, seq + 1 - oldest)
        entries = [as_document(entry) for entry in islice(self._entries, start, start + limit)]
        return {"entries": entries, "last": self.last_seq, "oldest": oldest}


def as_document(entry: Entry) -> dict[str, Any]:
    """The entry for JSON."""
    return {name: getattr(entry, name) for name in Entry.__slots__}
