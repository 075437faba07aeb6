"""What holds for every text: redaction is deterministic and idempotent, stays inside it, never raises, and is fast."""

from __future__ import annotations

import random
import re
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, format_number, parse

from agents.redaction import Label, RedactionSettings, Span, View, phone, redact
from tests.support.evidence import Evidence
from tests.support.lexicon import shipped_lexicon

SETTINGS = RedactionSettings(lexicon=shipped_lexicon())
SHORT = RedactionSettings(text_limit=120, lexicon=shipped_lexicon())
BARE = RedactionSettings()
PLACEHOLDER = re.compile(r"\[[A-Z_]+_\d+\]")

VALUES = (
    "jane@example.com", "jane dot doe at gmail dot com", "4111 1111 1111 1111", "4111111111111111", "415-555-2671",
    "+44 20 7946 0958", "555-2671", "order #12345", "order 1001, 1002", "#1001", "1Z999AA10123456784",
    "RB123456785GB", "9400 1000 0000 0000 0000 00", "GB82 WEST 1234 5698 7654 32", "219-09-9999", "192.168.10.20",
    "2001:db8::1", "https://x.example/a?b=c", "my name is Jane", "Thanks,\nJane", "Dear Ann,", "$49.99", "2024-05-01",
    "12:30", "size 10", "[EMAIL_1]", "[ORDER_2]", "[PHONE_", "EMAIL_1]", "tracking number", "card", "phone", "ssn",
    "cvv 123", "&#64;", "&amp;", "\u200b", "\ue000", "１２３", "@", "#", "+", "-", ".", ":", "(", ")", "/", "\n", " ",
    "  ", "1", "42", "12345", "İ", "at", "dot",
    "Leif Hansen", "Krisztián", "jenny hansen", "12 Oak Lane", "Hauptstraße 15", "Apt 4", "Springfield, IL 62704",
    "my address is", "PO Box 12", "password is", "born on", "1 May 1990", "der", "und", "por", "name", "Anna", "and",
    "Tarrowville ohio 44123", "north dakota", "58102", "usa",
)  # fmt: skip
texts = st.one_of(
    st.text(max_size=80),
    st.lists(st.one_of(st.sampled_from(VALUES), st.text("aZ09 @.-#:\n", max_size=4)), max_size=16).map("".join),
    st.lists(st.sampled_from(VALUES), max_size=16).map(" ".join),
)
limits = st.sampled_from((SETTINGS, SHORT, BARE))


@settings(max_examples=300, deadline=None)
@given(texts, limits)
def test_redacting_twice_is_redacting_once(text: str, chosen: RedactionSettings) -> None:
    once = redact(text, chosen)
    assert redact(text, chosen) == once
    twice = redact(once.text, chosen)
    assert (twice.text, twice.redactions) == (once.text, ())


@given(
    st.sampled_from(("", "1 ", "+1 ", "1-", "+1", "(+1) ")),
    st.from_regex(r"(\([2-9]\d\d\)|[2-9]\d\d)[ .-]?\d{3}[ .-]?\d{4}", fullmatch=True, alphabet="0123456789().- "),
)
def test_north_american_phones_have_the_key_that_the_library_gives_them(lead: str, local: str) -> None:
    key = next((span.key for span in phone.finder(("US", "GB"))(View(f"call me at {lead}{local}"))), None)
    assert key in (None, format_number(parse(lead + local, "US"), PhoneNumberFormat.E164))


@settings(max_examples=300, deadline=None)
@given(texts, limits)
def test_spans_are_ascending_inside_the_text_and_all_that_changed(text: str, chosen: RedactionSettings) -> None:
    redacted = redact(text, chosen)
    rest, done = redacted.text, 0
    for found in redacted.redactions:
        assert done <= found.start < found.end <= len(text)
        between = text[done : found.start]
        assert rest.startswith(between)
        placeholder = PLACEHOLDER.match(rest, len(between))
        assert placeholder is not None
        assert placeholder.group().startswith(f"[{found.label}_")
        assert len(placeholder.group()) <= 16
        rest, done = rest[placeholder.end() :], found.end
    assert text[done:].startswith(rest) if redacted.truncated else rest == text[done:]


@settings(max_examples=200, deadline=None)
@given(texts)
def test_placeholders_that_are_there_stay_where_they_are(text: str) -> None:
    kept = iter(PLACEHOLDER.findall(redact(text, SETTINGS).text))
    known = [p for p in PLACEHOLDER.findall(text) if p[1:-1].rsplit("_", 1)[0] in {label.value for label in Label}]
    assert all(placeholder in kept for placeholder in known)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(VALUES), min_size=10, max_size=60).map(" ".join), st.integers(20, 200))
def test_a_cut_never_leaves_half_a_placeholder_and_keeps_to_the_limit(text: str, limit: int) -> None:
    text = PLACEHOLDER.sub("", text).replace("[PHONE_", "").replace("EMAIL_1]", "")
    redacted = redact(text, RedactionSettings(text_limit=limit))
    assert len(redacted.text) <= limit
    assert "[" not in PLACEHOLDER.sub("", redacted.text)
    assert "]" not in PLACEHOLDER.sub("", redacted.text)


