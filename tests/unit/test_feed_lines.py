"""What ``mw feed`` takes as a message, what it refuses and why, and what it remembers."""

import codecs

import orjson
import pytest

from control.feed import BadLine, Message, parse_lines
from control.feed_progress import Progress


def only(raw):
    (line,) = parse_lines(raw, "file")
    return line


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"text": "hi"}, {"text": "hi", "channel": "email", "occurred_at": None}),
        ({"message": "hi", "ticket_id": 48213}, {"text": "hi", "ticket_id": "48213"}),
        ({"text": "hi", "conversation_id": "c1", "message_id": 7}, {"ticket_id": "c1", "message_id": "7"}),
        ({"text": "hi", "channel": None, "occurred_at": "2026-01-05T12:00:00Z"}, {"channel": "email"}),
    ],
)
def test_what_is_a_message(fields, expected):
    message = only(orjson.dumps(fields))
    assert isinstance(message, Message)
    assert {name: getattr(message, name) for name in expected} == expected


@pytest.mark.parametrize(
    "fields", [{"text": "hi", "ticket_id": None}, {"text": "hi", "ticket_id": " "}, {"text": "hi"}]
)
def test_without_a_ticket_id_it_is_its_own_conversation_and_always_the_same(fields):
    raw = orjson.dumps(fields)
    assert only(raw).ticket_id == only(raw).ticket_id
    assert only(raw).ticket_id.startswith("file-")
    assert only(raw).ticket_id != only(raw + b" ").ticket_id


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"refund please", "not JSON"),
        (b"[1]", "not a JSON object"),
        ('{"text": "où"}'.encode("latin-1"), "not UTF-8"),
        (b"\x00\xff\xfe", "not UTF-8"),
        (b"{}", "has no text (give text or message)"),
        (b'{"text": "  "}', "has no text (give text or message)"),
        (b'{"text": 5}', "has no text (give text or message)"),
        (b'{"text": "hi", "ticket_id": {"a": 1}}', "ticket_id is neither a string nor a whole number"),
        (b'{"text": "hi", "message_id": true}', "message_id is neither a string nor a whole number"),
        (b'{"text": "hi", "channel": ["email"]}', "channel is neither a string nor a whole number"),
    ],
)
def test_what_is_refused_and_why(line, why):
    assert only(line) == BadLine(1, why)


def test_lines_are_numbered_as_an_editor_does_and_one_bad_line_stops_none():
    raw = codecs.BOM_UTF8 + b'{"text": "one"}\r\n\r\nbad\n{"text": "four"}'
    assert [(type(line), line.number) for line in parse_lines(raw, "f")] == [(Message, 1), (BadLine, 3), (Message, 4)]


def test_progress_is_kept_per_content_and_survives(tmp_path):
    with Progress(b"one", tmp_path) as progress:
        progress.add(3)
        progress.add(14)
        assert Progress(b"one", tmp_path).done() == {3, 14}  # as after a kill: nothing was closed
    assert Progress(b"two", tmp_path).done() == set()
    with Progress(b"one", tmp_path) as progress:
        progress.add(15)
    assert progress.done() == {3, 14, 15}


def test_half_a_number_is_neither_believed_nor_added_to(tmp_path):
    with Progress(b"one", tmp_path) as progress:
        progress.add(3)
    (file,) = (tmp_path / "feeds").iterdir()
    file.write_text(file.read_text() + "12")
    assert progress.done() == {3}
    with progress:
        progress.add(456)
    assert progress.done() == {3, 456}
