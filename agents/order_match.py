"""Which order a ticket is about, for certain or not at all. Pure.

An order is told to nobody unless the helpdesk itself has linked it to the conversation, or its number stands in the
customer's own words and it was placed with the very address that the ticket came from. Everything else is no match: an
address alone, a name, a phone number, a look-alike, a number of somebody else, two numbers, two orders.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from agents.mail_text import read_mail
from agents.playbook_shipping import Shipping
from agents.redaction import Label, RedactionSettings, redact
from streams.decision import OrderFacts
from streams.facts import Order

_NUMBER = re.compile(r"[A-Z0-9]{1,20}(?:[-_][A-Z0-9]{1,16}){0,4}")
_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[!-?A-~]{1,255}")  # visible ASCII, one "@"


class Why(StrEnum):
    """How an order was matched, or why none was."""

    LINKED = "linked"
    NUMBER_AND_SENDER = "number_and_sender"
    LINKED_TO_ANOTHER = "linked_to_another"  # the customer names a number, and the helpdesk linked another order
    NO_NUMBER = "no_number"
    SEVERAL_NUMBERS = "several_numbers"
    NO_SENDER = "no_sender"  # the ticket came from no e-mail address
    NOT_FOUND = "not_found"  # which is no proof that there is none: old orders are not visible
    OF_ANOTHER_SENDER = "of_another_sender"
    SEVERAL_ORDERS = "several_orders"


class Match(NamedTuple):
    """The one order, or None."""

    order: Order | None
    why: Why


def order_numbers(message: str, settings: RedactionSettings) -> tuple[str, ...]:
    """The order numbers in the customer's own words in ``message`` (HTML or text), each once, as ``order_key`` has
    them. Numbers in quoted history are none of theirs."""
    text = read_mail(message).text
    found = [text[one.start : one.end] for one in redact(text, settings).redactions if one.label == Label.ORDER]
    return tuple(dict.fromkeys(key for value in found if (key := order_key(value))))


def order_key(value: str) -> str:
    """An order number without its sign, in capitals: "#1001" and "１００１" are "1001". Empty for what is none."""
    key = unicodedata.normalize("NFKC", value).strip().removeprefix("#").strip().upper()
    return key if _NUMBER.fullmatch(key) else ""


def linked(order: Order, numbers: Sequence[str]) -> Match:
    """The order that the helpdesk has linked, unless the customer speaks of another one."""
    if numbers and tuple(numbers) != (order_key(order.name),):
        return Match(None, Why.LINKED_TO_ANOTHER)
    return Match(order, Why.LINKED)


def wanted(numbers: Sequence[str], sender: str) -> str | Why:
    """The one number to look up, or why none is: the shop is not asked about what could not be told anyway."""
    if not numbers:
        return Why.NO_NUMBER
    if len(numbers) > 1:  # one of them may be somebody else's
        return Why.SEVERAL_NUMBERS
    return numbers[0] if _address(sender) else Why.NO_SENDER


def found(number: str, sender: str, orders: Sequence[Order]) -> Match:
    """The one of ``orders`` that has exactly that number, where it was placed with the address of ``sender``."""
    same = [order for order in orders if order_key(order.name) == number]
    if not same:
        return Match(None, Why.NOT_FOUND)
    if len(same) > 1:
        return Match(None, Why.SEVERAL_ORDERS)
    mine = _address(sender)
    if not mine or mine != _address(same[0].email):
        return Match(None, Why.OF_ANOTHER_SENDER)
    return Match(same[0], Why.NUMBER_AND_SENDER)


def _address(value: str) -> str:
    """An e-mail address whose case does not count; empty for what is none, or holds a letter that only looks like one
    of ours. Dots and what stands behind a plus count: they are other mailboxes elsewhere."""
    value = value.strip()
    return value.lower() if _ADDRESS.fullmatch(value) else ""


def facts_of(match: Match, shipping: Shipping) -> OrderFacts:
    """What a decision may know of a match, and a topic may hold: nothing that names a customer or a parcel."""
    order = match.order
    if order is None:
        return OrderFacts(matches=0)
    return OrderFacts(
        matches=1,
        has_tracking=any(tracking.number for tracking in order.trackings),
        delivered=order.delivered,
        cancelled=order.cancelled,
        ordered_at=order.created_at,
        method=shipping.method_of(order.method),
    )
