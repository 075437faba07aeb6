"""The sanitize stage's pure part: offsets into the raw input, features, and failing closed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.handler import StageFunctions, TicketHandler
from agents.redaction import Label, Span, View
from agents.sanitize import Origin, Sanitize, SanitizeSettings, customer_hash, sanitize_event, sanitize_text
from streams.clock import ManualClock
from streams.errors import NoText, RedactionFailed, SealUnopenable
from streams.events import TEXT_LIMIT, Failure, TicketReceived, TicketSanitized, derived_id
from streams.facts import NOBODY, Contact
from streams.metrics import REDACTION_FAILURES
from streams.reasons import Channel, FailureReason, Stage
from streams.sealing import KeyRing, SealedBody, seal_body
from streams.topics import Names
from streams.work import SourceRecord

SETTINGS = SanitizeSettings()

RAW = [
    pytest.param("mail jane@example.com", ["jane@example.com"], id="plain text"),
    pytest.param("<p>mail <b>jane@example.com</b></p>", ["jane@example.com"], id="html"),
    pytest.param("<p>mail jane@<b>example</b>.com</p>", ["jane@<b>example</b>.com"], id="a tag inside the value"),
    pytest.param(
        "<p>&#106;ane&#64;example.com &amp; co</p>", ["&#106;ane&#64;example.com"], id="entities in the value"
    ),
    pytest.param("<td>4111 1111</td>\n<td>1111 1111</td>", ["4111 1111</td>\n<td>1111 1111"], id="split over cells"),
    pytest.param(
        "<blockquote>old a@b.com</blockquote><p>call 415-555-2671</p>", ["415-555-2671"], id="behind quoted html"
    ),
    pytest.param("> old a@b.com\n> old\n\ncall 415-555-2671", ["415-555-2671"], id="behind quoted lines"),
    pytest.param(
        "order #1001\n\nOn 5 Jan 2026, Shop <s@x.com> wrote:\n> a@b.com", ["#1001"], id="before quoted history"
    ),
    pytest.param("&lt;p&gt;mail jane@example.com&lt;/p&gt;<br>", ["jane@example.com"], id="html escaped once more"),
    pytest.param("a\u200b@example.com\r\n\u200b415-555-2671", ["a\u200b@example.com", "415-555-2671"], id="invisible"),
    pytest.param("😀 jane@example.com", ["jane@example.com"], id="code points beyond the first plane"),
]


@pytest.mark.parametrize(("raw", "values"), RAW)
def test_offsets_are_into_the_raw_input(raw: str, values: list[str]) -> None:
    sanitized = sanitize_text(raw, SETTINGS)
    assert [raw[found.start : found.end] for found in sanitized.redactions] == values
    assert not any(value in sanitized.text for value in values)


def test_features_are_found_before_the_values_go() -> None:
    raw = "<p>order #1001, 1Z999AA10123456784, jane@example.com, 415-555-2671 - thanks</p>"
    features = sanitize_text(raw, SETTINGS).features
    assert features.model_dump(exclude_defaults=True) == {
        "word_count": 6,
        "language": "en",
        "has_order_number": True,
        "has_tracking_number": True,
        "has_email": True,
        "has_phone": True,
    }
    assert not any(value for name, value in sanitize_text("hello", SETTINGS).features if name.startswith("has_"))


def test_long_input_is_cut_to_the_limit() -> None:
    sanitized = sanitize_text("<p>" + "a@b.com word " * 20_000 + "</p>", SETTINGS)
    assert len(sanitized.text) <= TEXT_LIMIT
    assert sanitized.features.truncated


def received() -> TicketReceived:
    """A ticket as ingress writes it."""
    return TicketReceived(
        id=uuid.UUID(int=1),
        event_id=uuid.UUID(int=2),
        trace_id="0" * 32,
        conversation_id="c-1",
        message_id="m-1",
        channel=Channel.EMAIL,
        received_at=ManualClock().now(),
    )


def test_the_event_derives_from_what_was_received() -> None:
    event = sanitize_event(received(), "order #1001 from jane@example.com", SETTINGS)
    assert event.id == derived_id(received().event_id, Stage.SANITIZE)
    assert (event.conversation_id, event.message_id, event.channel) == ("c-1", "m-1", Channel.EMAIL)
    assert event.text == "order [ORDER_1] from [EMAIL_1]"
    assert TicketSanitized.decode(event.encode()) == event


def test_a_failure_of_an_earlier_stage_is_carried_on() -> None:
    failure = Failure(stage=Stage.SANITIZE, reason=FailureReason.NO_TEXT, error_class="NoText", attempts=1)
    assert sanitize_event(received().model_copy(update={"failure": failure}), "", SETTINGS).failure == failure


def broken(view: View) -> Iterator[Span]:
    """A detector with a bug, whose message holds what it saw."""
    raise ValueError(view.text)


def test_a_redactor_that_raises_lets_nothing_through() -> None:
    with pytest.raises(RedactionFailed) as caught:
        sanitize_text("jane@example.com", SanitizeSettings(own=(broken,)))
    assert str(caught.value) == "the redactor raised ValueError; the text is held back"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(("seconds", "fails"), [(1.9, False), (2.1, True)])
def test_a_call_that_took_too_long_lets_nothing_through(seconds: float, fails: bool) -> None:
    clock = ManualClock()

    def slow(view: View) -> Iterator[Span]:
        if clock.monotonic() == 0:
            clock.advance(seconds)
        yield from ()

    if fails:
        with pytest.raises(RedactionFailed, match=r"took 2\.1 s"):
            sanitize_text("hello", SanitizeSettings(own=(slow,)), clock=clock)
    else:
        assert sanitize_text("hello", SanitizeSettings(own=(slow,)), clock=clock).text == "hello"


async def test_a_text_that_is_held_back_counts_once_however_often_it_was_tried() -> None:
    ring = KeyRing({"k": bytes(32)})
    sealed = seal_body(ring, SealedBody(message="jane@example.com"), received().event_id)
    ticket = received().model_copy(update={"sealed": sealed})
    sanitize = Sanitize(None, ring, SanitizeSettings(own=(broken,)))  # type: ignore[arg-type]  # nobody is asked
    functions = StageFunctions(
        Stage.SANITIZE, TicketReceived, sanitize.carry, bool, sanitize.now, sanitize.work, sanitize.keep
    )
    handler = TicketHandler(functions, Names(""))
    record = SourceRecord("tickets.inbound", 0, 0, ticket.key, ticket.encode())
    before = REDACTION_FAILURES._value.get()
    (answer,) = handler.now([record])
    assert isinstance(answer, RedactionFailed)
    with pytest.raises(RedactionFailed) as caught:
        await handler.handle(record)
    letter, carried = handler.failed(record, caught.value, 1)
    assert REDACTION_FAILURES._value.get() == before + 1
    assert b"jane" not in letter.value + carried.value
    handler.failed(record, SealUnopenable("its key is gone"), 1)
    handler.failed(record, NoText("nothing there"), 1)
    assert REDACTION_FAILURES._value.get() == before + 2


def test_one_text_that_fails_costs_the_others_of_its_batch_nothing() -> None:
    seen: list[str] = []

    def fails_on_poison(view: View) -> Iterator[Span]:
        seen.append(view.text)
        if "poison" in view.text:
            raise ValueError
        yield from ()

    ring = KeyRing({"k": bytes(32)})
    sanitize = Sanitize(None, ring, SanitizeSettings(own=(fails_on_poison,)))  # type: ignore[arg-type]
    tickets = []
    for number, message in enumerate(("first", "poison", "last")):
        event = received().model_copy(update={"event_id": uuid.UUID(int=10 + number)})
        body = seal_body(ring, SealedBody(message=message), event.event_id)
        tickets.append(event.model_copy(update={"sealed": body}))
    first, failed, last = sanitize.now(tickets)
    assert isinstance(failed, RedactionFailed)
    assert [getattr(one, "text", "") for one in (first, last)] == ["first", "last"]
    assert seen == ["first", "poison", "last"]


def test_a_detector_of_the_shop_is_asked() -> None:
    def contact(view: View) -> Iterator[Span]:
        at = view.text.find("Jane")
        if at >= 0:
            yield Span(at, at + 4, Label.NAME, "jane")

    assert sanitize_text("<p>Jane was here</p>", SanitizeSettings(own=(contact,))).text == "[NAME_1] was here"


parts = st.sampled_from(
    [
        *("<p>", "</p>", "<br>", "<b>", "</b>", "<blockquote>", "<script>", "&lt;", "&gt;", "&amp;", "&#64;", "> "),
        *("On 5 Jan 2026 x wrote:", "From: x\nSent: y\nTo: z\n", "Thanks,\nJane", "\n", " ", "a", "1", "12", "\u200b"),
        *("jane@example.com", "4111 1111 1111 1111", "order #1001", "415-", "555-2671", "[EMAIL_1]"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(parts, st.text(max_size=3)), max_size=20).map("".join))
def test_sanitizing_twice_is_sanitizing_once_and_spans_stay_inside(raw: str) -> None:
    once = sanitize_text(raw, SETTINGS)
    assert sanitize_text(raw, SETTINGS) == once
    assert sanitize_text(once.text, SETTINGS).text == once.text
    assert all(0 <= found.start < found.end <= len(raw) for found in once.redactions)
    assert [found.start for found in once.redactions] == sorted(found.start for found in once.redactions)


def test_what_is_known_of_the_message_shows_in_its_features() -> None:
    contact = Contact(name="Jane Quorvex", email="Jane@Example.com ")
    keyed = SanitizeSettings(customer_key=b"a key of sixteen")
    told = sanitize_text("Wo ist meine Bestellung? Ich bin nicht da. QUORVEX", keyed, Origin(contact, attachments=2))
    assert told.text.endswith("[NAME_1]")
    assert (told.features.language, told.features.has_attachments, told.features.attachment_only) == ("de", True, False)
    assert told.features.customer == customer_hash(Contact(email="jane@example.com"), b"a key of sixteen")
    silent = sanitize_text("", keyed, Origin(attachments=1)).features
    assert (silent.attachment_only, silent.language, silent.customer) == (True, "", "")


def test_a_customers_hash_needs_a_key_and_somebody_and_tells_neither() -> None:
    contact = Contact(email="jane@example.com")
    assert customer_hash(contact, b"") == customer_hash(NOBODY, b"key") == ""
    assert customer_hash(contact, b"key") != customer_hash(contact, b"other")
    by_phone = customer_hash(Contact(phone="+1 (415) 555-2671"), b"key")
    assert by_phone == customer_hash(Contact(phone="14155552671"), b"key")
    assert len(by_phone) == 32
