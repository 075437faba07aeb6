"""Postal addresses: a head that only addresses have (number and street in the order of many countries, a post box, a
flat), and what follows it: flat, town, state, post code, country. A town alone is none; nor is "12 place settings".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from agents.redaction.address_answer import answers
from agents.redaction.address_patterns import (
    BOX,
    CORNER,
    ENDS,
    FLAT,
    IN_FRONT,
    LEADS,
    LOCATES,
    LOWER_TOWN,
    MOST_TAILS,
    NO,
    NUMBER_FIRST,
    NUMBER_LAST,
    NUMBER_TO_ZIP,
    PLACE_WORD,
    POST_CODE,
    SIGN,
    SIGNED,
    STARTS,
    STREET_NAME,
    STREET_SUFFIX,
    STREET_WORD,
    TAIL,
    TOWN,
    UNIT_BEFORE,
    WEAK_FIRST,
    WEAK_LAST,
    WEAK_REST,
    WORD,
    WORD_BEFORE,
)
from agents.redaction.address_place import places
from agents.redaction.address_vocabulary import PREFIX, STREET, STREET_SURE, SUFFIXES, UNIT, first_words
from agents.redaction.language import LANGUAGES
from agents.redaction.lexicon import Lexicon, Reading
from agents.redaction.model import Label, Span
from agents.redaction.view import Detector, View
from agents.redaction.words import CAPITAL, spaced_key, word_set

_Starts = Sequence[int]
_Ends = Sequence[tuple[re.Match[str], int]]

_BOX_WORDS = word_set("p po pobox post postfach psc cmr unit usns uss uscgc fpo apo dpo")
_FLAT_WORDS = word_set("apt apartment suite")
_CORNER_WORDS = word_set("corner intersection junction")
_STREET_WORDS = first_words(STREET_SURE)
_SUFFIXES = (*SUFFIXES.split("|"), "str", "str.")
_CAPITAL = re.compile(CAPITAL)
_PLACE_WORDS = first_words(STREET) | first_words(PREFIX) | first_words(UNIT) | {"pobox"}
_AT = word_set("am an im in auf zum zur unter vor")
"""Germans live "Am Alten Markt"."""
_ZIP_DIGITS = 5
_HEAD_REACH = 400
"""Characters from the number with which a street begins to the word or the post code that shows it; more than the
patterns allow."""
_LEADS_NUMBER = frozenset("#.oO \t")
_BETWEEN = frozenset(" \tnNº°")
"""What stands right before a number that "no." leads, or a word."""
_NUMBERS = ("nummer", "number")
"""How a word ends before a number that is no house's: "Bestellnummer 2024-99871"."""
_POST_CODES = word_set("post postcode postal zip zipcode eircode code")
_SIGN_WORDS = word_set("address ship deliver send delivered shipped sent adresse dirección indirizzo")


def finder(lexicon: Lexicon) -> Detector:
    """A detector of addresses; ``lexicon`` tells a town from the next sentence."""
    readings = {language: lexicon.reading(language) for language in LANGUAGES}

    def find(view: View) -> Iterator[Span]:
        text, words, reading = view.text, view.words, readings[view.language]
        starts, ends = _numbers(view)
        heads = sorted(_heads(view, reading, starts, ends), key=lambda head: (head[0], -head[1]))
        yield from _whole(text, reading, [head for head in heads if not view.announced_as_shops(head[0])])
        if not words.isdisjoint(_CORNER_WORDS):
            yield from _whole(text, reading, [match.span(1) for match in CORNER.finditer(text)])
        for match in view.matches(POST_CODE, _POST_CODES):
            yield _span(text, *match.span(1))
        yield from _weak(text, reading, starts, ends)
        yield from _signed(view, reading)
        if lexicon:
            for start, end in places(view, reading):
                yield _span(text, start, end)
            for start, end in answers(view, reading, heads):
                yield _span(text, start, end)

    return find


def _whole(text: str, reading: Reading, heads: Sequence[tuple[int, int]]) -> Iterator[Span]:
    """The addresses that begin with ``heads`` (ascending, the longer first where two begin together)."""
    done = 0
    for start, head in heads:
        if start >= done:  # one inside another is not followed to its end
            done = _tail(text, head, reading)
            flat = UNIT_BEFORE.search(text, max(0, start - 16), start)
            yield _span(text, flat.start() if flat else start, done)


def _numbers(view: View) -> tuple[list[int], list[tuple[re.Match[str], int]]]:
    """Where numbers begin that an address may begin with; and, of those that may end one, the word before them and
    where they end."""
    text, starts, ends = view.text, [], []
    for start, _ in view.digits:
        before = text[start - 1 : start]
        led = NO.search(text, max(0, start - 4), start) if before in _LEADS_NUMBER else None
        for begin in (led.start(), start) if led else (start,):
            if STARTS.match(text, begin):
                starts.append(begin)
                break
        number = ENDS.match(text, start) if before in _BETWEEN else None
        if number and (word := WORD_BEFORE.search(text, _words_back(text, start), start)):
            ends.append((word, number.end()))
    return starts, ends


def _words_back(text: str, position: int) -> int:
    """Where the words begin that ``WORD_BEFORE`` can match in front of ``position``: it has three blanks at most."""
    floor, at = max(0, position - 48), position
    for _ in range(4):
        at = text.rfind(" ", floor, at)
        if at < 0:
            return floor
    return at + 1


