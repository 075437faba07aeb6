"""Where a mail's signature begins, or the disclaimer or footer under it. In doubt it is kept: redaction follows anyway,
and a request that was cut away is a customer who waits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from agents.mail_lines import Line, any_of, openings, opens
from agents.mail_words import CLOSINGS, CONFIDENTIAL, DEVICES, DISCLAIMERS, FOOTERS, SENT_FROM

_RFC_DELIMITER = re.compile(r"--[ \u00a0][ \t\u00a0]{0,3}")  # RFC 3676, 4.3
_DELIMITER = re.compile(r"--|[—–]")  # what editors make of it
_SENT_FROM = re.compile(rf"[\s*_(\[<-]{{0,5}}{any_of(SENT_FROM)}\b.{{0,100}}", re.IGNORECASE)
_DEVICE = re.compile(rf"(?<![a-zà-ž]){any_of(DEVICES)}(?![a-zà-ž])", re.IGNORECASE)
_CLOSING = re.compile(rf"[\s*_]{{0,5}}{any_of(CLOSINGS)}\s?[,.!;*_ -]{{0,4}}", re.IGNORECASE)
_DISCLAIMER = re.compile(rf"[\s*_<\[(]{{0,5}}{any_of(DISCLAIMERS)}", re.IGNORECASE)
_CONFIDENTIAL = re.compile(any_of(CONFIDENTIAL), re.IGNORECASE)
_FOOTER = re.compile(rf"[\s*_<\[(-]{{0,5}}{any_of(FOOTERS)}\b", re.IGNORECASE)
_RULE = re.compile(r"\s{0,9}[-_=*─—]{2,200}\s{0,9}")
_ADDED_OPEN = openings((*SENT_FROM, *DISCLAIMERS, *FOOTERS))
_CLOSING_OPEN = openings(CLOSINGS)
_MOST_LINES, _MOST_WORDS, _LINE_WORDS = 10, 30, 7
"""Of a signature: lines, words in all, words in a line."""
_DISCLAIMER_REACH = 1_500
_REACH = 30
"""Lines below a closing in which a signature ends."""
_SAYS = re.compile(
    r"[?!]|\bp\.?\s?s\b|\b(?:please|bitte|por favor|s'il|per favore|refund|cancel|return|urgent|asap|edit|update|also|"
    r"size|colou?r|wrong|not|want|need|order|tracking|bestellung|bestellnummer|stornieren|größe|commande|pedido|ordine|"
    r"bestelling|zamówienie|encomenda)\b|#\s?\d|\b1Z\w{16}\b|^\s*\d{1,3}\s?x\s",
    re.IGNORECASE,
)
"""What stands in no signature: a request, or the order, parcel or goods that it is about."""
_TELLS = re.compile(
    r"\b(?:[Mm]y|me|i|I|is|was|are|at|to|see|used|[Tt]he (?:new|old)|"
    r"[Mm]eine?|ist|ich|mon|ma|est|[Mm]i|es|[Mm]eu|[Mm]ijn)\s"
)
"""Words of a sentence: "my number is ..." is told to the shop, "Tel. ..." is a signature's."""
_ADDRESSES = re.compile(r"\S*@\S*|\bhttps?:\S*|\bwww\.\S*", re.IGNORECASE)
_SPEAKS = re.compile(r"\b(?:you|your|but|order|i|never|does|didn't|doesn't)\b", re.IGNORECASE)
_BRACKETS = re.compile(r"<[^>]*>|\([^)]*\)|\[[^\]]*\]")
_EXCUSE = re.compile(r"excuse|typo|brevity|tippfehler|fautes|errores|errori", re.IGNORECASE)
_CONTACT = re.compile(r"@|https?:|www\.|(?:\d[\s().-]{0,3}){6}")
_SMALL = frozenset(("and", "of", "the", "de", "del", "di", "da", "la", "le", "van", "von", "der", "und", "et", "y"))
_WORD = re.compile(r"[^\W\d_]{2,}")


def signature_at(lines: Sequence[Line]) -> int | None:
    """The line with which a signature, disclaimer or footer begins that goes on to the end; None if there is none."""
    end = len(lines)
    for index, line in enumerate(lines):
        added = opens(line.text, _ADDED_OPEN) and _is_added(lines, index, line.text) and _ends_with(lines, index)
        if added or _RFC_DELIMITER.fullmatch(line.text):
            end = index
            break
    for index in range(max(0, end - _REACH), end):
        text = lines[index].text
        closes = opens(text, _CLOSING_OPEN) and _CLOSING.fullmatch(text)
        if (closes or _DELIMITER.fullmatch(text)) and _is_signed([line.text for line in lines[index + 1 : end]]):
            return _with_rule(lines, index)
    return _with_rule(lines, end) if end < len(lines) else None


def _is_added(lines: Sequence[Line], index: int, text: str) -> bool:
    """Whether a program, not a person, wrote the line: a phone's, a scanner's or a list's, or a disclaimer."""
    if _FOOTER.match(text) or (_SENT_FROM.fullmatch(text) and _DEVICE.search(text) and not _is_sentence(text)):
        return True
    if _DISCLAIMER.match(text) is None:
        return False
    reach = "\n".join(each.text for each in lines[index : index + 12])[:_DISCLAIMER_REACH]
    return _CONFIDENTIAL.search(reach) is not None


def _ends_with(lines: Sequence[Line], index: int) -> bool:
    """Whether nobody says anything below the line that a phone added at ``index``, before what other programs add."""
    if not _SENT_FROM.fullmatch(lines[index].text):
        return True
    below = []
    for at in range(index + 1, len(lines)):
        text = lines[at].text
        if _RFC_DELIMITER.fullmatch(text) or (opens(text, _ADDED_OPEN) and _is_added(lines, at, text)):
            break
        below.append(text)
    return not any(map(_WORD.search, below)) or _is_signed(below)


def _is_sentence(text: str) -> bool:
    """Whether somebody says more than that: "Sent from my desk, which is easier than my phone."."""
    plain = _BRACKETS.sub("", text)
    if _SPEAKS.search(plain):
        return True
    return (
        (", " in plain or plain.rstrip().endswith(".")) and len(_WORD.findall(plain)) > 6 and not _EXCUSE.search(plain)
    )


def _is_signed(below: Sequence[str]) -> bool:
    """Whether the lines ``below`` a closing are no more than a name, a company and where to reach them."""
    filled = [text for text in below if text.strip()]
    rest = list(takewhile(lambda text: not _RULE.fullmatch(text), filled))
    words = [_WORD.findall(text) for text in rest]
    return (
        0 < len(rest) <= _MOST_LINES
        and sum(map(len, words)) <= _MOST_WORDS
        and not any(map(_SAYS.search, rest))
        and all(_names(text, found) for text, found in zip(rest, words, strict=True))
    )


def _names(text: str, words: Sequence[str]) -> bool:
    """Whether a line names somebody or says how to reach them: "cancel my order" below "Thanks" does neither."""
    if _CONTACT.search(text):
        return len(words) <= _LINE_WORDS and not _TELLS.search(_ADDRESSES.sub(" ", text))
    return len(words) <= _LINE_WORDS and all(word[0].isupper() or word in _SMALL for word in words)


def _with_rule(lines: Sequence[Line], index: int) -> int:
    """``index``, or the line of dashes before it."""
    before = index - 1
    while before > 0 and not lines[before].text.strip():
        before -= 1
    return before if before > 0 and _RULE.fullmatch(lines[before].text) else index
