"""Order numbers: the shop's own pattern next to the word order, "#12345", and numbers announced as a confirmation,
invoice or booking. Counts, prices, sizes and dates next to the word order stay."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from agents.redaction.model import MASK, Label, Span
from agents.redaction.name_vocabulary import FILLERS
from agents.redaction.view import Detector, View
from agents.redaction.words import word_set

_NUMBER_WORD = r"number|numbers|numéro|numero|número|nummer|num|no|nos|nr|nbr|id|ids|code|ref|reference"
_CONTEXT = re.compile(
    r"\b(?:(orders?|bestellung|bestellnummer|commande|pedido|ordine|encomenda|ordernumber|orderid|order_?id)|po|"
    r"purchase(?: order)?|invoice|receipt|confirmation|transaction|booking|reservation|payment)\b"
    rf"((?:[ \t]{{0,2}}(?:[:#=(\"'.,-]|n[º°]|№|\b(?:{_NUMBER_WORD}|is|was|are|it's|its|for|with|my|the|of|below|here|"
    r"under|confirmation|purchase|called|says)\b)){0,7})[ \t]{0,2}(?:\r?\n[ \t]{0,4})?",
    re.IGNORECASE,
)
_EXPLICIT = re.compile(rf"#|n[º°]|№|:|\b(?:{_NUMBER_WORD})\b|ordernumber|orderid", re.IGNORECASE)
_TOKEN = re.compile(
    r"#?[A-Z]{0,8}[-_]?\d[\dA-Z]{0,24}(?:[-_][\dA-Z]{1,16}){0,4}|#?[A-Z]{1,8}(?:[-_][\dA-Z]{1,16}){1,4}", re.IGNORECASE
)
_AND = re.compile(
    r"[ \t]{0,2}(?:,|and\b|und\b|y\b|et\b|&|/|\+|or\b)[ \t]{0,2}(?:and\b[ \t]?)?(?=[#A-Za-z0-9])", re.IGNORECASE
)
_COUNTED = re.compile(
    r"[ \t]?(?:units?|pcs|pieces|pairs?|items?|boxes|bottles|times|days?|hours?|weeks?|months?|years?|"
    r"people|more|x|%)\b|[.,:]\d",
    re.IGNORECASE,
)
_HASH = re.compile(r"(?<![A-Za-z_#&/])#[ \t]?[A-Z]{0,4}-?\d{4,14}(?:-[\dA-Z]{1,8}){0,2}(?![\w-])", re.IGNORECASE)
_AFTERWARDS = re.compile(
    rf"(?<![\w.,$€£-])(#?[A-Z]{{0,4}}-?\d{{4,14}})[ \t]?(?:\(|-|,)?[ \t]?(?:is |was |as )?(?:my |the |our |your )?"
    rf"order[ \t]?(?:{_NUMBER_WORD}|#)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_GOES_ON = re.compile(
    r"[-_](?=[A-Z]{0,4}\d)[\dA-Z]{1,16}(?:[-_](?=[A-Z]{0,4}\d)[\dA-Z]{1,16}){0,3}(?![\w-])", re.IGNORECASE
)
"""What the shop's pattern leaves of a number with dashes: "1234-5678"."""
_SHAPED = re.compile(
    r"(?!(?:USD|EUR|GBP|CAD|AUD|CHF|INR)\b)[A-Z]{2,8}[-_]\d[\dA-Z]{3,16}(?:[-_][\dA-Z]{1,16}){0,3}|[A-Z]{2,8}(?:[-_]\d{2,16}){2,4}",
    re.IGNORECASE,
)
"""What is a number of some document whatever stands before it: "INV-2024-0042"."""
_PART = re.compile(rf"[^\s,.;:&/!?#()\"{MASK}]+")
_NUMBER = re.compile(r"\d{3,8}|\d{12,14}|[A-Za-z]{1,3}-?\d{3,14}")  # 9 to 11 digits are a phone
_SIDE_BY_SIDE = re.compile(r"\d[ ./-]{1,2}\d")
_SAID = word_set("""
order orders bestellung bestellnummer commande pedido ordine encomenda ordernumber orderid id po purchase invoice
receipt confirmation transaction booking reservation payment
""")
_ORDER = frozenset(("order",))
_AHEAD = 48
"""Characters around the word order that hold a number before it."""
_BEFORE_DIGITS = 6
"""Characters of a number before its digits at most: "#ABCD-"."""
_ANSWER_LONGEST, _ANSWER_MOST = 60, 3


