"""Folding: what looks like a digit, a space, a dash or an "@" becomes one, so that detectors see through disguises."""

from __future__ import annotations

import re
import unicodedata

from agents.html_text import decoded
from agents.redaction.model import MASK
from agents.rewriting import Edit

# Zero-width and direction marks, soft hyphens, variation selectors; and the character that masks use themselves.
_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff" + MASK
_DASHES = "\u2010-\u2015\u2212\ufe58\ufe63"
_SPACES = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_FOLDED = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|commat|period|nbsp|lowbar|hyphen);"
    rf"|[{_INVISIBLE}]|[{_DASHES}]|[{_SPACES}]|(?![0-9])\d"
    "|[\uff01-\uff5e\ufe50-\ufe6b\u2460-\u24ff\U0001d400-\U0001d7ff]"
)
_INVISIBLE_RE = re.compile(f"[{_INVISIBLE}]+")
_DASH_RE = re.compile(f"[{_DASHES}]")


def fold(text: str) -> list[Edit]:
    """The edits that fold ``text``: each replaces one disguised character, or drops an invisible one."""
    if text.isascii() and "&" not in text:
        return []
    return [Edit(*match.span(), _plain(match.group())) for match in _FOLDED.finditer(text)]


def _plain(disguised: str) -> str:
    if disguised.startswith("&"):
        character = decoded(disguised)
        return disguised if character == disguised or len(character) > 1 else _plain(character)
    if _INVISIBLE_RE.fullmatch(disguised):
        return ""
    if _DASH_RE.fullmatch(disguised):
        return "-"
    if disguised.isspace():
        return " "
    if disguised.isdecimal():
        return str(unicodedata.decimal(disguised))
    return unicodedata.normalize("NFKC", disguised)
