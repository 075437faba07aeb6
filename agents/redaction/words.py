"""Words and letters: vocabularies are written as running text, and what a capital letter is in any script."""

from __future__ import annotations

CAPITAL = r"[^\W\d_a-zß-öø-ÿ]"
"""Pattern of one letter that is no small Latin one. ``re`` has no class of capitals, and IGNORECASE must be off."""


def word_set(words: str) -> frozenset[str]:
    """The words of ``words``, which stand between blanks and line breaks."""
    return frozenset(words.split())


def spaced_key(value: str) -> str:
    """``value`` without its case and its spacing: "Jane  DOE" and "jane doe" are one value."""
    return " ".join(value.split()).casefold()
