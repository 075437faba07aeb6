"""The lexicon that redaction asks, as the product has it."""

from __future__ import annotations

from functools import cache

from agents.redaction.lexicon import Lexicon
from control.settings import load
from control.word_lists import load_lexicon


@cache
def shipped_lexicon() -> Lexicon:
    """Made once per machine, read once per run."""
    return load_lexicon(load().cache / "words")
