"""What the tier-0 tables are made of: the shape of a rule, and words that several of them share."""

from __future__ import annotations

import re
from typing import NamedTuple

GAP = r"[^.!?]{0,40}?"
SHORT_GAP = r"[^.!?]{0,20}?"
BANK = (
    r"(?:bank|banks|card (?:company|issuer|provider|people)|credit card(?: company| provider| issuer)?|paypal"
    r"|pay pal"
    r"|klarna|visa|mastercard|amex|american express|stripe|clearpay|afterpay|affirm|issuer)"
)
MONEY = r"(?:payments?|charges?|transactions?|money|amount|funds|purchase|order|bill|debit)"
PAID = r"(?:payments?|charges?|transactions?|purchases?|withdrawals?|debits?|transfers?)"
STAFF = (
    r"(?:driver|courier|delivery (?:man|boy|guy|person|woman|agent)|agent|rep|representative|staff|employee|manager"
    r"|(?:man|guy|boy|person|woman|lady|one) who (?:delivered|brought|came|answered)|team member"
    r"|member of your team|postman|executive|someone from your|one of your)"
)
PEOPLE = (
    r"(?:you|u|ya|him|her|them|everyone|everybody|someone|somebody|your? (?:\w+ ){0,2}?(?:staff|driver|agents?"
    r"|team|"
    r"employees?|people|workers?|manager|family|kids|children|face|legs|neck|head|ceo|boss)|ur face|whoever)"
)
PLACE = (
    r"(?:(?:your?|ur|the|this) (?:\w+ ){0,2}?(?:warehouse|offices?|building|shop|store|place|house|hq|windows?"
    r"|van|car))"
)
WILL = (
    r"(?:will|ill|gonna|going to|want to|wanna|would love to|about to|coming to|come (?:and|to|down and"
    r"|round and)|shall|id love to|wish i could)"
)


class Rule(NamedTuple):
    """One way of saying what ``signal`` stands for. ``negatable``: "not going to ..." right before it undoes it."""

    signal: str
    name: str
    pattern: re.Pattern[str]
    negatable: bool = False


def rule(signal: str, name: str, *patterns: str, negatable: bool = False) -> Rule:
    """The rule ``signal.name`` that fires where any of ``patterns`` is found."""
    return Rule(signal, f"{signal}.{name}", re.compile("|".join(f"(?:{p})" for p in patterns)), negatable)
