"""Vocabularies are written as running text."""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """The words of ``words``, which stand between blanks and line breaks."""
    return frozenset(words.split())
