"""Tickets full of made-up personal data, no value twice, and the search for these values in anything written later."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stdnum import luhn


def _words(text: str) -> list[str]:
    return text.split()


_GIVEN = _words("""
Aurelia Bartek Camille Dagny Emeka Farrukh Giulia Hiroshi Ingrid Joaquin Katarzyna Lorenzo Mireille Nandini Oksana
Pelle Quentin Rosalind Sandeep Tomasz Ursula Valentina Wanjiru Xiomara Yusuf Zeynep Beatrice Callum Desmond Eleanor
Fiona Gareth Harriet Imogen Jasper Kirsten Leonie Marcus Niamh Oliver Priya Rebecca Stefan Tabitha Victor Winifred
""")
_FAMILY = _words("""
Abernathy Bergstrom Castellano Dombrowski Eriksson Fitzgerald Gutierrez Hakimi Iversen Jankowski Kowalczyk Lindqvist
Montenegro Nakamura Okonkwo Papadopoulos Quintanilla Rasmussen Szymanski Takahashi Underhill Villanueva Wojcik
Yamamoto Zimmermann Ackermann Blackwood Chaudhary Drummond Esposito Fairbanks Goldstein Holloway Ishikawa Kensington
""")
_STREETS = _words("Alder Birchwood Cedar Dogwood Elmhurst Foxglove Hawthorn Juniper Larch Magnolia Oakdale Pinecrest")
_KINDS = _words("Street Lane Avenue Road Drive Court")
_TOWNS = ("Fairview, OH 44126", "Greenville, SC 29601", "Milford, CT 06460", "Ashland, OR 97520", "Dover, DE 19901")
_SYLLABLES = _words("bra cle dri fro gla hes jun kel lim mon nor pra que ros ste tru vel wix yor zan")

SURE = (
    "EMAIL",
    "PHONE",
    "CARD",
    "IBAN",
    "NATIONAL_ID",
    "DOB",
    "IP",
    "ORDER",
    "TRACKING",
    "URL",
    "PASSWORD",
    "contact name",
    "contact email",
    "contact phone",
    "contact address",
)
"""Kinds of which none may be found anywhere."""
FREE = ("NAME", "ADDRESS")
"""Kinds that only their words tell: of these a few may be found in sanitized text."""

_SAID = {
    "EMAIL": ("you can also write to {}", "my other mail is {}", "the account is on {}"),
    "PHONE": ("call me on {}", "my mobile is {}", "please ring {} before you come"),
    "CARD": ("I paid with {}", "the card was {}", "it was charged to {}"),
    "IBAN": ("send the money to {}", "my IBAN is {}", "the refund goes to {}"),
    "NATIONAL_ID": ("my ssn is {}", "the social security number {} was asked for", "my social security number: {}"),
    "DOB": ("I was born on {}", "my date of birth is {}", "date of birth: {}"),
    "IP": ("it happened from {}", "my ip address is {}", "the login came from {}"),
    "ORDER": ("it is about order {}", "my order number is {}", "order {} is late"),
    "TRACKING": ("the tracking number is {}", "UPS says {}", "I looked up {} and found nothing"),
    "URL": ("see {}", "the page {} shows it", "it is on {}"),
    "PASSWORD": ("my password is {}", "password: {}", "the password was {}"),
    "NAME": ("my neighbour {} took it", "please ask {} about it", "it was signed by {}", "I spoke to {} yesterday"),
    "ADDRESS": ("please send it to {}", "I live at {}", "it should go to {}", "the new address is {}"),
}


@dataclass(frozen=True)
class CanaryTicket:
    """One ticket, its values by kind, and what the helpdesk knows of the customer."""

    number: int
    conversation_id: str
    values: Mapping[str, str]
    contact: Mapping[str, str]
    subject: str
    body: str


def canary_ticket(number: int) -> CanaryTicket:
    """Ticket ``number`` (0 to 9,999): equal for equal numbers; no value of the ``SURE`` kinds is in another ticket."""
    rng = random.Random(number)
    values = _values(number, rng)
    contact = {
        "name": f"{rng.choice(_GIVEN)} {_word(number, rng)}".title(),
        "email": f"{_word(number, rng)}.{number}@{_word(number, rng)}.example",
        "phone": f"+44 20 7{number // 1000 % 1000:03d} {number % 1000:03d}9",
        "address": f"{number + 11} {_word(number, rng).title()} {rng.choice(_KINDS)}, {rng.choice(_TOWNS)}",
    }
    body = _body(rng, values, contact)
    values |= {f"contact {field}": value for field, value in contact.items()}
    # What is unique of these: the made-up word of a name, the first line of an address.
    values["contact name"] = contact["name"].split()[1]
    values["contact address"] = contact["address"].partition(",")[0]
    subject = f"{values['ORDER']} {contact['name']} {values['EMAIL']} {values['PHONE']}"
    return CanaryTicket(number, f"canary-{number}", values, contact, subject, body)


def _word(number: int, rng: random.Random) -> str:
    """A word of no language, with the number in its syllables."""
    base = len(_SYLLABLES)
    digits = [number // base**power % base for power in range(4)]
    return "".join(_SYLLABLES[digit] for digit in (*digits, rng.randrange(base)))


def _values(number: int, rng: random.Random) -> dict[str, str]:
    card = f"4{rng.randrange(10**5):05d}{number:06d}{rng.randrange(1000):03d}"
    account = f"{rng.randrange(10**8):08d}{number:010d}"
    check = 98 - int(f"{account}131400") % 97  # DE00 (ISO 13616)
    year, day = 1940 + number // 336, number % 336
    parcel = f"E{number:05d}03{rng.randrange(10**7):07d}"
    card += luhn.calc_check_digit(card)
    return {
        "EMAIL": f"{_word(number, rng)}{number}@{_word(number, rng)}.example",
        "PHONE": f"({rng.choice((212, 312, 415, 617))}) {201 + number // 10_000}-{number:04d}",
        "CARD": " ".join(card[at : at + 4] for at in range(0, 16, 4)) if rng.random() < 0.5 else card,
        "IBAN": f"DE{check:02d}{account}",
        "NATIONAL_ID": f"{101 + number // 100:03d}-{1 + number % 100 % 99:02d}-{1000 + number:04d}",
        "DOB": f"{year}-{1 + day // 28:02d}-{1 + day % 28:02d}",
        "IP": f"10.{number // 250}.{number % 250}.{rng.randrange(1, 255)}",
        "ORDER": f"#QX{70_000_000 + number}",
        "TRACKING": f"1Z{parcel}{rng.randrange(10)}",
        "URL": f"https://{_word(number, rng)}.example/t/{number}?who={_word(number, rng)}",
        "PASSWORD": f"{_word(number, rng)}!{number}Zq",
        "NAME": f"{rng.choice(_GIVEN)} {rng.choice(_FAMILY)}",
        "ADDRESS": f"{rng.randrange(1, 9900)} {rng.choice(_STREETS)} {rng.choice(_KINDS)}, {rng.choice(_TOWNS)}",
    }


def _body(rng: random.Random, values: Mapping[str, str], contact: Mapping[str, str]) -> str:
    """A mail with everything in it: told, spelled otherwise, signed, quoted, in attributes of HTML."""
    told = [rng.choice(_SAID[kind]).format(value) for kind, value in values.items()]
    rng.shuffle(told)
    spelled = [
        f"this is for {contact['name'].upper()}",
        f"not for {''.join(contact['name'].split()).lower()}",
        f"{contact['email'].upper()} is mine",
        f"call {re.sub(r'[^0-9+]', '', contact['phone'])}",
        f"deliver to {contact['address'].lower()}",
    ]
    text = "Hello, please cancel my order. " + ". ".join(f"{part[0].upper()}{part[1:]}" for part in told + spelled)
    signature = f"Best regards,\n{contact['name']}\n{contact['phone']}\n{contact['address']}"
    quoted = f"On 5 Jan 2026 at 10:01, {contact['name']} <{contact['email']}> wrote:\n> {values['CARD']}"
    if rng.random() < 0.5:
        return f"{text}.\n\n{signature}\n\n{quoted}"
    attributes = f'title="{values["PHONE"]}" data-mail="{values["EMAIL"]}"'
    link = f'<a href="mailto:{contact["email"]}">mail</a>'
    return (
        f"<div {attributes}><p>{text}. {link}</p><p>{signature.replace(chr(10), '<br>')}</p>"
        f"<blockquote>{quoted}</blockquote></div>"
    )


class Finder:
    """Finds values of many tickets in bytes: letters and digits in order, whole words, whatever stands between."""

    _TOKEN = re.compile(rb"[0-9a-z]+")

    def __init__(self, tickets: Iterable[CanaryTicket]) -> None:
        self._wanted: dict[bytes, list[tuple[bytes, str]]] = {}
        self.known = 0
        for ticket in tickets:
            for kind in SURE:
                tokens = self._TOKEN.findall(ticket.values[kind].lower().encode())
                self._wanted.setdefault(tokens[0], []).append((b"".join(tokens), kind))
                self.known += 1

    def kinds(self, content: bytes) -> Iterator[str]:
        """The kind of each value that ``content`` holds, as often as it does."""
        tokens = self._TOKEN.findall(content.lower())
        for at, token in enumerate(tokens):
            for value, kind in self._wanted.get(token, ()):
                joined, after = token, at + 1
                while len(joined) < len(value) and after < len(tokens):
                    joined, after = joined + tokens[after], after + 1
                if joined == value:
                    yield kind


def leaked(ticket: CanaryTicket, text: str) -> list[str]:
    """The kinds of the values of ``ticket`` of which a telling part is left in its sanitized ``text``."""
    squeezed = re.sub(r"[\W_]", "", text.lower())
    found = [kind for kind in SURE if re.sub(r"[\W_]", "", ticket.values[kind].lower()) in squeezed]
    words = set(re.findall(r"[^\W\d_]+", text))
    if not words.isdisjoint(ticket.values["NAME"].split()):
        found.append("NAME")
    street = ticket.values["ADDRESS"].split()[1]
    return [*found, "ADDRESS"] if street in words else found


def webhook(ticket: CanaryTicket) -> dict[str, Any]:
    """The webhook that brings the ticket's text and customer along."""
    return {"ticket_id": ticket.conversation_id, "message": ticket.body, "channel": "email", "customer": ticket.contact}


def conversation(ticket: CanaryTicket) -> dict[str, Any]:
    """The ticket as the helpdesk's stand-in takes it."""
    return {
        "id": ticket.conversation_id,
        "subject": ticket.subject,
        "customer": ticket.contact["email"],
        "contact": ticket.contact,
        "comments": [{"id": f"{ticket.conversation_id}-m1", "body": ticket.body}],
    }
