"""The gates between a ticket and an automatic reply: each one judged, in order, with its reason. Pure.

All must let a ticket pass. A gate whose fact is not known yet stops the ticket too where the fact is costly (the order,
the verifier's verdict: ``Decision.needs`` asks for it); the conversation and the counts of replies stop it only in the
last look, immediately before a reply would leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from agents.canonical import Understanding, failed, understand
from agents.playbook import Playbook
from agents.replies import Plan
from streams.control import ROLLOUT_STAGES
from streams.decision import ControlView, DecisionInputs, GateVerdict, Need
from streams.reasons import DecisionReason as Why
from streams.reasons import ModelResult

_HIGHER_RISK = (1, 2)  # priorities that no verified answer may stand beside; P0 has gates of its own
_REPLY_STAGE: dict[int | None, str] = {1: "tier1", 2: "tier2"}  # others are never answered: the strictest
_NEEDS = {Why.ORDER_UNKNOWN: Need.ORDER, Why.VERIFIER_MISSING: Need.VERDICT}

LANGUAGE_SPOKE = (ModelResult.ANSWERED, ModelResult.REMEMBERED)

Check = tuple[str, bool, Why]


def rollout(control: ControlView) -> int:
    """The place of the rollout stage in ``ROLLOUT_STAGES``; 0 (shadow) where control is stale or the stage unknown."""
    if control.stale or control.rollout_stage not in ROLLOUT_STAGES:
        return 0
    return ROLLOUT_STAGES.index(control.rollout_stage)


def judge(inputs: DecisionInputs, seen: Understanding, plan: Plan, playbook: Playbook) -> tuple[GateVerdict, ...]:
    """The verdict of every gate that applies to ``plan``, in order."""
    checks = [
        *_ticket(inputs, seen),
        *_models(inputs, seen, playbook),
        *_switches(inputs, plan.rules),
        *_scope(inputs, seen, plan, playbook),
    ]
    if plan.rules == 1:
        checks += _tier1(seen, playbook)
    elif plan.rules == 2:
        checks += _tier2(inputs, seen, plan, playbook)
    checks += [*_conversation(inputs, playbook), _freshness(inputs, plan)]
    checks.append(("replies_released", playbook.automation.replies_released, Why.REPLIES_NOT_RELEASED))
    return tuple([_verdict(*check) for check in checks])


def needs(gates: Sequence[GateVerdict]) -> tuple[Need, ...]:
    """The costly facts that alone stand between the ticket and a reply; empty where anything else does."""
    stopped = [gate.reason for gate in gates if not gate.passed]
    found = tuple(_NEEDS[reason] for reason in stopped if reason in _NEEDS)
    return found if len(found) == len(stopped) else ()


@cache
def _verdict(gate: str, passed: bool, why: Why) -> GateVerdict:
    """One frozen object for each of the few verdicts there can be: `decide` must be fast."""
    return GateVerdict(gate=gate, passed=passed, reason=None if passed else why)


def _ticket(inputs: DecisionInputs, seen: Understanding) -> Iterator[Check]:
    yield "stages_succeeded", not failed(inputs), Why.STAGE_FAILED
    yield "no_tier0_signal", not inputs.tier0, Why.TIER0_SIGNAL
    yield "no_tier0_intent", not seen.tier0_present, Why.TIER0_INTENT
    yield "a_person_wrote", not inputs.auto_reply, Why.AUTO_REPLY
    yield "has_words", not inputs.attachment_only, Why.ATTACHMENT_ONLY
    yield "no_injection", not inputs.injection_suspected, Why.INJECTION_SUSPECTED


def _models(inputs: DecisionInputs, seen: Understanding, playbook: Playbook) -> Iterator[Check]:
    """A language model can be talked into anything by the text it reads, the local one cannot: only together they may
    answer. Where one was to be asked and did not answer, nothing is."""
    result = inputs.model_result
    why = Why.MODEL_OVER_BUDGET if result is ModelResult.OVER_BUDGET else Why.MODEL_UNAVAILABLE
    yield "model_answered", result in {ModelResult.NOT_ASKED, *LANGUAGE_SPOKE}, why
    agree = True
    if result in LANGUAGE_SPOKE:
        alone = understand(inputs.model_copy(update={"intents": inputs.local}), playbook)
        limit = playbook.automation.thresholds.agreement
        agree = alone.primary == seen.primary and alone.routing_confidence >= limit
    yield "models_agree", agree, Why.MODELS_DISAGREE


def _switches(inputs: DecisionInputs, rules: int | None) -> Iterator[Check]:
    """Stale control fails every switch: what cannot be proven has its safest value."""
    control = inputs.control
    fresh = not control.stale
    yield "control_fresh", fresh, Why.CONTROL_STALE
    yield "safe_mode_off", fresh and not control.safe_mode, Why.SAFE_MODE
    yield "automation_enabled", fresh and control.automation_enabled, Why.AUTOMATION_DISABLED
    yield "outbound_enabled", fresh and control.outbound_enabled, Why.OUTBOUND_DISABLED
    needed = ROLLOUT_STAGES.index(_REPLY_STAGE.get(rules, "tier2"))
    yield "rollout_stage", rollout(control) >= needed, Why.ROLLOUT_STAGE
    yield "rollout_percent", fresh and inputs.bucket < control.rollout_percent, Why.ROLLOUT_PERCENT


def _scope(inputs: DecisionInputs, seen: Understanding, plan: Plan, playbook: Playbook) -> Iterator[Check]:
    control, channel = inputs.control, inputs.channel
    fresh = not control.stale
    yield "has_template", bool(plan.candidates), Why.ROUTE_ONLY_INTENT
    yield "channel_automated", channel in playbook.automation.channels, Why.CHANNEL_NOT_AUTOMATED
    yield "channel_enabled", fresh and channel in control.channels, Why.CHANNEL_DISABLED
    yield "intent_enabled", fresh and seen.primary in control.intents, Why.INTENT_DISABLED
    written = any(channel in playbook.template(name).channels for name in plan.candidates)
    yield "template_for_channel", written, Why.TEMPLATE_NOT_FOR_CHANNEL
    enabled = fresh and any(template in control.templates for template in plan.candidates)
    yield "template_enabled", enabled, Why.TEMPLATE_DISABLED


def _threshold(seen: Understanding, playbook: Playbook, default: float) -> Check:
    needed = playbook.automation.intents[seen.primary].min_confidence
    reached = seen.routing_confidence >= (default if needed is None else needed)
    return "tier_confidence", reached, Why.BELOW_TIER_THRESHOLD


def _tier1(seen: Understanding, playbook: Playbook) -> Iterator[Check]:
    limits = playbook.automation.thresholds
    yield _threshold(seen, playbook, limits.tier1)
    yield "margin", seen.margin >= limits.tier1_margin, Why.SMALL_MARGIN


def _tier2(inputs: DecisionInputs, seen: Understanding, plan: Plan, playbook: Playbook) -> Iterator[Check]:
    limits, order, verdict = playbook.automation.thresholds, inputs.order, inputs.verdict
    yield _threshold(seen, playbook, limits.tier2)
    risky = any(playbook.priority[name] in _HIGHER_RISK for name in seen.present)
    yield "no_higher_risk_intent", not risky, Why.HIGHER_RISK_INTENT
    matched = order is not None and order.matches == 1
    yield "one_order_matched", matched, Why.ORDER_UNKNOWN if order is None else Why.ORDER_NOT_MATCHED
    yield "order_not_cancelled", order is None or not order.cancelled, Why.ORDER_CANCELLED
    sure = verdict is not None and verdict.confirms and verdict.confidence >= limits.verifier
    yield "verifier_agrees", sure, Why.VERIFIER_MISSING if verdict is None else Why.VERIFIER_DISAGREES


def _conversation(inputs: DecisionInputs, playbook: Playbook) -> Iterator[Check]:
    """What the helpdesk and the ledger say. Not asked yet is no reason to stop, except in the last look."""
    ticket, last = inputs.ticket, inputs.last_look
    yield "ticket_read", ticket is not None or not last, Why.TICKET_UNKNOWN
    if ticket is not None:
        yield "ticket_open", ticket.open, Why.TICKET_CLOSED
        yield "newest_message", ticket.newest_message, Why.NEWER_MESSAGE
        yield "no_person_active", not ticket.person_active, Why.PERSON_ACTIVE
        yield "not_answered", not ticket.answered, Why.ALREADY_ANSWERED
    yield "replies_counted", inputs.replies is not None or not last, Why.REPLY_COUNTS_UNKNOWN
    if inputs.replies is not None:
        most, count = playbook.automation.limits, inputs.replies
        within = count.ticket_10_min < most.replies_per_ticket_10_min
        within = within and count.ticket_24_h < most.replies_per_ticket_24_h
        yield "within_limits", within and count.customer_24_h < most.replies_per_customer_24_h, Why.REPLY_LIMIT


def _freshness(inputs: DecisionInputs, plan: Plan) -> Check:
    """An unknown age is too old."""
    expiry = plan.expires_at
    return "in_time", expiry is not None and inputs.now is not None and inputs.now < expiry, Why.TOO_LATE
