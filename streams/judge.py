"""What follows a failed attempt: was it planned for, is it tried again, and after how long. Pure but for jitter."""

from __future__ import annotations

import logging
import random
from collections import deque
from dataclasses import dataclass

from streams.clock import Clock
from streams.errors import TicketError
from streams.reasons import Stage
from streams.tracebacks import where
from streams.work import LoopLimits

log = logging.getLogger(__name__)


@dataclass
class Tally:
    """What one ticket has been through. ``attempts`` are held against it, ``failures`` are all that went wrong.

    ``alone``: outages that only this ticket saw, since others succeeded between two of its failures.
    """

    attempts: int = 0
    failures: int = 0
    alone: int = 0
    _successes: int | None = None  # of the stage, when this ticket last met an outage

    def others_succeeded(self, successes: int) -> bool:
        """Whether the stage has had successes since this was last asked."""
        before, self._successes = self._successes, successes
        return before is not None and successes > before


class Judge:
    """Judges failures of one stage, and counts those that nobody planned for. ``successes``: attempts that worked."""

    def __init__(self, stage: Stage, limits: LoopLimits, clock: Clock) -> None:
        self._stage, self._limits, self._clock = stage, limits, clock
        self._unexpected: deque[float] = deque()
        self.successes = 0

    def judged(self, exc: Exception) -> Exception:
        """``exc`` itself. Raises RuntimeError when there were more bugs in a minute than bad tickets explain."""
        if isinstance(exc, TicketError):
            return exc
        now = self._clock.monotonic()
        log.error("unexpected in %s: %s", self._stage, where(exc))
        self._unexpected.append(now)
        while self._unexpected[0] < now - 60:
            self._unexpected.popleft()
        if len(self._unexpected) > self._limits.unexpected_per_minute:
            raise RuntimeError(f"{len(self._unexpected)} unexpected exceptions in a minute: this is a bug") from exc
        return exc

    def again(self, error: Exception, tally: Tally) -> bool:
        """Whether another attempt may help and is allowed. Counts ``error`` in ``tally``."""
        tally.failures += 1
        if not isinstance(error, TicketError):
            tally.attempts += 1
            return False
        if not error.outage:
            tally.attempts += 1
            return error.retriable and tally.attempts < self._limits.attempts
        if error.everyones and tally.others_succeeded(self.successes):
            tally.alone += 1
        return tally.alone < self._limits.attempts_alone

    def backoff_s(self, error: Exception, tally: Tally) -> float:
        """Seconds to wait. Full jitter, so that lanes that failed together do not come back together."""
        asked = min(getattr(error, "retry_after_s", None) or 0.0, self._limits.retry_after_most_s)
        most = min(self._limits.backoff_most_s, self._limits.backoff_first_s * 2 ** min(tally.failures, 16))
        return max(asked, random.uniform(0, most))
