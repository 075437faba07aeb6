"""What a candidate release would have decided on recorded tickets: re-decided from their recorded inputs, compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from agents.playbook import Playbook
from agents.policy import decide
from control.kafka_reading import read_all
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK, Clock
from streams.decision import Action, Decision
from streams.errors import Undecodable
from streams.events import TicketDecided
from streams.topics import Names, TopicName

_EXAMPLES = 3
"""Tickets named for each kind of change, to be looked up with `mw explain`."""


class Change(StrEnum):
    """What becomes different for a ticket; the kinds that deserve the most care first."""

    MORE_AUTOMATION = "answered, was not"
    OTHER_TEMPLATE = "answered differently"
    NO_LONGER_ESCALATED = "no longer escalated"
    LESS_AUTOMATION = "no longer answered"
    ESCALATED = "escalated, was not"
    OTHER_TEAM = "to another team"
    OTHER_INTENT = "understood differently"
    OTHER_TAGS = "tagged differently"
    OTHER_REASONS = "for other reasons"


@dataclass
class Group:
    """Tickets of one intent (as recorded) with one kind of change. ``examples``: conversation ids."""

    intent: str
    change: Change
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class Trial:
    """``tickets`` were re-decided; ``unreadable`` records of the topic could not be, and were not guessed at.

    ``other_releases``: how many were recorded under each release (``Playbook.id``).
    """

    candidate: str
    tickets: int = 0
    unreadable: int = 0
    other_releases: Counter[str] = field(default_factory=Counter)
    groups: dict[tuple[str, Change], Group] = field(default_factory=dict)

    @property
    def changed(self) -> list[Group]:
        """The groups, the kind of change that deserves the most care first, then the largest."""
        order = list(Change)
        return sorted(self.groups.values(), key=lambda g: (order.index(g.change), -g.count, g.intent))


def try_release(settings: Settings, candidate: Playbook, since: timedelta, clock: Clock = SYSTEM_CLOCK) -> Trial:
    """``candidate`` on every ticket decided within ``since``. Raises DependencyError."""
    return trial(_recorded(settings, clock.now() - since), candidate)


def _recorded(settings: Settings, since: datetime) -> Iterable[TicketDecided | None]:
    """The decided tickets; None for a record that cannot be read."""
    for message in read_all(settings, Names(settings.topic_prefix).topic(TopicName.DECIDED), since=since):
        try:
            yield TicketDecided.decode(message.value() or b"")
        except Undecodable:
            yield None


def trial(recorded: Iterable[TicketDecided | None], candidate: Playbook) -> Trial:
    """The trial of ``candidate`` on ``recorded``, each ticket event once (None: a record that cannot be read)."""
    result, seen = Trial(candidate.id), set()
    for ticket in recorded:
        if ticket is None:
            result.unreadable += 1
            continue
        if ticket.id in seen:  # written again after a crash
            continue
        seen.add(ticket.id)
        result.tickets += 1
        result.other_releases[ticket.inputs.playbook] += 1
        after = decide(ticket.inputs.model_copy(update={"playbook": candidate.id}), candidate)
        if change := changed(ticket.decision, after):
            group = result.groups.setdefault((ticket.decision.intent, change), Group(ticket.decision.intent, change))
            group.count += 1
            if len(group.examples) < _EXAMPLES:
                group.examples.append(ticket.conversation_id)
    return result


def changed(before: Decision, after: Decision) -> Change | None:
    """The kind of change that deserves the most care; None where all is equal."""
    answered = (before.action is not Action.ROUTE, after.action is not Action.ROUTE)
    kinds = {
        Change.MORE_AUTOMATION: answered == (False, True) or (answered == (True, True) and _closes(before, after)),
        Change.OTHER_TEMPLATE: answered == (True, True) and before.template != after.template,
        Change.NO_LONGER_ESCALATED: before.tier == 0 and after.tier != 0,
        Change.LESS_AUTOMATION: answered == (True, False),
        Change.ESCALATED: before.tier != 0 and after.tier == 0,
        Change.OTHER_TEAM: before.team != after.team,
        Change.OTHER_INTENT: (before.intent, before.secondary) != (after.intent, after.secondary),
        Change.OTHER_TAGS: before.tags != after.tags,
        Change.OTHER_REASONS: before != after,
    }
    return next((kind for kind, true in kinds.items() if true), None)


def _closes(before: Decision, after: Decision) -> bool:
    return before.action is Action.REPLY and after.action is Action.REPLY_AND_CLOSE
