"""What the sanitize stage redacts with on this machine: the shop's settings and the lexicon from the cache."""

from __future__ import annotations

from agents.redaction import RedactionSettings
from agents.redaction.language import words_of
from agents.redaction.lexicon import Lexicon
from agents.sanitize import SanitizeSettings
from control.playbooks import load_examples
from control.settings import Settings
from control.word_lists import load_lexicon
from streams.errors import ConfigurationError

_LEAST_KEY = 16


def sanitize_settings(settings: Settings) -> SanitizeSettings:
    """What the pure part of the stage needs. Raises ConfigurationError like ``redaction_settings``, and for a key of
    customers that could be guessed."""
    key = settings.customer_key.get_secret_value()
    if 0 < len(key) < _LEAST_KEY:
        raise ConfigurationError(f"MW_CUSTOMER_KEY has {len(key)} characters, {_LEAST_KEY} are needed at least")
    return SanitizeSettings(redaction_settings(settings), key.encode())


def redaction_settings(settings: Settings) -> RedactionSettings:
    """As ``settings`` say. Raises ConfigurationError for a pattern or a cache folder that cannot be used."""
    lexicon = load_lexicon(settings.cache / "words")
    return RedactionSettings(
        order_number_pattern=settings.order_number_pattern,
        lexicon=lexicon,
        keep=frozenset(word.strip().casefold() for word in settings.keep_words.split(",") if word.strip())
        | _words_of_shops(lexicon),
    )


def _words_of_shops(lexicon: Lexicon) -> frozenset[str]:
    """What customers call the things of a shop, mistyped too, and no dictionary has ("chargback", "preorder"): the
    words of the playbook's examples, in which no value stands, without those that people are called."""
    texts = (text for examples in load_examples().values() for text in examples)
    words = {word for text in texts for word in words_of(text)}
    return frozenset(words - lexicon.given - lexicon.family)
