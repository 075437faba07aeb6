"""What the sanitize stage redacts with on this machine: the shop's settings and the lexicon from the cache."""

from __future__ import annotations

from agents.redaction import RedactionSettings
from control.settings import Settings
from control.word_lists import load_lexicon


def redaction_settings(settings: Settings) -> RedactionSettings:
    """As ``settings`` say. Raises ConfigurationError for a pattern or a cache folder that cannot be used."""
    return RedactionSettings(
        order_number_pattern=settings.order_number_pattern,
        lexicon=load_lexicon(settings.cache / "words"),
        keep=frozenset(word.strip().casefold() for word in settings.keep_words.split(",") if word.strip()),
    )
