"""Messages that a program wrote: out of office, delivery failed, no reply. They are never answered, or two programs
would answer each other for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Final

from agents.mail_lines import any_of
from agents.mail_words import AUTO_PHRASES, AUTO_SUBJECTS
from agents.redaction.language import words_of

_HEADERS: Final[Mapping[str, re.Pattern[str]]] = {
    "auto-submitted": re.compile(r"auto-(?:replied|generated|notified)", re.IGNORECASE),  # RFC 3834, 5
    "x-autoreply": re.compile(r"."),
    "x-autorespond": re.compile(r"."),
    "x-auto-response-suppress": re.compile(r"\b(?:all|oof|autoreply)\b", re.IGNORECASE),
    "precedence": re.compile(r"\b(?:bulk|junk|list|auto_reply)\b", re.IGNORECASE),
    "list-id": re.compile(r"."),
    "list-unsubscribe": re.compile(r"."),
    "return-path": re.compile(r"\s*<>\s*\Z"),
    "x-failed-recipients": re.compile(r"."),
    "content-type": re.compile(r"multipart/report", re.IGNORECASE),  # RFC 6522
}
_SENDER = re.compile(
    r"^(?:.*<)?(?:mailer-?daemon|post-?master|(?:do[-_.]?)?not?[-_.]?reply|donotreply|auto[-_.]?(?:reply|responder|mailer)|"
    r"bounces?(?:[+_-].*)?|notifications?|ne-?pas-?repondre|nicht-?antworten|no-?responder|noreply[+_.-].*)@",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    rf"^\s*(?:(?:re|aw|fw|fwd|sv|vs|antw|tr|wg|r)\s?:\s?)*[\[(*]{{0,2}}{any_of(AUTO_SUBJECTS)}", re.IGNORECASE
)
_GOES_ON = re.compile(
    r" (?:of |for |on |bei |von |de |du |mail )*(?:my |the |an? |our )*"
    r"(?:order|item|parcel|package|deliver|shipment|bestell|paket|liefer|sendung|commande|colis|paquete|pedido|ordine|pacco)",
    re.IGNORECASE,
)
"""What a customer's subject says behind the same words: a program's ends there, or goes on behind a colon."""
_OPENING: Final = 400
"""Characters in which a program says what it is."""


def _telling(phrase: str) -> str:
    """The longest word of ``phrase``, without its last one, which may be the beginning of a longer one; "" if it has
    no other."""
    return max(sorted(words_of(phrase.rpartition(" ")[0])), key=len, default="")


_BY_WORD: Final = {word: tuple(group) for word, group in groupby(sorted(AUTO_PHRASES, key=_telling), key=_telling)}
"""The phrases by a word that each has: a text is asked for few of them."""
_TOLD = re.compile(
    r"\b(?:i (?:got|get|received|keep getting|only got|just got)|you (?:sent|send)|"
    r"(?:your|another) (?:auto\w*|out)|"
    r"why (?:do|did|am)|tired of|instead of|not (?:an?|the)|stop (?:the|sending)|(?:habe|bekomme|erhalte) (?:nur|eine)|"
    r"j'ai (?:reçu|eu)|recib[ií]|ho ricevuto)\b",
    re.IGNORECASE,
)
"""How customers speak of such a message: "I only got an automatic reply from you"."""
_OF_PERSON = re.compile(
    r"(?:i|i'm|ich|je|estoy|me|estaré|sono|sarò|estou|estarei|ik|jeg|jag|olen|jestem|przebywam|jsem|я|szabadságon|sunt)\b",
    re.IGNORECASE,
)
_OF_SHOP = re.compile(
    r"\?|\b(?:order|parcel|package|deliver|refund|ship|return|bestell|paket|liefer|commande|colis|livr|pedido|paquete|"
    r"env[ií]|ordine|pacco|consegn|encomenda|entrega|pakket|lever|zamówien|paczk)",
    re.IGNORECASE,
)
"""A customer may be on holiday too: who asks for something, or speaks of a parcel, is no program."""
_OF_BOUNCE = re.compile(
    r"could(?:n't| not) be (?:delivered|found)|address couldn't|konnte nicht zugestellt|n'a pas pu être remis|"
    r"no se ha podido entregar|user unknown|mailbox is full|mail delivery failed|delivery has failed"
)
_OF_MAIL = re.compile(
    r"@|\b(?:message|recipients?|sender|nachricht|e-?mail|mensaje|destinatario|empfänger|destinataire|courriel)\b"
)
_OF_PARCEL = re.compile(
    r"\b(?:parcel|package|order|driver|courier|newsletters?|paket|sendung|bestellung|colis|commande|paquete|pedido)\b"
)
_ANSWERS = re.compile(
    r"thank you for contacting|(?:request|message) has been received|we have received|has been assigned|"
    r"this email address is no longer|is no longer with|(?:do not|don't) reply to this"
)
_OF_ONESELF = re.compile(r"\b(?:i|i'm|i've|my|me)\b")
"""A shop that confirms a message says "we" and "your"; who says "my" in it is the customer who quotes it."""


def is_auto_reply(text: str, *, subject: str = "", sender: str = "", headers: Mapping[str, str] | None = None) -> bool:
    """Whether a program wrote the message, by its headers (names in lower case), its sender's address, its subject, or
    what it says of itself in its first lines. Never raises."""
    given = headers or {}
    if any(name in given and pattern.search(given[name]) for name, pattern in _HEADERS.items()):
        return True
    if _SENDER.match(sender.strip()) or _is_programs(subject):
        return True
    opening = " ".join(text[:_OPENING].lower().split())
    return any(_is_said(phrase, opening, text) for phrase in _phrases(words_of(opening)) if phrase in opening)


def _is_programs(subject: str) -> bool:
    """Whether a program wrote ``subject``: "Undeliverable: your order", but not "Undeliverable parcel"."""
    said = _SUBJECT.match(subject)
    return said is not None and not _GOES_ON.match(subject, said.end())


def _phrases(words: frozenset[str]) -> Iterator[str]:
    """The phrases that a text with ``words`` may hold."""
    yield from _BY_WORD.get("", ())
    for word in words & _BY_WORD.keys():
        yield from _BY_WORD[word]


def _is_said(phrase: str, opening: str, text: str) -> bool:
    """Whether the program itself says ``phrase``, and nobody who tells of it."""
    at = opening.index(phrase)
    if opening[at - 1 : at].isalnum() or _TOLD.search(opening, max(0, at - 60), at + len(phrase) + 20):
        return False
    if _OF_BOUNCE.match(phrase):  # parcels fail to be delivered too
        return _OF_MAIL.search(opening) is not None and _OF_PARCEL.search(opening) is None
    if _ANSWERS.search(phrase) and _OF_ONESELF.search(opening):
        return False
    return not (_OF_PERSON.match(phrase) and _OF_SHOP.search(text[: 2 * _OPENING]))
