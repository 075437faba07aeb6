"""Phone numbers. Candidates are groups of digits; what each is, its shape, the words around it and the numbering plans
of the phonenumbers library decide. (The library's own matcher searches one country at a time and knows no context.)"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from agents.redaction.model import Detector, Label, Span, View

_Run = tuple[tuple[int, int], ...]

_LEAST, _MOST, _MOST_GROUPS = 7, 15, 8
_ANNOUNCED = re.compile(
    r"\b(?:(?:tele)?phone|tel|mobile|mob|cell|cellphone|call(?:s|ed|ing)?|dial|ring|text(?:s|ed)?|sms|whatsapp|fax|contact|"
    r"reach|landline|voicemail|messages?|handy|telefon|téléphone|teléfono|telefono|number|numbers|ph)\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[ \t]?[(,-]?[ \t]?(?:is |was )?(?:my |our |the |his |her )?(?:\w{1,12} )?"
    r"(?:phone|mobile|cell|telephone|number|whatsapp|landline)\b",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"[ \t]?(?:ext\.?|extension|x)[ \t]?\d{1,6}\b", re.IGNORECASE)
_NORTH_AMERICAN = frozenset(((3, 3, 4), (1, 3, 3, 4), (1, 10), (3, 7), (6, 4)))
_UNGROUPED = re.compile(r"\d{9,11}")
_GROUPED_LEAST = 9


def finder(regions: tuple[str, ...]) -> Detector:
    """A detector that knows the national numbers of ``regions`` without further context."""

    def find(view: View) -> Iterator[Span]:
        for chain in view.chains:
            for line in _split_lines(view.text, chain.groups):
                yield from _in_groups(view, line, regions)

    return find


def _split_lines(text: str, groups: _Run) -> Iterator[_Run]:
    begin = 0
    for index in range(1, len(groups) + 1):
        if index == len(groups) or "\n" in text[groups[index - 1][1] : groups[index][0]]:
            yield groups[begin:index]
            begin = index


def _in_groups(view: View, groups: _Run, regions: tuple[str, ...]) -> Iterator[Span]:
    """Phones among the runs of neighbouring groups; the run that begins first wins, then the longest."""
    first = 0
    while first < len(groups):
        last = min(len(groups), first + _MOST_GROUPS)
        while last > first and not _is_phone(view, groups[first:last], regions):
            last -= 1
        if last == first:
            first += 1
            continue
        start, end = _opening(view.text, groups[first][0]), groups[last - 1][1]
        extension = _EXTENSION.match(view.text, end)
        end = extension.end() if extension else end
        yield Span(start, end, Label.PHONE, _key(view.text[start:end], regions))
        first = last


def _opening(text: str, start: int) -> int:
    """``start`` moved back over "+", "(" and "+(": they belong to the number."""
    for _ in range(2):
        if text[start - 1 : start] and text[start - 1] in "+(":
            start -= 1
    return start


def _key(value: str, regions: tuple[str, ...]) -> str:
    try:
        number = phonenumbers.parse(value, regions[0] if regions else None)
    except phonenumbers.NumberParseException:
        return re.sub(r"\D", "", value)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _is_phone(view: View, run: _Run, regions: tuple[str, ...]) -> bool:
    start, end = run[0][0], run[-1][1]
    size = sum(b - a for a, b in run)
    if not _LEAST <= size <= _MOST:
        return False
    before, after = view.text[start - 1 : start], view.text[end : end + 1]
    if (
        after.isalnum()
        or after == "_"
        or before.isalnum()
        or (before and before in "_#$€£")
        or view.announced_as_shops(start)
    ):
        return False
    opening = _opening(view.text, start)
    if view.text[opening:start].startswith("+"):
        return _is_international(view.text[opening:end], len(run))
    if before and before in "./-:,":  # the tail of something longer
        return False
    return _has_shape(view.text[opening:end], run) or _has_context(view, run, regions)


def _is_international(value: str, groups: int) -> bool:
    """A number with "+": valid as it stands, or in one piece (then nothing else can be meant)."""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return groups == 1
    return groups == 1 or phonenumbers.is_possible_number(number)


def _has_shape(value: str, run: _Run) -> bool:
    """Whether the digits are grouped as only phone numbers are."""
    sizes = tuple(b - a for a, b in run)
    digits = re.sub(r"\D", "", value)
    if len(run) == 1:
        return _UNGROUPED.fullmatch(digits) is not None
    if sizes in _NORTH_AMERICAN and (sizes[0] != 1 or digits[0] == "1"):
        return True
    if value.startswith("(") and len(digits) > _LEAST:
        return True
    even = len(set(re.findall(r"[^\d()]+", value))) <= 2
    if digits[0] == "0" and _GROUPED_LEAST <= len(digits) <= 13 and min(sizes[1:]) >= 2:
        return even
    return sizes == (3, 3, 3) and even


def _has_context(view: View, run: _Run, regions: tuple[str, ...]) -> bool:
    """Whether the words around announce a phone, or it is the whole message, or a valid number of a region."""
    start, end = run[0][0], run[-1][1]
    sizes = [b - a for a, b in run]
    if max(sizes) > 1 and (len(run) == 1 or min(sizes[1:]) >= 2):
        if view.follows(_ANNOUNCED, start) or _AFTER.match(view.text, end) or (start, end) == view.bare:
            return True
        grouped = 1 < len(run) <= 5 and sum(sizes) >= _GROUPED_LEAST and max(sizes) > 2
        return grouped and any(_is_valid(view.text[start:end], region) for region in regions)
    return False


def _is_valid(value: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, region))
    except phonenumbers.NumberParseException:
        return False
