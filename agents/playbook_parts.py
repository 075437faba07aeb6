"""The parts of a playbook release, as the files that Support Ops edits have them. Frozen; each checks itself alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from streams.decision import Confidence, IntentName, TemplateId
from streams.reasons import Channel

SignalName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
TeamName = Annotated[str, Field(min_length=1, max_length=60)]
Count = Annotated[int, Field(ge=0, le=1000)]
ReplyAge = Annotated[int, Field(ge=1, le=7 * 86_400)]


def _not_truth(value: object) -> object:
    """YAML reads ``yes`` as true, and true equals 1: a tier must be written as the number it is."""
    if isinstance(value, bool):
        raise ValueError("Input should be 0, 1, 2 or route_only, not true or false")
    return value


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class NearMiss(Part):
    """Words that sound like one intent and are another one."""

    says: Annotated[str, Field(min_length=3, max_length=200)]
    intent: Annotated[IntentName, Field(alias="is")]


class Intent(Part):
    """One thing customers want. ``priority`` is written P0 (people must act at once) to P7."""

    name: IntentName
    priority: Annotated[str, Field(pattern=r"^P[0-7]$")]
    definition: Annotated[str, Field(min_length=10, max_length=300)]
    near_misses: Annotated[tuple[NearMiss, ...], Field(min_length=1, strict=False)]

    @property
    def urgency(self) -> int:
        """The priority as a number, 0 the most urgent."""
        return int(self.priority[1:])


class Prompts(Part):
    """What the language model is told, static. ``classify`` has one ``{{intents}}`` and one ``{{signals}}``, where
    their lists are written in."""

    classify: Annotated[str, Field(min_length=100, max_length=20_000)]
    verify: Annotated[str, Field(min_length=100, max_length=20_000)]

    @field_validator("classify")
    @classmethod
    def _marked(cls, text: str) -> str:
        for mark in ("{{intents}}", "{{signals}}"):
            if text.count(mark) != 1:
                raise ValueError(f"the prompt needs {mark} exactly once: put it where the list belongs")
        return text


class Taxonomy(Part):
    """All intents, the most urgent first; ``unknown`` is the one a ticket has when nothing else is recognised."""

    unknown: IntentName
    intents: Annotated[tuple[Intent, ...], Field(min_length=1, strict=False)]


class Team(Part):
    """A team of the helpdesk. ``in_tenant`` False: it does not exist there, the default team stands in."""

    name: TeamName
    slug: Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,30}$")]
    in_tenant: bool


class SignalRoute(Part):
    """Who gets a tier-0 signal, and the intent it stands for (None: the ticket keeps the intent understood, and
    ``definition`` says what the signal is)."""

    signal: SignalName
    team: TeamName
    intent: IntentName | None = None
    definition: Annotated[str, Field(max_length=300)] = ""

    @model_validator(mode="after")
    def _is_explained(self) -> Self:
        if self.intent is None and not self.definition:
            raise ValueError("a signal without an intent needs a definition: say what it is")
        return self


class Routing(Part):
    """Who gets what. ``channel_first``: channels all of whose tickets go to one team, whatever they want, unless they
    escalate."""

    default_team: TeamName
    channel_first: Mapping[Annotated[Channel, Field(strict=False)], TeamName]
    teams: Annotated[tuple[Team, ...], Field(min_length=1, strict=False)]
    intents: Mapping[IntentName, TeamName]
    signals: Annotated[tuple[SignalRoute, ...], Field(strict=False)]
    other_signals_team: TeamName


class Thresholds(Part):
    """Confidences in 0..1 (contracts: "Starting thresholds"); ``short_words`` counts words.

    ``language_weight``: the language model's share of a confidence, the local model has the rest. ``agreement``: how
    sure the local model alone must be of the same understanding before a reply may follow.
    """

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
    language_weight: Confidence
    agreement: Confidence


class Limits(Part):
    """How much may happen to one ticket and one customer (contracts: "Limits")."""

    replies_per_ticket_10_min: Count
    replies_per_ticket_24_h: Count
    replies_per_customer_24_h: Count
    actions_per_event: Annotated[int, Field(ge=1, le=3)]


class VerifiedTemplates(Part):
    """What tier 2 answers with once the order is known: ``tracked`` where the parcel can be followed, ``estimated``
    where it should come within its window, ``delayed`` where no promise can be made."""

    tracked: TemplateId
    estimated: TemplateId
    delayed: TemplateId

    @property
    def all(self) -> tuple[TemplateId, ...]:
        """All three."""
        return self.tracked, self.estimated, self.delayed


class AutomationRule(Part):
    """What an intent may be answered with. ``min_confidence`` replaces the tier's own threshold."""

    tier: Annotated[Literal[0, 1, 2, "route_only"], BeforeValidator(_not_truth)]
    template: TemplateId | None = None  # of tier 1
    verified: VerifiedTemplates | None = None  # of tier 2
    unmatched_template: TemplateId | None = None  # tier 2 without a matching order, under the rules of tier 1
    min_confidence: Confidence | None = None

    @property
    def every_template(self) -> tuple[TemplateId, ...]:
        """All templates that the intent may be answered with."""
        verified = self.verified.all if self.verified else ()
        return tuple(name for name in (self.template, *verified, self.unmatched_template) if name is not None)


class ReplyAges(Part):
    """Seconds, by channel."""

    default: ReplyAge
    email: ReplyAge | None = None
    livechat: ReplyAge | None = None

    def of(self, channel: Channel) -> int:
        """Those of ``channel``."""
        return getattr(self, channel.value, None) or self.default


class Automation(Part):
    """What may be answered without a person. ``replies_released`` False: nothing is, whatever else is said here.

    ``reply_max_age_s``: after which an answer comes too late. ``auto_close``: templates after which the ticket is
    closed; a customer's answer opens it again.
    """

    replies_released: bool
    reply_max_age_s: ReplyAges
    auto_close: Annotated[tuple[TemplateId, ...], Field(strict=False)] = ()
    thresholds: Thresholds
    channels: Annotated[tuple[Annotated[Channel, Field(strict=False)], ...], Field(strict=False)]
    limits: Limits
    intents: Mapping[IntentName, AutomationRule]
