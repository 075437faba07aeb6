"""Passwords and dates of birth: both show by the words before them alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.redaction.model import Label, Span
from agents.redaction.view import View
from agents.redaction.words import word_set

_LINK = r"(?:[ \t]?(?:is|was|are|=|:|-|to|would be|will be|it's|its|number|code|for my account)){0,3}[ \t]{0,2}"
_PASSWORD = re.compile(
    rf"\b(?:pass ?words?|passwort|kennwort|contraseña|mot de passe|senha|passwd|pwd|pw|pass ?codes?|pass ?phrase|"
    rf"pass(?=[ \t]?(?:is|:|=))|pin(?: ?code)?|"
    rf"log-?in code|one[- ]time code|otp|verification code){_LINK}"
    r"(?:\"([^\"\n]{3,64})\"|'([^'\n]{3,64})'|([^\s,;\"']{3,64}(?:[ \t][a-z]{0,2}\d[\w]{0,12}){0,3}))",
    re.IGNORECASE,
)
_NO_PASSWORD = word_set("""
reset resets resetting change changed changing forgot forgotten wrong incorrect invalid not working doesn't does
didn't and but or the my your link email mail page field please because when since that which anymore again expired
protected manager hint strength was has have for with screen button request again: never won't isn't keeps without
does't didnt doesnt wont isnt are will can cannot can't now
""")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|"
    r"juillet|août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|"
    r"octubre|noviembre|diciembre)\.?"
)
_DATE = (
    rf"(?:\d{{1,4}}[-./ ]\d{{1,2}}[-./ ]\d{{1,4}}|\d{{1,2}}(?:st|nd|rd|th|"
    rf"\.)?[ \t](?:of[ \t])?{_MONTH}(?:,?[ \t]\d{{2,4}})?|"
    rf"{_MONTH}[ \t]\d{{1,2}}(?:st|nd|rd|th)?(?:,?[ \t]\d{{2,4}})?|\d{{8}})"
)
_BORN = re.compile(
    rf"\b(?:d\.?o\.?b\.?|date of birth|birth ?date|birth ?day|born(?: on| in)?|geburtsdatum|geboren(?: am)?|"
    rf"né(?:e)? le|"
    rf"date de naissance|fecha de nacimiento|data di nascita)\b[^\w\n]{{0,4}}(?:(?:is|was|on|it's|its|as)"
    rf"\b[^\w\n]{{0,3}}){{0,3}}"
    rf"({_DATE})(?![\w-])",
    re.IGNORECASE,
)


_LEADS = re.compile(r"(?:is|:|=|was)[ \t]{0,2}$", re.IGNORECASE)
_LOGIN = re.compile(r"\b(?:log-?in|user ?name|user|account)\b", re.IGNORECASE)
_SECRETS = word_set("""
password passwords pass passwort kennwort contraseña senha passwd pwd pw passcode passcodes passphrase pin pincode otp
""")
_CODES = word_set("""
login log one verification
""")
_PASSWORD_WORDS = _SECRETS | _CODES | {"mot"}
_BIRTHS = word_set("""
d dob birth birthdate birthday born geburtsdatum geboren né née date fecha data
""")


def find(view: View) -> Iterator[Span]:
    """Dates after words of birth; what follows the word password, unless it is a word of the sentence."""
    words = view.words
    if not words.isdisjoint(_SECRETS) or ("code" in words and not words.isdisjoint(_CODES)) or "mot" in words:
        for match in view.matches(_PASSWORD, _PASSWORD_WORDS):
            start = match.start(match.lastindex or 0)
            value = match.group(match.lastindex or 0).rstrip(".:)")
            if _is_told(match, value):
                yield Span(start, start + len(value), Label.PASSWORD, value)
    if view.digits and not words.isdisjoint(_BIRTHS):
        for match in view.matches(_BORN, _BIRTHS):
            yield Span(*match.span(1), Label.DOB, re.sub(r"\W+", " ", match.group(1)).casefold())


def _is_told(match: re.Match[str], value: str) -> bool:
    """Whether ``value`` is a secret and no word of the sentence: it is quoted, or has a digit, or "is" leads to it."""
    if len(value) < 3 or value.casefold() in _NO_PASSWORD:
        return False
    if any(map(str.isdigit, value)):
        return True
    if match.group()[:5].casefold() in ("pass ", "pass:", "pass=") and not _LOGIN.search(
        match.string, max(0, match.start() - 80), match.end()
    ):
        return False  # a season pass
    if match.group()[:3].casefold() in ("pin", "otp"):  # always numbers; in India a pin code is a post code
        return False
    led = match.string[match.start() : match.start(match.lastindex or 0)]
    return (match.lastindex or 0) < 3 or _LEADS.search(led) is not None
