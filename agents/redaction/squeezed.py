"""A text's letters and digits alone: "Jane  DOE", "jane.doe" and "JaneDoe" are the same, "José" and "jose" too."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

_BETWEEN = re.compile(r"[\W_]+")
_MOST_BETWEEN = 5
"""How far apart two letters or digits of one value stand at most: a comma, a line break and two blanks between them."""


def plain(text: str) -> str:
    """``text`` without accents."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def squeezed(text: str) -> str:
    """The letters and digits of ``text``, in lower case and without accents."""
    return _BETWEEN.sub("", plain(text.lower()))


class Squeezed:
    """``text`` squeezed, with the way back to where each of its letters and digits stands."""

    __slots__ = ("_places", "_text", "text")

    def __init__(self, text: str) -> None:
        self._text = text
        self.text = squeezed(text)
        self._places: list[int] = []

    def occurrences(self, value: str) -> Iterator[int]:
        """Where in ``self.text`` the squeezed ``value`` begins."""
        at = self.text.find(value) if value else -1
        while at >= 0:
            yield at
            at = self.text.find(value, at + 1)

    def span(self, first: int, after: int) -> tuple[int, int] | None:
        """The span of the source that ``self.text[first:after]`` stands for; None where it begins or ends within a
        word, or where much stands between its letters."""
        places = self._positions()
        start, end = places[first], places[after - 1] + 1
        if self._text[start - 1 : start].isalnum() or self._text[end : end + 1].isalnum():
            return None
        own = places[first:after]
        near = all(b - a <= _MOST_BETWEEN for a, b in pairwise(own))
        return (start, end) if near else None

    def _positions(self) -> list[int]:
        if not self._places and self.text:  # most texts hold none of the values, and are never asked
            if self._text.isascii():
                self._places = [place for place, character in enumerate(self._text) if character.isalnum()]
            else:
                sizes = (len(squeezed(character)) for character in self._text)
                self._places = [place for place, size in enumerate(sizes) for _ in range(size)]
        return self._places
