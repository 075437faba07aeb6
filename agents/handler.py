"""From the stage loop's bytes to a ticket and back: decoding, carrying failures on, dead letters. One way for all."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import orjson

from streams import metrics
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import BadKey, OutputTooLarge, TicketError, Undecodable
from streams.events import DeadLetter, Failure, Sealed, TicketEvent, is_identifier
from streams.reasons import FailureReason, Stage
from streams.topics import STAGE_TOPICS, Names, TopicName
from streams.work import Answer, LoopLimits, Output, Post, SourceRecord

In = TypeVar("In", bound=TicketEvent)
Out = TypeVar("Out", bound=TicketEvent)

_NO_EVENT = uuid.UUID("6f0c9a52-6d3c-5f0e-9a51-2f1f0a1f3d9b")  # names events whose own id cannot be read


@dataclass(frozen=True)
class LoopWiring:
    """What every agent hands to the stage loop: names on the cluster, confirmed publishing, limits."""

    names: Names
    post: Post
    limits: LoopLimits


@dataclass(frozen=True)
class StageFunctions(Generic[In, Out]):
    """What makes one stage. ``carry`` turns a failed ticket into the record that goes on; it must not fail.

    ``now`` answers for many tickets at once, None for one that has to wait, an error for one that failed alone;
    ``work`` does one that waits. A stage that never waits has no ``work``, one that always waits no ``now``.
    """

    stage: Stage
    takes: type[In]
    carry: Callable[[TicketEvent, Failure], Out]
    may_run: Callable[[], bool]
    now: Callable[[Sequence[In]], Sequence[Out | TicketError | None]] | None = None
    work: Callable[[In], Awaitable[Out]] | None = None
    keep: Callable[[bytes, uuid.UUID], Sealed] | None = None  # seals what a dead letter may keep; sanitize only


class TicketHandler(Generic[In, Out]):
    """A ``streams.stage.StageWork`` over ticket events."""

    def __init__(self, functions: StageFunctions[In, Out], names: Names, clock: Clock = SYSTEM_CLOCK) -> None:
        self._functions = functions
        self._sink = names.topic(STAGE_TOPICS[functions.stage][1])
        self._dead = names.topic(TopicName.DEAD)
        self._clock = clock

    @property
    def stage(self) -> Stage:
        """Which stage this is."""
        return self._functions.stage

    def open(self) -> bool:
        """True while this stage may start work."""
        return self._functions.may_run()

    def now(self, records: Sequence[SourceRecord]) -> Sequence[Answer]:
        """Decode, work, encode, for what needs no waiting. Raises what the stage's function raises."""
        if self._functions.now is None:
            return [None] * len(records)
        answers: list[Answer] = [None] * len(records)
        tickets: list[In] = []
        places: list[int] = []
        for place, record in enumerate(records):
            try:
                tickets.append(self._decode(record))
                places.append(place)
            except Undecodable as exc:
                answers[place] = exc
        for place, derived in zip(places, self._functions.now(tickets) if tickets else (), strict=True):
            if derived is None or isinstance(derived, TicketError):
                answers[place] = derived
            else:
                answers[place] = self._encode(derived)
        return answers

    async def handle(self, record: SourceRecord) -> Sequence[Output]:
        """Decode, work, encode. Raises TicketError."""
        ticket = self._decode(record)
        if self._functions.work is not None:
            derived: Out | None = await self._functions.work(ticket)
        else:
            assert self._functions.now is not None
            (alone,) = self._functions.now([ticket])
            if isinstance(alone, TicketError):
                raise alone
            derived = alone
        assert derived is not None
        return self._encode(derived)

    def _decode(self, record: SourceRecord) -> In:
        ticket = self._functions.takes.decode(record.value or b"")
        if record.key != ticket.key:
            raise Undecodable("the record's key is not its conversation id")
        return ticket

    def _encode(self, derived: Out) -> Sequence[Output]:
        return (Output(self._sink, derived.key, derived.encode()),)

    def failed(self, record: SourceRecord, error: Exception, attempts: int) -> Sequence[Output]:
        """A dead letter, and the ticket going on with its failure (unless its key names no conversation)."""
        reason = error.reason if isinstance(error, TicketError) else FailureReason.UNEXPECTED
        failure = Failure(stage=self.stage, reason=reason, error_class=type(error).__name__, attempts=attempts)
        ticket = self._salvage(record)
        if ticket is None:
            failure = failure.model_copy(update={"reason": FailureReason.BAD_KEY, "error_class": BadKey.__name__})
        metrics.DEAD_LETTERS.labels(self.stage, failure.reason).inc()
        letter = self._letter(record, ticket, failure)
        # A key that names no conversation could hold anything: it is not repeated.
        outputs = [Output(self._dead, ticket.key if ticket else b"unknown", letter.encode())]
        if ticket is not None:
            outputs.append(Output(self._sink, ticket.key, self._carried(ticket, failure)))
        return outputs

    def _carried(self, ticket: TicketEvent, failure: Failure) -> bytes:
        try:
            return self._functions.carry(ticket, failure).encode()
        except OutputTooLarge:
            # What the record brings along does not fit together with its failure: only what names the ticket goes on.
            named = {name: getattr(ticket, name) for name in TicketEvent.model_fields if name != "failure"}
            return self._functions.carry(TicketEvent(**named), failure).encode()

    def _salvage(self, record: SourceRecord) -> TicketEvent | None:
        """The ticket as far as it can be read: whole, its common fields, or its key alone; None without a key."""
        raw = record.value or b""
        for model in (self._functions.takes, TicketEvent):
            try:
                ticket = model.decode(raw)
            except Undecodable:
                continue
            if ticket.key == record.key:
                return ticket
        conversation_id = (record.key or b"").decode(errors="replace")
        if not is_identifier(conversation_id):
            return None
        event_id = _readable_event_id(raw) or uuid.uuid5(_NO_EVENT, (record.key or b"").hex() + raw.hex())
        return TicketEvent(
            id=event_id,
            event_id=event_id,
            trace_id=event_id.hex,
            conversation_id=conversation_id,
            received_at=self._clock.now(),
        )

    def _letter(self, record: SourceRecord, ticket: TicketEvent | None, failure: Failure) -> DeadLetter:
        raw = record.value or b""
        event_id = ticket.event_id if ticket else uuid.uuid5(_NO_EVENT, (record.key or b"").hex() + raw.hex())
        keep = self._functions.keep
        return DeadLetter(
            id=uuid.uuid5(event_id, f"dead:{self.stage.value}"),
            event_id=event_id,
            trace_id=ticket.trace_id if ticket else None,
            conversation_id=ticket.conversation_id if ticket else None,
            stage=self.stage,
            reason=failure.reason,
            error_class=failure.error_class,
            attempts=failure.attempts,
            source_topic=record.topic,
            source_partition=record.partition,
            source_offset=record.offset,
            died_at=self._clock.now(),
            sealed=keep(raw, event_id) if keep is not None and len(raw) <= 128 * 1024 else None,
        )


def _readable_event_id(raw: bytes) -> uuid.UUID | None:
    try:
        value = orjson.loads(raw)
        return uuid.UUID(value["event_id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
