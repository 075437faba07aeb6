"""Policy: one pure function decides what becomes of a ticket. No I/O, no clock, no randomness.

``decide`` names team, tags and reasons and judges every gate before an automatic reply; this version of the project
never replies. It runs twice: in the policy stage, and in act with the flags of that very moment (``tags_to_apply``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from faust.types import StreamT

from agents.canonical import understand
from agents.gates import LANGUAGE_SPOKE, judge, needs, rollout
from agents.handler import LoopWiring, StageFunctions, TicketHandler
from agents.order_facts import Facts
from agents.playbook import Playbook
from agents.replies import Plan, plan_reply
from agents.routes import MANUAL_TRIAGE, ROUTING_PREFIX, is_routing, model_reasons, route, tags_of
from streams import metrics
from streams.app import StageApp
from streams.clock import SYSTEM_CLOCK, Clock
from streams.control import ROLLOUT_STAGES
from streams.decision import (
    Action,
    ControlView,
    Decision,
    DecisionInputs,
    GateVerdict,
    IntentScore,
    Need,
    OrderFacts,
    Verdict,
)
from streams.errors import VendorError
from streams.events import Failure, TicketClassified, TicketDecided, TicketEvent
from streams.reasons import DecisionReason as Why
from streams.reasons import OpinionSource, OutcomeResult, Stage

_TAGS_STAGE = ROLLOUT_STAGES.index("tags")
_ASSIGN_STAGE = ROLLOUT_STAGES.index("assign")


class Effect(NamedTuple):
    """What act may write now. ``result`` None: nothing may be written and the ticket must wait for the switch."""

    tags: tuple[str, ...]
    result: OutcomeResult | None
    reasons: tuple[Why, ...]
    decision: Decision  # made with the flags of now
    inputs: DecisionInputs  # what it was made from


def decide(inputs: DecisionInputs, playbook: Playbook) -> Decision:
    """The decision on ``inputs`` under ``playbook``: total, and equal for equal arguments in every process.

    ``tags`` are all tags that the ticket deserves, whatever the rollout stage; ``permitted_tags`` says which of them
    may be written. Where that is not all of them, ``reasons`` says so.
    """
    seen = understand(inputs, playbook)
    way = route(inputs, seen, playbook)
    escalated = bool(inputs.tier0 or seen.escalations)
    tier = 0 if escalated else playbook.tier[seen.primary]
    existing = [team for team in way.teams if playbook.team[team].in_tenant]
    plan = plan_reply(inputs, seen, tier, playbook)
    gates = judge(inputs, seen, plan, playbook)
    reply = _reply(plan, gates, playbook)
    answered = (Why.REPLY,) if "template" in reply else ()
    return Decision(
        intent=seen.primary,
        secondary=seen.secondary,
        priority=0 if escalated else playbook.priority[seen.primary],
        tier=tier,
        team=existing[0] if existing else playbook.routing.default_team,
        tags=tags_of(inputs, seen, way, tier, playbook),
        routing_confidence=seen.routing_confidence,
        gates=gates,
        **reply,
        reasons=way.reasons + model_reasons(inputs) + _limits(inputs.control) + answered,
    )


def _reply(plan: Plan, gates: tuple[GateVerdict, ...], playbook: Playbook) -> dict[str, Any]:
    """The fields of the decision that say what is answered, if anything is, or what is needed first."""
    if not all([gate.passed for gate in gates]):
        return {"needs": needs(gates)}
    (template,) = plan.candidates  # the facts have decided, or a gate had stopped it
    closes, worded = template in playbook.automation.auto_close, playbook.template(template)
    return {
        "action": Action.REPLY_AND_CLOSE if closes else Action.REPLY,
        "template": template,
        "variables": tuple(variable.value for variable in (*worded.required, *worded.optional)),
        "expires_at": plan.expires_at,
    }


def candidates(inputs: DecisionInputs, playbook: Playbook) -> tuple[str, ...]:
    """The templates that may answer ``inputs``, whatever the gates say; one where the facts have decided."""
    seen = understand(inputs, playbook)
    return plan_reply(inputs, seen, playbook.tier[seen.primary], playbook).candidates


def permitted_tags(decision: Decision, control: ControlView) -> tuple[str, ...]:
    """The tags of ``decision`` that may be written under ``control``.

    None where control is stale, outbound is off or the rollout stage is shadow; in stage ``tags`` all but the routing
    (``mw-needs-<slug>`` and ``mw-routing-applied``); from ``assign`` on all of them.
    """
    stage = rollout(control)
    if control.stale or not control.outbound_enabled or stage < _TAGS_STAGE:
        return ()
    return decision.tags if stage >= _ASSIGN_STAGE else tuple(tag for tag in decision.tags if not is_routing(tag))


def rollout_bucket(conversation_id: str) -> int:
    """The conversation's place, 0 to 99, in what is rolled out by shares: the same for ever and on every machine."""
    return int.from_bytes(hashlib.sha256(conversation_id.encode()).digest()[:8]) % 100


