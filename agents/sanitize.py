"""Stage 1: what the customer wrote, without personal data. The boundary behind which no topic holds a raw text.

Fail closed: a redactor that raises, or took longer than ``DEADLINE_S``, lets nothing through.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from faust.types import StreamT

from agents.handler import LoopWiring, StageFunctions, TicketHandler
from agents.mail_text import read_mail, source_span
from agents.ports import Helpdesk
from agents.redaction import Detector, Label, Redacted, RedactionSettings, redact
from streams.app import StageApp
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import NoText, RedactionFailed
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
from streams.metrics import REDACTION_FAILURES
from streams.reasons import Channel, Stage
from streams.sealing import KeyRing, open_body

DEADLINE_S = 2.0
"""Seconds one call may take. A regular expression cannot be interrupted, so it is judged afterwards; patterns are
linear and the input is cut first, so that a call takes milliseconds."""


@dataclass(frozen=True)
class SanitizeSettings:
    """What the pure part of the stage needs to know. ``known``: detectors that know the ticket's contact record."""

    redaction: RedactionSettings = field(default_factory=lambda: RedactionSettings(text_limit=TEXT_LIMIT))
    known: tuple[Detector, ...] = ()
    deadline_s: float = DEADLINE_S


@dataclass(frozen=True)
class SanitizedText:
    """Redacted text; ``redactions`` are offsets (code points) into the raw text that was given."""

    text: str
    redactions: tuple[Redaction, ...]
    features: Features


def sanitize_text(raw: str, settings: SanitizeSettings, clock: Clock = SYSTEM_CLOCK) -> SanitizedText:
    """The customer's own words in ``raw`` (HTML or text), redacted and cut to the text limit.

    Raises RedactionFailed, and nothing else, when anything goes wrong or takes too long; counted in
    ``mw_redaction_failures_total``. The message never holds a value, nor does the exception a cause that could.
    """
    started = clock.monotonic()
    failure = ""
    try:
        sanitized = _sanitize(raw, settings)
    except Exception as exc:  # whatever it was: no text may pass
        failure = f"the redactor raised {type(exc).__name__}"
    else:
        if (seconds := clock.monotonic() - started) > settings.deadline_s:
            failure = f"redaction took {seconds:.1f} s, {settings.deadline_s:.1f} s are allowed"
    if failure:  # raised outside the except block, so that no traceback leads to the text
        REDACTION_FAILURES.inc()
        raise RedactionFailed(f"{failure}; the text is held back")
    return sanitized


def sanitize_event(
    received: TicketReceived, raw_text: str, settings: SanitizeSettings, clock: Clock = SYSTEM_CLOCK
) -> TicketSanitized:
    """The record for ``tickets.sanitized``. Raises RedactionFailed like ``sanitize_text``."""
    sanitized = sanitize_text(raw_text, settings, clock)
    return TicketSanitized(
        **received.derive(Stage.SANITIZE),
        text=sanitized.text,
        redactions=sanitized.redactions,
        features=sanitized.features,
    )


def _sanitize(raw: str, settings: SanitizeSettings) -> SanitizedText:
    steps = read_mail(raw)
    redacted = redact(steps[-1].text, settings.redaction, settings.known)
    redactions = []
    for found in redacted.redactions:
        start, end = source_span(steps, found.start, found.end)
        redactions.append(Redaction(label=found.label, start=start, end=end))
    return SanitizedText(redacted.text, tuple(redactions), _features(redacted))


def _features(redacted: Redacted) -> Features:
    return Features(
        word_count=sum(any(map(str.isalnum, word)) for word in redacted.text.split()),
        has_order_number=redacted.has(Label.ORDER),
        has_tracking_number=redacted.has(Label.TRACKING),
        has_email=redacted.has(Label.EMAIL),
        has_phone=redacted.has(Label.PHONE),
        truncated=redacted.truncated,
    )


class Sanitize:
    """The work of the stage: finds the customer's words and lets them through redacted."""

    def __init__(self, helpdesk: Helpdesk, ring: KeyRing, settings: SanitizeSettings) -> None:
        self._helpdesk, self._ring, self._settings = helpdesk, ring, settings

    def now(self, tickets: Sequence[TicketReceived]) -> Sequence[TicketSanitized | None]:
        """The sealed bodies' messages; None for a ticket whose message has to be read from the helpdesk.

        Raises SealUnopenable or RedactionFailed.
        """
        return [self._from_body(received) for received in tickets]

    def _from_body(self, received: TicketReceived) -> TicketSanitized | None:
        if received.sealed is None:
            return None
        body = open_body(self._ring, received.sealed, received.event_id)
        if not body.message or not body.message.strip():
            return None
        return sanitize_event(received, body.message, self._settings)

    async def work(self, received: TicketReceived) -> TicketSanitized:
        """The sealed body's message, else the comment that ``message_id`` names, else the newest customer comment.

        Raises SealUnopenable, RedactionFailed, NoText, or the helpdesk's VendorError.
        """
        return self._from_body(received) or await self._from_helpdesk(received)

    def carry(self, ticket: TicketEvent, failure: Failure) -> TicketSanitized:
        """The record of a ticket whose text may not pass: no text, and why."""
        return TicketSanitized(**{**ticket.derive(Stage.SANITIZE), "failure": ticket.failure or failure})

    def keep(self, raw: bytes, event_id: uuid.UUID) -> Sealed:
        """What a dead letter of this stage keeps of its record: everything, sealed."""
        return self._ring.seal(raw, event_id.bytes)

    async def _from_helpdesk(self, received: TicketReceived) -> TicketSanitized:
        conversation = await self._helpdesk.read_conversation(received.conversation_id)
        comment = conversation.customer_message(received.message_id)
        if comment is None or not (comment.text or comment.html).strip():
            raise NoText("the conversation holds no such customer message")
        found: dict[str, object] = {}
        if received.message_id is None and is_identifier(comment.id):
            found["message_id"] = comment.id
        if received.channel is Channel.UNKNOWN:
            found["channel"] = conversation.channel
        return sanitize_event(received.model_copy(update=found), comment.text or comment.html, self._settings)


def attach(app: StageApp, sanitize: Sanitize, loop: LoopWiring, may_run: Callable[[], bool]) -> None:
    """Give ``app`` its agent."""
    functions = StageFunctions(
        Stage.SANITIZE, TicketReceived, sanitize.carry, may_run, sanitize.now, sanitize.work, sanitize.keep
    )
    handler = TicketHandler(functions, loop.names)

    @app.agent(app.source, name=Stage.SANITIZE.value)
    async def sanitize_tickets(stream: StreamT[bytes]) -> None:
        await app.run_stage(stream, handler, loop.post, loop.limits)
