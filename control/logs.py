"""Logging of every process: one line per event on stderr, without values from tickets and without floods."""

from __future__ import annotations

import logging
import sys

from streams.clock import SYSTEM_CLOCK, Clock
from streams.tracebacks import where

_QUIET = {"aiokafka": logging.ERROR, "faust": logging.WARNING, "mode": logging.WARNING, "httpx": logging.WARNING}
"""Libraries that log per record or per request; below these levels they would also cost time per event."""


class OneLine(logging.Formatter):
    """A line a person can read; an exception becomes its class and place, since its message may hold a value."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            line += f" [{where(record.exc_info[1])}]"
        return line.replace("\n", " | ")


class RateLimit(logging.Filter):
    """At most one line a second per place in the code; the next line that passes says how many were held back."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK, interval_s: float = 1.0) -> None:
        super().__init__()
        self._clock, self._interval = clock, interval_s
        self._last: dict[tuple[str, int], float] = {}
        self._held: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """True where the record may be written."""
        place, now = (record.pathname, record.lineno), self._clock.monotonic()
        if now - self._last.get(place, float("-inf")) < self._interval:
            self._held[place] = self._held.get(place, 0) + 1
            return False
        self._last[place] = now
        if held := self._held.pop(place, 0):
            record.msg, record.args = f"{record.getMessage()} (and {held} more like it)", None
        return True


def set_up(level: str) -> None:
    """Send everything from ``level`` up to stderr, through ``OneLine`` and ``RateLimit``."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    handler.addFilter(RateLimit())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelNamesMapping()[level]))
    logging.captureWarnings(True)
