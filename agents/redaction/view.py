"""The text as detectors see it, with what several of them look for: numbers, words, what stands before."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from agents.redaction.language import language_of, words_of
from agents.redaction.model import MASK, Span
from agents.redaction.squeezed import Squeezed
from agents.redaction.words import word_set


class Chain(NamedTuple):
    """Groups of digits that stand together, as spans of the view: "(415) 555-2671" has three."""

    groups: tuple[tuple[int, int], ...]


# Numbers that are none of ours wherever they stand: dates, times, prices, decimals, measures. All begin with a group of
# digits, or with the sign of a currency before one.
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:(?:19|20)\d\d)"
_PLAIN_NUMBERS = re.compile(
    rf"(?:(?<![\w./-])(?:{_YEAR}([-./]){_MONTH}\1{_DAY}|{_DAY}([-./]){_DAY}\2(?:{_YEAR}|\d\d))(?![-./]?\d)"
    r"|(?<![\w:])\d{1,2}:\d{2}(?::\d{2})?(?![\w:])"
    r"|[$€£¥₹]\s?\d[\d.,']{0,14}(?!\s?\d)"
    r"|(?<![\w.,-])\d{1,3}(?:[,']\d{3}){1,4}(?:\.\d{1,2})?(?![\w-]|[.,]\d)"
    r"|(?<![\w.,-])\d{1,9}[.,]\d{1,2}(?![\w-]|[.,]\d)"
    r"|(?<![\w.,-])(?<!\d )\d[\d.,]{0,6}\s?(?:[€£$¥%]|(?:usd|eur|gbp|cad|aud|dollars?|euros?|pounds?|bucks|percent|"
    r"cm|mm|kg|lbs?|oz|ml|inch(?:es)?)\b))",
    re.IGNORECASE,
)
_CHAIN = re.compile(r"\d+(?:[ \t.\-()/]{1,3}\d+|[ \t]?\r?\n[ \t]?\d+)*")
_DIGITS = re.compile(r"\d+")
_THREE_DIGITS = re.compile(r"\d\D*\d\D*\d")
_CURRENCIES = frozenset("$€£¥₹")
# A number that is announced as one of these is the shop's, not the customer's.
_SHOP_WORDS = word_set("""
sku item model part style article art upc ean gtin isbn asin barcode serial s sn p pn lot batch error fault
version size color colour product promo coupon discount voucher ticket case room page qty quantity
""")
_SHOP_NUMBER = re.compile(
    r"(?:sku|item|model|part|style|article|art|upc|ean|gtin|isbn|asin|barcode|serial|s/?n|p/?n|lot|batch|error|fault|version|size|"
    r"colou?r|product|promo|coupon|discount|voucher|ticket|case|room|page|qty|quantity)"
    r"(?:[ \t]?\b(?:number|num|no|nr|code|id|is|was|with)\b){0,4}([ \t.:#=\"'(-]{0,4})",
    re.IGNORECASE,
)
_CLUSTER_DIGITS, _CLUSTER_GAP, _CLUSTER_EDGE = 6, 16, 24
_BEFORE = 48
"""Characters before a number in which the word that explains it is looked for."""


@dataclass(frozen=True)
class View:
    """Text as detectors see it: look-alikes folded, each value already found shown as one ``MASK``."""

    text: str

    @cached_property
    def language(self) -> str:
        """The language it is in, as a two-letter code."""
        return language_of(self.words)

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words, in lower case: detectors ask here first whether theirs occur at all."""
        return words_of(self.text.replace(MASK, " "))

    @cached_property
    def lower(self) -> str:
        """The text in lower case, position for position."""
        lower = self.text.lower()  # a few letters become two
        return (
            lower
            if len(lower) == len(self.text)
            else "".join(c if len(c.lower()) > 1 else c.lower() for c in self.text)
        )

    @cached_property
    def squeezed(self) -> Squeezed:
        """Its letters and digits alone."""
        return Squeezed(self.text)

    def places(self, words: frozenset[str]) -> list[int]:
        """Where any of ``words`` (lower case) may begin, ascending; the pattern tried there looks at its end."""
        if words.isdisjoint(self.words):
            return []
        found, lower = [], self.lower
        for word in words & self.words:
            at = lower.find(word)
            while at >= 0:
                if at == 0 or not lower[at - 1].isalnum():
                    found.append(at)
                at = lower.find(word, at + 1)
        found.sort()
        return found

    def matches(self, pattern: re.Pattern[str], words: frozenset[str], text: str = "") -> Iterator[re.Match[str]]:
        """The matches of ``pattern``, which begins with one of ``words``, one behind the other. Looking at the places
        of words costs a tenth of trying a pattern at every character. ``text``: another form of this text, of the same
        length."""
        end, text = 0, text or self.text
        for at in self.places(words):
            if at >= end and (match := pattern.match(text, at)):
                yield match
                end = match.end()

    @cached_property
    def digits(self) -> list[tuple[int, int]]:
        """The spans of its groups of digits, ascending."""
        return [match.span() for match in _DIGITS.finditer(self.text)]

    @cached_property
    def clusters(self) -> list[tuple[int, int]]:
        """The parts of the text in which a number of ``_CLUSTER_DIGITS`` digits or more can stand: groups of digits
        close together and the characters around them. Ascending, apart from each other."""
        found: list[tuple[int, int]] = []
        first = last = count = 0
        for start, end in (*self.digits, (len(self.text) + _CLUSTER_GAP + 1, 0)):
            if start - last > _CLUSTER_GAP:
                if count >= _CLUSTER_DIGITS:
                    begin = max(0, first - _CLUSTER_EDGE)
                    if found and begin <= found[-1][1]:
                        begin = found.pop()[0]
                    found.append((begin, last + _CLUSTER_EDGE))
                first, count = start, 0
            last, count = end, count + end - start
        return found

    def in_clusters(self, pattern: re.Pattern[str], text: str = "") -> Iterator[re.Match[str]]:
        """The matches of ``pattern``, a number with ``_CLUSTER_DIGITS`` digits at least."""
        for start, end in self.clusters:
            yield from pattern.finditer(text or self.text, start, end)

    @cached_property
    def has_numbers(self) -> bool:
        """Whether at least three digits are left to look at: most messages have none, and are done at once."""
        if not self.digits:
            return False
        if self.shielded is self.text:
            return sum(end - start for start, end in self.digits) > 2
        return _THREE_DIGITS.search(self.shielded) is not None

    @cached_property
    def shielded(self) -> str:
        """The text with dates, times, prices and measures blanked out, position for position."""
        text, parts, done = self.text, [], 0
        for start, _ in self.digits:
            if start < done:
                continue
            sign = self._sign_before(start, done)
            plain = _PLAIN_NUMBERS.match(text, sign) or (sign < start and _PLAIN_NUMBERS.match(text, start))
            if plain:
                parts += [text[done : plain.start()], MASK * len(plain.group())]
                done = plain.end()
        return "".join((*parts, text[done:])) if parts else text

    def _sign_before(self, number: int, floor: int) -> int:
        """Where the sign of a currency before ``number`` stands, from ``floor`` on; ``number`` if there is none."""
        at = number - 1 - self.text[number - 1 : number].isspace()
        return at if at >= floor and self.text[at] in _CURRENCIES else number

    @cached_property
    def chains(self) -> tuple[Chain, ...]:
        """The groups of digits in the shielded text, in order."""
        if not self.has_numbers:
            return ()
        text, found, done = self.shielded, [], 0
        for start, _ in self.digits:
            if start >= done and (chain := _CHAIN.match(text, start)):
                done = chain.end()
                found.append(Chain(tuple(match.span() for match in _DIGITS.finditer(text, start, done))))
        return tuple(found)

    @cached_property
    def bare(self) -> tuple[int, int]:
        """The span of the text without the white space around it."""
        return len(self.text) - len(self.text.lstrip()), len(self.text.rstrip())

    @cached_property
    def _shops(self) -> frozenset[int]:
        found = self.matches(_SHOP_NUMBER, _SHOP_WORDS)
        return frozenset(position for match in found for position in range(match.start(1), match.end(1) + 1))

    @cached_property
    def _word_ends(self) -> dict[re.Pattern[str], list[int]]:
        return {}

    def before(self, position: int) -> str:
        """The last characters before ``position``."""
        return self.text[max(0, position - _BEFORE) : position]

    def follows(self, phrases: re.Pattern[str], words: frozenset[str], position: int) -> bool:
        """Whether one of ``phrases``, which begin with ``words``, stands shortly before ``position`` in the same
        paragraph."""
        if phrases not in self._word_ends:  # searched once per text, however many numbers it has
            self._word_ends[phrases] = [match.end() for match in self.matches(phrases, words)]
        ends = self._word_ends[phrases]
        nearest = ends[index - 1] if (index := bisect_right(ends, position)) else -1
        return nearest >= max(0, position - _BEFORE) and "\n\n" not in self.text[nearest:position]

    def announced_as_shops(self, position: int) -> bool:
        """Whether the words just before ``position`` announce an item, size, error or other number of the shop."""
        return position in self._shops


Detector = Callable[[View], Iterable[Span]]
"""A detector knows no other detector: it is a function from a view to spans."""
