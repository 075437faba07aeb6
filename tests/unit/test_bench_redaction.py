"""The bench's labelled tickets are what they say, and finds of another redactor are read as ours are."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest
from stdnum import iban, luhn

from agents.redaction import Label
from agents.redaction.tracking_checks import is_s10, is_ups
from bench.redaction_evidence import Results, markdown, quality_table
from bench.redactor import Reading
from bench.tickets import labelled_tickets, long_messages, main, median_tickets, replies
from control.labelled_messages import Value, read_labelled
from control.redaction_outcome import Outcome
from control.redaction_report import report

TICKETS = labelled_tickets()


def values(label: Label) -> list[str]:
    """The values of the tickets that bear ``label``."""
    return [ticket.text[v.start : v.end] for ticket in TICKETS for v in ticket.values if v.label is label]


def test_there_are_enough_tickets_with_every_label_and_things_to_keep() -> None:
    counts = Counter(value.label for ticket in TICKETS for value in ticket.values)
    assert 140 <= len(TICKETS) <= 160
    assert set(counts) == set(Label)
    assert sum(len(ticket.keep) for ticket in TICKETS) > 150
    assert not any("{{" in ticket.text or "}}" in ticket.text for ticket in TICKETS)
    assert labelled_tickets() == TICKETS


def test_check_digits_are_right() -> None:
    assert all(luhn.is_valid(re.sub(r"\D", "", card)) for card in values(Label.CARD))
    assert all(iban.is_valid(number) for number in values(Label.IBAN))
    for number in values(Label.TRACKING):
        digits = [int(digit) for digit in re.sub(r"\D", "", number)]
        if number.startswith("1Z"):
            assert is_ups(number[2:])
        elif number[0].isalpha():
            assert is_s10(number[2:10], number[10])
        else:  # USPS: weights 3 and 1 from the left of 22 digits
            assert (3 * sum(digits[::2]) + sum(digits[1::2])) % 10 == 0


def test_spans_lie_apart() -> None:
    for ticket in TICKETS:
        spans = sorted([*((v.start, v.end) for v in ticket.values), *ticket.keep])
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_printed_tickets_are_read_back(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    main()
    path = tmp_path_factory.mktemp("tickets") / "tickets.jsonl"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    read = read_labelled(path).messages
    assert [(one.text, one.values, one.keep) for one in read] == [(one.text, one.values, one.keep) for one in TICKETS]


def test_texts_for_speed_have_the_size_they_are_said_to_have() -> None:
    for values in range(5):
        words = sorted(len(text.split()) for text in median_tickets(200, values))
        assert 76 <= words[100] <= 84
    assert {len(text) for text in (*long_messages(3), *replies(3))} == {10_240}


def test_of_overlapping_finds_the_surest_is_taken() -> None:
    found = [("URL", 8, 19, 0.5), ("EMAIL_ADDRESS", 4, 19, 1.0), ("DATE_TIME", 0, 3, 0.85), ("UK_NHS", 30, 40, 0.3)]
    assert Reading().values(found) == (Value(Label.EMAIL, 4, 19), Value(Label.NATIONAL_ID, 30, 40))
    assert Reading(0.4).values(found) == (Value(Label.EMAIL, 4, 19),)


def test_places_count_as_addresses_and_unknown_numbers_as_identities() -> None:
    found = [("LOCATION", 0, 5, 0.85), ("US_BANK_NUMBER", 6, 9, 0.1), ("KR_SOMETHING", 10, 12, 0.1)]
    assert [one.label for one in Reading().values(found)] == [Label.ADDRESS, Label.IBAN, Label.NATIONAL_ID]


def test_the_document_says_what_was_measured() -> None:
    everything = report((ticket, Outcome(ticket.values)) for ticket in TICKETS)
    nothing = report((ticket, Outcome(())) for ticket in TICKETS)
    quality = {"ours": everything, "presidio": nothing}
    assert "| recall | 1.000 (0.985 to 1.000) | 0.000 (0.000 to 0.015) |" in quality_table(quality)
    turn = {
        "ours": 4_000.0, "ours-redaction": 5_000.0, "ours-uncut": 300.0, "presidio-model": 100.0,
        "presidio-patterns": 200.0,
    }  # fmt: skip
    about = {"date": "2026-01-02", "commit": "abc", "machine": "2 cores", "load_before": 0.1}
    text = markdown(Results("small", about, quality, [turn], [turn], [turn], [[turn]]))
    assert "| the whole stage / presidio-model, on the last | ≥ 20 | 40 | yes |" in text
    assert "| tickets of 80 words with 1 values per second, redaction | ≥ 3000 | 5000 | yes |" in text
    assert "| 0 | 4,000 (4,000 to 4,000) | 5,000 (5,000 to 5,000) |" in text
    assert "| recall of EMAIL | ≥ 0.995 | 1 | yes |" in text
