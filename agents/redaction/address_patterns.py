"""What postal addresses look like in the order of many countries, as patterns; see ``address.py`` for their use."""

from __future__ import annotations

import re

from agents.redaction.address_vocabulary import (
    BEHIND,
    COUNTRIES,
    PREFIX,
    STATE_NAMES,
    STATES,
    STREET,
    STREET_SURE,
    SUFFIX,
    UNIT,
    ZIP,
    first_words,
)
from agents.redaction.words import CAPITAL

_NUMBER = r"(?:no\.?[ \t]?|#)?\d{1,6}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?\b\.?"
_GAP = r"[ \t]{1,2}"
_NAME = r"(?!(?:and|or|is|are|was|for|from|with|that|i|my|to|have|but|the|please|of|by|on|at)\b)[^\W\d_][\w'’.-]{0,24}"
_CAP = rf"(?!I\b){CAPITAL}[\w'’.-]{{0,24}}"
_SEP = r"(?:\.(?=[ \t]?\r?\n))?(?:[ \t]{0,2}(?:,|\r?\n|-)){0,3}[ \t]{0,2}"

_EDGE = r"(?<![\w.,$€£/-])"
STARTS = re.compile(
    rf"{_EDGE}(?:no\.?[ \t]?|#)?\d{{1,6}}(?=[A-Za-z]?(?:[-/]\d{{1,4}}[A-Za-z]?)?\.?[ \t,\r\n])", re.IGNORECASE
)
NO = re.compile(r"(?:no\.?[ \t]?|#)$", re.IGNORECASE)
WORD_BEFORE = re.compile(r"([\w'’.-]{0,40}[^\W\d]\.?)[ \t]{1,2}(?:n[º°]?[ \t]?)?$")
ENDS = re.compile(r"\d{1,6}[A-Za-z]?(?:/\d{1,4}[A-Za-z]?)?\b")

# Begin with a number, and are tried where one stands in a text that has one of the words.
NUMBER_FIRST = tuple(
    (re.compile(pattern, re.IGNORECASE), needed)
    for pattern, needed in (
        (
            rf"(?:{_NUMBER}{_SEP}{_GAP})?{_NUMBER},?{_GAP}(?:(?:\d{{1,3}}(?:st|nd|rd|th)|[nsew]\.?|{_NAME}){_GAP}){{1,4}}"
            rf"(?:{STREET})\b\.?(?:[ \t]\d{{1,4}}[a-z]?\b(?=[ \t]?(?:,|\r?\n|\Z)))?",
            first_words(STREET),
        ),
        (
            rf"(?:{_NUMBER},?{_GAP}){{1,2}}(?:(?:bis|ter){_GAP})?(?:{PREFIX}){_GAP}(?:(?:de|du|des|del|della|dei|la|le|"
            rf"les|da|do|dos|das){_GAP}|[dl]['’]){{0,3}}(?-i:{_CAP})(?:{_GAP}{_NAME}){{0,4}}(?:{_GAP}{_NUMBER})?",
            first_words(PREFIX),
        ),
        (
            rf"(?-i:(?:{_NUMBER}{_GAP}){{1,2}}(?:{_CAP}{_GAP}){{1,4}}(?:{_NUMBER}{_SEP}[ \t]?)?)"
            rf"(?=(?:{UNIT})[ \t]?#?\d)",
            first_words(UNIT) | {"pobox"},
        ),
    )
)
NUMBER_TO_ZIP = re.compile(
    rf"(?-i:{_NUMBER}{_GAP}(?:{_CAP}[ \t,]{{1,3}}){{1,5}}(?:{_NUMBER}{_SEP}){{0,2}})"
    rf"[^\W\d_][\w'’.-]{{1,24}}(?:[ \t][^\W\d_][\w'’.-]{{1,24}}){{0,2}}(?:{_SEP}(?:{STATES})\b)?"
    rf"{_SEP}(?:(?:{COUNTRIES})[ \t])?\d{{5}}(?:-\d{{4}})?\b",
    re.IGNORECASE,
)
# End with a number, and are looked for in front of one.
STREET_SUFFIX = re.compile(rf"{_EDGE}(?:{_NUMBER}{_GAP})?(?P<street>{SUFFIX}){_GAP}{_NUMBER}\Z", re.IGNORECASE)
NUMBER_LAST = tuple(
    (re.compile(rf"{_EDGE}(?:{pattern})\Z", re.IGNORECASE), needed)
    for pattern, needed in (
        (
            rf"(?:{_NUMBER}{_GAP}){{0,2}}(?:{PREFIX})(?:{_GAP}{_NAME}){{1,5}},?{_GAP}(?:n[º°]?[ \t]?)?{_NUMBER}",
            first_words(PREFIX),
        ),
        (rf"(?:{_NUMBER}{_GAP})?(?:{_NAME}{_GAP}){{1,2}}(?:{BEHIND}){_GAP}{_NUMBER}", first_words(BEHIND)),
    )
)
UNIT_BEFORE = re.compile(r"\b(?:flat|unit|apt\.?|apartment|suite|room|no\.?)[ \t]$", re.IGNORECASE)
WEAK_FIRST = re.compile(
    rf"(?:{_NUMBER}{_GAP}){{1,2}}(?:(?:{_CAP}|z|u|de|di|la){_GAP}){{0,4}}{_CAP}(?:{_GAP}{_NUMBER})?"
)
WEAK_LAST = re.compile(rf"{_EDGE}(?:{_CAP}{_GAP}){{1,3}}{_NUMBER}\Z")
WEAK_REST = re.compile(rf"(?:{_GAP}{_CAP}){{1,3}}")
IN_FRONT = 80
"""Characters in front of a number in which the street before it begins."""

