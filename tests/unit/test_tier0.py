"""Tier-0 rules: what must escalate does, and words that only look alike do not."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tier0 import find_signals
from agents.tier0_rules import RULES

SIGNALS = {"chargeback_dispute", "legal_threat", "harassment_threats", "fraud_suspected", "privacy_request"}

MUST_FIRE = [
    ("chargeback_dispute", "I will start a chargeback tomorrow"),
    ("chargeback_dispute", "CHARGE-BACK filed this morning"),
    ("chargeback_dispute", "doing a chargbeack if you ignore me again"),
    ("chargeback_dispute", "ch4rgeb4ck incoming"),
    ("chargeback_dispute", "c h a r g e b a c k"),
    ("chargeback_dispute", "my bank has a dispute open about your shop"),
    ("chargeback_dispute", "we disputed the payment last week"),
    ("chargeback_dispute", "My card issuer will take the money back from you"),
    ("chargeback_dispute", "Opened a PayPal case, number [ORDER_1]"),
    ("chargeback_dispute", "I'm claiming under Section 75"),
    ("chargeback_dispute", "I do not want to do a chargeback, but you leave me no choice"),
    ("legal_threat", "my lawyer will write to you"),
    ("legal_threat", "My l4wyer is informed"),
    ("legal_threat", "contacting my attourney today"),
    ("legal_threat", "our solicitor says you have seven days"),
    ("legal_threat", "I am going to sue you"),
    ("legal_threat", "gonna suuuue you"),
    ("legal_threat", "see you in court"),
    ("legal_threat", "filing in the consumer forum"),
    ("legal_threat", "Trading Standards have been told"),
    ("legal_threat", "BBB complaint on its way"),
    ("legal_threat", "This is a letter before action"),
    ("legal_threat", "I won't hesitate to take legal action"),
    ("legal_threat", "My daughter is a lawyer and we will sue"),
    ("legal_threat", "lеgal action"),  # a Cyrillic e
    ("harassment_threats", "I will kill you"),
    ("harassment_threats", "i'm gonna k1ll you"),
    ("harassment_threats", "I know where you live"),
    ("harassment_threats", "watch your back"),
    ("harassment_threats", "I'm coming to burn your shop down"),
    ("harassment_threats", "the driver threatened my mother"),
    ("harassment_threats", "Your agent made racist remarks"),
    ("harassment_threats", "your courier keeps texting me at night"),
    ("harassment_threats", "you lying bastards"),
    ("harassment_threats", "there is a bomb in your building"),
    ("harassment_threats", "I want to kill myself"),
    ("fraud_suspected", "someone used my card on your site"),
    ("fraud_suspected", "I don't recognise this charge"),
    ("fraud_suspected", "an unauthorised payment was made to you"),
    ("fraud_suspected", "unauthorzed payment"),
    ("fraud_suspected", "I never placed this order"),
    ("fraud_suspected", "there was a withdrawal and it wasn't me"),
    ("fraud_suspected", "my account has been hacked"),
    ("fraud_suspected", "My credit card was stolen"),
    ("fraud_suspected", "this is FRAUD"),
    ("fraud_suspected", "fr@ud on my card"),
    ("fraud_suspected", "I think I got scammed by a page that copies yours"),
    ("fraud_suspected", "identity theft"),
    ("fraud_suspected", "You took 60 from my Visa and I have never been your customer"),
    ("fraud_suspected", "I did not make this payment"),
    ("fraud_suspected", "an order that I never placed is in my history"),
    ("harassment_threats", "the man who delivered it made obscene remarks to my daughter"),
    ("privacy_request", "Please delete all my personal data"),
    ("privacy_request", "erase my account"),
    ("privacy_request", "under GDPR I want to know more"),
    ("privacy_request", "send me a copy of all the data you hold about me"),
    ("privacy_request", "I want my data deleted"),
    ("privacy_request", "Do not sell my information"),
    ("privacy_request", "this is a subject access request"),
]

MUST_NOT_FIRE = [
    "Where is my order [ORDER_1]?",
    "There is an extra charge on my invoice",
    "I was charged twice",
    "how do I charge my phone with this",
    "Does the battery charge back up quickly?",
    "the earbuds won't charge back to full",
    "I was charged, back in May, for two items",
    "My daughter is a lawyer and loves this briefcase",
    "Looking for a gift for a lawyer",
    "a bag for my attorney husband",
    "a book about legal pads and legal size paper",
    "do you sell tennis court shoes",
    "Please ship to 12 Court Road",
    "Thanks, Sue",
    "Sue ordered it for me",
    "I'm not going to sue, I just want my parcel",
    "this is not a legal threat",
    "No chargeback is needed, thanks for sorting it out",
    "It wouldn't kill you to answer",
    "this bag is killing my shoulder",
    "shoot me an email when it ships",
    "can you beat their price",
    "do you sell bath bombs and glue guns",
    "I opened the parcel with a knife and cut the shirt",
    "I cut myself on the broken glass",
    "the fraud alert from my bank stopped the payment, can I pay again?",
    "Is your shop legit or a scam?",
    "any kitchen hacks for this pan?",
    "the seal was compromised and it leaked",
    "where is your privacy policy",
    "do you have privacy screens for laptops",
    "delete the second item from my order",
    "remove the old address from my account",
    "My scanner does not recognise the label",
    "your website doesn't recognise my password",
    "I didn't make it to the door in time for the courier",
    "I didn't order this colour, I ordered blue",
    "the product isn't mine, you mixed up two parcels",
    "The size was not what I ordered",
    "I never received my parcel",
    "I have not made the payment yet",
    "I was not able to make a payment",
    "My order came but I did not get the size I ordered",
    "your site does not recognise my order number",
    "you put my photo on your page without my permission",
    "please cancel my order and refund me",
    "terrible service, I am very angry",
    "I'll find you on Instagram",
    "the driver was lovely, thank him from me",
    "",
    "   ",
    "[ORDER_1] [EMAIL_1]",
]


@pytest.mark.parametrize(("signal", "text"), MUST_FIRE)
def test_escalates(signal: str, text: str) -> None:
    assert signal in {found.signal for found in find_signals(text)}


@pytest.mark.parametrize("text", MUST_NOT_FIRE)
def test_ordinary_messages_raise_no_signal(text: str) -> None:
    assert find_signals(text) == ()


@pytest.mark.parametrize(("signal", "text"), MUST_FIRE)
def test_case_line_breaks_and_company_do_not_hide_a_signal(signal: str, text: str) -> None:
    around = f"Hi team,\n\nOrder [ORDER_1].\n{text.upper()}\n\nRegards,\n[NAME_1]"
    assert signal in {found.signal for found in find_signals(around)}


def test_each_signal_names_its_rule() -> None:
    found = find_signals("My lawyer says this charge is fraud")
    assert [(one.signal, one.rule) for one in found] == [
        ("legal_threat", "legal_threat.lawyer"),
        ("fraud_suspected", "fraud_suspected.fraud_or_scam"),
    ]


def test_rules_have_names_of_their_own_and_cover_all_signals() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {rule.signal for rule in RULES} == SIGNALS


def test_gaps_are_bounded() -> None:
    # An unbounded gap between two words would make matching quadratic; character classes after a word may repeat.
    unbounded = [
        rule.name for rule in RULES if re.search(r"(?:\.|\]|\))[*+]", re.sub(r"\\.", "x", rule.pattern.pattern))
    ]
    assert unbounded == []


@pytest.mark.parametrize(
    "piece", ["disput ", "charge ", "a b c ", "i will ", "my card was ", "0a@", "bank reverse ", "\n", "!", "x" * 60]
)
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        took = []
        for _ in range(3):
            start = time.perf_counter()
            find_signals(text)
            took.append(time.perf_counter() - start)
        return min(took)

    assert seconds(16_000) < 10 * seconds(4_000) + 0.05  # four times the text; quadratic would be sixteen


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert {found.signal for found in find_signals(text)} <= SIGNALS
