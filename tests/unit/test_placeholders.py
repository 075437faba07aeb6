"""Redaction costs no understanding: with placeholders the local model and the rules see what they see without them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from agents.sanitize import sanitize_text
from agents.tier0 import find_signals
from connectors.intent_text import prepare
from connectors.local_model import LocalIntentModel
from control.models import load_local_model
from control.playbooks import load_examples
from control.redaction import sanitize_settings
from control.settings import load

HELD_OUT = yaml.safe_load((Path(__file__).parent / "data" / "held_out_messages.yaml").read_text())
SETTINGS = sanitize_settings(load())
TOLD = (
    "My order number is {number}.", "This is {name}.", "My name is {name}.", "My mail is {mail}.", "Thanks, {name}",
    "I live at {street}.", "You can call me on {phone}.", "The tracking number is {parcel}.", "My phone is {phone}.",
)  # fmt: skip
NAMES = ("Jane Miller", "Tomasz Kowalczyk", "Aisha Khan", "Peter Brandt", "Lucia Romano", "Ingrid Solberg")


def told(rng: random.Random) -> str:
    """A sentence that brings a value and asks for nothing."""
    name, number = rng.choice(NAMES), rng.randrange(10_000, 99_999)
    return rng.choice(TOLD).format(
        name=name,
        number=f"#{number}",
        mail=f"{name.split()[0].lower()}{number}@mail.example",
        street=f"{rng.randrange(1, 900)} Oak Lane, Springfield, IL 62704",
        parcel=f"1Z999AA1{rng.randrange(10**9, 10**10)}",
        phone=f"415-555-{rng.randrange(1000, 9999)}",
    )


def with_values(text: str, rng: random.Random) -> str:
    """``text`` with a sentence or two before or behind it that bring a value."""
    for _ in range(rng.randint(1, 2)):
        text = f"{told(rng)} {text}" if rng.random() < 0.5 else f"{text.rstrip('. ')}. {told(rng)}"
    return text


def redacted(text: str) -> str:
    return sanitize_text(text, SETTINGS).text


@pytest.fixture(scope="module")
def model() -> LocalIntentModel:
    return load_local_model(load())


def accuracy(model: LocalIntentModel, texts: list[str], wanted: list[list[str]]) -> float:
    top = [scores[0].intent for scores in model.predict(texts)]
    return sum(intent in right for intent, right in zip(top, wanted, strict=True)) / len(wanted)


def test_intents_are_understood_as_well_with_placeholders_as_without(model: LocalIntentModel) -> None:
    rng = random.Random(7)
    messages = [(str(m["text"]), list(m["intents"])) for m in HELD_OUT]
    messages += [(text, [intent]) for intent, texts in load_examples().items() for text in rng.sample(texts, 12)]
    texts, wanted = [text for text, _ in messages], [intents for _, intents in messages]
    filled = [with_values(text, rng) for text in texts]
    plain, raw = accuracy(model, texts, wanted), accuracy(model, filled, wanted)
    assert accuracy(model, list(map(redacted, texts)), wanted) >= plain - 0.01
    assert accuracy(model, list(map(redacted, filled)), wanted) >= max(raw, plain - 0.04)


def test_no_signal_of_tier_0_is_lost_or_made_by_redaction() -> None:
    rng = random.Random(7)
    for texts in load_examples().values():
        for text in texts:
            for each in (text, with_values(text, rng)):
                assert signals(redacted(each)) == signals(each), each


def signals(text: str) -> set[str]:
    return {found.signal for found in find_signals(text)}


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("My name is [NAME_1]. Where is my parcel?", "where is my parcel?"),
        ("My parcel is late. You can call me on [PHONE_1]", "my parcel is late."),
        ("My parcel is late. Please call me on [PHONE_1]", "my parcel is late. please call me on phnumber"),
        ("[ORDER_1]", "phnumber"),
        ("[NAME_1]", "phname"),
        ("my order is [ORDER_1]", "my order is phnumber"),
        ("Cancel [ORDER_1] please. Thanks, [NAME_1]", "cancel phnumber please."),
        ("[NAME_1] took it and i want it back", "took it and i want it back"),
    ],
)
def test_what_the_model_reads_of_placeholders(text: str, read: str) -> None:
    assert prepare(text) == read
