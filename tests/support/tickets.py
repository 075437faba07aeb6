"""One ticket event's records, from webhook to outcome, as the stages would write them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from streams.control import ControlState
from streams.decision import Decision, DecisionInputs, GateVerdict, IntentScore, Tier0Signal
from streams.events import (
    DeadLetter,
    Failure,
    Features,
    Redaction,
    Sealed,
    TicketClassified,
    TicketDecided,
    TicketEvent,
    TicketOutcome,
    TicketReceived,
    TicketSanitized,
    derived_id,
)
from streams.reasons import Channel, DecisionReason, FailureReason, OutcomeResult, Stage
from streams.topics import TopicName

RECEIVED_AT = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
CANARY = "my name is Canary Bird"
"""Stands in each field that may hold a customer's words; no command may ever show it."""


def received(conversation_id: str, number: int = 0) -> TicketReceived:
    """A webhook with a sealed body."""
    event_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{conversation_id}/{number}")
    return TicketReceived(
        id=event_id,
        event_id=event_id,
        trace_id=event_id.hex,
        conversation_id=conversation_id,
        message_id=f"m{number}",
        channel=Channel.EMAIL,
        received_at=RECEIVED_AT + timedelta(minutes=number),
        trigger=CANARY,
        sealed=Sealed(key_id="k1", nonce="bm9uY2U=", ciphertext="Y2FuYXJ5"),
    )


def way_through(first: TicketReceived) -> dict[TopicName, TicketEvent]:
    """All records of a routed ticket event, by topic."""
    features = Features(word_count=38, has_order_number=True)
    intents = (IntentScore(intent="order_status_tracking", confidence=0.91),)
    signals = (Tier0Signal(signal="privacy_request", rule="delete-my-data"),)
    redactions = (
        Redaction(label="EMAIL", start=0, end=5),
        Redaction(label="PHONE", start=9, end=12),
        Redaction(label="EMAIL", start=20, end=25),
    )
    decision = Decision(
        intent="order_status_tracking",
        priority=4,
        tier=0,
        team="Leadership Team",
        tags=("mw-processed", "mw-needs-leadership"),
        routing_confidence=0.91,
        gates=(GateVerdict(gate="tier0", passed=False, reason=DecisionReason.TIER0_SIGNAL),),
        reasons=(DecisionReason.TIER0_SIGNAL,),
    )
    control = ControlState().view(RECEIVED_AT, stale=False)
    outcome = TicketOutcome(
        **first.derive(Stage.ACT),
        result=OutcomeResult.ROUTED,
        intent=decision.intent,
        team=decision.team,
        tier=0,
        tags=decision.tags,
        reasons=decision.reasons,
        vendor_calls=3,
        control_epoch=6,
        finished_at=first.received_at + timedelta(seconds=0.35),
    )
    return {
        TopicName.INBOUND: first,
        TopicName.SANITIZED: TicketSanitized(
            **first.derive(Stage.SANITIZE), text=CANARY, redactions=redactions, features=features
        ),
        TopicName.CLASSIFIED: TicketClassified(
            **first.derive(Stage.CLASSIFY), intents=intents, tier0=signals, model="local-1", features=features
        ),
        TopicName.DECIDED: TicketDecided(
            **first.derive(Stage.POLICY),
            decision=decision,
            inputs=DecisionInputs(intents=intents, tier0=signals, control=control, playbook="2026.11.1"),
        ),
        TopicName.OUTCOMES: outcome,
    }


def dead_letter(
    first: TicketReceived, stage: Stage = Stage.SANITIZE, reason: FailureReason = FailureReason.SEAL_UNOPENABLE
) -> DeadLetter:
    """What ``stage`` writes of a ticket event that it cannot handle."""
    return DeadLetter(
        id=derived_id(first.event_id, stage),
        event_id=first.event_id,
        trace_id=first.trace_id,
        conversation_id=first.conversation_id,
        stage=stage,
        reason=reason,
        error_class="SealUnopenable",
        attempts=1,
        source_topic="tickets.inbound",
        source_partition=4,
        source_offset=17,
        died_at=first.received_at + timedelta(seconds=1),
        sealed=first.sealed,
    )


def failed(first: TicketReceived) -> TicketSanitized:
    """What goes on in place of a sanitized ticket when sanitize failed."""
    failure = Failure(
        stage=Stage.SANITIZE, reason=FailureReason.SEAL_UNOPENABLE, error_class="SealUnopenable", attempts=1
    )
    return TicketSanitized(**{**first.derive(Stage.SANITIZE), "failure": failure})
