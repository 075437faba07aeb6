"""A release of the playbook: which intents there are, who gets them, what may be answered. Frozen, checked as a whole.

A ``Playbook`` exists only if its parts (``agents.playbook_parts``) agree: ``find_mistakes`` names every disagreement
with its part and place, so that a loader can show the line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Self

import orjson
from pydantic import Field, model_validator

from agents.playbook_checks import PARTS, find_mistakes
from agents.playbook_parts import Automation, Part, Prompts, Routing, SignalRoute, Taxonomy, Team
from agents.playbook_shipping import Shipping
from agents.playbook_templates import Brand, Template, Templates


class Playbook(Part):
    """One release. Raises pydantic's ValidationError unless the parts agree with each other."""

    version: Annotated[str, Field(pattern=r"^\d{4}\.\d{1,2}\.\d{1,4}$")]
    taxonomy: Taxonomy
    routing: Routing
    automation: Automation
    shipping: Shipping
    templates: Templates
    brand: Brand
    prompts: Prompts

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if mistakes := find_mistakes(**{part: getattr(self, part) for part in PARTS}):
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

    def template(self, name: str) -> Template:
        """The template called ``name``, one of those that ``automation`` names."""
        return self.templates.templates[name]

    def signal_route(self, signal: str) -> SignalRoute:
        """Where a tier-0 signal goes; one that the release does not name goes to ``other_signals_team``."""
        known = self.signal_routes.get(signal)
        return known or SignalRoute(
            signal=signal, team=self.routing.other_signals_team, definition="none that this release names"
        )
