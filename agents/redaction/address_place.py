"""A town with its state or country and a post code, where no street is told: "gertrudestad north carolina 82171"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from agents.redaction.address_patterns import WORD
from agents.redaction.address_vocabulary import COUNTRIES, STATE_NAMES, STATES, first_words
from agents.redaction.lexicon import Reading
from agents.redaction.view import View
from agents.redaction.words import word_set

_GAP = r"[ \t,]{1,3}"
_WORDS_TOO = word_set("al ap as co de hi id in la ma me oh ok on or pa pe us")
_SURE = "|".join(state for state in STATES.split("|") if state not in _WORDS_TOO)
_COUNTRY = rf"(?!us\b)(?:{COUNTRIES})"
_STATE = rf"{STATE_NAMES}|{_COUNTRY}|{_SURE}|(?-i:{STATES.upper()})"
_BEFORE_CODE = re.compile(
    rf"(?:{_STATE})\b(?:{_GAP}(?:{COUNTRIES})\b)?{_GAP}(?:\r?\n[ \t]?)?\d{{5,6}}(?:-\d{{4}})?\Z", re.IGNORECASE
)
_BEHIND_CODE = re.compile(rf"{_GAP}{_COUNTRY}\b", re.IGNORECASE)
_TOWN = re.compile(rf"(?:[^\W\d_][\w'’.-]{{1,24}}{_GAP}){{1,3}}\Z")
_BEGIN = first_words(STATE_NAMES) | first_words(COUNTRIES) | frozenset(STATES.split("|"))
_BEGIN |= word_set(
    "new north south west rhode british nova united equatorial cayman czech saudi hong sri costa faroe u"
)
_CODE_DIGITS = (5, 6)
_STATE_REACH, _TOWN_REACH = 60, 90
"""Characters before a post code in which a state begins, and before that a town."""
_PARTS_OF_TOWNS = word_set(
    "new san santa saint st fort port lake west east north south los las el la le de upper lower"
)


def places(view: View, reading: Reading) -> Iterator[tuple[int, int]]:
    """The spans from a town, whose last word is no common one, to the post code or the country behind it."""
    codes = [(start, end) for start, end in view.digits if end - start in _CODE_DIGITS]
    states = view.places(_BEGIN) if codes else []
    for start, end in codes if states else ():
        after = end
        if country := _BEHIND_CODE.match(view.text, end):
            begin, after = _town_begin(view.text, start, reading), country.end()
        else:
            near = states[bisect_left(states, start - _STATE_REACH) : bisect_left(states, start)]
            found = (at for at in near if _BEFORE_CODE.match(view.text, at, end))
            begins = (_town_begin(view.text, at, reading) for at in found)
            begin = next((begin for begin in begins if begin is not None), None)
        if begin is not None:
            yield begin, after


def _town_begin(text: str, end: int, reading: Reading) -> int | None:
    """Where the town begins that ends before ``end``: behind the last common word before it; None where there is none
    or its own last word is common."""
    town = _TOWN.search(text, max(0, end - _TOWN_REACH), end)
    begin = None
    for word in reversed(list(WORD.finditer(text, town.start(), end)) if town else []):
        key = word.group().casefold()
        if reading.is_common(key) and not (begin is not None and key in _PARTS_OF_TOWNS):
            break
        begin = word.start()
    return begin
