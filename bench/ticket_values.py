"""Personal data of nobody, with the check digits and in the ways of writing that the real ones have.

Phones are from the ranges that regulators keep free for fiction (NANPA 555-0100 to 0199, Ofcom's drama numbers), hosts
from RFC 2606 and RFC 6761, addresses on the Internet from RFC 5737 and RFC 3849.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Final

from stdnum import iban, luhn

from agents.redaction import Label


def _words(text: str) -> list[str]:
    return text.split()


_GIVEN = _words("""
Marta Desmond Yusuf Ingrid Kwabena Lucía Farah Piotr Abigail Minh Rosalind Tariq Chiamaka Bjørn Noor Gareth Ximena
Leticia Anneke Sanjay Thandiwe Ewan Zofia Hamish Renata Odette Emeka Lars Mireille Cormac
""")
_FAMILY = _words("""
Kowalczyk Abernathy Haddad Lindqvist Asante Villanueva Rahimi Nowicki Thornbury Tran Whitlock Aziz Eze Solberg Mansour
Llewellyn Quiroga Barbosa Vermeulen Iyer Dlamini Macrae Wójcik Sutherland Fiorentini Delacroix Okonkwo Jensen
""")
_WAYS = _words("""
Alder Birchwood Canterbury Dunmore Elmfield Foxglove Granville Hawthorn Ivybridge Juniper Larkspur Marlowe Northgate
Orchard Prospect Quarry Ridgeway Sycamore Thornhill Willowbrook
""")
_MONTHS = _words("""
January February March April May June July August September October November December
""")
_HOSTS = ("example.com", "example.org", "mail.example.com", "post.example.net", "example.net")
_AMERICAN = (("Toledo", "OH", "43604"), ("Boise", "ID", "83702"), ("Macon", "GA", "31201"), ("Salem", "OR", "97301"))
_BRITISH = (("Norwich", "NR2 4AB"), ("Stirling", "FK8 1EA"), ("Cardiff", "CF10 3NP"), ("Leeds", "LS6 2QT"))
_BANKS: Final = {"DE": "{0:018d}", "NL": "ABNA{0:010d}", "GB": "NWBK{0:014d}", "AT": "{0:016d}", "CH": "{0:017d}"}
_SEPARATORS: Final = ("", " ", "-")


def _name(rng: random.Random) -> str:
    first, last = rng.choice(_GIVEN), rng.choice(_FAMILY)
    return rng.choice((first, f"{first} {last}", f"{first} {last}", f"{first} {rng.choice('ABCDEH')}. {last}"))


def _email(rng: random.Random) -> str:
    first, last = rng.choice(("sam", "kim", "alexis", "robin", "jo")), rng.choice(("hill", "stone", "woods", "frost"))
    local = rng.choice(
        (f"{first}.{last}", f"{first}{last}{rng.randint(1, 99)}", f"{first}_{last}", f"{first[0]}-{last}")
    )
    return f"{local}@{rng.choice(_HOSTS)}"


def _phone(rng: random.Random) -> str:
    area, line = rng.choice(("212", "415", "503", "617")), f"01{rng.randint(0, 99):02d}"
    mobile = f"900{rng.randint(0, 999):03d}"
    return rng.choice(
        (
            f"({area}) 555-{line}",
            f"{area}-555-{line}",
            f"+1 {area} 555 {line}",
            f"{area}.555.{line}",
            f"07700 {mobile}",
            f"+44 7700 {mobile}",
            f"+44 20 7946 0{rng.randint(0, 999):03d}",
            f"0049 30 23125 {rng.randint(0, 999):03d}",
        )
    )


def _card(rng: random.Random) -> str:
    start, length = rng.choice((("4", 16), ("51", 16), ("55", 16), ("6011", 16), ("4", 16)))
    digits = start + "".join(rng.choices("0123456789", k=length - 1 - len(start)))
    digits += luhn.calc_check_digit(digits)
    return rng.choice(_SEPARATORS).join(digits[at : at + 4] for at in range(0, length, 4))


def _iban(rng: random.Random) -> str:
    country = rng.choice(sorted(_BANKS))
    account = _BANKS[country].format(rng.randrange(10**9))
    number = country + iban.calc_check_digits(f"{country}00{account}") + account
    return number if rng.random() < 0.5 else " ".join(number[at : at + 4] for at in range(0, len(number), 4))


def _national_id(rng: random.Random) -> str:
    parts = f"{rng.randint(100, 665)}", f"{rng.randint(10, 99)}", f"{rng.randint(1000, 9999)}"
    return rng.choice(("-", "-", " ")).join(parts)


def _address(rng: random.Random) -> str:
    number, way = rng.randint(2, 480), rng.choice(_WAYS)
    if rng.random() < 0.5:
        city, state, zip_code = rng.choice(_AMERICAN)
        kind = rng.choice(("Street", "St", "Ave", "Drive", "Ln", "Court"))
        unit = rng.choice(("", "", f" Apt {rng.randint(1, 40)}", f", Unit {rng.choice('ABC')}"))
        return f"{number} {way} {kind}{unit}, {city}, {state} {zip_code}"
    town, code = rng.choice(_BRITISH)
    return f"{number} {way} {rng.choice(('Road', 'Lane', 'Close', 'Gardens', 'Street'))}, {town} {code}"


def _birth(rng: random.Random) -> str:
    year, month, day = rng.randint(1945, 2005), rng.randint(1, 12), rng.randint(1, 28)
    forms = (f"{day:02d}/{month:02d}/{year}", f"{year}-{month:02d}-{day:02d}", f"{day} {_MONTHS[month - 1]} {year}")
    return rng.choice((*forms, f"{_MONTHS[month - 1]} {day}, {year}"))


def _ip(rng: random.Random) -> str:
    low = rng.randint(1, 254)
    return rng.choice((f"192.0.2.{low}", f"198.51.100.{low}", f"203.0.113.{low}", f"2001:db8::{low:x}:1"))


def _order(rng: random.Random) -> str:
    number = rng.randint(10_000, 999_999)
    return rng.choice((f"#{number}", f"{number}", f"#{number}", f"SO-{number}", f"{number % 1000:03d}-{number:07d}"))


def _tracking(rng: random.Random) -> str:
    return rng.choice((_ups, _usps, _s10))(rng)


def _ups(rng: random.Random) -> str:
    """UPS: 1Z, 15 letters or digits, check digit (modulus 10, letters valued from A = 2)."""
    body = "".join(rng.choices("0123456789ABCEFWX", k=6) + rng.choices("0123456789", k=9))
    values = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in body]
    return f"1Z{body}{-(sum(values[0::2]) + 2 * sum(values[1::2])) % 10}"


def _usps(rng: random.Random) -> str:
    """USPS IMpb: 22 digits from 94, the last one modulus 10 with weights 3 and 1."""
    body = "94001" + "".join(rng.choices("0123456789", k=16))
    weighted = sum(int(c) * (3 if at % 2 == 0 else 1) for at, c in enumerate(reversed(body)))
    number = f"{body}{-weighted % 10}"
    return number if rng.random() < 0.5 else " ".join(number[at : at + 4] for at in range(0, 22, 4))


def _s10(rng: random.Random) -> str:
    """Universal Postal Union S10: two letters, eight digits, check digit, country."""
    digits = "".join(rng.choices("0123456789", k=8))
    rest = 11 - sum(int(c) * weight for c, weight in zip(digits, (8, 6, 4, 2, 3, 5, 9, 7), strict=True)) % 11
    check = {10: 0, 11: 5}.get(rest, rest)
    return f"{rng.choice(('RR', 'CP', 'LX'))}{digits}{check}{rng.choice(('GB', 'DE', 'US'))}"


def _url(rng: random.Random) -> str:
    page = f"{rng.choice(('orders', 'album', 'share'))}/{rng.randint(1_000, 99_999)}"
    return rng.choice(("https://www.", "http://", "www.")) + f"{rng.choice(_HOSTS)}/{page}"


def _password(rng: random.Random) -> str:
    word = rng.choice(("Violet", "Anchor", "Mango", "Copper", "Zebra"))
    return f"{word}{rng.choice('!#$_')}{rng.randint(10, 9999)}"


MAKERS: Final[Mapping[Label, Callable[[random.Random], str]]] = {
    Label.NAME: _name,
    Label.EMAIL: _email,
    Label.PHONE: _phone,
    Label.CARD: _card,
    Label.IBAN: _iban,
    Label.NATIONAL_ID: _national_id,
    Label.ADDRESS: _address,
    Label.DOB: _birth,
    Label.IP: _ip,
    Label.ORDER: _order,
    Label.TRACKING: _tracking,
    Label.URL: _url,
    Label.PASSWORD: _password,
}
"""One for each label: a value for the random numbers given."""