def _before(starts: _Starts, places: Sequence[int]) -> Iterator[int]:
    """Those of ``starts`` that have one of ``places`` (both ascending) close enough behind to be part of the street."""
    for start in starts:
        at = bisect_right(places, start)
        if at < len(places) and places[at] - start <= _HEAD_REACH:
            yield start


def _heads(view: View, reading: Reading, starts: _Starts, ends: _Ends) -> Iterator[tuple[int, int]]:
    """Start and end of what only an address begins with. ``starts``, ``ends``: the numbers that may begin or end it."""
    text, words = view.text, view.words
    found: list[re.Match[str] | None] = []
    for pattern, needed in NUMBER_FIRST:
        found += [pattern.match(text, start) for start in _before(starts, view.places(needed))]
    zips = [start for start, end in view.digits if end - start == _ZIP_DIGITS]
    found += [NUMBER_TO_ZIP.match(text, start) for start in _before(starts, zips)]
    last = [pattern for pattern, needed in NUMBER_LAST if not words.isdisjoint(needed)]
    for word, end in ends:
        begin = max(0, word.end(1) - IN_FRONT)
        if word.group(1).lower().endswith(_SUFFIXES):
            street = STREET_SUFFIX.search(text, begin, end)
            ordinary = street and reading.is_ordinary(street.group("street").casefold())  # "ordering 100"
            found.append(None if ordinary else street)
        found += [pattern.search(text, begin, end) for pattern in last]
    found += view.matches(BOX, _BOX_WORDS)
    found += view.matches(FLAT, _FLAT_WORDS)
    if not words.isdisjoint(_STREET_WORDS):
        found += STREET_NAME.finditer(text)
    yield from (match.span() for match in found if match)


def _span(text: str, start: int, end: int) -> Span:
    while end > start and text[end - 1] in " \t\r\n,.-":
        end -= 1
    return Span(start, end, Label.ADDRESS, spaced_key(text[start:end].replace(",", " ")))


def _tail(text: str, end: int, reading: Reading) -> int:
    """Where the address ends whose head ends at ``end``."""
    for _ in range(MOST_TAILS):
        match = TAIL.match(text, end) or _town(text, end, reading) or LOWER_TOWN.match(text, end)
        if match is None or match.end() == end:
            break
        end = match.end()
    return end


def _town(text: str, end: int, reading: Reading) -> re.Match[str] | None:
    """Capitalised words that are no ordinary ones, or after which the address goes on."""
    match = TOWN.match(text, end)
    if match is None:
        return None
    first = match.group(1).split()[0].strip("(.,").casefold()
    if TAIL.match(text, match.end()):
        return match
    return None if reading.is_common(first) or not reading.given else match


def _is_strange(value: str, reading: Reading) -> bool:
    """Whether ``value`` is a few words that are no sentence, one of which no dictionary has: "new market gwalior"."""
    words = [word.casefold() for word in WORD.findall(value)]
    common = sum(map(reading.is_common, words)) - words.count("new")
    return 1 < len(words) <= 6 and not common and not all(map(reading.is_ordinary, words))


def _weak(text: str, reading: Reading, starts: _Starts, ends: _Ends) -> Iterator[Span]:
    """A number and capitalised words, where a flat or a post code follows them: "72134 Coronilla 3599, Nijmegen"."""
    found = [WEAK_FIRST.match(text, start) for start in starts]
    for word, end in ends:
        if _CAPITAL.search(word.group(1)) and not word.group(1).endswith("."):
            found.append(WEAK_LAST.search(text, max(0, word.end(1) - IN_FRONT), end))
    for match in filter(None, found):
        rest = WEAK_REST.match(text, match.end())
        head = rest.end() if rest else match.end()
        words = [word.strip(".'").casefold() for word in WORD.findall(text, match.start(), head)]
        words = words[1:] if words and words[0] in _AT else words
        if any(map(reading.is_common, words)) or any(word.endswith(_NUMBERS) for word in words):
            continue
        end = _tail(text, head, reading)
        located = end > head and LOCATES.search(text, head, end) is not None
        led = match.group()[:2].isdigit() and LEADS.search(text, max(0, match.start() - 12), match.start())
        if located or (led and not any(map(reading.is_ordinary, words))):
            yield _span(text, match.start(), end)


def _may_name_street(words: frozenset[str]) -> bool:
    """Whether ``STREET_WORD`` may be among ``words``."""
    return not words.isdisjoint(_PLACE_WORDS) or any(word.endswith(_SUFFIXES) for word in words)


def _signed(view: View, reading: Reading) -> Iterator[Span]:
    """What follows "my address is", where it has a number, a word of streets, or the name of a country or state."""
    text, words, done = view.text, view.words, 0
    if words.isdisjoint(_SIGN_WORDS):
        return
    for sign in view.matches(SIGN, _SIGN_WORDS):
        match = SIGNED.match(text, sign.end())
        if match is None or match.start() < done:
            continue
        value = match.group()
        numbered = len(value) > 5 and any(map(str.isdigit, value))
        street = numbered or (_may_name_street(words) and STREET_WORD.search(value))
        told = "address" in sign.group().lower() and (PLACE_WORD.search(value) or _is_strange(value, reading))
        if street or told:
            done = _tail(text, match.end(), reading)
            yield _span(text, match.start(), done)
