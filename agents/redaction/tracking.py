"""Tracking numbers: the carriers' own formats, with their check digits, and whatever the text announces as one.

Formats: UPS (1Z and 16 characters), UPU S10 (two letters, nine digits, two letters; check digit mod 11), USPS and
others with 20 to 34 digits (no other number of a shop is that long), Amazon, DHL, Yodel, LaserShip, YunExpress and
Spee-Dee by their prefixes, FedEx, Purolator and Old Dominion by their check digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from agents.redaction.model import Label, Span
from agents.redaction.tracking_checks import is_plain_number, is_s10, is_ups
from agents.redaction.view import Chain, View
from agents.redaction.words import word_set

_FORMATS = re.compile(
    r"(?<![A-Za-z0-9])(?:1 ?Z(?: ?[A-Z0-9]){16}"
    r"|TB[ACM] ?\d{12}|J?JD ?\d{16,18}|J[A-Z]{2,3}\d{9,20}|YT\d{16}|SP\d{18}|GFUS\d{14}|L[PTY]\d{14}|GM[A-Z0-9]{10,39}|"
    r"LTN\d{8}N1|1 ?L ?S(?: ?[A-Z0-9]){9,15}(?: ?- ?1)?|L[AEHINX][1-3]\d{7}|[CD](?: ?\d){14}|[CDKLSUXZ]\d{21}|"
    r"UUS\w{16})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_S10 = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2} ?(\d{3} ?\d{3} ?\d{2})(\d) ?[A-Z]{2}(?![A-Za-z0-9])", re.IGNORECASE)
_WAYBILL = re.compile(r"(?<![A-Za-z0-9])[AHJKTV] ?(\d{10})(?![A-Za-z0-9])", re.IGNORECASE)
_LONG_LEAST, _LONG_MOST = 20, 34
_OF_USPS = re.compile(r"4 ?2 ?0|9 ?[1-5]")

_CARRIER = (
    r"usps|ups|fedex|fed ex|dhl|royal mail|evri|hermes|dpd|gls|yodel|parcel ?force|canada post|aus(?:tralia)? post|"
    r"ontrac|lasership|purolator|canpar|tnt|postnl|la poste|colissimo|chronopost|correos|poste italiane|"
    r"amazon logistics"
)
_LINK = (
    r"(?:[ \t]{0,2}(?:[:#=(\"'.-]|\b(?:tracking|number|numbers|num|no|nr|nbr|id|code|ref|reference|label|parcel|"
    r"package|shipment|for|with|under|is|was|it|its|it's|says|shows|the|my|this|of|from|express|ground|and|order|by|via)\b)){0,8}"
    r"[ \t]{0,2}(?:\r?\n[ \t]{0,4})?"
)
_VALUE = r"([A-Z]{0,4}-?\d[A-Z0-9]{2,33}(?:[ -][A-Z0-9]{2,12}){0,9}|\d{1,3}(?:[ -][A-Z0-9]{1,12}){1,12})"
_ANNOUNCED = re.compile(
    rf"\b(?:track(?:ing|ed)?|waybill|air ?way ?bill|awb|consignment|sendungsnummer|suivi|seguimiento|{_CARRIER})\b"
    rf"{_LINK}{_VALUE}",
    re.IGNORECASE,
)
_NAMES_CARRIER = re.compile(rf"\b(?:{_CARRIER})\b", re.IGNORECASE)
_FEDEX = re.compile(r"(?<![\w.-])\d{4} ?\d{4} ?\d{4}(?![\w-])")
_PLAIN_DIGITS = 11
_PART = re.compile(r"[A-Za-z0-9]+")
_LEAST_DIGITS, _LEAST_LENGTH = 6, 8


_CARRIER_WORDS = word_set("""
usps ups fedex fed dhl royal evri hermes dpd gls yodel parcel parcelforce canada australia aus ontrac lasership
purolator canpar tnt postnl la colissimo chronopost correos poste amazon
""")
_SAID = _CARRIER_WORDS | word_set("""
track tracking tracked waybill air awb consignment sendungsnummer suivi seguimiento airway airwaybill
""")


def find_formats(view: View) -> Iterator[Span]:
    """Numbers that show by themselves what they are."""
    if not view.has_numbers:
        return
    for match in view.in_clusters(_FORMATS):
        if sum(map(str.isdigit, match.group())) >= _LEAST_DIGITS:
            yield _span(match.start(), match.end(), match.group())
    for match in view.in_clusters(_S10):
        if is_s10(match.group(1).replace(" ", ""), match.group(2)):
            yield _span(*match.span(), match.group())
    for chain in view.chains:
        start, end = chain.groups[0][0], chain.groups[-1][1]
        digits = re.sub(r"\D", "", view.text[start:end])
        if _LONG_LEAST <= len(digits) <= _LONG_MOST and _is_one_number(view.text, chain.groups):
            yield _span(start, end, digits)


def find_announced(view: View) -> Iterator[Span]:
    """What follows the word tracking or a carrier's name, and FedEx numbers in a text that names a carrier."""
    if not view.has_numbers or view.words.isdisjoint(_SAID):
        return
    for match in view.matches(_ANNOUNCED, _SAID, view.shielded):
        end = _value_end(match.group(1))
        if end and not view.text[match.start(1) + end : match.start(1) + end + 1].isalnum():
            yield _span(match.start(1), match.start(1) + end, match.group(1)[:end])
    if any(_is_long(chain) for chain in view.chains) and any(view.matches(_NAMES_CARRIER, _CARRIER_WORDS)):
        for match in _FEDEX.finditer(view.shielded):
            digits = match.group().replace(" ", "")
            if is_plain_number(digits) and not view.announced_as_shops(match.start()):
                yield _span(*match.span(), digits)


