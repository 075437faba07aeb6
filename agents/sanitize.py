"""Stage 1: what the customer wrote, without personal data. The boundary behind which no topic holds a raw text.

Fail closed: a redactor that raises, or took longer than ``DEADLINE_S``, lets nothing through.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from faust.types import StreamT

from agents.auto_reply import is_auto_reply
from agents.handler import LoopWiring, StageFunctions, TicketHandler
from agents.injection import injection_suspected
from agents.mail_text import Mail, read_mail
from agents.ports import Helpdesk
from agents.redaction import Detector, Label, Redacted, RedactionSettings, known, redact
from streams.app import StageApp
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import NoText, RedactionFailed, SealUnopenable, TicketError
from streams.events import (
    TEXT_LIMIT,
    Failure,
    Features,
    Redaction,
    Sealed,
    TicketEvent,
    TicketReceived,
    TicketSanitized,
    is_identifier,
)
from streams.facts import NOBODY, Contact
from streams.metrics import REDACTION_FAILURES
from streams.reasons import Channel, FailureReason, Stage
from streams.sealing import KeyRing, open_body

DEADLINE_S = 2.0
"""Seconds one call may take. A regular expression cannot be interrupted, so it is judged afterwards; patterns are
linear and the input is cut first, so that a call takes milliseconds."""


@dataclass(frozen=True)
class SanitizeSettings:
    """What the pure part of the stage needs to know. ``customer_key``: the key of the customers' hashes; empty: none.
    ``own``: detectors of the shop's own, before all others."""

    redaction: RedactionSettings = field(default_factory=lambda: RedactionSettings(text_limit=TEXT_LIMIT))
    customer_key: bytes = field(default=b"", repr=False)
    own: tuple[Detector, ...] = ()
    deadline_s: float = DEADLINE_S


@dataclass(frozen=True)
class Origin:
    """What is known of a message beside its text. ``attachments``: how many."""

    contact: Contact = NOBODY
    subject: str = field(default="", repr=False)
    attachments: int = 0


NOTHING_KNOWN = Origin()


@dataclass(frozen=True)
class SanitizedText:
    """Redacted text; ``redactions`` are offsets (code points) into the raw text that was given."""

    text: str
    redactions: tuple[Redaction, ...]
    features: Features


def sanitize_text(
    raw: str, settings: SanitizeSettings, origin: Origin = NOTHING_KNOWN, clock: Clock = SYSTEM_CLOCK
) -> SanitizedText:
    """The customer's own words in ``raw`` (HTML or text), redacted and cut to the text limit.

    Raises RedactionFailed, and nothing else, when anything goes wrong or takes too long. Its message never holds a
    value, nor has it a cause that could.
    """
    started = clock.monotonic()
    failure = ""
    try:
        sanitized = _sanitize(raw, settings, origin)
    except Exception as exc:  # whatever it was: no text may pass
        failure = f"the redactor raised {type(exc).__name__}"
    else:
        if (seconds := clock.monotonic() - started) > settings.deadline_s:
            failure = f"redaction took {seconds:.1f} s, {settings.deadline_s:.1f} s are allowed"
    if failure:  # raised outside the except block, so that no traceback leads to the text
        raise RedactionFailed(f"{failure}; the text is held back")
    return sanitized


def sanitize_event(
    received: TicketReceived, raw_text: str, settings: SanitizeSettings, origin: Origin = NOTHING_KNOWN
) -> TicketSanitized:
    """The record for ``tickets.sanitized``. Raises RedactionFailed like ``sanitize_text``."""
    sanitized = sanitize_text(raw_text, settings, origin)
    return TicketSanitized(
        **received.derive(Stage.SANITIZE),
        text=sanitized.text,
        redactions=sanitized.redactions,
        features=sanitized.features,
    )


def _sanitize(raw: str, settings: SanitizeSettings, origin: Origin) -> SanitizedText:
    mail = read_mail(raw)
    first = (*settings.own, *known.detectors(origin.contact, settings.redaction))
    redacted = redact(mail.text, settings.redaction, first)
    redactions = []
    for found in redacted.redactions:
        start, end = mail.source_span(found.start, found.end)
        redactions.append(found.model_copy(update={"start": start, "end": end}))
    return SanitizedText(redacted.text, tuple(redactions), _features(mail, redacted, origin, settings))


