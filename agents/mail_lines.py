"""A mail as lines, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """``text`` stands at ``start`` up to ``end``, without its line break."""

    start: int
    end: int
    text: str


def lines_of(text: str) -> list[Line]:
    """The lines of ``text``, in order; at least one."""
    lines, start = [], 0
    for line in text.split("\n"):
        lines.append(Line(start, start + len(line), line.rstrip("\r")))
        start += len(line) + 1
    return lines


def any_of(phrases: Sequence[str]) -> str:
    """A pattern of any of ``phrases``, the longer first, whatever stands between their words."""
    ordered = sorted(phrases, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(phrase).replace(r"\ ", r"\s{1,3}") for phrase in ordered) + ")"


_PADDING = " \t\u00a0*_<[(-"
_OPENING = 2


def openings(phrases: Sequence[str]) -> frozenset[str]:
    """The first characters of ``phrases``, for ``opens``."""
    return frozenset(phrase[:_OPENING].lower() for phrase in phrases)


def opens(text: str, known: frozenset[str]) -> bool:
    """Whether ``text`` begins like one of the phrases of ``openings``, behind blanks, brackets and dashes: most lines
    do not, and no pattern need be tried on them."""
    return text.lstrip(_PADDING)[:_OPENING].lower() in known
