"""Resident memory of processes over the course of a load, and whether it stays flat once they are warm."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psutil

MB = 1_000_000
ROOM_SHARE, ROOM_MB = 0.05, 10.0
"""What the last quarter may lie above the second one: an allocator's own ups and downs, no more."""


@dataclass
class Series:
    """Resident megabytes (10^6 bytes) of each process, at even steps of the load."""

    pids: Mapping[str, int]
    rss_mb: dict[str, list[float]] = field(default_factory=dict)

    def sample(self) -> None:
        """Take one step's sample of every process."""
        for name, pid in self.pids.items():
            self.rss_mb.setdefault(name, []).append(round(psutil.Process(pid).memory_info().rss / MB, 1))


@dataclass(frozen=True)
class Growth:
    """Median megabytes of the second and of the last quarter of a series."""

    warm_mb: float
    last_mb: float

    @property
    def flat(self) -> bool:
        """Whether the last quarter lies no more above the warm one than there is room for."""
        return self.last_mb <= self.warm_mb * (1 + ROOM_SHARE) + ROOM_MB


def growth(series: Sequence[float]) -> Growth:
    """What became of a process after warming up: the first quarter does not count."""
    quarter = len(series) // 4
    assert quarter >= 2, f"{len(series)} samples are too few"
    return Growth(statistics.median(series[quarter : 2 * quarter]), statistics.median(series[-quarter:]))
