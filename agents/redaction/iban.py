"""Bank accounts as IBAN (ISO 13616): country, check digits (mod 97) and the country's length, by python-stdnum."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban

from agents.redaction.model import Label, Span
from agents.redaction.view import View

_CANDIDATE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \t\r\n-]{0,2}[A-Za-z0-9]){11,30}")
_SHORTEST = 15  # Norway
_ANNOUNCED = re.compile(r"\biban\b[^\w\n]{0,4}(?:(?:number|no|is)[^\w\n]{0,3}){0,2}$", re.IGNORECASE)
_WRITTEN = re.compile(r"[A-Za-z]{2}\d{2}(?:[ -]?(?:[A-Z0-9]{1,4}\b|[A-Za-z0-9]{11,30}\b)){1,8}")


def find(view: View) -> Iterator[Span]:
    """Valid IBANs, in one piece or in groups; an invalid one (mistyped) only straight after the word IBAN."""
    if not view.has_numbers:
        return
    text = view.text
    for match in view.in_clusters(_CANDIDATE):
        end = _valid_end(text, *match.span())
        if end is None and _ANNOUNCED.search(view.before(match.start())):
            written = _WRITTEN.match(text, match.start(), match.end())
            end = written.end() if written else None
        if end is not None:
            key = re.sub(r"[\s-]", "", text[match.start() : end]).upper()
            yield Span(match.start(), end, Label.IBAN, key)


def _valid_end(text: str, start: int, stop: int) -> int | None:
    """Where the longest valid IBAN that begins at ``start`` ends; it must end where a word ends."""
    while stop - start >= _SHORTEST:
        whole = stop == len(text) or not text[stop].isalnum()
        if whole and text[stop - 1].isalnum() and iban.is_valid(text[start:stop], check_country=False):
            return stop
        stop -= 1
    return None
