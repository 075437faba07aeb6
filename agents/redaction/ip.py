"""Internet addresses, both versions, judged by the standard library."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from agents.redaction.model import Label, Span
from agents.redaction.view import View

_V4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\w)")
_V6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{3,39}(?![\w:])")
_VERSION = re.compile(r"\b(?:version|firmware|release|build|app|ios|android|v)[ \t:.]{0,3}$", re.IGNORECASE)


def find(view: View) -> Iterator[Span]:
    """IPv4 and IPv6 addresses; "version 2.0.1.5" is none, and neither is a time of day."""
    text = view.text
    found = []
    if view.has_numbers and text.count(".") >= 3:
        found = [match for start, _ in view.digits if (match := _V4.match(text, start))]
    if "::" in text or text.count(":") >= 7:
        found += _V6.finditer(text)
    for match in found:
        if _is_address(match.group()) and not _VERSION.search(view.before(match.start())):
            yield Span(*match.span(), Label.IP, match.group().lower())


def _is_address(value: str) -> bool:
    if ":" in value and not any(map(str.isalnum, value)):
        return False
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True
