"""Where in a mail the history begins: quoted lines, the line that announces them, separators, blocks of headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from agents.mail_lines import Line, any_of
from agents.mail_words import (
    DATED,
    FORWARDED,
    FROM,
    ORIGINAL,
    OTHER_HEADERS,
    REPLY_ABOVE,
    SUBJECT,
    TO,
    WROTE,
)

_LONGEST_ANNOUNCEMENT, _MOST_WRAPS, _HEADER_LINES = 320, 4, 8

# "On Mon, 5 Jan 2026 at 10:01, Jane <jane@example.com> wrote:". After words that a client begins with a digit is
# enough, elsewhere it takes a date and an address in brackets; "On the form I wrote:" is the customer's own sentence.
_STARTS = re.compile(r"\s{0,3}(?:on|le|am|el|il|em|op|den|dne|dnia|w dniu|in data)\b", re.IGNORECASE)
_ADDRESS = r"[<\[(]\s?(?:mailto:)?[^<>\[\]\s@]{1,80}@[^<>\[\]\s]{1,120}\s?[>\])]"
_VERB = rf"(?<!\w){any_of(WROTE)}(?!\w)"
_ANNOUNCES = re.compile(
    rf".{{3,260}}(?:{_VERB}.{{0,80}}\s?[:：]|{_ADDRESS}\s{{0,3}}(?:{_VERB}\s?[:：]?|[:：]))\s{{0,9}}",
    re.IGNORECASE | re.DOTALL,
)
_DATE = re.compile(
    r"\d{1,2}[:.h]\d{2}(?!\d)|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[.年月日]\s?\d{0,2}"
)
_HAS_ADDRESS = re.compile(_ADDRESS)
_FIRST_PERSON = re.compile(
    rf"\b(?:I|we|you|he|she|they|ich|wir|er|sie|je|nous|vous|il|elle|yo|io|eu|ik)\s{any_of(WROTE)}\b"
    r"|\b(?:(?-i:I|I'm)|my|ich|mein|meine|yo|mio|meu|ik|mijn)\b.{0,200}[:：]\s{0,9}$",
    re.IGNORECASE | re.DOTALL,
)
_TELLS = re.compile(
    r"\b(?:your|my|the (?:courier|driver|seller|agent|website|site|app)|says?|[Ii]hre?|meine?|votre|vos|j'ai|"
    r"le (?:vendeur|livreur)|su (?:agente|colega|equipo|empresa)|el (?:vendedor|repartidor)|vostro|jullie|uw)\b"
)
"""Words of a customer who tells what somebody wrote; clients announce by date and name alone."""
_DIVIDER = re.compile(r"\s{0,9}[-_=*─—]{3,200}\s{0,9}")
_RULE = r"\s{0,9}[-_=*~#>\s]{0,40}"
_ORIGINAL = re.compile(rf"{_RULE}{any_of(ORIGINAL)}{_RULE}:?\s{{0,9}}", re.IGNORECASE)
_FORWARDED = re.compile(rf"{_RULE}{any_of(FORWARDED)}{_RULE}:?\s{{0,9}}", re.IGNORECASE)
_RULED = re.compile(r"[-_=*~]{2}|:\s{0,9}$")
_REPLY_ABOVE = re.compile(rf"[-#=*_ \t]{{2,40}}{any_of(REPLY_ABOVE)}", re.IGNORECASE)
_SIGN = re.compile(rf"[:：>]|[-_=*~#─—]{{2}}|^[-#=*_ \t]{{2}}|{_ADDRESS}")
"""What a line has with which history begins, or one of the lines after it; most messages have none and are done."""
_QUOTED = re.compile(r"[ \t]{0,3}>(?![:;=_.()<-])")  # not the faces >:( and >_<
_HEADER_KINDS = {
    name.casefold(): kind
    for kind, names in (("other", OTHER_HEADERS), ("subject", SUBJECT), ("to", TO), ("date", DATED), ("from", FROM))
    for name in names
}
_HEADER = re.compile(
    r"[\s>|]{0,9}[*_]{0,2}([^\W\d_][^\W\d_ '-]{0,12}(?:[ '-][^\W\d_]{1,12}){0,3})[*_]{0,2}\s?[:：][*_]{0,2}"
)


class Block(NamedTuple):
    """Lines ``first`` up to ``after`` are history; from line ``body`` on stands what was said then.

    ``forwarded``: a message that somebody else wrote to somebody else; ``rest``: it goes on to the end of the mail.
    """

    first: int
    after: int
    body: int
    forwarded: bool = False
    rest: bool = False


def history(lines: Sequence[Line]) -> Iterator[Block]:
    """The blocks of history in ``lines``, ascending."""
    signs = [_SIGN.search(line.text) is not None for line in lines]
    index = 0
    while index < len(lines):
        block = None
        if any(signs[index : index + _MOST_WRAPS]):
            block = _quoted(lines, index) or _separated(lines, index)
        if block is None:
            index += 1
            continue
        yield block
        index = block.after


def _quoted(lines: Sequence[Line], index: int) -> Block | None:
    """Quoted lines at ``index``, with the line that announces them. What is announced, but not marked line by line,
    goes on to the end."""
    begins = index + _announcing(lines, index)
    if begins == index and not _QUOTED.match(lines[index].text):
        return None
    after = _quoted_until(lines, begins)
    if after == begins:
        return Block(index, len(lines), begins, rest=True)
    return Block(index, after, begins)


def _announcing(lines: Sequence[Line], index: int) -> int:
    """How many lines at ``index`` announce a quote (clients wrap them up to three times); 0 if they do not."""
    if not lines[index].text.strip():
        return 0
    joined = ""
    for count, line in enumerate(lines[index : index + _MOST_WRAPS], start=1):
        joined = f"{joined}\n{line.text}" if joined else line.text
        if len(joined) > _LONGEST_ANNOUNCEMENT or not line.text.strip():
            return 0
        if _announces(joined):
            return count
    return 0


def _announces(text: str) -> bool:
    if not (text.rstrip().endswith((":", "：")) or _HAS_ADDRESS.search(text)) or not any(map(str.isdigit, text)):
        return False
    if _ANNOUNCES.fullmatch(text) is None:
        return False
    if _FIRST_PERSON.search(_HAS_ADDRESS.sub("", text)):
        return False
    addressed = _HAS_ADDRESS.search(text) is not None
    if _STARTS.match(text) and text.rstrip().endswith((":", "：")):
        return addressed or _TELLS.search(text) is None
    return addressed and _DATE.search(text) is not None


def _quoted_until(lines: Sequence[Line], index: int) -> int:
    """The first line from ``index`` that is not quoted; empty lines between quoted ones belong to them."""
    after = index
    for position in range(index, len(lines)):
        if _QUOTED.match(lines[position].text):
            after = position + 1
        elif lines[position].text.strip():
            break
    return after


def _separated(lines: Sequence[Line], index: int) -> Block | None:
    """What a separator or a block of headers at ``index`` begins: all the rest."""
    text = lines[index].text
    if _REPLY_ABOVE.match(text):
        return Block(index, len(lines), index + 1, rest=True)
    forwarded = _FORWARDED.fullmatch(text) is not None
    if (forwarded or _ORIGINAL.fullmatch(text)) and _RULED.search(text):
        begins = _filled(lines, index + 1)
        count = _headers(lines, begins)
        return Block(index, len(lines), begins + count if count else index + 1, forwarded=forwarded, rest=True)
    begins = _filled(lines, index) if _DIVIDER.fullmatch(text) else index
    count = _headers(lines, begins)
    return Block(index, len(lines), begins + count, rest=True) if count else None


def _filled(lines: Sequence[Line], index: int) -> int:
    """The first line from ``index`` on, two lines on at most, that is neither empty nor a divider."""
    for at in range(index, min(index + 3, len(lines))):
        if lines[at].text.strip() and not _DIVIDER.fullmatch(lines[at].text):
            return at
    return index


def _headers(lines: Sequence[Line], index: int) -> int:
    """How many lines at ``index`` are a mail's headers: three kinds at least, the sender among them, and an address or
    a subject, so that "From: Berlin, to: Hamburg" is none. 0 if they are not."""
    kinds: set[str] = set()
    last = index - 1
    for at in range(index, min(index + _HEADER_LINES, len(lines))):
        found = _HEADER.match(lines[at].text)
        kind = _HEADER_KINDS.get(found.group(1).casefold()) if found else None
        if kind:
            kinds.add(kind)
            last = at
        elif at == index or (not lines[at].text.strip() and len(kinds) >= 3):
            break
    is_mail = "subject" in kinds or any("@" in line.text for line in lines[index : last + 1])
    return last - index + 1 if len(kinds) >= 3 and "from" in kinds and is_mail else 0
