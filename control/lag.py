"""How far each stage is behind, and what that means. Pure: ``control.lag_reader`` brings the numbers.

A negative lag is a signal (the topic was made anew under a group's feet), so nothing is clamped. No commit yet is
neither 0 nor the whole topic. An idle partition has no age.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from streams.reasons import Stage


class LagStatus(StrEnum):
    """What the numbers of a partition mean, from worst to best: the first is what a stage's line shows."""

    UNKNOWN = "UNKNOWN"  # the broker did not tell
    DATA_LOST = "DATA_LOST"  # records were deleted before the stage read them
    REWOUND = "REWOUND"  # committed beyond the end: the topic was made anew
    LAGGING = "LAGGING"  # the oldest waiting record is older than the limit
    PAUSED_BY_SWITCH = "PAUSED_BY_SWITCH"  # act waits on purpose
    NEVER_COMMITTED = "NEVER_COMMITTED"  # the stage has not finished anything here yet
    OK = "OK"


_RANK = {status: rank for rank, status in enumerate(LagStatus)}
_BROKEN = frozenset({LagStatus.UNKNOWN, LagStatus.DATA_LOST, LagStatus.REWOUND})


@dataclass(frozen=True)
class Reading:
    """One partition of a stage's input as the broker told it: committed offset first, the others after it.

    ``committed`` None: the group never committed. ``oldest_at``: timestamp of the first record that still waits, None
    where none does. ``error``: why the broker did not tell; then the numbers mean nothing.
    """

    stage: Stage
    partition: int
    committed: int | None = None
    first: int = 0
    end: int = 0
    oldest_at: datetime | None = None
    error: str = ""

    @property
    def waiting_from(self) -> int | None:
        """The offset of the first record that waits; None where none does. Stages start at the earliest record."""
        start = self.first if self.committed is None else max(self.committed, self.first)
        return start if start < self.end and not self.error else None


@dataclass(frozen=True)
class PartitionLag:
    """One partition judged. ``lag`` in records, None where nobody can say; ``age_s`` of the oldest waiting record."""

    stage: Stage
    partition: int
    committed: int | None
    end: int
    lag: int | None
    age_s: float | None
    status: LagStatus
    note: str = ""


@dataclass(frozen=True)
class StageLag:
    """A stage in one line: sum of lags, oldest age, worst status, and how many of its partitions are not idle and OK.

    ``lag`` None: not one of its partitions has a lag that can be told.
    """

    stage: Stage
    lag: int | None
    age_s: float | None
    status: LagStatus
    partitions: int
    behind: int
    note: str


def judge(reading: Reading, *, now: datetime, max_age_s: float, paused: bool) -> PartitionLag:
    """What ``reading`` means. ``paused``: the stage waits on purpose, outbound being switched off or not proven on."""
    age_s = max(0.0, round((now - reading.oldest_at).total_seconds(), 1)) if reading.oldest_at else None
    lag = _lag(reading)
    status, note = _status(reading, too_old=age_s is not None and age_s > max_age_s, paused=paused)
    return PartitionLag(reading.stage, reading.partition, reading.committed, reading.end, lag, age_s, status, note)


def _lag(reading: Reading) -> int | None:
    if reading.error:
        return None
    if reading.committed is None:
        return 0 if reading.end == 0 else None  # where nothing was ever written, nothing can wait
    return reading.end - reading.committed


def _status(reading: Reading, *, too_old: bool, paused: bool) -> tuple[LagStatus, str]:
    if reading.error:
        return LagStatus.UNKNOWN, reading.error
    committed = reading.committed
    if committed is not None and committed > reading.end:
        return LagStatus.REWOUND, f"committed {committed}, but the topic ends at {reading.end}"
    if committed is not None and committed < reading.first:
        return LagStatus.DATA_LOST, f"{reading.first - committed} records were deleted unread"
    if reading.waiting_from is not None and paused:
        return LagStatus.PAUSED_BY_SWITCH, ""
    if committed is None and reading.end > 0:
        return LagStatus.NEVER_COMMITTED, f"{reading.end - reading.first} records there"
    return (LagStatus.LAGGING if too_old else LagStatus.OK), ""


def summarize(lags: Iterable[PartitionLag]) -> list[StageLag]:
    """One line per stage, in the order of the stages."""
    by_stage: dict[Stage, list[PartitionLag]] = {}
    for lag in lags:
        by_stage.setdefault(lag.stage, []).append(lag)
    return [_summary(stage, by_stage[stage]) for stage in Stage if stage in by_stage]


def _summary(stage: Stage, lags: list[PartitionLag]) -> StageLag:
    worst = min(lags, key=lambda each: _RANK[each.status])
    told = [each.lag for each in lags if each.lag is not None]
    return StageLag(
        stage,
        sum(told) if told else None,
        max((each.age_s for each in lags if each.age_s is not None), default=None),
        worst.status,
        len(lags),
        sum(each.status is not LagStatus.OK or bool(each.lag) for each in lags),
        f"partition {worst.partition}: {worst.note}" if worst.note else "",
    )


def complaints(lags: Iterable[PartitionLag], max_age_s: float) -> list[str]:
    """Why ``mw lag`` ends with exit code 1: whatever waits longer than allowed, is lost, rewound or unknown."""
    found = []
    for each in summarize(lags):
        if each.status in _BROKEN:
            found.append(f"{each.stage.value} is {each.status.value}")
        elif each.age_s is not None and each.age_s > max_age_s:
            found.append(f"{each.stage.value} is {each.age_s:.0f} s behind ({each.status.value})")
    return found
