"""What became of a ticket: the records of its conversation, told stage by stage, without a word of its text.

Every record of a conversation lies in one partition of each topic, so one partition per topic is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Message, TopicPartition

from control.kafka import partition_counts, reader, require_topics
from control.kafka_reading import drain, partition_of
from control.settings import Settings
from streams.errors import CheckFailed, Undecodable
from streams.events import (
    DeadLetter,
    Record,
    TicketClassified,
    TicketDecided,
    TicketEvent,
    TicketOutcome,
    TicketReceived,
    TicketSanitized,
)
from streams.topics import Names, TopicName

MODELS: Mapping[TopicName, type[TicketEvent | DeadLetter]] = {
    TopicName.INBOUND: TicketReceived,
    TopicName.SANITIZED: TicketSanitized,
    TopicName.CLASSIFIED: TicketClassified,
    TopicName.DECIDED: TicketDecided,
    TopicName.OUTCOMES: TicketOutcome,
    TopicName.DEAD: DeadLetter,
}


@dataclass(frozen=True)
class Step:
    """One record of a ticket event. ``at``: when it was written; ``facts``: what may be told of it."""

    name: str
    at: datetime
    facts: Mapping[str, Any]
    copies: int = 1


@dataclass
class Story:
    """One ticket event, its steps in the order of the stages."""

    event_id: str
    trace_id: str | None = None
    channel: str | None = None
    received_at: datetime | None = None
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """A decoded record, and when it was written."""

    topic: TopicName
    record: TicketEvent | DeadLetter
    at: datetime


def explain(settings: Settings, conversation_id: str) -> list[Story]:
    """The stories of all ticket events of a conversation, oldest first.

    Raises CheckFailed where nothing is known of it, DependencyError.
    """
    stories = tell(_records(settings, conversation_id))
    if not stories:
        raise CheckFailed(f"nothing is known of ticket {conversation_id!r}; records are kept for 3 to 35 days")
    return stories


def _records(settings: Settings, conversation_id: str) -> list[Found]:
    """The conversation's records, topic by topic in the order of the stages."""
    names, key = Names(settings.topic_prefix), conversation_id.encode()
    models = {names.topic(name): (name, model) for name, model in MODELS.items()}
    found = []
    with closing(reader(settings)) as consumer:
        require_topics(settings, consumer, list(models))
        counts = partition_counts(settings, consumer)
        places = [TopicPartition(topic, partition_of(key, counts[topic]), OFFSET_BEGINNING) for topic in models]
        for message in drain(settings, consumer, places):
            name, model = models[message.topic() or ""]
            if message.key() == key and (record := _decoded(model, message)) is not None:
                found.append(Found(name, record, datetime.fromtimestamp(message.timestamp()[1] / 1000, UTC)))
    order = list(MODELS)
    return sorted(found, key=lambda each: order.index(each.topic))


def _decoded(model: type[TicketEvent | DeadLetter], message: Message) -> TicketEvent | DeadLetter | None:
    try:
        return model.decode(message.value() or b"")
    except Undecodable:  # the stage that read it wrote a dead letter, which tells the rest
        return None


def tell(found: Iterable[Found]) -> list[Story]:
    """Groups records into stories; copies of a record (made after a crash, equal id) are told once, with their count.

    Pure. Records of an event keep the order in which they come: topic by topic, as stages follow each other.
    """
    stories: dict[str, Story] = {}
    places: dict[str, int] = {}
    for each in found:
        record = each.record
        story = stories.setdefault(str(record.event_id), Story(str(record.event_id)))
        story.trace_id = story.trace_id or record.trace_id
        if isinstance(record, TicketEvent):
            story.channel, story.received_at = record.channel.value, record.received_at
        place = f"{each.topic}/{record.id}"
        if place in places:
            step = story.steps[places[place]]
            story.steps[places[place]] = Step(step.name, step.at, step.facts, step.copies + 1)
            continue
        places[place] = len(story.steps)
        name, facts = _facts(record)
        story.steps.append(Step(name, each.at, facts))
    return sorted(stories.values(), key=_begin)


def _begin(story: Story) -> datetime:
    return story.received_at or story.steps[0].at


def _facts(record: Record) -> tuple[str, dict[str, Any]]:
    for model, (name, tellers) in _TELLERS.items():
        if isinstance(record, model):
            facts = tellers(record)
            failure = getattr(record, "failure", None)
            if failure is not None:
                facts["failed"] = f"{failure.stage.value}: {failure.reason.value} after {failure.attempts} attempts"
            return name, facts
    raise AssertionError(type(record).__name__)


def _received(record: TicketReceived) -> dict[str, Any]:
    body = "sealed body" if record.sealed else "ids only"
    return {"came_with": body, "message_id": record.message_id}


def _sanitized(record: TicketSanitized) -> dict[str, Any]:
    labels = Counter(redaction.label for redaction in record.redactions)
    seen = [name for name, value in record.features.model_dump().items() if value is True]
    return {"words": record.features.word_count, "replaced": dict(sorted(labels.items())), "seen": seen}


def _classified(record: TicketClassified) -> dict[str, Any]:
    return {
        "intents": {score.intent: round(score.confidence, 3) for score in record.intents},
        "signals": [f"{signal.signal} ({signal.rule})" for signal in record.tier0],
        "model": record.model,
    }


def _decided(record: TicketDecided) -> dict[str, Any]:
    decision = record.decision
    return {
        "intent": decision.intent,
        "secondary": list(decision.secondary),
        "team": decision.team,
        "tier": decision.tier,
        "priority": f"P{decision.priority}",
        "confidence": round(decision.routing_confidence, 3),
        "reasons": [reason.value for reason in decision.reasons],
        "order": _order(record),
        "action": decision.action.value,
        "template": decision.template,
        "expires": decision.expires_at,
        "still_needed": [need.value for need in decision.needs],
        "gates": {gate.gate: "passed" if gate.passed else str(gate.reason or "stopped") for gate in decision.gates},
        "tags": list(decision.tags),
        "playbook": record.inputs.playbook,
        "control_epoch": record.inputs.control.epoch,
    }


def _order(record: TicketDecided) -> str | None:
    """What was known of its order; None where it was not looked up."""
    order = record.inputs.order
    if order is None:
        return None
    if order.matches != 1:
        return "none matched for certain" if order.matches == 0 else f"{order.matches} matched"
    seen = ("tracking", order.has_tracking), ("delivered", order.delivered), ("cancelled", order.cancelled)
    return ", ".join(["one matched", *(what for what, true in seen if true)])


def _outcome(record: TicketOutcome) -> dict[str, Any]:
    return {
        "result": record.result.value,
        "seconds": round((record.finished_at - record.received_at).total_seconds(), 3),
        "team": record.team,
        "tags": list(record.tags),
        "reasons": [reason.value for reason in record.reasons],
        "helpdesk_calls": record.vendor_calls,
        "control_epoch": record.control_epoch,
    }


def _dead(record: DeadLetter) -> dict[str, Any]:
    return {
        "stage": record.stage.value,
        "reason": record.reason.value,
        "error": record.error_class,
        "attempts": record.attempts,
        "source": f"{record.source_topic}/{record.source_partition}@{record.source_offset}",
        "id": str(record.id),
    }


_TELLERS: Mapping[type[Record], tuple[str, Callable[[Any], dict[str, Any]]]] = {
    TicketReceived: ("received", _received),
    TicketSanitized: ("sanitized", _sanitized),
    TicketClassified: ("classified", _classified),
    TicketDecided: ("decided", _decided),
    TicketOutcome: ("outcome", _outcome),
    DeadLetter: ("dead letter", _dead),
}
