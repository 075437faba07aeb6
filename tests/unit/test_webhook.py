"""What a webhook's body may look like, and what is made of it."""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.webhook import Malformed, WebhookBody, receive
from streams.events import TicketReceived
from streams.facts import Contact
from streams.reasons import Channel
from streams.sealing import KeyRing, SealedBody, open_body

RING = KeyRing({"k": bytes(32)})
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINIMAL = {"ticket_id": "t-1", "trigger": "customer_message"}


def parse(**fields: Any) -> WebhookBody:
    return WebhookBody.parse(orjson.dumps(MINIMAL | fields))


def test_a_body_with_ids_only_is_complete_and_seals_nothing() -> None:
    record = receive(parse(), "msg_1", RING, NOW)
    assert (record.conversation_id, record.trigger, record.message_id, record.sealed) == (
        "t-1",
        "customer_message",
        None,
        None,
    )
    assert (record.channel, record.received_at, record.occurred_at) == (Channel.UNKNOWN, NOW, None)


def test_every_field_arrives_and_text_only_in_the_seal() -> None:
    body = parse(
        event_type="message.created",
        message_id=77,
        message="my parcel is late",
        channel=" Email ",
        ticket_url="https://helpdesk.example/t-1",
        occurred_at="2026-01-05T13:59:00+02:00",
        customer={"name": "Jane"},
    )
    record = receive(body, "msg_1", RING, NOW)
    assert (record.trigger, record.message_id, record.channel) == ("message.created", "77", Channel.EMAIL)
    assert record.occurred_at == datetime(2026, 1, 5, 11, 59, tzinfo=UTC)
    assert record.sealed is not None
    opened = open_body(RING, record.sealed, record.event_id)
    assert opened == SealedBody(
        message="my parcel is late", ticket_url="https://helpdesk.example/t-1", customer=Contact(name="Jane")
    )
    assert TicketReceived.decode(record.encode()) == record


def test_a_repeated_signed_webhook_has_the_same_ids_and_a_new_seal() -> None:
    one, two = (receive(parse(message="hello"), "msg_1", RING, NOW) for _ in range(2))
    assert (one.id, one.event_id, one.trace_id) == (two.id, two.event_id, two.trace_id)
    assert one.sealed != two.sealed


def test_the_event_id_of_a_webhook_id_never_changes() -> None:
    # Repeats may come days and releases later: what this id is made of is a contract.
    assert receive(parse(), "msg_1", RING, NOW).event_id == uuid.UUID("494de8f6-6de9-502e-a698-b6f2cd8b1c7f")


def test_other_webhook_ids_and_unsigned_deliveries_are_events_of_their_own() -> None:
    ids = [receive(parse(), webhook_id, RING, NOW).event_id for webhook_id in ("msg_1", "msg_2", None, None)]
    assert len(set(ids)) == 4


@pytest.mark.parametrize(
    ("value", "kept"),
    [("t_1.a:b-2", "t_1.a:b-2"), (12345, "12345"), (0, "0"), (2**64 - 1, str(2**64 - 1))],
)
def test_ticket_ids_may_be_text_or_whole_numbers(value: Any, kept: str) -> None:
    assert parse(ticket_id=value).ticket_id == kept


@pytest.mark.parametrize(
    ("value", "channel"),
    [
        ("email", Channel.EMAIL),
        ("LiveChat", Channel.LIVECHAT),
        ("carrier pigeon", Channel.UNKNOWN),
        ("", Channel.UNKNOWN),
        (None, Channel.UNKNOWN),
    ],
)
def test_a_channel_we_do_not_know_is_unknown(value: Any, channel: Channel) -> None:
    assert parse(channel=value).channel is channel


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("2026-01-05T12:00:00Z", NOW),
        (1767614400, NOW),  # seconds
        (1767614400000, NOW),  # milliseconds
        ("2026-01-05T12:00:00", None),  # no zone: the moment is not known
        ("{{ticket.created_at}}", None),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),  # before year 1 in UTC
        ("", None),
        (None, None),
        (True, None),
        ([], None),
        (1e300, None),
    ],
)
def test_a_time_that_cannot_be_read_is_left_out_and_the_ticket_accepted(value: Any, kept: datetime | None) -> None:
    assert parse(occurred_at=value).occurred_at == kept


@pytest.mark.parametrize("field", ["event_type", "message_id", "message", "ticket_url"])
@pytest.mark.parametrize("value", ["", "  ", None])
def test_a_placeholder_with_nothing_to_show_is_an_absent_field(field: str, value: str | None) -> None:
    assert getattr(parse(**{field: value}), field) is None