# Named by a word of their own.
BOX = re.compile(
    r"\b(?:(?:p\.?[ ]?o\.?[ ]?box|post office box|postfach|psc|cmr)[ \t]?\d{1,6}(?:,?[ \t]box[ \t]\d{1,6})?"
    r"|unit[ \t]\d{1,6},?[ \t]box[ \t]\d{1,6}"
    r"|(?:(?:usns|uss|uscgc)[ \t]\w+[ \t]?\r?\n?[ \t]?)?(?:fpo|apo|dpo)[ \t](?:aa|ae|ap)[ \t]\d{5})",
    re.IGNORECASE,
)
FLAT = re.compile(
    rf"\b(?:apt\.?|apartment|suite)[ \t]?#?\d{{1,5}}[a-z]?\b"
    rf"(?:[ \t]{_NUMBER}(?:{_GAP}[^\W\d_]{{2,20}}){{1,3}}{_GAP}\d{{1,4}}\b)?",
    re.IGNORECASE,
)
STREET_NAME = re.compile(rf"{_EDGE}(?:{_NUMBER}{_GAP})?(?:{_CAP}{_GAP}){{1,4}}(?i:{STREET_SURE})\b\.?")
CORNER = re.compile(
    rf"\b((?:the[ \t])?(?:corner|intersection|junction)[ \t](?:of|between)"
    rf"[ \t](?:[\w'’.]{{1,24}}[ \t]){{1,5}}and[ \t][^\W_][\w'’.]{{0,24}}(?:[ \t](?:{_CAP}|\d{{1,4}}\.?))*)"
)
TAIL = re.compile(
    rf"{_SEP}(?:(?:{UNIT})[ \t]?#?[ \t]?(?:\d{{1,5}}[a-z]?|[a-z])\b(?:[ \t][a-z]\b)?"
    rf"|(?:{STATE_NAMES})\b|(?:{STATES})\b(?=[ \t,.\n]|$)|(?:{COUNTRIES})\b(?:[ \t]\([a-z]{{3,12}}\))?|(?:{ZIP})\b"
    rf"|(?-i:[A-Z]{{2,3}})(?=[ \t,]{{0,2}}\r?\n[ \t]?[\w ]{{0,20}}\d)|(?:nan|null|n/a)\b|"
    rf"\d{{1,3}}(?=[ \t]?\r?\n[ \t]?\d{{5}}\b))",
    re.IGNORECASE,
)
_TOWN_WORD = rf"(?!I\b){CAPITAL}(?:[^\W\d_]|['’.-]){{0,24}}"
TOWN = re.compile(
    rf"{_SEP}((?:{_TOWN_WORD}|\([A-Z][\w ]{{1,20}}\))(?:[ \t](?:{_TOWN_WORD}|de|di|la|le|el|du|del|do|da|am|an|der|"
    rf"u|sur|of|on|"
    rf"upon|San)\b\.?){{0,4}})"
)
LOWER_TOWN = re.compile(
    rf"{_SEP}((?:{_NAME}[ \t]{{1,2}}){{1,3}}?)(?=(?:{STATE_NAMES}|{STATES})\b(?:[ \t,]{{1,2}}\d{{4,9}}\b|[ \t]?$)|"
    rf"\d{{5,6}}\b|,?[ \t]?(?:{COUNTRIES})\b)",
    re.IGNORECASE,
)
SIGN = re.compile(
    r"\b(?:address(?:[ \t]?(?:is|are|was|to|as|should be|will be|would be|:|=|-)){1,3}|address[ \t]|"
    r"(?:ship|deliver|send|delivered|shipped|sent)(?:[ \t](?:it|this|them|my order|the order))?[ \t]to:?|"
    r"adresse[ \t]?(?:ist|est|:)|dirección[ \t]?(?:es|:)|indirizzo[ \t]?(?:è|:))[ \t]?(?:\r?\n[ \t]?)?",
    re.IGNORECASE,
)
SIGNED = re.compile(
    rf"(?:{_NUMBER},?[ \t])?[^\W_][\w'’./#-]{{0,24}}(?:[ \t,]{{1,3}}(?!(?:and|but|please|phone|contact|ph|mobile|"
    rf"tel|call|because|instead|by|before|until|today|tomorrow|asap|"
    r"not|which|where|when|my|so|if|the|is|can|i|will|thanks?|email|e-mail|zip|pin|ssn|name)\b)"
    r"[^\W_][\w'’./#-]{0,24}){0,11}",
    re.IGNORECASE,
)
STREET_WORD = re.compile(rf"\b(?:{STREET}|{SUFFIX}|{PREFIX}|{UNIT})(?![\w])", re.IGNORECASE)
PLACE_WORD = re.compile(rf"\b(?:{STATE_NAMES}|{COUNTRIES})\b", re.IGNORECASE)
LEADS = re.compile(r"(?:\b(?:at|in|to|on|from)|address:?|,)[ \t]$", re.IGNORECASE)
LOCATES = re.compile(rf"\d{{5}}|\b(?:{UNIT})[ \t]?#?\d", re.IGNORECASE)
POST_CODE = re.compile(
    r"\b(?:post ?code|postal code|zip(?: ?code)?|eircode|code postal)"
    r"(?:[ \t]?(?:is|was|to|[:=-])){0,2}[ \t]{0,2}"
    r"([A-Z]{1,2}\d[A-Z\d]?[ ]?\d[A-Z]{2}|[A-Z]\d[A-Z][ ]?\d[A-Z]\d|\d{4}[ ]?[A-Z]{2}|"
    r"[A-Z]\d[\dW][ ]?[A-Z\d]{4}|\d{5}-\d{4})"
    r"(?![\w-])",
    re.IGNORECASE,
)
"""Post codes that mean a street or a few houses (British, Canadian, Dutch, Irish, ZIP+4), where they are told."""
MOST_TAILS = 10
WORD = re.compile(r"[^\W\d_]{2,}")
