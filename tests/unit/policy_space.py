"""The reduced input space of policy: every factor with the values that differ, and what must hold on every point."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import combinations, product
from typing import Any

from agents.policy import decide
from streams.control import ROLLOUT_STAGES
from streams.decision import (
    Action,
    ControlView,
    Decision,
    DecisionInputs,
    IntentScore,
    OrderFacts,
    ReplyCounts,
    TicketState,
    Verdict,
)
from streams.reasons import Channel, ModelResult
from tests.unit.policy_inputs import INTENTS, NOON, OPEN, RELEASED, signals

_READ = TicketState(open=True, newest_message=True, person_active=False, answered=False)
_NONE_SENT = ReplyCounts(ticket_10_min=0, ticket_24_h=0, customer_24_h=0)
VERIFIED = {name for rule in RELEASED.automation.intents.values() if rule.verified for name in rule.verified.all}
ESCALATING = {name for name, tier in RELEASED.tier.items() if tier == 0}

Point = Mapping[str, Any]
"""One value of each factor."""

# Within a factor that bears on safety the values stand from the least risk to the most, but for the order: there the
# first is the one match, and the others are not compared.
FACTORS: Mapping[str, Sequence[Any]] = {
    "primary": INTENTS,
    "second": INTENTS,
    "signal": (False, True),
    "confidence": (0.9, 0.67, 0.62, 0.55, 0.4),
    "margin": (0.65, 0.3, 0.05),
    "channel": (Channel.EMAIL, Channel.LIVECHAT, Channel.PHONE),
    "order": (
        OrderFacts(matches=1, has_tracking=True),
        OrderFacts(matches=1),
        OrderFacts(matches=1, has_tracking=True, cancelled=True),
        OrderFacts(matches=0),
        OrderFacts(matches=2),
        None,
    ),
    "number": (False, True),
    "verdict": (Verdict(confirms=True, confidence=0.8), Verdict(confirms=True, confidence=0.7), None),
    "flags": (
        {},
        {"safe_mode": True},
        {"automation_enabled": False},
        {"outbound_enabled": False},
        {"stale": True},
        {"rollout_percent": 50},
        {"channels": ()},
        {"intents": ()},
    ),
    "stage": ROLLOUT_STAGES[::-1],
    "template": (True, False),
    "text": ({}, {"injection_suspected": True}, {"auto_reply": True}, {"attachment_only": True}),
    "model": (
        (ModelResult.NOT_ASKED, "nothing"),
        (ModelResult.ANSWERED, "the same"),
        (ModelResult.REMEMBERED, "less surely"),
        (ModelResult.ANSWERED, "something else"),
        (ModelResult.ANSWERED, "nothing"),
        (ModelResult.FAILED, "the same"),
        (ModelResult.OVER_BUDGET, "the same"),
    ),
    "ticket": (
        _READ,
        *(
            _READ.model_copy(update=change)
            for change in ({"open": False}, {"newest_message": False}, {"person_active": True}, {"answered": True})
        ),
        None,
    ),
    "replies": (
        _NONE_SENT,
        *(_NONE_SENT.model_copy(update=c) for c in ({"ticket_10_min": 1}, {"customer_24_h": 5})),
        None,
    ),
    "age_s": (0, 500, 1_000, 10_000, None),
    "last_look": (False, True),
}
SAFETY = (
    "signal",
    "channel",
    "verdict",
    "flags",
    "stage",
    "template",
    "text",
    "model",
    "ticket",
    "replies",
    "age_s",
    "last_look",
)
_CONTROLS: dict[tuple[int, str, bool], ControlView] = {}


def inputs_of(point: Point) -> DecisionInputs:
    """What ``decide`` is given at ``point``."""
    primary, top = point["primary"], point["confidence"]
    intents = [IntentScore(intent=primary, confidence=top)]
    if point["second"] != primary:
        intents.append(IntentScore(intent=point["second"], confidence=round(max(0.0, top - point["margin"]), 6)))
    age = point["age_s"]
    result, local = point["model"]
    return DecisionInputs.model_construct(
        intents=tuple(intents),
        tier0=signals("privacy_request") if point["signal"] else (),
        local=_local(local, intents),
        model_result=result,
        word_count=20,
        channel=point["channel"],
        order=point["order"],
        has_order_number=point["number"],
        verdict=point["verdict"],
        bucket=50,
        asked_at=NOON,
        now=None if age is None else NOON + timedelta(seconds=age),
        ticket=point["ticket"],
        replies=point["replies"],
        last_look=point["last_look"],
        control=_control(point),
        **point["text"],
    )


def _local(says: str, intents: Sequence[IntentScore]) -> tuple[IntentScore, ...]:
    """What the local model alone ``says`` where a language model made ``intents`` of it."""
    if says == "something else":
        other = "return_request" if intents[0].intent != "return_request" else "unknown_other"
        return (IntentScore(intent=other, confidence=0.95),)
    if says == "less surely":
        return tuple(IntentScore(intent=score.intent, confidence=score.confidence / 2) for score in intents)
    return tuple(intents) if says == "the same" else ()


def _control(point: Point) -> ControlView:
    key = (FACTORS["flags"].index(point["flags"]), point["stage"], point["template"])
    if key not in _CONTROLS:
        off = {} if point["template"] else {"templates": ()}
        _CONTROLS[key] = OPEN.model_copy(update={**point["flags"], **off, "rollout_stage": point["stage"]})
    return _CONTROLS[key]


def points(varied: Mapping[str, Sequence[Any]]) -> Iterator[Point]:
    """Every combination of ``varied``; the other factors have their first value."""
    first = {name: values[0] for name, values in FACTORS.items()}
    for values in product(*varied.values()):
        yield {**first, **dict(zip(varied, values, strict=True))}


def pairs(seed: int) -> Iterator[Point]:
    """Points that hold every pair of values of every two factors, the other factors drawn at random, and the same once
    more with the other factors at their first values."""
    draw = random.Random(seed)
    for one, other in combinations(FACTORS, 2):
        for point in points({one: FACTORS[one], other: FACTORS[other]}):
            yield point
            yield {name: point[name] if name in (one, other) else draw.choice(FACTORS[name]) for name in FACTORS}


def check(point: Point) -> str | None:
    """Decides at ``point``; AssertionError where a law is broken. The template that goes out, None for none."""
    inputs = inputs_of(point)
    decision = decide(inputs, RELEASED)
    assert decision.team in RELEASED.team, point
    assert decision.reasons, point
    present = {score.intent for score in inputs.intents if score.confidence >= 0.30}
    if inputs.tier0 or present & ESCALATING:
        assert decision.tier == 0, point
    sends = decision.template is not None
    assert sends == (decision.action is not Action.ROUTE) == all(gate.passed for gate in decision.gates), point
    if sends:
        _check_reply(inputs, decision, present, point)
    return decision.template


def _check_reply(inputs: DecisionInputs, decision: Decision, present: set[str], point: Point) -> None:
    control, template = inputs.control, decision.template
    assert decision.tier in (1, 2), point
    assert not inputs.tier0, point
    assert not present & ESCALATING, point
    assert not control.stale, point
    assert not control.safe_mode, point
    assert control.automation_enabled, point
    assert control.outbound_enabled, point
    assert template in RELEASED.automation.intents[decision.intent].every_template, point
    assert template in control.templates, point
    assert decision.intent in control.intents, point
    assert inputs.channel in control.channels, point
    assert inputs.channel in (Channel.EMAIL, Channel.LIVECHAT), point
    assert inputs.bucket < control.rollout_percent, point
    assert control.rollout_stage in (("tier2",) if template in VERIFIED else ("tier1", "tier2")), point
    assert not any((inputs.auto_reply, inputs.attachment_only, inputs.injection_suspected)), point
    assert inputs.model_result in (ModelResult.NOT_ASKED, ModelResult.ANSWERED, ModelResult.REMEMBERED), point
    if inputs.model_result is not ModelResult.NOT_ASKED:
        alone = {score.intent: score.confidence for score in inputs.local}
        assert alone.get(decision.intent, 0.0) >= RELEASED.automation.thresholds.agreement, point
    assert inputs.ticket == _READ or (inputs.ticket is None and not inputs.last_look), point
    assert inputs.replies == _NONE_SENT or (inputs.replies is None and not inputs.last_look), point
    assert NOON <= inputs.now < decision.expires_at, point
    if template in VERIFIED:
        assert inputs.order.matches == 1, point
        assert not inputs.order.cancelled, point
        assert inputs.verdict == FACTORS["verdict"][0], point
        assert all(RELEASED.priority[name] > 2 for name in present), point


def safer(point: Point) -> Iterator[Point]:
    """Every point that differs in one safety factor, which has its value of least risk."""
    for name in SAFETY:
        if point[name] != FACTORS[name][0]:
            yield {**point, name: FACTORS[name][0]}
