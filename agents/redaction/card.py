"""Payment cards: 12 to 19 digits in the issuers' ranges (ISO/IEC 7812) with a valid Luhn digit, by python-stdnum.

A number of card length that fails Luhn is a mistyped card where the text says so or the digits stand as on a card.
Security codes are found next to their name. "card ending 4242" stays: four digits identify nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import luhn

from agents.redaction.model import Label, Span
from agents.redaction.view import View
from agents.redaction.words import word_set

_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,16}|35\d{14,17}|"
    r"(?:2131|1800)\d{11}|6\d{15,18}|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{8,15}|(?:50|5[6-9]|81|82)\d{14,17}"
)
_LIKELY = re.compile(r"\d{16}|3[47]\d{13}")  # bank and gift cards; nothing else of a shop has 16 digits by habit
_GROUPINGS = frozenset(((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 1), (8, 8), (6, 13), (4, 4, 8)))
_LEAST, _MOST = 12, 19
_ANNOUNCED = re.compile(
    r"\b(?:card|credit|debit|visa|master ?card|amex|american express|discover|maestro)\b", re.IGNORECASE
)
_CODE = re.compile(
    r"(?<![A-Za-z])(?:cvv2?|cvc2?|cvn|csc|security code)\b[ \t]?(?:number|code|no)?[ \t]?(?:is|was)?[ \t:=#-]{0,3}"
    r"(\d{3,4})(?![\d./-])",
    re.IGNORECASE,
)


_SPELT = re.compile(
    r"\b(?:card|account|acct|ac|a/c)(?:[ \t]?(?:number|num|no|nr|#|is|was|:|=)\.?){1,4}[ \t]?(\d{3,11})(?![\w-]|"
    r"[./]\d)",
    re.IGNORECASE,
)
_SPREADSHEET = re.compile(r"(?<![\w.,])\d(?:[.,]\d{1,14}|\d{0,3})[ \t]?e[ \t]?\+?[ \t]?1[2-8](?![\w.])", re.IGNORECASE)
"""A long number as a spreadsheet shows it: 4.11111E+15."""

_ANNOUNCING = word_set("card credit debit visa master mastercard amex american discover maestro")
_CARDS = word_set("card account acct ac")
_CODES = word_set("cvv cvc cvn csc security")


def find(view: View) -> Iterator[Span]:
    """Card numbers in one piece or in groups, and security codes."""
    if not view.has_numbers:
        return
    for chain in view.chains:
        if chain.groups[-1][1] - chain.groups[0][0] >= _LEAST:
            yield from _in_chain(view, chain.groups)
    if "e" in view.words:
        for match in _SPREADSHEET.finditer(view.text):
            yield Span(*match.span(), Label.CARD, re.sub(r"\s", "", match.group()).casefold())
    cards = _CARDS | {"a"} if "a/c" in view.lower else _CARDS
    for pattern, needed, text in ((_SPELT, cards, view.shielded), (_CODE, _CODES, view.text)):
        for match in view.matches(pattern, needed, text):
            yield Span(*match.span(1), Label.CARD, match.group(1))


def _in_chain(view: View, groups: tuple[tuple[int, int], ...]) -> Iterator[Span]:
    """Cards among the runs of neighbouring groups; the run that begins first wins, then the longest."""
    first = 0
    while first < len(groups):
        last = _longest_run(groups, first)
        while last > first and not _is_card(view, groups[first:last]):
            last -= 1
        if last > first:
            start, end = groups[first][0], groups[last - 1][1]
            yield Span(start, end, Label.CARD, _digits(view, groups[first:last]))
            first = last
        else:
            first += 1


def _longest_run(groups: tuple[tuple[int, int], ...], first: int) -> int:
    last, size = first, 0
    while last < len(groups) and size + groups[last][1] - groups[last][0] <= _MOST:
        size += groups[last][1] - groups[last][0]
        last += 1
    return last


def _digits(view: View, run: tuple[tuple[int, int], ...]) -> str:
    return "".join(view.text[start:end] for start, end in run)


def _is_card(view: View, run: tuple[tuple[int, int], ...]) -> bool:
    sizes = tuple(end - start for start, end in run)
    if not _LEAST <= sum(sizes) <= _MOST or not (len(set(sizes)) == 1 or sizes in _GROUPINGS):
        return False
    start, end = run[0][0], run[-1][1]
    before = view.text[start - 1 : start]
    if (before.isalpha() and sum(sizes) < 15) or (before == "+" and sum(sizes) <= 15):  # a code, or an E.164 phone
        return False
    if view.text[end : end + 1].isalnum() or view.announced_as_shops(start):
        return False
    digits = _digits(view, run)
    if _ISSUED.fullmatch(digits) and luhn.is_valid(digits):
        return True
    return _LIKELY.fullmatch(digits) is not None or view.follows(_ANNOUNCED, _ANNOUNCING, start)