def find_checked(view: View) -> Iterator[Span]:
    """Numbers that only their check digits tell: any other detector that knows better goes before."""
    for match in view.in_clusters(_WAYBILL):
        if is_ups(match.group(1)):
            yield _span(*match.span(), match.group())
    for chain in filter(_is_long, view.chains):
        start, end = chain.groups[0][0], chain.groups[-1][1]
        digits = re.sub(r"\D", "", view.text[start:end])
        alone = not (view.text[start - 1 : start].isalnum() or view.text[end : end + 1].isalnum())
        checked = alone and is_plain_number(digits) and _is_one_number(view.text, chain.groups)
        if checked and not view.announced_as_shops(start):
            yield _span(start, end, digits)


def _is_long(chain: Chain) -> bool:
    return sum(end - start for start, end in chain.groups) >= _PLAIN_DIGITS


def _span(start: int, end: int, value: str) -> Span:
    return Span(start, end, Label.TRACKING, re.sub(r"[^A-Za-z0-9]", "", value).upper())


def _is_one_number(text: str, groups: tuple[tuple[int, int], ...]) -> bool:
    """Whether the groups are one long number: in one piece, or evenly spaced as carriers print them."""
    sizes = [end - start for start, end in groups]
    if sum(sizes) >= _LONG_LEAST and _OF_USPS.match(text, groups[0][0]):
        return True
    gaps = {text[a[1] : b[0]] for a, b in pairwise(groups)}
    return len(sizes) == 1 or (len(gaps) == 1 and len(gaps.pop()) == 1 and len(set(sizes[1:-1] or sizes)) == 1)


def _value_end(value: str) -> int:
    """How much of ``value`` is the number: parts of words after it are left out; 0 if too short to be one."""
    end = digits = length = 0
    for part in _PART.finditer(value):
        counted = sum(map(str.isdigit, part.group()))
        if not counted and end:  # a word after the number
            break
        digits, length, end = digits + counted, length + len(part.group()), part.end()
    return end if digits >= _LEAST_DIGITS and length >= _LEAST_LENGTH else 0
