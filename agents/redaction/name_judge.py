"""What a lexicon says of single words: named, unknown, or another word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from agents.redaction.lexicon import Lexicon, WordSet
from agents.redaction.model import Label, Span
from agents.redaction.name_vocabulary import CHAT_WORDS, FILLERS, NO_NAMES, PLACES_AND_BRANDS
from agents.redaction.words import spaced_key

_PERSON_SHAPE = re.compile(
    r"(?:Mc|Mac|O['’]|De|Di|La|Le|Van|D['’])?[^\W\d_a-z]?[^\W\d_A-Z]+(?:[-'’][^\W\d_A-Z]?[^\W\d_A-Z]+)*"
)
POSSESSIVE = re.compile(r"['’][sS]?$")
_ARTICLES = frozenset(("al", "el", "ben", "bin", "abu"))
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Word(NamedTuple):
    """``doubt``: how little a word looks like a name; ``family``: on the list of family names, however common."""

    start: int
    end: int
    key: str
    doubt: int
    given: bool = False
    family: bool = False


NAMED, UNKNOWN, INITIAL, OTHER = range(4)


def name_span(text: str, start: int, end: int) -> Span:
    """The name at ``start`` up to ``end``, the same in any case and spacing."""
    return Span(start, end, Label.NAME, spaced_key(text[start:end]))


class Judge:
    """Judges words of texts in ``language``; ``keep``: words that are nobody's name, casefolded.

    It remembers no word: they are the customers'.
    """

    def __init__(self, lexicon: Lexicon, language: str, keep: frozenset[str]) -> None:
        reading = lexicon.reading(language)
        self.is_ordinary, self.is_common = reading.is_ordinary, reading.is_common
        self._given, self._family = reading.given, reading.family
        self._keep = keep | PLACES_AND_BRANDS
        self.frequent_anywhere = tuple(words.common for words in lexicon.words.values())
        self.ordinary_anywhere = tuple(words.ordinary for words in lexicon.words.values())

    def word(self, word: str, start: int = 0) -> Word:
        """``word``, which stands at ``start``, with what it looks like."""
        key = word.casefold()
        given, family = key in self._given, key in self._family
        if self.is_other(key):
            doubt = OTHER
        elif given or family:
            doubt = NAMED
        else:
            doubt = UNKNOWN if self._may_be_name(word, key) else OTHER
        return Word(start, start + len(word), key, doubt, given, family and key not in NO_NAMES)

    def is_listed(self, key: str) -> bool:
        """Whether ``key`` (casefolded) is on a list of names."""
        return key in self._given or key in self._family

    def is_other(self, key: str) -> bool:
        """Whether ``key`` (casefolded) is a word that is nobody's name, whatever a list of names says."""
        return key in NO_NAMES or key in self._keep or self.is_common(key)

    def answers(self, word: Word) -> bool:
        """Whether ``word`` would be a name where nothing but a name is said."""
        if word.key in FILLERS or word.key in CHAT_WORDS or word.key in self._keep:
            return False
        if word.doubt == OTHER and not word.given and len(word.key) > 2:
            title = self.word(word.key.title())  # JANE DOE, jANE
            word = word._replace(doubt=title.doubt)
        return word.doubt == NAMED or (word.doubt == UNKNOWN and not self.is_slip(word.key))

    def may_follow(self, word: Word) -> bool:
        """Whether a capitalised ``word`` may be the family name behind a given one: a dictionary has it, but it is
        neither common nor a brand or a town."""
        return word.doubt == OTHER and len(word.key) > 2 and not self.is_other(word.key)

    @staticmethod
    def is_foreign(word: Word, sets: Sequence[WordSet]) -> bool:
        """Whether it is a word of some language: so short a text does not tell in which it is."""
        if word.doubt == NAMED:
            return len(word.key) < 3 and any(word.key in one for one in sets)
        return any(word.key in one for one in sets)

    def is_slip(self, key: str) -> bool:
        """Whether ``key`` is chat language, or common words run together or mistyped by one letter ("yess", "refudn",
        "thankyou")."""
        common, known = self.is_common, self._is_known
        halves = [(key[:at], key[at:]) for at in range(len(key) + 1)]
        if key in CHAT_WORDS or common(re.sub(r"(.)\1+", r"\1", key)):
            return True
        if any(self._is_part(a) and self._is_part(b) for a, b in halves):
            return True
        if len(key) < 5:
            return False
        if any(b and (known(a + b[1:]) or known(a + b[1:2] + b[:1] + b[2:])) for a, b in halves):
            return True
        return any(known(a + letter + b) or known(a + letter + b[1:]) for a, b in halves for letter in _LETTERS)

    def _is_known(self, key: str) -> bool:
        return self.is_common(key) or (len(key) > 5 and key in self._keep)

    def _is_part(self, half: str) -> bool:
        return half in FILLERS or (len(half) > 2 and self.is_common(half))

    def _is_double(self, one: str, other: str) -> bool:
        """Whether a capitalised word of two parts is a name: "Al-Fayed", "Lim-Okoro"."""
        if self.is_other(other) or one in self._keep:
            return False
        return one in _ARTICLES or (not self.is_other(one) and self.is_listed(one) and self.is_listed(other))

    def _may_be_name(self, word: str, key: str) -> bool:
        parts = key.split("-")
        if len(parts) == 2 and len(parts[1]) > 2 and word.istitle():
            return self._is_double(*parts)
        if len(key) < 3 or self.is_ordinary(key) or not _PERSON_SHAPE.fullmatch(word):
            return False
        if word[0] == "I" and self.is_common(key[1:]):  # "Ihave"
            return False
        return "-" not in key or not any(map(self.is_ordinary, parts))  # "Re-assessment"