DEEP = b"[" * 5000 + b"]" * 5000


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"", "malformed_json"),
        (b"{", "malformed_json"),
        (b"\xff\xfe", "malformed_json"),
        (b'{"ticket_id": "\xff"}', "malformed_json"),  # not UTF-8
        (b'\xef\xbb\xbf{"ticket_id": "1", "trigger": "a"}', "malformed_json"),  # byte order mark
        (b'{"ticket_id": "1", "trigger": "a", "message": "\\ud800"}', "malformed_json"),  # half a character
        (b'{"ticket_id": "1", "trigger": "a", "x": NaN}', "malformed_json"),
        (b'{"ticket_id": "1", "trigger": "a", "x": ' + DEEP + b"}", "malformed_json"),
        (b"null", "unknown_shape: the body is not a JSON object"),
        (b"[]", "unknown_shape: the body is not a JSON object"),
        (b"7", "unknown_shape: the body is not a JSON object"),
        (b'{"trigger": "a"}', "unknown_shape: ticket_id: missing"),
        (b'{"ticket_id": "1"}', "unknown_shape: event_type or trigger is needed"),
        (b'{"ticket_id": "1", "trigger": null, "event_type": ""}', "event_type or trigger is needed"),
        (b'{"ticket_id": "", "trigger": "a"}', "unknown_shape: ticket_id: "),
        (b'{"ticket_id": null, "trigger": "a"}', "unknown_shape: ticket_id: "),
        (b'{"ticket_id": true, "trigger": "a"}', "unknown_shape: ticket_id: "),
        (b'{"ticket_id": 1.5, "trigger": "a"}', "unknown_shape: ticket_id: "),
        (b'{"ticket_id": -1, "trigger": "a"}', "unknown_shape: ticket_id: "),
        (b'{"ticket_id": ' + b"9" * 30 + b', "trigger": "a"}', "unknown_shape: ticket_id: "),
        (b'{"ticket_id": ' + b"9" * 6000 + b', "trigger": "a"}', "malformed_json"),  # beyond what a double holds
        (b'{"ticket_id": "jane@example.com", "trigger": "a"}', "unknown_shape: ticket_id: "),
        (b'{"ticket_id": "1\\n", "trigger": "a"}', "unknown_shape: ticket_id: "),
        (b'{"ticket_id": "a\\u0000b", "trigger": "a"}', "unknown_shape: ticket_id: "),
        (b'{"ticket_id": "{{ticket.id}}", "trigger": "a"}', "unknown_shape: ticket_id: "),  # not rendered
        (b'{"ticket_id": "1", "trigger": "sent by Jane"}', "unknown_shape: trigger: "),
        (b'{"ticket_id": "1", "trigger": "a", "message_id": "<x@mail.example>"}', "unknown_shape: message_id: "),
        (b'{"ticket_id": "1", "trigger": "a", "message": {"text": "x"}}', "unknown_shape: message: "),
        (b'{"ticket_id": "1", "trigger": "a", "channel": ["email"]}', "unknown_shape: channel: "),
        (b'{"ticket_id": "1", "trigger": "a", "ticket_url": 7}', "unknown_shape: ticket_url: "),
    ],
)
def test_other_bodies_are_refused_by_field_never_by_value(raw: bytes, complaint: str) -> None:
    with pytest.raises(Malformed) as caught:
        WebhookBody.parse(raw)
    assert complaint in str(caught.value)
    assert "\n" not in caught.value.detail
    for value in ("jane", "Jane", "mail.example", "999", "{{"):
        assert value not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = tuple(WebhookBody.model_fields)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON)), st.booleans())
def test_every_json_object_is_either_refused_or_becomes_a_record(fields: dict[str, Any], signed: bool) -> None:
    try:
        body = parse(**fields)
    except Malformed:
        return
    record = receive(body, "msg_1" if signed else None, RING, NOW)
    assert TicketReceived.decode(record.encode()) == record


@given(st.text())
def test_the_text_of_a_message_comes_out_of_the_seal_unchanged(message: str) -> None:
    record = receive(parse(message=message), None, RING, NOW)
    if record.sealed is None:
        assert not message.strip()
    else:
        assert open_body(RING, record.sealed, record.event_id).message == message


def test_the_largest_body_fits_its_record() -> None:
    # One escaped control character takes six bytes in the body and in the seal: the dearest text there is.
    for text in ("\x01" * 5400, "é" * 16_000, "x" * 32_000):
        body = parse(message=text)
        record = receive(body, None, RING, NOW)
        assert len(record.encode()) < TicketReceived.max_bytes


def test_nothing_of_a_body_shows_when_it_or_its_record_is_printed() -> None:
    body = parse(message="canary", ticket_url="https://canary.example", occurred_at="canary", x="canary")
    record = receive(body, None, RING, NOW)
    shown = repr(body) + repr(record) + record.encode().decode()
    assert "canary" not in shown
    for cut in range(3):  # nor as base64 at any alignment
        assert base64.b64encode(b"canary"[cut:]).decode().rstrip("=")[:-1] not in shown
