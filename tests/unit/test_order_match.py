"""An order is told to its own customer or to nobody."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.order_match import Match, Why, facts_of, found, linked, order_key, order_numbers, wanted
from agents.redaction import RedactionSettings
from streams.decision import OrderFacts
from streams.facts import Order, Tracking
from tests.support.lexicon import shipped_lexicon
from tests.unit.policy_inputs import NOON, PLAYBOOK

SETTINGS = RedactionSettings(lexicon=shipped_lexicon())
JANE = Order(name="#1001", email="jane@example.com", created_at=NOON, method="Standard")
SHOP = (
    JANE,
    Order(name="#1002", email="leif@example.com"),
    Order(name="#10011", email="jane@example.com"),
    Order(name="#1001-A", email="mallory@example.com"),
    Order(name="#1003", email="jane@example.com"),
    Order(name="#1003", email="leif@example.com"),
    Order(name="#1004", email=""),
)


def match(message: str, sender: str) -> Match:
    """What the shop above would have told ``sender``."""
    numbers = order_numbers(message, SETTINGS)
    number = wanted(numbers, sender)
    if isinstance(number, Why):
        return Match(None, number)
    return found(number, sender, [order for order in SHOP if number in order.name])


QUOTED = "Where is it?\n\nOn Mon, 5 Jan 2026 at 10:01, Shop <help@shop.example> wrote:\n> your order #1001 has shipped"


@pytest.mark.parametrize(
    ("message", "sender", "why"),
    [
        ("where is order #1001", "mallory@example.com", Why.OF_ANOTHER_SENDER),
        ("where is order #1001, my email is jane@example.com", "mallory@example.com", Why.OF_ANOTHER_SENDER),
        ("where is order #1002", "jane@example.com", Why.OF_ANOTHER_SENDER),
        ("where is order #1001", "jane+shop@example.com", Why.OF_ANOTHER_SENDER),
        ("where is order #1001", "j.ane@example.com", Why.OF_ANOTHER_SENDER),
        ("where is order #1001", "jane@example.com.evil.example", Why.OF_ANOTHER_SENDER),
        ("where is order #1001", "jane@examp1e.com", Why.OF_ANOTHER_SENDER),
        ("where is order #1001", "jаne@example.com", Why.NO_SENDER),  # a Cyrillic letter
        ("where is order #1001", "ｊane@example.com", Why.NO_SENDER),  # a wide one
        ("where is order #1001", "jane@example.com, mallory@example.com", Why.NO_SENDER),
        ("where is order #1001", "mallory@example.com@example.com", Why.NO_SENDER),
        ("where is order #1001", "+1 415 555 2671", Why.NO_SENDER),
        ("where is order #1001", "", Why.NO_SENDER),
        ("where is my order", "jane@example.com", Why.NO_NUMBER),
        (QUOTED, "jane@example.com", Why.NO_NUMBER),
        ("call me at 415-555-2671, where is it", "jane@example.com", Why.NO_NUMBER),
        ("orders 1001 and 1002", "jane@example.com", Why.SEVERAL_NUMBERS),
        ("order 1001 or was it order 1005", "jane@example.com", Why.SEVERAL_NUMBERS),
        ("order #1003", "jane@example.com", Why.SEVERAL_ORDERS),
        ("order #1004", "jane@example.com", Why.OF_ANOTHER_SENDER),
        ("order #1004", "@", Why.NO_SENDER),
        ("order #100111", "jane@example.com", Why.NOT_FOUND),
        ("order #9999", "jane@example.com", Why.NOT_FOUND),
    ],
)
def test_nobody_is_told_of_an_order_that_is_not_provably_theirs(message: str, sender: str, why: Why) -> None:
    assert match(message, sender) == Match(None, why)


@pytest.mark.parametrize(
    ("message", "sender"),
    [
        ("where is order #1001?", "jane@example.com"),
        ("order 1001 please", "Jane@Example.COM"),
        ("order #１００１", " jane@example.com "),
        ("<p>where is <b>order #1001</b></p>", "jane@example.com"),
        ("order #1001, I repeat: order 1001", "jane@example.com"),
    ],
)
def test_the_customer_who_names_their_order_is_matched(message: str, sender: str) -> None:
    assert match(message, sender) == Match(JANE, Why.NUMBER_AND_SENDER)


def test_a_linked_order_is_the_one_unless_the_customer_names_another() -> None:
    assert linked(JANE, ()) == Match(JANE, Why.LINKED)
    assert linked(JANE, ("1001",)) == Match(JANE, Why.LINKED)
    assert linked(JANE, ("1002",)) == Match(None, Why.LINKED_TO_ANOTHER)
    assert linked(JANE, ("1001", "1002")) == Match(None, Why.LINKED_TO_ANOTHER)


emails = st.sampled_from(
    ["jane@example.com", "JANE@example.com", "leif@example.com", "jane+1@example.com", "", "jаne@example.com"]
)
names = st.sampled_from(["#1001", "1001", "#1001-A", "１００１", "#1002", "", "#"])
orders = st.builds(Order, name=names, email=emails)


@given(st.sampled_from(["1001", "1002", "1001-A"]), emails, st.lists(orders, max_size=4))
def test_a_match_has_the_number_and_the_sender_and_is_the_only_one(number: str, sender: str, shop: list[Order]) -> None:
    one = found(number, sender, shop)
    if one.order is not None:
        assert order_key(one.order.name) == number
        assert one.order.email.casefold() == sender.casefold() != ""
        assert [order_key(order.name) for order in shop].count(number) == 1
    else:
        assert all(found(number, sender, [*shop, JANE.model_copy(update={"name": order.name})]).order is None
                   for order in shop if order_key(order.name) == number)  # fmt: skip


def test_facts_name_nobody() -> None:
    order = JANE.model_copy(
        update={"trackings": (Tracking(number="1Z999AA10123456784", company="UPS"),), "delivered": True}
    )
    facts = facts_of(Match(order, Why.LINKED), PLAYBOOK.shipping)
    assert facts == OrderFacts(matches=1, has_tracking=True, delivered=True, ordered_at=NOON, method="standard")
    assert facts_of(Match(None, Why.NO_NUMBER), PLAYBOOK.shipping) == OrderFacts(matches=0)
    written = facts.model_dump_json() + repr(order)
    assert not any(secret in written for secret in ("jane", "1001", "1Z999"))


def test_the_shops_own_pattern_of_numbers_is_used() -> None:
    own = dataclasses.replace(SETTINGS, order_number_pattern=r"SH-\d{5}")
    assert order_numbers("my order SH-12345 is late", own) == ("SH-12345",)
