"""The second net over logs: what looks like a customer's e-mail address, phone, card and the like is replaced.

No line of ours holds such a value, and no message of an exception is written; this is for the line that does so by
mistake, ours or a library's. Only kinds whose form tells are looked for, by the detectors of sanitize: what needs words
around it (names, addresses, order numbers) would hit offsets, ports and names of our own. Ids of events and addresses
of brokers are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from agents.redaction import Detector, Span, View, card, email, iban, national_id, phone, tracking, url
from agents.redaction.folding import fold
from agents.redaction.model import MASK
from agents.rewriting import Rewritten

LINE_LIMIT: Final = 4_000
"""Characters of a line that are kept at most."""

_EDGE: Final = 512  # as in sanitize: what stands nearer to the cut may be half of a value
_MOST_ROUNDS: Final = 4
_OURS = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{32}"
    r"|(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?|(?<!\.)\d{1,9}\.\d{9,17}(?:e-\d\d)?)(?![0-9A-Za-z.])"
)
"""Event ids, trace ids, brokers; fractions as Python prints them, whose digits look like a card."""

# Ten digits in one piece are an offset or a time in our lines; these forms are none.
_PHONE_FORM = re.compile(
    r"\+\d|(?<!\d)\(\d|(?<![\d.])00\d{6}|(?<!\d)0\d{2,5}[ ./-]|(?<!\d)\d{3}[ .-]\d{3}[ .-]\d{4}(?!\d)"
)
# The shortest of the values made of digits has six of them, no further from each other than this.
_NUMBER = re.compile(r"(?:\d\D{0,20}){6}")
_WITH_USER_DATA = re.compile(r"[?#@]")


class Unsettled(Exception):
    """A line that yields values round after round: it was made to."""


def _phones(view: View) -> Iterator[Span]:
    return (span for span in _ALL_PHONES(view) if _PHONE_FORM.search(view.text, span.start, span.end))


def _urls(view: View) -> Iterator[Span]:
    """Addresses with a query, a fragment or a user; without them they name a server of ours or a helpdesk's path."""
    return (span for span in url.find(view) if _WITH_USER_DATA.search(view.text, span.start, span.end))


_ALL_PHONES: Final = phone.finder(("US", "GB"))
_OF_WORDS: Final[tuple[Detector, ...]] = (_urls, email.find)
_OF_DIGITS: Final[tuple[Detector, ...]] = (
    iban.find,
    tracking.find_formats,
    card.find,
    national_id.find,
    _phones,
)


def cleaned(line: str) -> str:
    """``line`` with a word in brackets for each value, cut to ``LINE_LIMIT``. Linear. Raises Unsettled."""
    text = line[: LINE_LIMIT + _EDGE]
    for _ in range(_MOST_ROUNDS):
        rewritten = Rewritten(text, fold(text))
        view = View(_OURS.sub(_masked, rewritten.text))
        found = _spans(view)
        if not found:
            return text if len(line) <= LINE_LIMIT else f"{text[:-_EDGE]} (cut)"
        text = "".join(_pieces(text, rewritten.source_span, found))
    raise Unsettled("a line of the log does not settle")


def _masked(match: re.Match[str]) -> str:
    return MASK * len(match.group())


def _spans(view: View) -> list[Span]:
    """What is found, ascending; where two overlap, the one whose detector looks first."""
    taken: list[Span] = []
    for detector in (*_OF_WORDS, *_OF_DIGITS) if _NUMBER.search(view.text) else _OF_WORDS:
        for span in detector(view):
            if span.start < span.end and all(span.end <= t.start or t.end <= span.start for t in taken):
                taken.append(span)
    return sorted(taken)


def _pieces(text: str, source: Callable[[int, int], tuple[int, int]], found: list[Span]) -> Iterator[str]:
    done = 0
    for span in found:
        start, end = source(span.start, span.end)
        yield text[done:start]
        yield f"[{span.label.value}]"
        done = end
    yield text[done:]