def _features(mail: Mail, redacted: Redacted, origin: Origin, settings: SanitizeSettings) -> Features:
    word_count = sum(word.isalnum() or any(map(str.isalnum, word)) for word in redacted.text.split())
    return Features(
        word_count=word_count,
        language=redacted.language if word_count else "",
        has_order_number=redacted.has(Label.ORDER),
        has_tracking_number=redacted.has(Label.TRACKING),
        has_email=redacted.has(Label.EMAIL),
        has_phone=redacted.has(Label.PHONE),
        has_attachments=origin.attachments > 0,
        attachment_only=origin.attachments > 0 and not word_count,
        forwarded=mail.forwarded,
        auto_reply=is_auto_reply(mail.text, subject=origin.subject, sender=origin.contact.email),
        injection_suspected=injection_suspected(mail.text),
        truncated=redacted.truncated,
        customer=customer_hash(origin.contact, settings.customer_key),
    )


def customer_hash(contact: Contact, key: bytes) -> str:
    """32 hexadecimal digits that stand for the customer in per-customer limits: HMAC-SHA256 (RFC 2104) of the e-mail
    address, else of the phone number's digits. Empty without a key, or where nobody is known."""
    who = contact.email.strip().casefold() or re.sub(r"\D", "", contact.phone)
    return hmac.new(key, who.encode(), hashlib.sha256).hexdigest()[:32] if key and who else ""


class Sanitize:
    """The work of the stage: finds the customer's words and lets them through redacted."""

    def __init__(self, helpdesk: Helpdesk, ring: KeyRing, settings: SanitizeSettings) -> None:
        self._helpdesk, self._ring, self._settings = helpdesk, ring, settings

    def now(self, tickets: Sequence[TicketReceived]) -> Sequence[TicketSanitized | TicketError | None]:
        """The sealed bodies' messages; None for a ticket whose message has to be read from the helpdesk; SealUnopenable
        or RedactionFailed in its place for one that may not pass, so that the others are not redacted again."""
        return [self._now(received) for received in tickets]

    def _now(self, received: TicketReceived) -> TicketSanitized | TicketError | None:
        try:
            return self._from_body(received)
        except (SealUnopenable, RedactionFailed) as exc:
            return exc

    def _from_body(self, received: TicketReceived) -> TicketSanitized | None:
        if received.sealed is None:
            return None
        body = open_body(self._ring, received.sealed, received.event_id)
        if not body.message or not body.message.strip():
            return None
        return sanitize_event(received, body.message, self._settings, Origin(body.customer))

    async def work(self, received: TicketReceived) -> TicketSanitized:
        """The sealed body's message, else the comment that ``message_id`` names, else the newest customer comment.

        Raises SealUnopenable, RedactionFailed, NoText, or the helpdesk's VendorError.
        """
        return self._from_body(received) or await self._from_helpdesk(received)

    def carry(self, ticket: TicketEvent, failure: Failure) -> TicketSanitized:
        """The record of a ticket whose text may not pass: no text, and why. It is made once for each failed event,
        unlike the attempts on it, so it is what ``mw_redaction_failures_total`` counts."""
        if failure.reason in (FailureReason.REDACTION_FAILED, FailureReason.SEAL_UNOPENABLE):
            REDACTION_FAILURES.inc()
        return TicketSanitized(**{**ticket.derive(Stage.SANITIZE), "failure": ticket.failure or failure})

    def keep(self, raw: bytes, event_id: uuid.UUID) -> Sealed:
        """What a dead letter of this stage keeps of its record: everything, sealed."""
        return self._ring.seal(raw, event_id.bytes)

    async def _from_helpdesk(self, received: TicketReceived) -> TicketSanitized:
        conversation = await self._helpdesk.read_conversation(received.conversation_id)
        comment = conversation.customer_message(received.message_id)
        text = (comment.text or comment.html) if comment else ""
        if comment is None or not (text.strip() or comment.attachments):
            raise NoText("the conversation holds no such customer message")
        found: dict[str, object] = {}
        if received.message_id is None and is_identifier(comment.id):
            found["message_id"] = comment.id
        if received.channel is Channel.UNKNOWN:
            found["channel"] = conversation.channel
        origin = Origin(conversation.contact, conversation.subject, comment.attachments)
        return sanitize_event(received.model_copy(update=found), text, self._settings, origin)


def attach(app: StageApp, sanitize: Sanitize, loop: LoopWiring, may_run: Callable[[], bool]) -> None:
    """Give ``app`` its agent."""
    functions = StageFunctions(
        Stage.SANITIZE, TicketReceived, sanitize.carry, may_run, sanitize.now, sanitize.work, sanitize.keep
    )
    handler = TicketHandler(functions, loop.names)

    @app.agent(app.source, name=Stage.SANITIZE.value)
    async def sanitize_tickets(stream: StreamT[bytes]) -> None:
        await app.run_stage(stream, handler, loop.post, loop.limits)
