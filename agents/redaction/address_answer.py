"""The answer to "where do you live?", which we did not read, typed without care: "no 8 kl street chennai 600018"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.redaction.address_patterns import WORD
from agents.redaction.address_vocabulary import COUNTRIES, STATE_NAMES, STREET, STREET_SURE, first_words
from agents.redaction.lexicon import Reading
from agents.redaction.model import MASK
from agents.redaction.view import View

_LONGEST, _MOST_WORDS = 160, 16
_STREETS = first_words(STREET_SURE)
_STREETS_BEHIND = first_words(STREET) - {"st", "rd", "dr", "ct", "pl", "ter"}  # "23 rd june" is none
_PART = re.compile(
    rf"(?:(?:and|my|is|its|it's|the|address|new|delivery|home|yes|sure|ok|contact|phone|mobile|number|name|ph|cell)"
    rf"\b[ \t,:]{{0,3}}){{0,6}}"
    rf"([^\W_](?:[^{MASK}\n?!.]|\.(?!\s)|(?<=\bno)\.){{3,}}?)(?:[ \t,]{{1,3}}(?:and|contact|phone|mobile|number|no|"
    rf"ph|cell|is|my)"
    rf"\b){{0,4}}[ \t,.]{{0,3}}(?=[{MASK}\n?!]|\.\s|$)",
    re.IGNORECASE,
)
"""What stands between values already found, without the words that lead to them."""
_NUMBERED = re.compile(r"(?:no\.?[ \t]?)?\d{2,5}[a-z]?,?(?:[ \t,]{1,2}\w{1,20}){1,14}", re.IGNORECASE)
_ZIP_INSIDE = re.compile(r"[ \t](\d{5,6})[ \t,]{1,2}([^\W\d_]+)")
_TO_ZIP = re.compile(r"[ \t](?:\d{5,6}|\d{3}[ \t]\d{3,4})\Z")
_TO_STATE = re.compile(rf"[^\W\d_][ \t,]{{1,2}}(?:{STATE_NAMES}|{COUNTRIES})[ \t]?\d{{0,6}}\Z", re.IGNORECASE)


def answers(view: View, reading: Reading, heads: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans in a short message that hold one of ``heads`` or a street, end with a state or country, or are numbers
    and words that no dictionary has."""
    start, end = view.bare
    if end - start > _LONGEST:
        return
    for part in _PART.finditer(view.text, start, end):
        begin, end = part.span(1)
        inside = [head for head in heads if part.start() <= head[0] < end and head[1] > begin]
        begin = min([begin, *(first for first, _ in inside)])
        if _is_address(part.group(1), reading) or any(
            not any(map(reading.is_common, _words(view.text[after:end])))
            for first, after in inside
            if view.text[begin].isdigit() or not _words(view.text[begin:first])
        ):
            yield begin, _zip_end(view.text, begin, end, reading)


def _zip_end(text: str, begin: int, end: int, reading: Reading) -> int:
    """``end``, or that of the post code after which the sentence goes on: "... 560038 by Monday"."""
    found = _ZIP_INSIDE.search(text, begin, end)
    return found.end(1) if found and reading.is_common(found.group(2).casefold()) else end


def _words(text: str) -> list[str]:
    return [word for word in map(str.casefold, WORD.findall(text)) if word != "no"]


def _is_address(part: str, reading: Reading) -> bool:
    words = _words(part)
    spoken = [word for word in words if word not in _STREETS_BEHIND | _STREETS]
    common = sum(map(reading.is_common, spoken))
    if not 0 < len(words) <= _MOST_WORDS or 3 * common > len(words):
        return False
    unknown = [word for word in spoken if not reading.is_ordinary(word)]
    street = len(words) > 1 and not _STREETS.isdisjoint(words[1:]) and (unknown or part[0].isdigit())
    located = len(words) > 1 and _TO_STATE.search(part) and not any(map(reading.is_common, words[:-1]))
    if street or located or not _NUMBERED.fullmatch(part):
        return bool(street or located)
    if _TO_ZIP.search(part) or not _STREETS_BEHIND.isdisjoint(words):
        return bool(unknown) or not common
    return bool(unknown) and 2 * len(unknown) >= len(words) - 1 and max(map(len, unknown)) > 3
