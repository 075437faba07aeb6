"""What classification says and what policy decides: the values inside ticket records."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from streams.reasons import Channel, DecisionReason, FailureReason, Stage

IntentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,63}$")]
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


class ControlView(_Value):
    """The flags that bear on a decision, as they were when it was made. The defaults are the safest values."""

    epoch: int = 0
    stale: bool = True
    safe_mode: bool = True
    automation_enabled: bool = False
    outbound_enabled: bool = False
    rollout_stage: str = "shadow"


class DecisionInputs(_Value):
    """Everything ``decide`` was given; ``decide`` on these again gives the same decision to the byte."""

    intents: tuple[IntentScore, ...] = ()
    tier0: tuple[Tier0Signal, ...] = ()
    model: str = ""
    word_count: int = 0
    channel: Channel = Channel.UNKNOWN
    failure: FailureReason | None = None
    failed_stage: Stage | None = None  # the stage that failed, where one did
    order_matches: Annotated[int, Field(ge=0)] | None = None  # orders that match the ticket; None: not looked up
    verifier_confidence: Confidence | None = None  # of the verifier's yes; None: it said no or was not asked
    control: ControlView = ControlView()
    playbook: str = ""


class GateVerdict(_Value):
    """One gate between a ticket and an automatic reply: did it let the ticket pass, and if not, why."""

    gate: str
    passed: bool
    reason: DecisionReason | None = None


class Decision(_Value):
    """What is to be done. ``tags`` include routing (``mw-needs-<slug>``); no reply is ever in this release."""

    intent: IntentName
    secondary: tuple[IntentName, ...] = ()
    priority: int  # 0 (most urgent) to 7
    tier: int | None  # 0 escalate, 1 safe assist, 2 verified; None: only routed; 3 never
    team: str
    tags: tuple[str, ...]
    routing_confidence: float
    template: None = None
    gates: tuple[GateVerdict, ...] = ()
    reasons: tuple[DecisionReason, ...]
