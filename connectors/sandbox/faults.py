"""Faults on demand: which request fails, how, how often. Deterministic: chances are drawn from the rule's own seed."""

from __future__ import annotations

import random
import re
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from connectors.sandbox.model import ModelFault

MAX_RULES: Final = 1_000
"""Rules held at once."""


class FaultKind(StrEnum):
    """How a request fails. Unless it says so, the request is not applied."""

    RATE_LIMITED = "429"
    RATE_LIMITED_SILENT = "429_no_retry_after"
    BAD_REQUEST = "400"
    UNAUTHORIZED = "401"
    NOT_FOUND = "404"
    CONFLICT = "409"
    INTERNAL = "500"
    BAD_GATEWAY = "502"
    UNAVAILABLE = "503"
    GATEWAY_TIMEOUT = "504"
    INTERNAL_AFTER = "500_after"  # applied, then answered with 500
    TIMEOUT_BEFORE = "timeout_before"  # hangs for delay_s, then the connection drops
    TIMEOUT_AFTER = "timeout_after"  # applied; then hangs for delay_s and drops without an answer
    DROP_BEFORE = "drop_before"  # the connection drops at once
    DROP_AFTER = "drop_after"  # applied; then the connection drops
    SLOW = "slow"  # applied, and answered after delay_s
    HTML = "html"  # status 200 and a page for people
    MALFORMED = "malformed"  # status 200 and half a JSON document
    NOT_A_TICKET = "not_a_ticket"  # status 200 and JSON of another shape
    TOO_LARGE = "too_large"  # status 200 and 3 MB
    REDIRECT = "redirect"  # 302 to somewhere else


APPLIED: Final = frozenset({FaultKind.INTERNAL_AFTER, FaultKind.TIMEOUT_AFTER, FaultKind.DROP_AFTER, FaultKind.SLOW})
"""The kinds that do what was asked before they fail."""

_TEXT: Final = "text/plain"
BODIES: Final[dict[FaultKind, tuple[int, str, bytes]]] = {
    FaultKind.HTML: (200, "text/html", b"<!doctype html><title>Please sign in</title>"),
    FaultKind.MALFORMED: (200, "application/json", b'{"ticket": {"id": "half'),
    FaultKind.NOT_A_TICKET: (200, "application/json", b'{"ok": true}'),
    FaultKind.TOO_LARGE: (200, "application/json", b'{"ticket": "' + b"x" * 3_000_000 + b'"}'),
    FaultKind.REDIRECT: (302, _TEXT, b"moved"),
}
"""Answers (status, content type, body) of the kinds that answer something odd."""


class FaultMatch(BaseModel):
    """Which requests: ``method`` equal, ``path_regex`` found in the path. Left out: every one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    method: str | None = None
    path_regex: str | None = Field(None, max_length=500)

    @field_validator("path_regex")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as exc:
            raise ValueError(f"no regular expression: {exc}") from None
        return value

    def covers(self, method: str, path: str) -> bool:
        """Whether a request of that method and path is meant."""
        return self.method in (None, method) and (self.path_regex is None or bool(re.search(self.path_regex, path)))


class FaultRule(BaseModel):
    """One fault. ``times`` None: for ever. ``delay_s``: seconds, for the kinds that wait."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    match: FaultMatch = FaultMatch()
    kind: FaultKind | ModelFault
    times: int | None = Field(1, ge=1)
    probability: float = Field(1.0, gt=0, le=1)
    seed: int = 0
    delay_s: float = Field(30.0, ge=0, le=3600)
    retry_after: str = Field("1", max_length=100)


@dataclass
class _Armed:
    rule: FaultRule
    left: int | None
    chance: random.Random
    hits: int = 0


@dataclass
class FaultPlan:
    """The rules in force, oldest first; the first that covers a request and is drawn decides."""

    _armed: list[_Armed] = field(default_factory=list)

    def add(self, rule: FaultRule) -> None:
        """Put a rule in force; beyond ``MAX_RULES`` the oldest goes."""
        self._armed.append(_Armed(rule, rule.times, random.Random(rule.seed)))
        del self._armed[:-MAX_RULES]

    def clear(self) -> None:
        """No more faults."""
        self._armed.clear()

    def pick(self, method: str, path: str, kinds: tuple[type, ...] = (FaultKind,)) -> FaultRule | None:
        """The fault of one of ``kinds`` that this request suffers, counted against its ``times``; None: it is left
        alone."""
        for armed in self._armed:
            rule = armed.rule
            if armed.left == 0 or not isinstance(rule.kind, kinds) or not rule.match.covers(method, path):
                continue
            if armed.chance.random() >= armed.rule.probability:
                continue
            armed.hits += 1
            armed.left = None if armed.left is None else armed.left - 1
            return armed.rule
        return None

    def describe(self) -> list[dict[str, object]]:
        """The rules with how often each struck and how often it will."""
        return [{**a.rule.model_dump(mode="json"), "hits": a.hits, "left": a.left} for a in self._armed]


@dataclass(frozen=True)
class AccountLimit:
    """``requests`` in any ``window_s`` seconds, for the whole account."""

    requests: int
    window_s: float = 30.0


class AccountWindow:
    """What an account has used of its limit: a sliding window over the requests that were let through."""

    def __init__(self, limit: AccountLimit) -> None:
        self.limit = limit
        self._taken: deque[float] = deque()

    def take(self, now: float) -> float:
        """Take one request at monotonic second ``now``: 0.0, or the seconds until there is room again."""
        while self._taken and now - self._taken[0] >= self.limit.window_s:
            self._taken.popleft()
        if len(self._taken) < self.limit.requests:
            self._taken.append(now)
            return 0.0
        return self.limit.window_s - (now - self._taken[0])

    @property
    def remaining(self) -> int:
        """Requests left, as of the last ``take``."""
        return self.limit.requests - len(self._taken)
