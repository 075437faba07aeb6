"""The gates between a ticket and an automatic reply, in their order. Every gate is judged, none is skipped.

All of them must let a ticket pass. Gates that concern one tier only stand in the verdicts of that tier only.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from agents.canonical import Understanding, failed
from agents.playbook import Playbook
from streams.control import ROLLOUT_STAGES
from streams.decision import ControlView, DecisionInputs, GateVerdict
from streams.reasons import DecisionReason as Why

REPLIES_RELEASED = False
"""Whether this version of the project can reply at all. It routes and tags only, so the last gate never opens."""

_HIGHER_RISK = (0, 1, 2)  # priorities that must not stand beside a tier 2 intent
_REPLY_STAGE: dict[int | None, str] = {1: "tier1", 2: "tier2"}  # others are never answered: the strictest

Check = tuple[str, bool, Why]


def rollout(control: ControlView) -> int:
    """The place of the rollout stage in ``ROLLOUT_STAGES``; 0 (shadow) where control is stale or the stage unknown."""
    if control.stale or control.rollout_stage not in ROLLOUT_STAGES:
        return 0
    return ROLLOUT_STAGES.index(control.rollout_stage)


def judge(inputs: DecisionInputs, seen: Understanding, tier: int | None, playbook: Playbook) -> tuple[GateVerdict, ...]:
    """The verdict of every gate that applies to a ticket of ``tier``, in order. The last one always stops it."""
    checks = [*_ticket(inputs, seen), *_switches(inputs.control, tier), *_scope(inputs, seen, playbook)]
    if tier == 1:
        checks += _tier1(seen, playbook)
    elif tier == 2:
        checks += _tier2(inputs, seen, playbook)
    checks.append(("replies_released", REPLIES_RELEASED, Why.REPLIES_NOT_RELEASED))
    return tuple([_verdict(*check) for check in checks])


@cache
def _verdict(gate: str, passed: bool, why: Why) -> GateVerdict:
    """One frozen object for each of the few verdicts there can be: `decide` must be fast."""
    return GateVerdict(gate=gate, passed=passed, reason=None if passed else why)


def _ticket(inputs: DecisionInputs, seen: Understanding) -> Iterator[Check]:
    yield "stages_succeeded", not failed(inputs), Why.STAGE_FAILED
    yield "no_tier0_signal", not inputs.tier0, Why.TIER0_SIGNAL
    yield "no_tier0_intent", not seen.tier0_present, Why.TIER0_INTENT


def _switches(control: ControlView, tier: int | None) -> Iterator[Check]:
    """Stale control fails every switch: what cannot be proven has its safest value."""
    fresh = not control.stale
    yield "control_fresh", fresh, Why.CONTROL_STALE
    yield "safe_mode_off", fresh and not control.safe_mode, Why.SAFE_MODE
    yield "automation_enabled", fresh and control.automation_enabled, Why.AUTOMATION_DISABLED
    yield "outbound_enabled", fresh and control.outbound_enabled, Why.OUTBOUND_DISABLED
    needed = ROLLOUT_STAGES.index(_REPLY_STAGE.get(tier, "tier2"))
    yield "rollout_stage", rollout(control) >= needed, Why.ROLLOUT_STAGE


def _scope(inputs: DecisionInputs, seen: Understanding, playbook: Playbook) -> Iterator[Check]:
    yield "has_template", bool(playbook.automation.intents[seen.primary].templates), Why.ROUTE_ONLY_INTENT
    yield "channel_automated", inputs.channel in playbook.automation.channels, Why.CHANNEL_NOT_AUTOMATED


def _threshold(seen: Understanding, playbook: Playbook, default: float) -> Check:
    needed = playbook.automation.intents[seen.primary].min_confidence
    reached = seen.routing_confidence >= (default if needed is None else needed)
    return "tier_confidence", reached, Why.BELOW_TIER_THRESHOLD


def _tier1(seen: Understanding, playbook: Playbook) -> Iterator[Check]:
    limits = playbook.automation.thresholds
    yield _threshold(seen, playbook, limits.tier1)
    yield "margin", seen.margin >= limits.tier1_margin, Why.SMALL_MARGIN


def _tier2(inputs: DecisionInputs, seen: Understanding, playbook: Playbook) -> Iterator[Check]:
    limits = playbook.automation.thresholds
    yield _threshold(seen, playbook, limits.tier2)
    risky = any(playbook.priority[name] in _HIGHER_RISK for name in seen.present)
    yield "no_higher_risk_intent", not risky, Why.HIGHER_RISK_INTENT
    yield "one_order_matched", inputs.order_matches == 1, Why.ORDER_NOT_MATCHED
    sure = inputs.verifier_confidence is not None and inputs.verifier_confidence >= limits.verifier
    yield "verifier_agrees", sure, Why.VERIFIER_MISSING
