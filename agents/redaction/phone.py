"""Phone numbers. Candidates are groups of digits; what each is, its shape, the words around it and the numbering plans
of the phonenumbers library decide. (The library's own matcher searches one country at a time and knows no context.)"""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from agents.redaction.model import Label, Span
from agents.redaction.view import Detector, View
from agents.redaction.words import word_set

_Run = tuple[tuple[int, int], ...]

_LEAST, _MOST, _MOST_GROUPS = 7, 15, 8
_ANNOUNCED = re.compile(
    r"\b(?:(?:tele)?phone|tel|mobile|mob|cell|cellphone|call(?:s|ed|ing)?|dial|ring|text(?:s|ed)?|sms|whatsapp|fax|contact|"
    r"reach|landline|voicemail|messages?|handy|telefon|téléphone|teléfono|telefono|number|numbers|ph)\b",
    re.IGNORECASE,
)
_ANNOUNCING = word_set("""
phone telephone tel mobile mob cell cellphone call calls called calling dial ring text texts texted sms whatsapp fax
contact reach landline voicemail message messages handy telefon téléphone teléfono telefono number numbers ph
""")
_AFTER = re.compile(
    r"[ \t]?[(,-]?[ \t]?(?:is |was )?(?:my |our |the |his |her )?(?:\w{1,12} )?"
    r"(?:phone|mobile|cell|telephone|number|whatsapp|landline)\b",
    re.IGNORECASE,
)
_EXTENSION = re.compile(r"[ \t]?(?:ext\.?|extension|x)[ \t]?\d{1,6}\b", re.IGNORECASE)
_TAIL = re.compile(r"\w$|[#$€£]$|\d[./:,-]$")  # what stands before the tail of a code, a price or a longer number
_NORTH_AMERICAN = frozenset(((3, 3, 4), (1, 3, 3, 4), (1, 10), (3, 7), (6, 4)))
_OF_NORTH_AMERICA = (("US",), ("CA",))
_PLAIN_NORTH_AMERICAN = re.compile(r"(?:\(?\+?1[ .-]?)?(\(?[2-9]\d\d\)?[ .-]{0,2}\d{3}[ .-]?\d{4})")
_NO_DIGIT = re.compile(r"\D")
_UNGROUPED = re.compile(r"\d{9,11}")
_GROUPED_LEAST, _GROUPED_MOST = 9, 13


def finder(regions: tuple[str, ...]) -> Detector:
    """A detector that knows the national numbers of ``regions`` without further context."""

    def find(view: View) -> Iterator[Span]:
        done = 0
        for chain in view.chains:
            for line in _split_lines(view.text, chain.groups):
                for span in _in_groups(view, line, regions, done):
                    done = span.end
                    yield span

    return find


def _split_lines(text: str, groups: _Run) -> Iterator[_Run]:
    begin = 0
    for index in range(1, len(groups) + 1):
        if index == len(groups) or "\n" in text[groups[index - 1][1] : groups[index][0]]:
            yield groups[begin:index]
            begin = index


def _in_groups(view: View, groups: _Run, regions: tuple[str, ...], done: int) -> Iterator[Span]:
    """Phones among the runs of neighbouring groups: the run that begins first wins, then the one whose shape tells,
    then the longest. ``done``: where the phone before these groups ends."""
    first = 0
    while first < len(groups):
        found = _phone_at(view, groups[first : first + _MOST_GROUPS], done)
        if not found and first == 0 and _is_national(view, groups, regions):
            found = groups
        if not found:
            first += 1
            continue
        start, end = _opening(view.text, found[0][0]), found[-1][1]
        extension = _EXTENSION.match(view.text, end)
        done = extension.end() if extension else end
        yield Span(start, done, Label.PHONE, _key(view.text[start:done], regions))
        first += len(found)


def _phone_at(view: View, groups: _Run, done: int) -> _Run:
    """The first of ``groups`` that are a phone number together; none if there is none."""
    if sum(end - start for start, end in groups) < _LEAST:
        return ()
    runs = [groups[:size] for size in range(len(groups), 0, -1)]
    runs = [run for run in runs if _may_be_phone(view, run, done)]
    shaped = next((run for run in runs if _has_shape(view, run)), ())
    return shaped or next((run for run in runs if _has_context(view, run)), ())