def decide_event(
    ticket: TicketClassified, control: ControlView, playbook: Playbook, now: datetime | None = None
) -> TicketDecided:
    """The record for ``tickets.decided``: the decision on ``ticket`` with every input it was made from."""
    features = ticket.features
    inputs = DecisionInputs(
        intents=ticket.intents,
        tier0=ticket.tier0,
        local=_local_alone(ticket),
        model=ticket.model,
        model_result=ticket.model_result,
        word_count=features.word_count,
        has_order_number=features.has_order_number,
        auto_reply=features.auto_reply,
        attachment_only=features.attachment_only,
        injection_suspected=features.injection_suspected,
        channel=ticket.channel,
        failure=ticket.failure.reason if ticket.failure else None,
        failed_stage=ticket.failure.stage if ticket.failure else None,
        bucket=rollout_bucket(ticket.conversation_id),
        asked_at=ticket.received_at,
        now=now,
        control=control,
        playbook=playbook.id,
    )
    return TicketDecided(**ticket.derive(Stage.POLICY), decision=decide(inputs, playbook), inputs=inputs)


def _local_alone(ticket: TicketClassified) -> tuple[IntentScore, ...]:
    said = (opinion.intents for opinion in ticket.opinions if opinion.source is OpinionSource.LOCAL)
    return next(said, ()) if ticket.model_result in LANGUAGE_SPOKE else ()


def carry_failure(ticket: TicketEvent, failure: Failure, playbook: Playbook) -> TicketDecided:
    """The record for ``tickets.decided`` where the policy stage itself failed: manual triage, and it cannot fail.

    It does not call ``decide``, which may be what failed. Tier-0 signals stay in the inputs, so act, which decides
    anew, still escalates. An earlier stage's failure is kept, since it explains this one.
    """
    failure = ticket.failure or failure
    team = playbook.team[playbook.routing.default_team]
    tags = ("mw-processed", f"mw-intent-{playbook.unknown}", MANUAL_TRIAGE, ROUTING_PREFIX + team.slug)
    decision = Decision(
        intent=playbook.unknown,
        priority=playbook.priority[playbook.unknown],
        tier=None,
        team=team.name,
        tags=tags,
        routing_confidence=0.0,
        reasons=(Why.STAGE_FAILED,),
    )
    inputs = DecisionInputs(
        tier0=ticket.tier0 if isinstance(ticket, TicketClassified) else (),
        channel=ticket.channel,
        failure=failure.reason,
        failed_stage=failure.stage,
        playbook=playbook.id,
    )
    return TicketDecided(**ticket.derive(Stage.POLICY) | {"failure": failure}, decision=decision, inputs=inputs)


