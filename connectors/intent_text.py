"""Prepares sanitised text for the local model: one spelling for what means the same, and the parts of a message.

Pure and fast: every step is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata

MAX_PARTS = 16
"""Parts a message is cut into at most; neighbours are joined beyond it, so that nothing at the end is lost."""

_PLACEHOLDER = re.compile(r"\[([A-Z]{2,20})(?:_[A-Z]{1,20}){0,3}(?:_\d{1,4})?\]")
_NUMBERS = frozenset(("ORDER", "TRACKING", "PHONE", "CARD", "IBAN", "NATIONAL", "DOB"))
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+")
_WORD = re.compile(r"[^\W\d_]+")
_CARRYING = """
my the this that here is are am was it its s i m im live at on you can call reach me us write to name order
orders number numbers no nr id for from of with and under by in email e mail phone mobile cell tracking address account
card ref reference purchase customer thanks thank regards best kind cheers sincerely hi hello dear hey below
"""
_CARRIERS = frozenset(_CARRYING.split())
"""Words of sentences that do no more than bring a value: "my name is [NAME_1]", "you can call me on [PHONE_1]"."""
_NUMBER = re.compile(r"#?\b[a-z]{0,3}\d[\d-]{3,40}\b")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
_BOUNDARY = re.compile(r"(?<=[.!?;])\s+|\n+|\b(?:also|but|and)\b")
_MIN_PART_WORDS = 3


def prepare(text: str) -> str:
    """``text`` as the model reads it: NFKC, case folded, one blank between words.

    What a placeholder stands for says nothing of what is wanted: one of a number becomes a number, which all read
    alike; others go, and so do sentences that only bring one, where anything else is said.
    """
    marked = _PLACEHOLDER.sub(_marked, _wishes(text))
    folded = unicodedata.normalize("NFKC", marked).casefold().translate(_APOSTROPHES)
    read = " ".join(_NUMBER.sub(" phnumber ", folded).split())
    return read or " ".join(f"ph{kind.lower()}" for kind in _PLACEHOLDER.findall(text))


def _marked(placeholder: re.Match[str]) -> str:
    return " 0000 " if placeholder[1] in _NUMBERS else " "


def _wishes(text: str) -> str:
    """``text`` without the sentences that only bring a value; all of it where there is no other."""
    if "[" not in text:
        return text
    told = [sentence for sentence in _SENTENCE.split(text) if not _only_brings(sentence)]
    return "\n".join(told) if told else text


def _only_brings(sentence: str) -> bool:
    words, count = _PLACEHOLDER.subn(" ", sentence)
    return count > 0 and _CARRIERS.issuperset(_WORD.findall(words.lower()))


def parts(text: str) -> list[str]:
    """The sentences and clauses of ``text``, prepared; none for a message that is a single one.

    A customer who asks for two things mostly does so in two clauses; each is scored alone too, so that the louder
    one does not hide the other. Clauses of fewer than three words are left out: they say too little.
    """
    found = [prepare(part) for part in _BOUNDARY.split(_wishes(text))]
    found = [part for part in found if part.count(" ") >= _MIN_PART_WORDS - 1]
    if len(found) < 2:
        return []
    size = -(-len(found) // MAX_PARTS)
    return [" ".join(found[i : i + size]) for i in range(0, len(found), size)]
