"""Logging of every process: one line per event on stderr, without values from tickets and without floods.

Lines of ours hold no value. For what does all the same there are two nets: exceptions are told by class and place, also
where they stand among a message's arguments, in asyncio's notes, or end the process; and what looks like an e-mail
address, a card or the like is replaced in every line (``control.second_net``). A line that cannot be looked at is not
written.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from control.second_net import cleaned
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import MiddlewareError
from streams.tracebacks import where

log = logging.getLogger(__name__)

_QUIET = {"aiokafka": logging.ERROR, "faust": logging.WARNING, "mode": logging.WARNING, "httpx": logging.WARNING}
"""Libraries that log per record or per request; below these levels they would also cost time per event."""

_TRACEBACK = "Traceback (most recent call last)"
_WORDS = re.compile(r"[A-Za-z ]*")
_SPEAKING = ("aiokafka.", "confluent_kafka.", "cimpl")
"""Modules whose exceptions say what is wrong with a broker; they never see inside a record."""


class OneLine(logging.Formatter):
    """A line a person can read; an exception becomes its class and place, since its message may hold a value."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line. Never raises: what cannot be formatted or looked at becomes a line that says so."""
        at = self.formatTime(record)
        try:
            return f"{at} {' | '.join(cleaned(_line(record)).splitlines())}"
        except Exception:
            return f"{at} {record.levelname} {record.name}: a line that could not be redacted"


def _line(record: logging.LogRecord) -> str:
    line = f"{record.levelname} {record.name}: {_message(record)}"
    if held := vars(record).get("held"):
        line += f" (and {held} more like it)"
    if record.exc_info and record.exc_info[1] is not None:
        line += f" [{where(record.exc_info[1])}]"
    return line


def _message(record: logging.LogRecord) -> str:
    """The message, without anything that an exception says which is neither ours nor about a broker."""
    message, args = str(_told(record.msg)), record.args
    if isinstance(args, Mapping):
        message %= {name: _told(value) for name, value in args.items()}
    elif args:
        message %= tuple(map(_told, args))
    if record.name == "asyncio":  # behind its words it shows callbacks, arguments and results
        match = _WORDS.match(message)
        message = match.group().strip() if match else ""
    return message.partition(_TRACEBACK)[0]


def _told(value: Any) -> Any:
    if not isinstance(value, BaseException) or isinstance(value, MiddlewareError):
        return value
    if isinstance(value, OSError) and value.errno is not None and value.filename is None:
        return value
    return value if type(value).__module__.startswith(_SPEAKING) else where(value)


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
            vars(record)["held"] = held  # said by ``OneLine``
        return True


def set_up(level: str) -> None:
    """Send everything from ``level`` up to stderr, through ``OneLine`` and ``RateLimit``; so, too, what nobody handles
    and Python would print with its message."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    handler.addFilter(RateLimit())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelNamesMapping()[level]))
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a handler that fails would print the message and its arguments
    sys.excepthook, threading.excepthook, sys.unraisablehook = _ended, _thread_ended, _unraisable


def _ended(kind: type[BaseException], exc: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, exc, trace)
    else:
        log.critical("ended by an error that nobody handled", exc_info=(kind, exc, trace))


def _thread_ended(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        name = args.thread.name if args.thread else "unknown"
        log.error("thread %s ended by an error that nobody handled [%s]", name, where(args.exc_value))


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    told = where(args.exc_value) if args.exc_value else args.exc_type.__name__
    log.error("an error nobody could be told of [%s]", told)
