"""What the topics tell of a load after everything has healed: was anything lost, doubled, or overtaken?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from control.explain import MODELS
from streams.events import DeadLetter, TicketEvent, TicketOutcome, TicketReceived
from streams.reasons import FailureReason, Stage
from streams.topics import STAGE_TOPICS, TopicName
from tests.support.system import System
from tests.support.waiting import until


@dataclass(frozen=True)
class History:
    """A checked history. ``copies``: records that a stage wrote more than once, which only redelivery explains."""

    accepted: int
    received: int
    copies: dict[Stage, int]

    @property
    def redelivered_share(self) -> float:
        """Copies among all that the four stages wrote at least once, 0 to 1."""
        return sum(self.copies.values()) / (self.received * len(self.copies)) if self.received else 0.0


def redelivered(system: System, stage: Stage) -> int:
    """Copies that ``stage`` wrote more than once."""
    ids = [record.id for record in system.decoded(STAGE_TOPICS[stage][1], MODELS[STAGE_TOPICS[stage][1]])]
    return len(ids) - len(set(ids))


def received_so_far(system: System) -> set[str]:
    """Events on the inbound topic: those that were accepted, and those whose answer was lost on its way."""
    return {str(received.event_id) for received in system.decoded(TopicName.INBOUND, TicketReceived)}


def wait_for_all(system: System, accepted: Collection[str], *, within_s: float = 240) -> None:
    """Until every accepted event has an outcome."""

    def complete() -> bool:
        if system.count(TopicName.OUTCOMES) < len(accepted):
            return False
        return {str(o.event_id) for o in system.decoded(TopicName.OUTCOMES, TicketOutcome)} >= set(accepted)

    until(complete, within_s=within_s, what="an outcome for every accepted ticket", every_s=1.0)


def check_history(system: System, accepted: Collection[str], *, may_die_of: Collection[FailureReason] = ()) -> History:
    """Exactly one outcome id per event, first occurrences in the order in which ingress wrote them, no odd death.

    ``accepted``: event ids that ingress gave out. It may hold more: what was confirmed while its answer was lost.
    Raises AssertionError saying what was violated, with counts. Call it when every accepted event has an outcome.
    """
    received = system.decoded(TopicName.INBOUND, TicketReceived)
    known = {str(r.event_id) for r in received}
    assert not (missing := set(accepted) - known), f"{len(missing)} accepted events are not on the inbound topic"
    wait_for_all(system, known, within_s=60)  # also of those whose answer was lost
    outcomes = system.decoded(TopicName.OUTCOMES, TicketOutcome)
    ids: dict[str, set[str]] = {}
    for outcome in outcomes:
        ids.setdefault(str(outcome.event_id), set()).add(str(outcome.id))
    assert not (lost := known - set(ids)), f"{len(lost)} events have no outcome"
    assert not (strange := set(ids) - known), f"{len(strange)} outcomes are of no received event"
    assert Counter(len(found) for found in ids.values()) == {1: len(known)}, "an event has several outcome ids"
    assert first_occurrences(outcomes) == first_occurrences(received), "a conversation's order was lost"
    letters = Counter(letter.reason for letter in system.decoded(TopicName.DEAD, DeadLetter))
    assert set(letters) <= set(may_die_of), f"unexplained dead letters: {dict(letters)}"
    return History(len(accepted), len(known), {stage: redelivered(system, stage) for stage in Stage})


def first_occurrences(records: Iterable[TicketEvent]) -> dict[str, list[str]]:
    """Event ids per conversation in the order in which they first stand on a topic."""
    seen: dict[str, dict[str, None]] = {}
    for record in records:
        seen.setdefault(record.conversation_id, {}).setdefault(str(record.event_id))
    return {conversation: list(events) for conversation, events in seen.items()}
