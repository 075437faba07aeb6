"""The gates between a ticket and a reply: each stops for its reason, and what passes them all is answered."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from agents.policy import Policy, decide
from streams.decision import Action, ControlView, Decision, Need, OrderFacts, ReplyCounts, TicketState, Verdict
from streams.events import TicketClassified
from streams.reasons import Channel, FailureReason
from streams.reasons import DecisionReason as Why
from tests.unit.policy_inputs import NOON, OPEN, PLAYBOOK, RELEASED, given, scores, signals


def failures(decision: Decision) -> set[Why]:
    return {gate.reason for gate in decision.gates if gate.reason is not None}


def gates(decision: Decision) -> dict[str, bool]:
    return {gate.gate: gate.passed for gate in decision.gates}


TIER1 = scores(billing_issue=0.9)
TIER2 = scores(order_status_tracking=0.9)
TRACKED = OrderFacts(matches=1, has_tracking=True)
SURE, UNSURE = Verdict(confirms=True, confidence=0.8), Verdict(confirms=True, confidence=0.79)
NO = Verdict(confirms=False, confidence=1)
VERIFIED = {"order": TRACKED, "verdict": SURE}
READ = TicketState(open=True, newest_message=True, person_active=False, answered=False)
UNANSWERED = ReplyCounts(ticket_10_min=0, ticket_24_h=0, customer_24_h=0)


@pytest.mark.parametrize(
    ("changes", "control", "reason"),
    [
        ({"intents": TIER1, "failure": FailureReason.NO_TEXT}, {}, Why.STAGE_FAILED),
        ({"intents": TIER1, "tier0": signals("privacy_request")}, {}, Why.TIER0_SIGNAL),
        ({"intents": scores(billing_issue=0.9, fraud_suspected=0.3)}, {}, Why.TIER0_INTENT),
        ({"intents": TIER1}, {"stale": True}, Why.CONTROL_STALE),
        ({"intents": TIER1}, {"safe_mode": True}, Why.SAFE_MODE),
        ({"intents": TIER1}, {"automation_enabled": False}, Why.AUTOMATION_DISABLED),
        ({"intents": TIER1}, {"outbound_enabled": False}, Why.OUTBOUND_DISABLED),
        ({"intents": TIER1}, {"rollout_stage": "assign"}, Why.ROLLOUT_STAGE),
        ({"intents": TIER2, **VERIFIED}, {"rollout_stage": "tier1"}, Why.ROLLOUT_STAGE),
        ({"intents": scores(tiktok_support_request=0.9)}, {}, Why.ROUTE_ONLY_INTENT),
        *[
            ({"intents": TIER1, "channel": channel}, {}, Why.CHANNEL_NOT_AUTOMATED)
            for channel in (Channel.SOCIAL, Channel.TIKTOK, Channel.PHONE, Channel.UNKNOWN)
        ],
        ({"intents": scores(billing_issue=0.59)}, {}, Why.BELOW_TIER_THRESHOLD),
        ({"intents": scores(billing_issue=0.9, refund_request=0.801)}, {}, Why.SMALL_MARGIN),
        ({"intents": scores(order_status_tracking=0.69), **VERIFIED}, {}, Why.BELOW_TIER_THRESHOLD),
        ({"intents": scores(order_status_tracking=0.9, damaged_item=0.3), **VERIFIED}, {}, Why.HIGHER_RISK_INTENT),
        ({"intents": scores(order_status_tracking=0.9, cancel_order=0.3), **VERIFIED}, {}, Why.HIGHER_RISK_INTENT),
        ({"intents": TIER2, **VERIFIED, "order": None}, {}, Why.ORDER_UNKNOWN),
        (
            {"intents": TIER2, **VERIFIED, "order": OrderFacts(matches=0), "has_order_number": True},
            {},
            Why.ORDER_NOT_MATCHED,
        ),
        ({"intents": TIER2, **VERIFIED, "order": OrderFacts(matches=2)}, {}, Why.ORDER_NOT_MATCHED),
        (
            {"intents": TIER2, **VERIFIED, "order": TRACKED.model_copy(update={"cancelled": True})},
            {},
            Why.ORDER_CANCELLED,
        ),
        ({"intents": TIER2, **VERIFIED, "verdict": None}, {}, Why.VERIFIER_MISSING),
        (
            {"intents": TIER2, **VERIFIED, "verdict": UNSURE},
            {},
            Why.VERIFIER_DISAGREES,
        ),
        ({"intents": TIER2, **VERIFIED, "verdict": NO}, {}, Why.VERIFIER_DISAGREES),
        ({"intents": TIER1, "auto_reply": True}, {}, Why.AUTO_REPLY),
        ({"intents": TIER1, "attachment_only": True}, {}, Why.ATTACHMENT_ONLY),
        ({"intents": TIER1, "injection_suspected": True}, {}, Why.INJECTION_SUSPECTED),
        ({"intents": TIER1, "bucket": 10}, {"rollout_percent": 10}, Why.ROLLOUT_PERCENT),
        ({"intents": TIER1}, {"channels": (Channel.LIVECHAT,)}, Why.CHANNEL_DISABLED),
        ({"intents": TIER1}, {"intents": ("damaged_item",)}, Why.INTENT_DISABLED),
        ({"intents": TIER1}, {"templates": ("t_damaged_item_intake",)}, Why.TEMPLATE_DISABLED),
        ({"intents": TIER2, **VERIFIED}, {"templates": ("t_shipping_delay_verified",)}, Why.TEMPLATE_DISABLED),
        ({"intents": TIER1, "last_look": True, "replies": UNANSWERED}, {}, Why.TICKET_UNKNOWN),
        ({"intents": TIER1, "last_look": True, "ticket": READ}, {}, Why.REPLY_COUNTS_UNKNOWN),
        *[
            ({"intents": TIER1, "ticket": READ.model_copy(update=change)}, {}, reason)
            for change, reason in (
                ({"open": False}, Why.TICKET_CLOSED),
                ({"newest_message": False}, Why.NEWER_MESSAGE),
                ({"person_active": True}, Why.PERSON_ACTIVE),
                ({"answered": True}, Why.ALREADY_ANSWERED),
            )
        ],
        *[
            ({"intents": TIER1, "replies": UNANSWERED.model_copy(update=count)}, {}, Why.REPLY_LIMIT)
            for count in ({"ticket_10_min": 1}, {"ticket_24_h": 3}, {"customer_24_h": 5})
        ],
        ({"intents": TIER1, "now": NOON + timedelta(seconds=7200)}, {}, Why.TOO_LATE),
        ({"intents": TIER1, "channel": Channel.LIVECHAT, "now": NOON + timedelta(seconds=600)}, {}, Why.TOO_LATE),
        ({"intents": TIER1, "asked_at": None}, {}, Why.TOO_LATE),
        ({"intents": TIER1, "now": None}, {}, Why.TOO_LATE),
    ],
)
def test_each_gate_stops_for_its_reason(changes: dict[str, object], control: dict[str, object], reason: Why) -> None:
    decision = decide(given(OPEN.model_copy(update=control), **changes), RELEASED)
    assert reason in failures(decision)
    assert (decision.action, decision.template) == (Action.ROUTE, None)


@pytest.mark.parametrize("changes", [{"intents": TIER1}, {"intents": TIER2, **VERIFIED}])
@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.LIVECHAT])
def test_with_every_other_gate_open_the_last_one_still_stops_the_reply(
    changes: dict[str, object], channel: Channel
) -> None:
    decision = decide(given(channel=channel, **changes), PLAYBOOK)
    assert failures(decision) == {Why.REPLIES_NOT_RELEASED}
    assert decision.gates[-1].gate == "replies_released"
    assert decision.template is None


def test_a_margin_of_exactly_the_figure_is_wide_enough() -> None:
    decision = decide(given(intents=scores(billing_issue=0.9, refund_request=0.8)), PLAYBOOK)
    assert gates(decision)["margin"]


COMMON = [
    "stages_succeeded", "no_tier0_signal", "no_tier0_intent", "a_person_wrote", "has_words", "no_injection",
    "model_answered", "models_agree",
    "control_fresh", "safe_mode_off", "automation_enabled", "outbound_enabled", "rollout_stage", "rollout_percent",
    "has_template", "channel_automated", "channel_enabled", "intent_enabled", "template_for_channel",
    "template_enabled",
]  # fmt: skip
LAST = ["ticket_read", "replies_counted", "in_time", "replies_released"]
LAST_LOOK = [
    "ticket_read", "ticket_open", "newest_message", "no_person_active", "not_answered", "replies_counted",
    "within_limits", "in_time", "replies_released",
]  # fmt: skip


@pytest.mark.parametrize(
    ("intents", "own"),
    [
        (TIER1, ["tier_confidence", "margin"]),
        (
            TIER2,
            [
                "tier_confidence",
                "no_higher_risk_intent",
                "one_order_matched",
                "order_not_cancelled",
                "verifier_agrees",
            ],
        ),
        (scores(legal_threat=0.9), []),
        (scores(unknown_other=0.9), []),
    ],
)
def test_gates_stand_in_their_order_and_none_is_skipped(intents: object, own: list[str]) -> None:
    shut = decide(given(ControlView(), intents=intents, channel=Channel.UNKNOWN), PLAYBOOK)
    assert [gate.gate for gate in shut.gates] == [*COMMON, *own, *LAST]
    looked = decide(given(ControlView(), intents=intents, ticket=READ, replies=UNANSWERED), PLAYBOOK)
    assert [gate.gate for gate in looked.gates] == [*COMMON, *own, *LAST_LOOK]


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({"intents": TIER2}, True),  # nothing was looked up
        ({"intents": TIER2, "order": OrderFacts(matches=2)}, True),
        ({"intents": TIER2, "order": TRACKED}, False),
        ({"intents": scores(order_status_tracking=0.55)}, False),  # not sure that it is about an order at all
        ({"intents": TIER2, "tier0": signals("privacy_request")}, False),  # escalated
        ({"intents": TIER1}, False),
    ],
)
def test_an_order_look_up_is_asked_for_where_the_answer_is_in_an_order(
    changes: dict[str, object], needed: bool
) -> None:
    assert ("mw-order-lookup-needed" in decide(given(**changes), PLAYBOOK).tags) == needed


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, (Need.ORDER, Need.VERDICT)),
        ({"order": TRACKED}, (Need.VERDICT,)),
        ({"verdict": SURE}, (Need.ORDER,)),
        ({"order": TRACKED, "verdict": SURE}, ()),
        ({"order": OrderFacts(matches=2)}, ()),
        ({"auto_reply": True}, ()),
        ({"control": OPEN.model_copy(update={"safe_mode": True})}, ()),
        ({"intents": scores(order_status_tracking=0.9, damaged_item=0.4)}, ()),
        ({"channel": Channel.PHONE}, ()),
        ({"ticket": READ.model_copy(update={"open": False})}, ()),
    ],
)
def test_costly_facts_are_asked_for_only_where_they_alone_are_missing(
    changes: dict[str, object], needed: tuple[Need, ...]
) -> None:
    assert decide(given(**{"intents": TIER2, **changes}), RELEASED).needs == needed


def test_nothing_is_looked_up_for_a_release_that_never_replies() -> None:
    assert decide(given(intents=TIER2), PLAYBOOK).needs == ()


@pytest.mark.parametrize("last_look", [False, True])
def test_what_passes_every_gate_is_answered(last_look: bool) -> None:
    facts = {"ticket": READ, "replies": UNANSWERED} if last_look else {}
    decision = decide(given(intents=TIER1, last_look=last_look, **facts), RELEASED)
    assert failures(decision) == set()
    assert (decision.action, decision.template) == (Action.REPLY, "t_billing_issue_intake")
    assert decision.expires_at == NOON + timedelta(seconds=7200)
    assert Why.REPLY in decision.reasons


def test_a_customer_who_told_no_number_is_asked_for_it_under_the_rules_of_tier_1() -> None:
    asked = given(intents=scores(order_status_tracking=0.62), order=OrderFacts(matches=0))
    assert decide(asked, RELEASED).template == "t_order_status_ask_order_number"
    tier1 = asked.model_copy(update={"control": OPEN.model_copy(update={"rollout_stage": "tier1"})})
    assert decide(tier1, RELEASED).template == "t_order_status_ask_order_number"
    told = asked.model_copy(update={"has_order_number": True})
    assert decide(told, RELEASED).template is None


def test_each_decision_is_counted_with_what_stopped_its_reply() -> None:
    def counted(metric: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(metric, labels) or 0.0

    event = uuid4()
    ticket = TicketClassified(
        id=event, event_id=event, trace_id=event.hex, conversation_id="c", channel=Channel.EMAIL, received_at=NOON,
        intents=TIER1,
    )  # fmt: skip
    blocked = {Why.SAFE_MODE: 1, Why.REPLIES_NOT_RELEASED: 1, Why.AUTOMATION_DISABLED: 0}
    before = {why: counted("mw_automation_blocked_total", reason=why) for why in blocked}
    routed = counted("mw_decisions_total", tier="1", reason="confident")
    Policy(PLAYBOOK, lambda: OPEN.model_copy(update={"safe_mode": True})).now([ticket])
    assert {why: counted("mw_automation_blocked_total", reason=why) - before[why] for why in blocked} == blocked
    assert counted("mw_decisions_total", tier="1", reason="confident") == routed + 1
