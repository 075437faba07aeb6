"""What follows a failed attempt: was it planned for, is it tried again, and after how long. Pure but for jitter."""

from __future__ import annotations

import logging
import random
from collections import deque

from streams.clock import Clock
from streams.errors import TicketError
from streams.reasons import Stage
from streams.tracebacks import where
from streams.work import LoopLimits

log = logging.getLogger(__name__)


class Judge:
    """Judges failures of one stage, and counts those that nobody planned for."""

    def __init__(self, stage: Stage, limits: LoopLimits, clock: Clock) -> None:
        self._stage, self._limits, self._clock = stage, limits, clock
        self._unexpected: deque[float] = deque()

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

    def counted(self, error: Exception, attempts: int) -> int:
        """Attempts to hold against the ticket, ``error`` included: an outage is nobody's attempt."""
        return attempts if isinstance(error, TicketError) and error.outage else attempts + 1

    def again(self, error: Exception, attempts: int) -> bool:
        """Whether another attempt may help and is allowed."""
        return (
            isinstance(error, TicketError)
            and error.retriable
            and (error.outage or attempts < self._limits.attempts)
        )  # fmt: skip

    def backoff_s(self, error: Exception, attempts: int) -> float:
        """Seconds to wait. Full jitter, so that lanes that failed together do not come back together."""
        asked = min(getattr(error, "retry_after_s", None) or 0.0, self._limits.retry_after_most_s)
        most = min(self._limits.backoff_most_s, self._limits.backoff_first_s * 2 ** min(attempts, 16))
        return max(asked, random.uniform(0, most))
