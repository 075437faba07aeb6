"""What classification says and what policy decides: the values inside ticket records."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from streams.reasons import Channel, DecisionReason, FailureReason, ModelResult, OpinionSource, Stage

INTENT_PATTERN, TEMPLATE_PATTERN = r"^[a-z][a-z0-9_]{1,63}$", r"^t_[a-z0-9_]{1,60}$"
IntentName = Annotated[str, Field(pattern=INTENT_PATTERN)]
TemplateId = Annotated[str, Field(pattern=TEMPLATE_PATTERN)]
Confidence = Annotated[float, Field(ge=0.0, le=1.0)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class IntentScore(_Value):
    """One intent with its confidence; confidences are per intent and need not add up to 1."""

    intent: IntentName
    confidence: Confidence


class Tier0Signal(_Value):
    """A reason to escalate to people, and the rule or model that saw it."""

    signal: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
    rule: Annotated[str, Field(pattern=r"^[a-z0-9_.-]{1,60}$")]


class ModelUsage(_Value):
    """What the language model was paid for: tokens by price, US dollars. Calls whose answer never came count with what
    they may have cost at most."""

    calls: Annotated[int, Field(ge=0)] = 0
    input_tokens: Annotated[int, Field(ge=0)] = 0  # at the full price: neither read from nor written to a cache
    cached_tokens: Annotated[int, Field(ge=0)] = 0
    cache_write_tokens: Annotated[int, Field(ge=0)] = 0
    output_tokens: Annotated[int, Field(ge=0)] = 0
    usd: Annotated[float, Field(ge=0)] = 0.0

    def __add__(self, other: ModelUsage) -> ModelUsage:
        return ModelUsage(**{name: getattr(self, name) + getattr(other, name) for name in ModelUsage.model_fields})


class Opinion(_Value):
    """What one classifier made of a text: the rules (signals alone), the local or the language model."""

    source: OpinionSource
    model: Annotated[str, Field(max_length=64)] = ""
    intents: tuple[IntentScore, ...] = ()
    tier0: tuple[Tier0Signal, ...] = ()


class LanguageAnswer(_Value):
    """What came of asking the language model, its failures included."""

    result: ModelResult
    opinion: Opinion | None = None  # where it answered
    usage: ModelUsage = ModelUsage()


class ControlView(_Value):
    """The flags that bear on a decision, as they were when it was made. The defaults are the safest values.

    ``channels``, ``templates`` and ``intents`` are those switched on, ``rollout_percent`` the share of conversations
    (0 to 100) that may be answered.
    """

    epoch: int = 0
    stale: bool = True
    safe_mode: bool = True
    automation_enabled: bool = False
    outbound_enabled: bool = False
    rollout_stage: str = "shadow"
    rollout_percent: Annotated[int, Field(ge=0, le=100)] = 0
    channels: tuple[Channel, ...] = ()
    templates: tuple[str, ...] = ()  # checked where flags are read: forty patterns a record would cost more
    intents: tuple[str, ...] = ()


class OrderFacts(_Value):
    """What is known of the order that a ticket is about, without a word that names the customer.

    ``matches``: orders that belong to this ticket for certain; the rest is of the one, where it is one.
    """

    matches: Annotated[int, Field(ge=0)]
    has_tracking: bool = False
    delivered: bool = False
    cancelled: bool = False
    ordered_at: AwareDatetime | None = None
    method: Annotated[str, Field(max_length=60)] = ""  # of the shipping methods that the playbook names
    preorder_days: Annotated[int, Field(ge=0)] | None = None


class Verdict(_Value):
    """The verifier's answer to: does the text ask what the template answers?"""

    confirms: bool
    confidence: Confidence


class TicketState(_Value):
    """The conversation as the helpdesk had it when it was read."""

    open: bool
    newest_message: bool  # nobody wrote after the message that is decided on
    person_active: bool  # a person has replied since, or is at work on it
    answered: bool  # we have answered this message already


class ReplyCounts(_Value):
    """Automatic replies so far."""

    ticket_10_min: Annotated[int, Field(ge=0)]
    ticket_24_h: Annotated[int, Field(ge=0)]
    customer_24_h: Annotated[int, Field(ge=0)]


class DecisionInputs(_Value):
    """Everything ``decide`` was given; ``decide`` on these again gives the same decision to the byte.

    ``order``, ``verdict``, ``ticket`` and ``replies`` may be unknown. What is unknown stops nothing yet, except in the
    ``last_look``, immediately before a reply leaves.
    """

    intents: tuple[IntentScore, ...] = ()
    tier0: tuple[Tier0Signal, ...] = ()
    local: tuple[IntentScore, ...] = ()  # what the local model alone says, where a language model answered too
    model: str = ""
    model_result: ModelResult = ModelResult.NOT_ASKED
    word_count: int = 0
    has_order_number: bool = False
    auto_reply: bool = False
    attachment_only: bool = False
    injection_suspected: bool = False
    channel: Channel = Channel.UNKNOWN
    failure: FailureReason | None = None
    failed_stage: Stage | None = None  # the stage that failed, where one did
    bucket: Annotated[int, Field(ge=0, le=99)] = 99  # of the conversation, for the share that is rolled out
    asked_at: AwareDatetime | None = None  # when the customer wrote, as far as known
    now: AwareDatetime | None = None
    order: OrderFacts | None = None
    verdict: Verdict | None = None
    ticket: TicketState | None = None
    replies: ReplyCounts | None = None
    last_look: bool = False
    control: ControlView = ControlView()
    playbook: str = ""


class Need(StrEnum):
    """A costly fact that is asked for only where it alone stands between a ticket and a reply."""

    ORDER = "order"  # the values name the field of ``DecisionInputs``
    VERDICT = "verdict"


class Action(StrEnum):
    """What is done beside tagging."""

    ROUTE = "route"
    REPLY = "reply"
    REPLY_AND_CLOSE = "reply_and_close"


class GateVerdict(_Value):
    """One gate between a ticket and an automatic reply: did it let the ticket pass, and if not, why."""

    gate: str
    passed: bool
    reason: DecisionReason | None = None


class Decision(_Value):
    """What is to be done. ``tags`` include routing (``mw-needs-<slug>``). ``template``, with the ``variables`` it
    takes, is the reply, good until ``expires_at``; None for none. ``needs``: what alone stands between the ticket and
    one."""

    intent: IntentName
    secondary: tuple[IntentName, ...] = ()
    priority: int  # 0 (most urgent) to 7
    tier: int | None  # 0 escalate, 1 safe assist, 2 verified; None: only routed; 3 never
    team: str
    tags: tuple[str, ...]
    routing_confidence: float
    action: Action = Action.ROUTE
    template: TemplateId | None = None
    variables: tuple[str, ...] = ()
    expires_at: AwareDatetime | None = None
    needs: tuple[Need, ...] = ()
    gates: tuple[GateVerdict, ...] = ()
    reasons: tuple[DecisionReason, ...]
