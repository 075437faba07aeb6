"""What the contact record tells is redacted wherever it stands, in any spelling, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.redaction import RedactionSettings, known, redact
from streams.facts import NOBODY, Contact
from tests.support.lexicon import shipped_lexicon

SETTINGS = RedactionSettings(lexicon=shipped_lexicon())
PATTERNS_ONLY = RedactionSettings()
JANE = Contact(
    name="Jané van Quorvex",
    email="jane.q84@mail.example.com",
    phone="+1 415 555 2671",
    address="77 Fennimore Hollow\nApt 3\nQuillby, OH 45402",
)


def hidden(text: str, contact: Contact = JANE, with_: RedactionSettings = PATTERNS_ONLY) -> str:
    return redact(text, with_, known.detectors(contact, with_)).text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("it is for quorvex", "it is for [NAME_1]"),
        ("ask QUORVEX, JANE about it", "ask [NAME_1] about it"),
        ("jane  van quorvex or janequorvex", "[NAME_1]  van [NAME_1] or [NAME_1]"),
        ("Jane Quorvex's parcel", "[NAME_1]'s parcel"),
        ("jane_quorvex is my login", "[NAME_1] is my login"),
        ("write to JANE.Q84 @ mail.example.com", "write to [EMAIL_1]"),
        ("my login jane.q84 fails", "my login [EMAIL_1] fails"),
        ("4 1 5 5 5 5 2 6 7 1", "[PHONE_1]"),
        ("it ends 0415/5552671 right", "it ends [PHONE_1] right"),
        ("+14155552671 or 001 (415) 555-2671", "[PHONE_1] or [PHONE_1]"),
        ("to 77 fennimore HOLLOW apt 3 quillby oh 45402!", "to [ADDRESS_1]!"),
        ("77, Fennimore-Hollow is wrong", "[ADDRESS_1] is wrong"),
        ("OH 45402 is right", "[ADDRESS_1] is right"),
    ],
)
def test_in_any_spelling(text: str, wanted: str) -> None:
    assert hidden(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "a janet of all trades, quorvexian",
        "van and de stay, so does Quillby",
        "415 55 26 and 55526 stay",
        "77 Fennimore stays",
        "mail.example.com stays",
    ],
)
def test_parts_of_other_words_and_parts_that_tell_nobody_stay(text: str) -> None:
    assert hidden(text) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Will it come? I will wait", "Will it come? I will wait"),
        ("Tell Will that Hope is lost", "Tell [NAME_1] that [NAME_1] is lost"),
        ("this is will hope speaking", "this is [NAME_1] speaking"),
    ],
)
def test_a_name_that_is_a_word_of_every_day_must_look_like_a_name(text: str, wanted: str) -> None:
    assert hidden(text, Contact(name="Will Hope"), SETTINGS) == wanted


@pytest.mark.parametrize("name", ["Guest", "Customer Support", "My Name", "A", "", "??"])
def test_a_record_without_a_name_hides_nothing(name: str) -> None:
    text = "my guest name is on the customer support page, a b c"
    assert hidden(text, Contact(name=name, email="nobody", phone="12", address="Springfield"), SETTINGS) == text


def test_a_link_with_a_known_value_in_it_goes_whole() -> None:
    assert hidden("see https://x.example/?m=jane.q84@mail.example.com&n=quorvex now") == "see [URL_1] now"
    assert hidden("mail quorvex@other.example or jane@other.example") == "mail [EMAIL_1] or [EMAIL_2]"
    assert hidden("see www.quorvex.example/jane or x@quorvex.example") == "see [URL_1] or [EMAIL_1]"


def test_a_known_value_beside_a_link_is_no_part_of_it() -> None:
    assert hidden("quorvex:bob@other.example") == "[NAME_1]:[EMAIL_1]"
    assert hidden("Quorvex(https://x.example/a)") == "[NAME_1]([URL_1])"
    assert hidden("jane.q84@mail.example.com,bob@other.example") == "[EMAIL_1],[EMAIL_2]"


def test_nobody_known_means_no_detector() -> None:
    assert known.detectors(NOBODY, SETTINGS) == ()


values = st.text(max_size=24)
contacts = st.builds(Contact, name=values, email=values, phone=values, address=values)


@settings(max_examples=300, deadline=None)
@given(contacts, st.lists(values, max_size=6), st.sampled_from((" ", ", ", "", "\n")))
def test_whatever_the_record_says_the_laws_of_redaction_hold(contact: Contact, texts: list[str], joint: str) -> None:
    text = joint.join([*texts, contact.name, contact.email, contact.phone, contact.address])
    found = known.detectors(contact, SETTINGS)
    redacted = redact(text, SETTINGS, found)
    assert redact(redacted.text, SETTINGS, found).text == redacted.text
    done = 0
    for span in redacted.redactions:
        assert done <= span.start < span.end <= len(text)
        done = span.end


is_common = SETTINGS.lexicon.reading("en").is_common


def is_told_anywhere(word: str) -> bool:
    """Whether a name of this word is redacted however it is written: one that everybody uses ("customer", "this") is
    where it is capitalised within a sentence, or not at all."""
    return len(set(word)) > 2 and word not in known._NO_PART and not is_common(word)


letters = st.text("abcdefghijklmnopqrstuvwxyzäéöñç", min_size=4, max_size=12)
names = st.lists(letters.filter(is_told_anywhere), min_size=1, max_size=3).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(names, st.sampled_from((str.upper, str.title, str.lower)), st.sampled_from((" ", "  ", ".", ", ", "\n", "_")))
def test_no_spelling_of_a_name_survives(name: str, case: object, joint: str) -> None:
    written = joint.join(case(word) for word in name.split())  # type: ignore[operator]
    text = hidden(f"the parcel for {written} is late", Contact(name=name))
    assert text.startswith("the parcel for [NAME_1]")
    assert not any(word in text.casefold() for word in name.split() if len(word) > 5)