def _opening(text: str, start: int) -> int:
    """``start`` moved back over "+", "(" and "+(": they belong to the number."""
    for _ in range(2):
        if text[start - 1 : start] and text[start - 1] in "+(":
            start -= 1
    return start


def _key(value: str, regions: tuple[str, ...]) -> str:
    """The number as E.164 writes it. North American numbers without the library: it takes 50 us, and most of a North
    American shop's are."""
    if regions[:1] in _OF_NORTH_AMERICA and (plain := _PLAIN_NORTH_AMERICAN.fullmatch(value)):
        return "+1" + _NO_DIGIT.sub("", plain.group(1))
    try:
        number = phonenumbers.parse(value, regions[0] if regions else None)
    except phonenumbers.NumberParseException:
        return re.sub(r"\D", "", value)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _may_be_phone(view: View, run: _Run, done: int) -> bool:
    """Whether ``run`` has a phone's length, is not part of something longer, and not announced as something else.
    ``done``: where the phone before it ends; it is not a part of that one."""
    start, end = run[0][0], run[-1][1]
    if not _LEAST <= sum(b - a for a, b in run) <= _MOST:
        return False
    if _TAIL.search(view.text[max(done, start - 2) : start]):
        return False
    if view.text[end : end + 1].isalnum() and len(run) == 1 and not _EXTENSION.match(view.text, end):
        return False
    return not view.announced_as_shops(start)


def _is_international(value: str, groups: int) -> bool:
    """A number with "+": possible in its country, or in one piece (then nothing else can be meant)."""
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return groups == 1
    return groups == 1 or phonenumbers.is_possible_number(number)


def _has_shape(view: View, run: _Run) -> bool:
    """Whether a "+" leads the digits, or they are grouped as only phone numbers are."""
    opening, end = _opening(view.text, run[0][0]), run[-1][1]
    value = view.text[opening:end]
    if value.startswith(("+", "(+")) or (value.startswith("00") and _is_international(f"+{value[2:]}", 2)):
        return value[0] == "0" or _is_international(value, len(run))
    sizes = tuple(b - a for a, b in run)
    digits = re.sub(r"\D", "", value)
    if len(run) == 1:
        return _UNGROUPED.fullmatch(digits) is not None
    if sizes in _NORTH_AMERICAN and (sizes[0] != 1 or digits[0] == "1"):
        return True
    if value.startswith("(") and _LEAST < len(digits) <= _GROUPED_MOST:
        return True
    even = len(set(re.findall(r"[^\d()]+", value))) <= 2
    if digits[0] == "0" and _GROUPED_LEAST <= len(digits) <= _GROUPED_MOST and min(sizes[1:]) >= 2:
        return even
    return sizes == (3, 3, 3) and even


def _has_context(view: View, run: _Run) -> bool:
    """Whether the words around announce a phone, or the number is the whole message."""
    start, end = run[0][0], run[-1][1]
    sizes = [b - a for a, b in run]
    if max(sizes) == 1 or (len(run) > 1 and min(sizes[1:]) < 2):
        return False
    return (
        view.follows(_ANNOUNCED, _ANNOUNCING, start)
        or _AFTER.match(view.text, end) is not None
        or (start, end) == view.bare
    )


def _is_national(view: View, run: _Run, regions: tuple[str, ...]) -> bool:
    """Whether all the digits that stand together are a valid number of one of ``regions``, grouped as phones are."""
    sizes = [b - a for a, b in run]
    if not 1 < len(run) <= 5 or sum(sizes) < _GROUPED_LEAST or max(sizes) < 3 or min(sizes[1:]) < 2:
        return False
    value = view.text[run[0][0] : run[-1][1]]
    return _may_be_phone(view, run, 0) and any(_is_valid(value, region) for region in regions)


def _is_valid(value: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(value, region))
    except phonenumbers.NumberParseException:
        return False