def tags_to_apply(decided: TicketDecided, control_now: ControlView, playbook: Playbook) -> Effect:
    """What act may write on ``decided`` under the flags of now: decided anew, only now's flags count.

    Where control is stale or outbound is off ``result`` is None: act waits and asks again, so nothing is lost.
    A failure that came after the policy stage counts too.
    """
    changes: dict[str, object] = {"control": control_now, "playbook": playbook.id}
    if decided.failure is not None:
        changes |= {"failure": decided.failure.reason, "failed_stage": decided.failure.stage}
    inputs = decided.inputs.model_copy(update=changes)
    decision = decide(inputs, playbook)
    result: OutcomeResult | None
    if control_now.stale or not control_now.outbound_enabled:
        result = None
    else:
        result = OutcomeResult.ROUTED if rollout(control_now) >= _TAGS_STAGE else OutcomeResult.SHADOWED
    return Effect(permitted_tags(decision, control_now), result, decision.reasons, decision, inputs)


def _limits(control: ControlView) -> tuple[Why, ...]:
    """Why less than the decision's tags may be written."""
    if control.stale:
        return (Why.CONTROL_STALE, Why.ROLLOUT_STAGE)
    off = () if control.outbound_enabled else (Why.OUTBOUND_DISABLED,)
    return off if rollout(control) >= _ASSIGN_STAGE else (*off, Why.ROLLOUT_STAGE)


class Policy:
    """The work of the stage. ``control`` reads the flags of this very moment; ``facts`` None: nothing is looked up.

    A ticket that no reply could come of is decided at once; one that lacks only a costly fact waits for it in its lane.
    """

    def __init__(
        self,
        playbook: Playbook,
        control: Callable[[], ControlView],
        facts: Facts | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._playbook, self._control, self._facts, self._clock = playbook, control, facts, clock

    def now(self, tickets: Sequence[TicketClassified]) -> Sequence[TicketDecided | None]:
        """The decided tickets; None for one that has to wait for a fact."""
        flags, at = self._control(), self._clock.now()
        return [self._now(decide_event(ticket, flags, self._playbook, at)) for ticket in tickets]

    def _now(self, decided: TicketDecided) -> TicketDecided | None:
        if decided.decision.needs and self._facts is not None:
            return None
        _count(decided.decision)
        return decided

    async def work(self, ticket: TicketClassified) -> TicketDecided:
        """The ticket decided with the facts that it needs, one after the other, each only while a reply may still come
        of it. A fact that a vendor does not give stays unknown, and the ticket goes to a person without delay."""
        decided = decide_event(ticket, self._control(), self._playbook, self._clock.now())
        inputs = decided.inputs
        while (decision := decide(inputs, self._playbook)).needs and self._facts is not None:
            need = decision.needs[0]
            try:
                fact = await self._fetch(need, ticket, inputs, self._facts)
            except VendorError:
                break
            if fact is None:
                break
            inputs = inputs.model_copy(update={need.value: fact, "control": self._control(), "now": self._clock.now()})
        decision = decide(inputs, self._playbook)
        _count(decision)
        return decided.model_copy(update={"decision": decision, "inputs": inputs})

    async def _fetch(
        self, need: Need, ticket: TicketClassified, inputs: DecisionInputs, facts: Facts
    ) -> OrderFacts | Verdict | None:
        if need is Need.ORDER:
            return await facts.order(ticket.conversation_id, ticket.message_id, self._playbook.shipping)
        (template, *_) = candidates(inputs, self._playbook)
        return await facts.verdict(ticket.conversation_id, ticket.message_id, template)


def _count(decision: Decision) -> None:
    metrics.DECISIONS.labels(str(decision.tier), decision.reasons[0]).inc()
    for gate in decision.gates:
        if not gate.passed and gate.reason is not None:
            metrics.AUTOMATION_BLOCKED.labels(gate.reason).inc()


def attach(app: StageApp, work: Policy, playbook: Playbook, loop: LoopWiring, may_run: Callable[[], bool]) -> None:
    """Give ``app`` its agent."""

    def carry(ticket: TicketEvent, failure: Failure) -> TicketDecided:
        return carry_failure(ticket, failure, playbook)

    functions = StageFunctions(Stage.POLICY, TicketClassified, carry, may_run, work.now, work.work)
    handler = TicketHandler(functions, loop.names)

    @app.agent(app.source, name=Stage.POLICY.value)
    async def decide_tickets(stream: StreamT[bytes]) -> None:
        await app.run_stage(stream, handler, loop.post, loop.limits)
