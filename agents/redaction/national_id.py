"""Numbers a state gave a person: US social security numbers by their shape, others where the text names them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.redaction.model import Label, Span
from agents.redaction.view import View
from agents.redaction.words import word_set

# Areas 000, 666 and 9xx, group 00 and serial 0000 are never issued (Social Security Administration).
_SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}([- .])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
_NAMED = re.compile(
    r"\b(?:ssn|s\.s\.n\.?|social(?=[ \t](?:is|no|number))|social security|social insurance|national insurance|nino|"
    r"ni number|national id(?:entity)?|"
    r"identity card|id card|passport|driver'?s licen[cs]e|driving licen[cs]e|tax id|tax payer id|itin|nif|nie|dni|"
    r"cpf|aadhaar|aadhar|steuer-?id|codice fiscale|bsn|pesel)\b"
    r"(?:[ \t]?(?:number|num|no|nr|id|card|is|was|es|ist|est|è|lautet|nummer|número|numero|last|four|4|digits|of|"
    r"the)\b\.?){0,6}[ \t]?[:#=.-]{0,2}[ \t]?"
    r"([A-Z]{0,6}\d[\dA-Za-z]{0,18}(?:[-./ ]{1,2}[A-Z]?\d[\dA-Z]{0,9}|[- ][A-D]\b){0,5})(?![\w-])",
    re.IGNORECASE,
)


# HM Revenue & Customs: two letters, three pairs of digits, a letter from A to D.
_NINO = re.compile(
    r"(?<![A-Za-z0-9])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?![A-Za-z0-9])", re.IGNORECASE
)
_SPELT = frozenset("s")
_NAMES = word_set("""
ssn social national nino ni identity id passport driver drivers driving license licence tax itin nif nie dni cpf
aadhaar aadhar steuer codice bsn pesel
""")


def find(view: View) -> Iterator[Span]:
    """Social security numbers 3-2-4, and at least three digits straight after the name of such a number."""
    if not view.has_numbers:
        return
    for match in view.in_clusters(_SSN, view.shielded):
        if not view.announced_as_shops(match.start()):
            yield Span(*match.span(), Label.NATIONAL_ID, _key(match.group()))
    for match in view.in_clusters(_NINO):
        yield Span(*match.span(), Label.NATIONAL_ID, _key(match.group()))
    names = _NAMES | _SPELT if "s.s.n" in view.lower else _NAMES
    for match in view.matches(_NAMED, names, view.shielded):
        if sum(map(str.isdigit, match.group(1))) >= 3:
            yield Span(*match.span(1), Label.NATIONAL_ID, _key(match.group(1)))


def _key(value: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", value).upper()
