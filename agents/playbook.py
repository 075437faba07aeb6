"""A release of the playbook: which intents there are, who gets them, what may be answered. Frozen, checked as a whole.

The three parts mirror the files that Support Ops edits (taxonomy, routing, automation). A ``Playbook`` exists only if
its parts agree: ``find_mistakes`` names every disagreement with its part and place, so that a loader can show the line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from agents.playbook_checks import find_mistakes
from streams.decision import Confidence, IntentName
from streams.reasons import Channel

SignalName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
TeamName = Annotated[str, Field(min_length=1, max_length=60)]
TemplateId = Annotated[str, Field(pattern=r"^t_[a-z0-9_]{1,60}$")]
Count = Annotated[int, Field(ge=0, le=1000)]


def _not_truth(value: object) -> object:
    """YAML reads ``yes`` as true, and true equals 1: a tier must be written as the number it is."""
    if isinstance(value, bool):
        raise ValueError("Input should be 0, 1, 2 or route_only, not true or false")
    return value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Intent(_Part):
    """One thing customers want. ``priority`` is written P0 (people must act at once) to P7."""

    name: IntentName
    priority: Annotated[str, Field(pattern=r"^P[0-7]$")]
    definition: Annotated[str, Field(min_length=10, max_length=300)]

    @property
    def urgency(self) -> int:
        """The priority as a number, 0 the most urgent."""
        return int(self.priority[1:])


class Taxonomy(_Part):
    """All intents, the most urgent first; ``unknown`` is the one a ticket has when nothing else is recognised."""

    unknown: IntentName
    intents: Annotated[tuple[Intent, ...], Field(min_length=1, strict=False)]


class Team(_Part):
    """A team of the helpdesk. ``in_tenant`` False: it does not exist there, the default team stands in."""

    name: TeamName
    slug: Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,30}$")]
    in_tenant: bool


class SignalRoute(_Part):
    """Who gets a tier-0 signal, and the intent it stands for (None: the ticket keeps the intent understood)."""

    signal: SignalName
    team: TeamName
    intent: IntentName | None = None


class Routing(_Part):
    """Who gets what."""

    default_team: TeamName
    teams: Annotated[tuple[Team, ...], Field(min_length=1, strict=False)]
    intents: Mapping[IntentName, TeamName]
    signals: Annotated[tuple[SignalRoute, ...], Field(strict=False)]
    other_signals_team: TeamName


class Thresholds(_Part):
    """Confidences in 0..1 (contracts: "Starting thresholds"); ``short_words`` counts words."""

    present: Confidence
    apply: Confidence
    uncertain: Confidence
    root_cause_window: Confidence
    small_margin: Confidence
    small_margin_penalty: Confidence
    short_words: Count
    short_penalty: Confidence
    competing: Confidence
    competing_penalty: Confidence
    tier1: Confidence
    tier1_margin: Confidence
    tier2: Confidence
    verifier: Confidence


class Limits(_Part):
    """How much may happen to one ticket and one customer (contracts: "Limits")."""

    replies_per_ticket_10_min: Count
    replies_per_ticket_24_h: Count
    replies_per_customer_24_h: Count
    actions_per_event: Annotated[int, Field(ge=1, le=3)]


class AutomationRule(_Part):
    """What an intent may be answered with. ``min_confidence`` replaces the tier's own threshold."""

    tier: Annotated[Literal[0, 1, 2, "route_only"], BeforeValidator(_not_truth)]
    templates: Annotated[tuple[TemplateId, ...], Field(strict=False)] = ()
    unmatched_template: TemplateId | None = None  # tier 2 without a matching order, under the rules of tier 1
    min_confidence: Confidence | None = None


class Automation(_Part):
    """What may be answered without a person."""

    thresholds: Thresholds
    channels: Annotated[tuple[Annotated[Channel, Field(strict=False)], ...], Field(strict=False)]
    limits: Limits
    intents: Mapping[IntentName, AutomationRule]


class Playbook(_Part):
    """One release. Raises pydantic's ValidationError unless the parts agree with each other."""

    version: Annotated[str, Field(pattern=r"^\d{4}\.\d{1,2}\.\d{1,4}$")]
    taxonomy: Taxonomy
    routing: Routing
    automation: Automation

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if mistakes := find_mistakes(self.taxonomy, self.routing, self.automation):
            raise ValueError("; ".join(f"{m.part}: {m.what}" for m in mistakes))
        return self

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the release's content: layout, comments and key order of the files do not count."""
        content = orjson.dumps(self.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(content).hexdigest()

    @cached_property
    def id(self) -> str:
        """What decisions are stamped with: the version and the first 12 digits of the content hash."""
        return f"{self.version}@{self.content_hash[:12]}"

    @property
    def unknown(self) -> str:
        """The intent of a ticket in which nothing was recognised."""
        return self.taxonomy.unknown

    @cached_property
    def rank(self) -> Mapping[str, int]:
        """Each intent's place in the order of urgency, 0 first."""
        return {intent.name: place for place, intent in enumerate(self.taxonomy.intents)}

    @cached_property
    def priority(self) -> Mapping[str, int]:
        """Each intent's priority, 0 the most urgent to 7."""
        return {intent.name: intent.urgency for intent in self.taxonomy.intents}

    @cached_property
    def team(self) -> Mapping[str, Team]:
        """Teams by name."""
        return {team.name: team for team in self.routing.teams}

    @cached_property
    def tier(self) -> Mapping[str, int | None]:
        """Each intent's tier; None where it is only routed."""
        return {n: None if r.tier == "route_only" else r.tier for n, r in self.automation.intents.items()}

    @cached_property
    def signal_routes(self) -> Mapping[str, SignalRoute]:
        """Routes of the tier-0 signals that the release names, in its order."""
        return {route.signal: route for route in self.routing.signals}

    def signal_route(self, signal: str) -> SignalRoute:
        """Where a tier-0 signal goes; one that the release does not name goes to ``other_signals_team``."""
        known = self.signal_routes.get(signal)
        return known or SignalRoute(signal=signal, team=self.routing.other_signals_team)
