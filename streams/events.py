"""What flows through the topics: one frozen, versioned model per record type.

A record is never changed. Each stage derives a new one whose ``id`` is ``derived_id(event_id, stage)``, so that a
copy made after a crash carries the same id. Fields a reader does not know are left out, never passed on.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from streams.decision import Decision, DecisionInputs, IntentName, IntentScore, ModelUsage, Opinion, Tier0Signal
from streams.errors import OutputTooLarge, Undecodable
from streams.reasons import Channel, DecisionReason, FailureReason, ModelResult, OutcomeResult, Stage

# An id that holds no personal data by its shape: no '@', no spaces, no '+'.
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$")]
TraceId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]

_IDENTIFIER: TypeAdapter[str] = TypeAdapter(Identifier)

TEXT_LIMIT = 4_000
"""Characters of customer text a ticket carries at most (contracts: "input cut at 4,000 characters")."""


def is_identifier(value: str) -> bool:
    """Whether ``value`` can be a conversation's or a message's id here."""
    try:
        _IDENTIFIER.validate_python(value)
    except ValidationError:
        return False
    return True


def derived_id(event_id: uuid.UUID, stage: Stage) -> uuid.UUID:
    """The id of the record that ``stage`` derives from ticket event ``event_id``: equal for every copy."""
    return uuid.uuid5(event_id, stage.value)


class Record(BaseModel):
    """Base of everything written to a topic. ``max_bytes`` bounds its encoded size."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    max_bytes: ClassVar[int] = 64 * 1024
    version: Literal[1] = 1

    def encode(self) -> bytes:
        """JSON bytes. Raises OutputTooLarge beyond ``max_bytes``."""
        raw: bytes = self.__pydantic_serializer__.to_json(
            self
        )  # straight to bytes: a third less time than through a dict
        if len(raw) > self.max_bytes:
            raise OutputTooLarge(f"{type(self).__name__} takes {len(raw)} bytes, {self.max_bytes} are allowed")
        return raw

    @classmethod
    def decode(cls, raw: bytes) -> Self:
        """The record in ``raw``. Raises Undecodable, whose message names fields but never values."""
        if len(raw) > cls.max_bytes:
            raise Undecodable(f"{cls.__name__} of {len(raw)} bytes, {cls.max_bytes} are allowed")
        try:
            return cls.model_validate_json(raw)
        except ValidationError as exc:
            what = ", ".join(f"{'.'.join(map(str, e['loc'])) or 'record'}: {e['type']}" for e in exc.errors()[:5])
            raise Undecodable(f"not a {cls.__name__}: {what}") from None


class Sealed(BaseModel):
    """Bytes only sanitize can open: AES-256-GCM, base64 fields, ``key_id`` names the key in the ring."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    key_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
    nonce: str
    ciphertext: str


class Failure(BaseModel):
    """Why an earlier stage could not do its work on this event. Carried on, so that act can tag it."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    stage: Stage
    reason: FailureReason
    error_class: str
    attempts: int


class TicketEvent(Record):
    """What every ticket record carries from ingress to outcome."""

    id: uuid.UUID  # of this record
    event_id: uuid.UUID  # of the ticket event, given at ingress, the same in every derived record
    trace_id: TraceId
    conversation_id: Identifier
    message_id: Identifier | None = None
    channel: Channel = Channel.UNKNOWN
    received_at: AwareDatetime  # when ingress accepted it
    failure: Failure | None = None

    @property
    def key(self) -> bytes:
        """The Kafka key: one conversation, one partition, one order."""
        return self.conversation_id.encode()

    def derive(self, stage: Stage) -> dict[str, Any]:
        """The fields that ``stage``'s record takes over from this one, with its own deterministic ``id``."""
        kept = {name: getattr(self, name) for name in TicketEvent.model_fields if name not in ("id", "version")}
        return {**kept, "id": derived_id(self.event_id, stage)}


class TicketReceived(TicketEvent):
    """``tickets.inbound``: a webhook that was accepted. The body, where one came, is sealed."""

    max_bytes: ClassVar[int] = 128 * 1024
    trigger: Annotated[str, Field(max_length=64)] = ""
    occurred_at: AwareDatetime | None = None
    sealed: Sealed | None = None


class Redaction(BaseModel):
    """One replaced span: ``start`` and ``end`` are offsets into the text before redaction. Never the value.

    ``detector`` found it; ``confidence`` (0 to 1) is the share of its finds that are right on labelled messages.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    label: str
    start: int
    end: int
    detector: Annotated[str, Field(max_length=32)] = ""
    confidence: float = 0.0


class Features(BaseModel):
    """Facts about the text that later stages need, found while the text was still whole."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    word_count: int = 0
    language: Annotated[str, Field(max_length=8)] = ""  # two letters; empty where there is no text
    has_order_number: bool = False
    has_tracking_number: bool = False
    has_email: bool = False
    has_phone: bool = False
    has_attachments: bool = False
    attachment_only: bool = False
    forwarded: bool = False
    auto_reply: bool = False
    injection_suspected: bool = False  # a signal only: it never raises what a ticket is allowed to do
    truncated: bool = False
    customer: Annotated[str, Field(pattern="^([0-9a-f]{32})?$")] = ""  # keyed hash; empty where nobody is known


class TicketSanitized(TicketEvent):
    """``tickets.sanitized``: the only topic with text, and the text is redacted."""

    text: Annotated[str, Field(max_length=TEXT_LIMIT)] = ""
    redactions: tuple[Redaction, ...] = ()
    features: Features = Features()


class TicketClassified(TicketEvent):
    """``tickets.classified``: what the customer wants, with confidences; no text from here on."""

    intents: tuple[IntentScore, ...] = ()
    tier0: tuple[Tier0Signal, ...] = ()
    model: Annotated[str, Field(max_length=130)] = ""
    features: Features = Features()
    opinions: tuple[Opinion, ...] = ()  # one by one, where a language model was asked
    model_result: ModelResult = ModelResult.NOT_ASKED
    usage: ModelUsage | None = None


class TicketDecided(TicketEvent):
    """``tickets.decided``: the decision with every input it was made from, so that it can be replayed."""

    decision: Decision
    inputs: DecisionInputs


class TicketOutcome(TicketEvent):
    """``tickets.outcomes``: the one terminal record of a ticket event."""

    result: OutcomeResult
    intent: IntentName | None = None
    team: str = ""
    tier: int | None = None
    tags: tuple[str, ...] = ()
    reasons: tuple[DecisionReason, ...] = ()
    vendor_calls: int = 0
    control_epoch: int = 0
    finished_at: AwareDatetime


class DeadLetter(Record):
    """``tickets.dead``: a failure with its place, never its text. Only sanitize's keep sealed bytes."""

    max_bytes: ClassVar[int] = 256 * 1024
    id: uuid.UUID
    event_id: uuid.UUID
    trace_id: TraceId | None = None
    conversation_id: Identifier | None = None
    stage: Stage
    reason: FailureReason
    error_class: str
    attempts: int
    source_topic: str
    source_partition: int
    source_offset: int
    died_at: datetime
    sealed: Sealed | None = None
