"""The customer's own data as the contact record tells them, wherever they stand, in any spelling of case and spacing.

Nothing is compiled for a ticket, and that a text holds none of it shows in microseconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import phonenumbers

from agents.redaction.language import DEFAULT
from agents.redaction.model import Label, RedactionSettings, Span
from agents.redaction.name_vocabulary import FILLERS, NO_NAMES
from agents.redaction.squeezed import plain, squeezed
from agents.redaction.view import Detector, View
from agents.redaction.words import CAPITAL, word_set
from streams.facts import Contact

_LETTERS = re.compile(r"[^\W\d_]+")
_PARTS = re.compile(r"[,;\n]+")
_SENTENCE_BEGINS = re.compile(r"(?:^|[.!?:\n])[\s\"'“”(]{0,3}$")
_INSIDE_LINK = re.compile(
    r"\0[\w.+%'-]*@\w|\w@[\w.-]*\0|://\S*\0|^www\.\S*\0", re.IGNORECASE
)  # the value itself stands as \0
_PREFIX = re.compile(r"(?:(?:\+|00)\d{1,3}[\s().-]{0,3}|\+)?(?:\(?0\)?[\s().-]{0,2})?\(?$")
_SURNAME = re.compile(rf" {CAPITAL}[\w'’-]{{2,29}}")
_SIDE_BY_SIDE = re.compile(r"[ .,_'’-]{1,2}")
_REACH = 256
"""Characters around a value that are looked at for the rest of a link."""
_LEAST_PHONE, _LEAST_PART, _LEAST_LOCAL = 7, 5, 6
_MOST = 12
"""Words of a name, or parts of an address, that are looked at."""
_NO_PART = (
    NO_NAMES | FILLERS | word_set("van von de da di del della der den la le bin al el dos du ter ten zu jr sr guest")
)


def detectors(contact: Contact, settings: RedactionSettings) -> tuple[Detector, ...]:
    """Detectors of the values in ``contact``; none for a field that is empty."""
    found: list[Detector] = []
    if "@" in contact.email:
        found.append(_email(contact.email))
    if sum(map(str.isdigit, contact.phone)) >= _LEAST_PHONE:
        found.append(_phone(contact.phone, settings.phone_regions))
    if contact.address:
        found.append(_address(contact.address))
    if contact.name:
        found.append(_name(contact.name, settings))
    return tuple(found)


def _email(email: str) -> Detector:
    """The address, and its part before the "@" where that is no mere word."""
    local = email.partition("@")[0]
    values = [squeezed(email)]
    if len(local) >= _LEAST_LOCAL and not local.isalpha():
        values.append(squeezed(local))

    def find(view: View) -> Iterator[Span]:
        for value in values:
            for at in view.squeezed.occurrences(value):
                if (span := view.squeezed.span(at, at + len(value))) and not _is_inside_link(view.text, *span):
                    yield Span(*span, Label.EMAIL, values[0])

    return find


def _is_inside_link(text: str, start: int, end: int) -> bool:
    """Whether it is part of an e-mail or web address: the detectors of these take it whole."""
    before = text[max(0, start - _REACH) : start].rpartition("\n")[2].rpartition(" ")[2]
    behind = text[end : end + _REACH].partition("\n")[0].partition(" ")[0]
    return _INSIDE_LINK.search(f"{before}\0{behind}") is not None


def _phone(phone: str, regions: tuple[str, ...]) -> Detector:
    digits = re.sub(r"\D", "", phone)
    try:
        number = phonenumbers.parse(phone, regions[0] if regions else None)
    except phonenumbers.NumberParseException:
        values = [digits]
    else:
        national = str(number.national_number)
        values = [f"{number.country_code}{national}", f"0{national}", national]
    values = [value for value in dict.fromkeys(values) if len(value) >= _LEAST_PHONE]

    def find(view: View) -> Iterator[Span]:
        for value in values:
            for at in view.squeezed.occurrences(value):
                if span := view.squeezed.span(at, at + len(value)):
                    led = _PREFIX.search(view.text, max(0, span[0] - 12), span[0])
                    yield Span(led.start() if led else span[0], span[1], Label.PHONE, digits)

    return find


def _address(address: str) -> Detector:
    """Any part with letters and digits ("12 Oak Lane", "IL 62704"), and the parts that follow it as in the record."""
    parts = [squeezed(part) for part in _PARTS.split(address)[:_MOST] if part.strip()]
    heads = [
        number
        for number, part in enumerate(parts)
        if len(part) >= _LEAST_PART and any(map(str.isdigit, part)) and any(map(str.isalpha, part))
    ]

    def find(view: View) -> Iterator[Span]:
        text = view.squeezed.text
        for number in heads:
            for at in view.squeezed.occurrences(parts[number]):
                after = at
                for part in parts[number:]:
                    after += len(part) if text.startswith(part, after) else 0
                if span := view.squeezed.span(at, after) or view.squeezed.span(at, at + len(parts[number])):
                    yield Span(*span, Label.ADDRESS, parts[number])

    return find


def _name(name: str, settings: RedactionSettings) -> Detector:
    """Each word of the name, and the name written as one word. A word that everybody uses counts where it is
    capitalised within a sentence, or stands beside another word of the name."""
    is_common = settings.lexicon.reading(DEFAULT).is_common
    words = [squeezed(word) for word in _LETTERS.findall(name)[:_MOST]]
    words = [word for word in words if len(word) > 1 and word not in _NO_PART]
    common = frozenset(word for word in words if is_common(word))
    wanted, whole = frozenset(words), "".join(words)

    def find(view: View) -> Iterator[Span]:
        if len(words) > 1:
            for at in view.squeezed.occurrences(whole):
                if (span := view.squeezed.span(at, at + len(whole))) and not _is_inside_link(view.text, *span):
                    yield Span(*span, Label.NAME, whole)
        if not wanted.isdisjoint(map(plain, view.words)):
            for run in _runs(view.text, wanted):
                if _is_told(view.text, run, common):
                    yield Span(run[0].start(), _with_surname(view.text, run[-1].end(), is_common), Label.NAME, whole)

    return find


def _runs(text: str, wanted: frozenset[str]) -> Iterator[list[re.Match[str]]]:
    """The words of ``wanted`` in ``text``, those side by side together."""
    run: list[re.Match[str]] = []
    for word in _LETTERS.finditer(text):
        if squeezed(word.group()) not in wanted:
            continue
        if run and not _SIDE_BY_SIDE.fullmatch(text, run[-1].end(), word.start()):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _with_surname(text: str, end: int, is_common: Callable[[str], bool]) -> int:
    """``end``, or the end of the capitalised word behind it: somebody else of that name ("Anna Brown" for Anna Doe)."""
    following = _SURNAME.match(text, end)
    return end if following is None or is_common(squeezed(following.group())) else following.end()


def _is_told(text: str, run: Sequence[re.Match[str]], common: frozenset[str]) -> bool:
    start, first = run[0].start(), run[0].group()
    if _is_inside_link(text, start, run[-1].end()):
        return False
    if len(run) > 1 or squeezed(first) not in common:
        return True
    return first[0].isupper() and not _SENTENCE_BEGINS.search(text, max(0, start - 6), start)
