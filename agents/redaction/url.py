"""Web addresses, whole: their paths and parameters hold names, orders and tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.redaction.model import MASK, Label, Span
from agents.redaction.view import View

_URL = re.compile(
    rf"(?<![A-Za-z0-9])(?:https?://|ftp://|www\.)[^\s<>\"{MASK}]+"
    rf"|(?<![\w@.-])(?:[a-z0-9-]{{1,63}}\.){{1,4}}(?:com|net|org|co|io|shop|store|me|ly|uk|de|fr|es|it|nl|ca|au|us|eu)/"
    rf"[^\s<>\"{MASK}]+",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?)]}'*_"


def find(view: View) -> Iterator[Span]:
    """Addresses with a scheme or "www.", and bare ones with a path; a bare "shop.com" names the shop and stays."""
    if "/" not in view.text and "www." not in view.text.lower():
        return
    for match in _URL.finditer(view.text):
        value = match.group().rstrip(_TRAILING)
        if "." in value:
            yield Span(match.start(), match.start() + len(value), Label.URL, value)
