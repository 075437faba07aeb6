"""What detectors say, in which labels, and what differs from shop to shop."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from agents.redaction.lexicon import Lexicon
from streams.errors import ConfigurationError

MASK = "\ue000"
"""One private-use character stands in a view for a value already found (or a placeholder that was already there)."""


class Label(StrEnum):
    """The kinds of personal data that have a placeholder."""

    EMAIL = "EMAIL"
    PHONE = "PHONE"
    CARD = "CARD"
    IBAN = "IBAN"
    NATIONAL_ID = "NATIONAL_ID"
    NAME = "NAME"
    ADDRESS = "ADDRESS"
    DOB = "DOB"
    IP = "IP"
    ORDER = "ORDER"
    TRACKING = "TRACKING"
    URL = "URL"
    PASSWORD = "PASSWORD"  # noqa: S105 - the name of a label


class Span(NamedTuple):
    """A value at ``start`` up to ``end`` of the view. ``key`` is what makes two spellings the same value."""

    start: int
    end: int
    label: Label
    key: str


@dataclass(frozen=True)
class RedactionSettings:
    """What differs from shop to shop. Raises ConfigurationError for a pattern that is no regular expression.

    ``order_number_pattern``: the shop's own order numbers, believed next to the word order only.
    ``phone_regions``: countries (ISO 3166) whose national numbers are known without context, the shop's own first.
    ``text_limit``: characters kept at most; a longer text is cut between words, never inside a value.
    ``lexicon``: the words by which names and towns are told from other words; an empty one finds announced ones only.
    ``keep``: the shop's own words (brands, products), which are nobody's name.
    """

    order_number_pattern: str = r"#?\b\d{4,8}\b"
    phone_regions: tuple[str, ...] = ("US", "GB")
    text_limit: int = 4_000
    lexicon: Lexicon = field(default_factory=Lexicon, repr=False)
    keep: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        try:
            re.compile(self.order_number_pattern)
        except re.error as exc:
            raise ConfigurationError(f"MW_ORDER_NUMBER_PATTERN is no regular expression: {exc.msg}") from None