def finder(own_pattern: str) -> Detector:
    """A detector that believes numbers of the shop's ``own_pattern`` next to the word order."""
    own = re.compile(own_pattern, re.IGNORECASE)

    def find(view: View) -> Iterator[Span]:
        if not view.digits:
            return
        for context in view.matches(_CONTEXT, _SAID, view.shielded):
            yield from _listed(view.shielded, context, own)
        for order in view.places(_ORDER):
            if match := _afterwards(view, order):
                yield _span(*match.span(1), match.group(1))
        for match in _HASH.finditer(view.shielded) if "#" in view.text else ():
            if not view.announced_as_shops(match.start()):
                yield _span(*match.span(), match.group())
        yield from _alone(view, own)

    return find


def _afterwards(view: View, order: int) -> re.Match[str] | None:
    """The number that is called one right behind it, near the word at ``order``: "1234567 is my order number"."""
    first, last = max(0, order - _AHEAD), order + _AHEAD
    digits = view.digits
    for start, end in digits[bisect_left(digits, (first, 0)) : bisect_left(digits, (last, 0))]:
        if end - start > 3:
            for begin in range(max(first, start - _BEFORE_DIGITS), start + 1):
                if match := _AFTERWARDS.match(view.shielded, begin, last):
                    return match
    return None


def _alone(view: View, own: re.Pattern[str]) -> Iterator[Span]:
    """A number of the shop's pattern that is the whole message: the answer to "what is your order number?"."""
    start, end = view.bare
    alone = own.fullmatch(view.text, start, end)
    if alone is None:
        yield from _answers(view)
    elif not _YEAR.fullmatch(alone.group()):
        yield _span(*alone.span(), alone.group())


def _answers(view: View) -> Iterator[Span]:
    """The numbers in a message that is nothing but numbers, values already found and a filler word or two: the answer
    to a question that we did not read, and no shop asks for a number that is nobody's."""
    start, end = view.bare
    if end - start > _ANSWER_LONGEST or _SIDE_BY_SIDE.search(view.text):  # groups of one number
        return
    numbers = []
    for part in _PART.finditer(view.text, start, end):
        if _NUMBER.fullmatch(part.group()):
            numbers.append(part)
        elif part.group().casefold() not in FILLERS and MASK not in part.group():
            return
    if len(numbers) > _ANSWER_MOST or (len(numbers) == 1 and _YEAR.fullmatch(numbers[0].group())):
        return
    for number in numbers:
        yield _span(*number.span(), number.group())


def _span(start: int, end: int, value: str) -> Span:
    return Span(start, end, Label.ORDER, re.sub(r"[^0-9A-Za-z]", "", value).upper())


def _listed(text: str, context: re.Match[str], own: re.Pattern[str]) -> Iterator[Span]:
    """The numbers at a context: one, or several joined by commas and "and"."""
    explicit = _EXPLICIT.search(context.group()) is not None
    shaped = _SHAPED.match(text, context.end())
    if (
        not explicit and context.group(1) is None and shaped is None
    ):  # "payment 1234" says nothing, "payment no. 1234" does
        return
    position = context.end()
    while True:
        start = position - (text[position - 1 : position] == "#")
        value = _value(text, start, own, explicit)
        if value is None and start < position:
            value = _value(text, position, own, explicit)
        if value is None:
            return
        yield _span(*value, text[slice(*value)])
        joint = _AND.match(text, value[1])
        if joint is None:
            return
        position = joint.end()


def _value(text: str, position: int, own: re.Pattern[str], explicit: bool) -> tuple[int, int] | None:
    """The span of the order number at ``position``, None if what stands there is none."""
    for match in (own.match(text, position), _TOKEN.match(text, position)):
        if match is None or match.end() == position or text[match.end() : match.end() + 1].isalnum():
            continue
        digits = sum(map(str.isdigit, match.group()))
        least = 3 if explicit else 4
        shaped = match.re is own or digits >= least or (explicit and digits >= 2 and len(match.group()) >= 6)
        if shaped and not _COUNTED.match(text, match.end()):
            rest = _GOES_ON.match(text, match.end())
            return match.start(), rest.end() if rest else match.end()
    return None