@pytest.mark.parametrize("value", ["4111 1111 1111 1111", "jane.doe@example.com", "GB82 WEST 1234 5698 7654 32"])
def test_no_part_of_a_value_survives_at_the_limit_or_at_the_edge_of_the_window(value: str) -> None:
    parts = set(re.findall(r"\w{4,}", value))
    for filler in ("word ", "a@b.com "):  # the second shrinks, so that the edge of the window comes into the output
        for before in range(0, 400, 3):
            text = (filler * 400)[:before] + " " + value + " " + filler * 400
            redacted = redact(text, RedactionSettings(text_limit=100))
            assert not parts & set(re.findall(r"\w{4,}", redacted.text))


def test_long_text_is_cut_between_words_and_says_so() -> None:
    redacted = redact("word " * 2000, SETTINGS)
    assert redacted.truncated
    assert len(redacted.text) in range(3_930, 4_001)
    assert redacted.text.endswith("word")
    assert not redact("word " * 800, SETTINGS).truncated


def test_text_that_yields_one_value_a_round_is_cut_until_it_settles() -> None:
    def one_a_round(view: View) -> list[Span]:
        at = view.text.find("q")
        return [Span(at, at + 1, Label.NAME, "q")] if at >= 0 else []

    redacted = redact("q " * 1000, SETTINGS, known=(one_a_round,))
    assert redacted.truncated
    assert "q" not in redacted.text


def test_detectors_that_know_the_ticket_come_first() -> None:
    def known(view: View) -> list[Span]:
        return [Span(m.start(), m.end(), Label.NAME, "jane") for m in re.finditer("JANE|jane", view.text)]

    redacted = redact("JANE writes from jane@example.com", SETTINGS, known=(known,))
    assert redacted.text == "[NAME_1] writes from [NAME_1]@example.com"


HOSTILE = (
    "1", "1 ", "12 ", "1-", "123-456-", "0123 456 789 ", "a@", "@", "a.", "a.@", "a at ", "a dot b at ", "order ",
    "order 1234 ", "order 1234,", "#1234 ", "order:::: ", "order number is the my ", "tracking number is ",
    "fedex 1 1 1 1 ", "track for with ", "GB82 ", "GB", "GB82WEST12345698", "my name is A ", "A ", "thanks,\n",
    "Thanks\nAb", "http://", "www.", "a.com/", "1.1.", "::", "1:", "ssn 1 ", "$1,", "1,", "4111 1111 ", "4111", "+1 ",
    "(1)", "[EMAIL_1]", "[EMAIL_", "&#64;", "\u200b", "１", "\ue000", "Hi A", "1Z", "1 Z 1 ", "-", "\n", "1\n", "A'",
    "0 ", "X1", "cvv ", " ", "Oak ", "Oak Lane ", "12 Oak ", "12 Oak Ridge ", "1 rue de ", "rue ", "via Aa ", "Apt ",
    "Apt 4, ", "1 a ", "1 a b c ", "Aa 1 ", "Aa 1 Bb ", "12 Aa 3, ", "my address is ", "address ", "send to a b ",
    "the corner of ", "corner of a b and ", "Leif ", "Leif and ", "leif ", "name leif ", "Leif\n", "leif hansen\n",
    "de Aa ", "Aa de ", "password is ", "born on ", "born 1 may ", "Aa, ", "12 a, ", "IL 62704 ", "po box ",
    "Aastraße ", "Aastraße 1 ", "1, ", "12 Aa Bb\n, ", "Aa-", "O'", "Mc", "A. ", "A.", "Aa B. ",
)  # fmt: skip


def assert_is_quick(unit: str) -> None:
    """100 KB of ``unit`` take less than 0.2 s of CPU. Others on the machine slow this process too, not each time."""
    text = (unit * 100_000)[:100_000]
    best = float("inf")
    for _ in range(6):
        started = process_time()
        redact(text, SETTINGS)
        best = min(best, process_time() - started)
        if best < 0.2:
            return
    pytest.fail(f"{unit!r} took {best:.3f} s")


@pytest.mark.parametrize("unit", [*HOSTILE, *(value + joint for value in VALUES for joint in ("", "-", " "))])
def test_hostile_text_of_100_kb_is_redacted_within_200_ms(unit: str) -> None:
    assert_is_quick(unit)


def test_hostile_mixtures_are_redacted_within_200_ms(evidence: Evidence) -> None:
    """What is linear by itself can chase what is beside it, so that a text settles over many rounds."""
    rng = random.Random(5)
    for _ in range(evidence.size(small=100, full=5_000)):
        assert_is_quick("".join(rng.choice((*HOSTILE, *VALUES)) for _ in range(rng.randint(2, 5))))


@settings(max_examples=10, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_a_megabyte_of_anything_never_raises(unit: str) -> None:
    assert len(redact(unit * (1_000_000 // len(unit)), SETTINGS).text) <= SETTINGS.text_limit
