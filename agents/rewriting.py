"""A rewritten text that still knows where each character came from.

Every step of sanitize (HTML to text, cutting quoted history, folding look-alikes, masking found values) is a list of
replaced spans. Kept that way, a span found at the end is led back to the exact characters of the input.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple


class Edit(NamedTuple):
    """Characters ``start`` up to ``end`` of a source become ``text``."""

    start: int
    end: int
    text: str


class Rewritten:
    """``source`` with ``edits`` (ascending, not overlapping) applied, and the way back. Building it is linear."""

    __slots__ = ("_begins", "_edits", "text")

    def __init__(self, source: str, edits: Iterable[Edit] = ()) -> None:
        self._edits: list[Edit] = list(edits)
        self._begins: list[int] = []  # where each edit's text begins in the rewritten text
        parts: list[str] = []
        done = length = 0
        for edit in self._edits:
            parts.append(source[done : edit.start])
            length += edit.start - done
            self._begins.append(length)
            parts.append(edit.text)
            length += len(edit.text)
            done = edit.end
        parts.append(source[done:])
        self.text: str = "".join(parts) if self._edits else source

    def _origin(self, position: int) -> tuple[int, int]:
        """The source span that the character at ``position`` stands for."""
        index = bisect_right(self._begins, position) - 1
        if index < 0:
            return position, position + 1
        edit = self._edits[index]
        offset = position - self._begins[index]
        if offset < len(edit.text):
            return edit.start, edit.end
        at = edit.end + offset - len(edit.text)
        return at, at + 1

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The source characters that ``text[start:end]`` stands for; the span must not be empty."""
        return self._origin(start)[0], self._origin(end - 1)[1]
