"""The detectors, in the order that decides where their finds overlap."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from agents.redaction import (
    address,
    card,
    email,
    iban,
    ip,
    name,
    name_words,
    national_id,
    order,
    phone,
    secret,
    tracking,
    url,
)
from agents.redaction.model import RedactionSettings
from agents.redaction.view import Detector


class Finder(NamedTuple):
    """A detector, its name, and how sure its finds are, 0 to 1.

    ``confidence``: (right + 1) / (found + 2) on labelled messages that nobody here wrote (presidio-research and
    MultiDoGO; for tracking numbers the carriers' valid and invalid examples, which look alike); 0.5 where none has
    such a value.
    """

    name: str
    confidence: float
    find: Detector


Groups = tuple[tuple[Finder, ...], ...]


@lru_cache(8)
def finders(settings: RedactionSettings) -> Groups:
    """All detectors, first come first served: what is checked or self-evident goes before what needs context. The last
    group judges words by what stands beside them, so it looks when all else is found."""
    found_by_themselves = (
        Finder("url", 0.95, url.find),
        Finder("email", 0.98, email.find),
        Finder("iban", 0.94, iban.find),
        Finder("tracking_format", 0.81, tracking.find_formats),
        Finder("card", 0.98, card.find),
        Finder("national_id", 0.99, national_id.find),
        Finder("ip", 0.5, ip.find),
        Finder("secret", 0.97, secret.find),
        Finder("tracking_announced", 0.5, tracking.find_announced),
        Finder("address", 0.97, address.finder(settings.lexicon)),
        Finder("order", 0.83, order.finder(settings.order_number_pattern)),
        Finder("phone", 0.98, phone.finder(settings.phone_regions)),
        Finder("tracking_checked", 0.85, tracking.find_checked),
        Finder("name_announced", 0.97, name.find),
    )
    return found_by_themselves, (Finder("name_words", 0.85, name_words.finder(settings.lexicon, settings.keep)),)
