"""The helpdesk's JSON: read as meant, leniently where it is odd, refused where it is no ticket."""

from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.richpanel_answers import NotATicket, channel_of, conversation
from streams.facts import Conversation
from streams.reasons import Channel

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_NAMES = ["status", "subject", "assignee_id", "via", "customer", "tags", "comments"]
_COMMENT_NAMES = ["id", "body", "plain_body", "created_at", "attachments", "via"]


def _read(**fields: Any) -> Conversation:
    return conversation({"ticket": {"id": "t", **fields}})


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("email", Channel.EMAIL),
        ("Email", Channel.EMAIL),
        ("messenger", Channel.LIVECHAT),
        ("live_chat", Channel.LIVECHAT),
        ("Live Chat", Channel.LIVECHAT),
        ("facebook_message", Channel.SOCIAL),
        ("instagram", Channel.SOCIAL),
        ("whatsapp", Channel.SOCIAL),
        ("tiktok", Channel.TIKTOK),
        ("aircall", Channel.PHONE),
        ("", Channel.UNKNOWN),
        ("emails from the moon", Channel.UNKNOWN),
    ],
)
def test_channels(name: str, channel: Channel):
    assert channel_of(name) is channel
    assert _read(via={"channel": name}).channel is channel


@pytest.mark.parametrize(("via", "customer"), [({"isOperator": False}, True), ({"isOperator": True}, False)])
def test_who_wrote_a_comment(via: dict[str, Any], customer: bool):
    assert _read(comments=[{"id": "c", "via": via}]).comments[0].from_customer is customer


@pytest.mark.parametrize("via", [None, {}, "x", {"isOperator": None}, {"isOperator": 0}, {"isOperator": "false"}])
def test_a_comment_that_does_not_say_who_wrote_it_is_not_the_customers(via: Any):
    assert _read(comments=[{"id": "c", "via": via}]).comments[0].from_customer is False


def test_comments_come_oldest_first_whatever_the_order_and_the_form_of_their_times():
    found = _read(
        comments=[
            {"id": "third", "created_at": "2026-11-03T00:00:00Z"},
            {"id": "first", "created_at": 1_793_491_200_000},
            {"id": "second", "created_at": "2026-11-02T00:00:00"},
        ]
    )
    assert [c.id for c in found.comments] == ["first", "second", "third"]
    assert found.comments[1].created_at == datetime(2026, 11, 2, tzinfo=UTC)


def test_comments_keep_their_order_where_one_has_no_time():
    found = _read(comments=[{"id": "a", "created_at": "2026-11-03T00:00:00Z"}, {"id": "b"}, {"id": "c"}])
    assert [c.id for c in found.comments] == ["a", "b", "c"]


def test_text_prefers_the_plain_body_and_html_keeps_the_body():
    both, one = _read(comments=[{"body": "<p>hi</p>", "plain_body": "hi"}, {"body": "hello"}]).comments
    assert (both.text, both.html) == ("hi", "<p>hi</p>")
    assert (one.text, one.html) == ("hello", "hello")
    assert (both.id, one.id) == ("comment-1", "comment-2")


def test_ids_and_tags_in_other_forms():
    found = conversation({"ticket": {"id": 17, "assignee_id": 5, "tags": ["a", {"id": 1, "name": "b"}, None, 7]}})
    assert (found.id, found.assignee_id, found.tags) == ("17", "5", {"a", "b", "7"})


@pytest.mark.parametrize(
    "answer",
    [None, [], "ticket", {}, {"ticket": None}, {"ticket": []}, {"ticket": {}}, {"ticket": {"id": ""}}, {"ok": True}],
)
def test_what_is_no_ticket_is_refused(answer: Any):
    with pytest.raises(NotATicket):
        conversation(answer)


@given(st.dictionaries(st.sampled_from(_NAMES), _JSON))
def test_odd_fields_never_cost_the_ticket(fields: dict[str, Any]):
    assert _read(**fields).id == "t"


@given(st.lists(st.dictionaries(st.sampled_from(_COMMENT_NAMES), _JSON), max_size=4))
def test_odd_comments_are_all_kept(comments: list[dict[str, Any]]):
    assert len(_read(comments=comments).comments) == len(comments)


@given(_JSON)
def test_any_json_is_a_ticket_or_refused_without_its_values(answer: Any):
    has_id = isinstance(answer, dict) and conversation_id(answer.get("id")) != ""
    with nullcontext() if has_id else pytest.raises(NotATicket, match=r"^[a-z0-9_., :]*$"):
        conversation({"ticket": answer})


def conversation_id(value: Any) -> str:
    """What counts as an id: a text, or a number that is no truth value."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


CONTACTS = [
    pytest.param({}, None, ("", "", "", ""), id="nothing known"),
    pytest.param({"address": "jane@example.com"}, None, ("", "jane@example.com", "", ""), id="mail"),
    pytest.param("Jane Doe <jane@example.com>", None, ("Jane Doe", "jane@example.com", "", ""), id="one text"),
    pytest.param({"address": "+1 415 555 2671"}, None, ("", "", "+1 415 555 2671", ""), id="phone"),
    pytest.param({"address": "12345"}, None, ("", "", "", ""), id="an id of a chat"),
    pytest.param({"name": "Jane", "email": "j@example.com"}, {}, ("Jane", "j@example.com", "", ""), id="fields"),
    pytest.param(
        {"address": "old@example.com", "name": "J"},
        {"first_name": "Jane", "last_name": "Doe", "email": "new@example.com", "phone": 4155552671},
        ("Jane Doe", "new@example.com", "4155552671", ""),
        id="the record knows more",
    ),
    pytest.param(
        None,
        {"name": "Jane", "address": {"line1": "12 Oak Lane", "zip": 62704, "geo": {"lat": 1}}},
        ("Jane", "", "", "12 Oak Lane\n62704"),
        id="an address of lines",
    ),
    pytest.param(["?"], "jane@example.com", ("", "", "", "jane@example.com"), id="odd"),
]


@pytest.mark.parametrize(("sender", "customer", "known"), CONTACTS)
def test_who_the_customer_is(sender: Any, customer: Any, known: tuple[str, str, str, str]):
    contact = _read(via={"channel": "email", "source": {"from": sender}}, customer=customer).contact
    assert (contact.name, contact.email, contact.phone, contact.address) == known
    assert not any(value in repr(contact) for value in known if value)


def test_attachments_are_counted():
    found = _read(comments=[{"id": "a", "attachments": [{"name": "x.png"}, "y"]}, {"id": "b", "attachments": "?"}])
    assert [c.attachments for c in found.comments] == [2, 0]
