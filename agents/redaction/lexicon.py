"""Which words are ordinary, and which are names: what tells "Krisztián called" from "Recently called".

Ordinary words are kept as sorted 32-bit checksums: 1.6 million words of seven languages in 7 MB, and one word in 2,700
that is none of them passes for one. Names are few enough to be kept whole.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from zlib import crc32

from agents.redaction.language import DEFAULT


class WordSet:
    """A set of words that can be asked, not listed. ``checksums``: ascending."""

    __slots__ = ("checksums",)

    def __init__(self, checksums: array[int]) -> None:
        self.checksums = checksums

    @classmethod
    def of(cls, words: Iterable[str]) -> WordSet:
        """The set of ``words``, whose case is ignored."""
        return cls(array("I", sorted({crc32(word.casefold().encode()) for word in words})))

    def __contains__(self, word: str) -> bool:
        checksum = crc32(word.encode())
        at = bisect_left(self.checksums, checksum)
        return at < len(self.checksums) and self.checksums[at] == checksum


@dataclass(frozen=True)
class Words:
    """``ordinary``: a language's words. ``common``: the frequent ones among them, which are no names whatever a list of
    names says (will, hope, may)."""

    ordinary: WordSet
    common: WordSet


NO_WORDS = Words(WordSet(array("I")), WordSet(array("I")))


@dataclass(frozen=True, eq=False)
class Lexicon:
    """``words`` by language, ``given`` and ``family`` names of people; all casefolded. Equal to itself alone."""

    words: Mapping[str, Words] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    family: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether it knows anything: without words every word would look like a name."""
        return bool(self.given)

    def reading(self, language: str) -> Reading:
        """The lexicon as a text in ``language`` is read: with its own words and those of the default language."""
        chosen = dict.fromkeys((DEFAULT, language))
        return Reading(self, tuple(self.words.get(one, NO_WORDS) for one in chosen))


class Reading:
    """A lexicon with the languages of one text chosen. ``is_ordinary``: whether a dictionary has a word (casefolded);
    ``is_common``: whether it is so frequent that it is no name."""

    __slots__ = ("family", "given", "is_common", "is_ordinary")

    def __init__(self, lexicon: Lexicon, words: tuple[Words, ...]) -> None:
        self.is_ordinary = _in_any([one.ordinary for one in words])
        self.is_common = _in_any([one.common for one in words])
        self.given, self.family = lexicon.given, lexicon.family


def _in_any(sets: list[WordSet]) -> Callable[[str], bool]:
    """Asked of every word of a text, so one set is asked without anything between."""
    first, *others = sets
    if not others:
        return first.__contains__
    return lambda word: word in first or any(word in one for one in others)
