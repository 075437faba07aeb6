"""Prepares sanitised text for the local model: one spelling for what means the same, and the parts of a message.

Pure and fast: every step is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata

MAX_PARTS = 16
"""Parts a message is cut into at most; neighbours are joined beyond it, so that nothing at the end is lost."""

_PLACEHOLDER = re.compile(r"\[([A-Z]{2,20})(?:_[A-Z]{1,20}){0,3}(?:_\d{1,4})?\]")
_NUMBER = re.compile(r"#?\b[a-z]{0,3}\d[\d-]{3,40}\b")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
_BOUNDARY = re.compile(r"(?<=[.!?;])\s+|\n+|\b(?:also|but|and)\b")
_MIN_PART_WORDS = 3


def prepare(text: str) -> str:
    """``text`` as the model reads it: NFKC, case folded, one blank between words.

    A placeholder becomes one word of its kind ("[ORDER_1]" -> "phorder"), as does a number of four digits or more,
    because which order it is says nothing about what is wanted.
    """
    marked = _PLACEHOLDER.sub(lambda found: f" ph{found[1].lower()} ", text)
    folded = unicodedata.normalize("NFKC", marked).casefold().translate(_APOSTROPHES)
    return " ".join(_NUMBER.sub(" phnumber ", folded).split())


def parts(text: str) -> list[str]:
    """The sentences and clauses of ``text``, prepared; none for a message that is a single one.

    A customer who asks for two things mostly does so in two clauses; each is scored alone too, so that the louder
    one does not hide the other. Clauses of fewer than three words are left out: they say too little.
    """
    found = [prepare(part) for part in _BOUNDARY.split(text)]
    found = [part for part in found if part.count(" ") >= _MIN_PART_WORDS - 1]
    if len(found) < 2:
        return []
    size = -(-len(found) // MAX_PARTS)
    return [" ".join(found[i : i + size]) for i in range(0, len(found), size)]
