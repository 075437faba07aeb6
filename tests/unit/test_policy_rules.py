"""Policy's rules, one table each: what the contracts page says, row by row."""

from __future__ import annotations

import pytest

from agents.policy import decide, permitted_tags
from streams.decision import Decision
from streams.reasons import Channel, FailureReason, Stage
from streams.reasons import DecisionReason as Why
from tests.unit.policy_inputs import INTENTS, OPEN, PLAYBOOK, given, release, scores, signals

EMAIL, RETURNS, LEADERSHIP = "Email Support Team", "Returns Admin", "Leadership Team"
CHARGEBACKS = "Chargebacks / Disputes Team"

# intent: priority, team, slug, tier (None: only routed), confidence its tier asks for
TABLE = {
    "chargeback_dispute": (0, CHARGEBACKS, "chargebacks", 0, None),
    "legal_threat": (0, LEADERSHIP, "leadership", 0, None),
    "harassment_threats": (0, LEADERSHIP, "leadership", 0, None),
    "fraud_suspected": (0, LEADERSHIP, "leadership", 0, None),
    "cancel_order": (1, EMAIL, "email-support", 1, 0.65),
    "address_change_order_edit": (1, EMAIL, "email-support", 1, 0.65),
    "cancel_subscription": (1, EMAIL, "email-support", 1, 0.65),
    "billing_issue": (1, EMAIL, "email-support", 1, 0.60),
    "delivered_not_received": (2, RETURNS, "returns", 1, 0.60),
    "missing_items_in_shipment": (2, RETURNS, "returns", 1, 0.60),
    "wrong_item_received": (2, RETURNS, "returns", 1, 0.60),
    "damaged_item": (2, RETURNS, "returns", 1, 0.60),
    "return_request": (3, RETURNS, "returns", 1, 0.65),
    "exchange_request": (3, RETURNS, "returns", 1, 0.65),
    "refund_request": (3, RETURNS, "returns", 1, 0.65),
    "order_status_tracking": (4, EMAIL, "email-support", 2, 0.70),
    "shipping_delay_not_shipped": (4, EMAIL, "email-support", 2, 0.70),
    "technical_support": (5, "Technical Support Team", "tech-support", 1, 0.70),
    "phone_support_request": (5, "Phone Support Team", "phone-support", None, None),
    "tiktok_support_request": (5, "TikTok Support", "tiktok", None, None),
    "social_media_support_request": (5, "Social Media Team", "social-media", None, None),
    "promo_discount_issue": (6, "Sales Team", "sales", 1, 0.60),
    "pre_purchase_question": (6, "Sales Team", "sales", 1, 0.60),
    "influencer_marketing_inquiry": (6, "Social Media Team", "social-media", 1, 0.60),
    "unknown_other": (7, EMAIL, "email-support", None, None),
}


def failures(decision: Decision) -> set[Why]:
    return {gate.reason for gate in decision.gates if not gate.passed and gate.reason is not None}


def gates(decision: Decision) -> dict[str, bool]:
    return {gate.gate: gate.passed for gate in decision.gates}


def test_the_table_names_every_intent() -> None:
    assert set(TABLE) == set(INTENTS)
    assert len(TABLE) == 25


@pytest.mark.parametrize("intent", TABLE)
def test_a_sure_intent_goes_to_its_team_with_its_tags(intent: str) -> None:
    priority, team, slug, tier, _ = TABLE[intent]
    decision = decide(given(intents=scores(**{intent: 0.95})), PLAYBOOK)
    lookup = ["mw-order-lookup-needed"] if tier == 2 else []
    level = [] if tier is None else [f"mw-tier-{tier}"]
    assert (decision.intent, decision.priority, decision.team, decision.tier) == (intent, priority, team, tier)
    assert decision.tags == (
        "mw-processed", f"mw-intent-{intent}", *level, *lookup, "mw-routing-applied", f"mw-needs-{slug}"
    )  # fmt: skip
    assert decision.reasons == ((Why.TIER0_INTENT,) if tier == 0 else (Why.CONFIDENT,))


@pytest.mark.parametrize("intent", [name for name, row in TABLE.items() if row[4] is not None])
def test_each_intents_own_threshold_stands_at_its_figure(intent: str) -> None:
    needed = TABLE[intent][4]
    assert needed is not None
    at = decide(given(intents=scores(**{intent: needed})), PLAYBOOK)
    below = decide(given(intents=scores(**{intent: needed - 0.001})), PLAYBOOK)
    assert gates(at)["tier_confidence"]
    assert Why.BELOW_TIER_THRESHOLD in failures(below)


@pytest.mark.parametrize(
    ("confidences", "words", "expected"),
    [
        ({"refund_request": 0.9}, 20, 0.9),  # nothing to subtract
        ({"refund_request": 0.9}, 5, 0.9),  # five words are enough
        ({"refund_request": 0.9}, 4, 0.8),  # fewer than five words
        ({"refund_request": 0.5, "return_request": 0.41}, 20, 0.4),  # margin below 0.10
        ({"refund_request": 0.5, "return_request": 0.4}, 20, 0.5),  # margin of exactly 0.10, in floats 0.09999...
        ({"refund_request": 0.7, "return_request": 0.6}, 20, 0.6),  # two above 0.55
        ({"refund_request": 0.7, "return_request": 0.55}, 20, 0.7),  # 0.55 itself does not exceed it
        ({"refund_request": 0.8, "return_request": 0.75}, 3, 0.5),  # all three
        ({"refund_request": 0.05}, 1, 0.0),  # never below 0
        ({}, 20, 0.0),
    ],
)
def test_routing_confidence(confidences: dict[str, float], words: int, expected: float) -> None:
    decision = decide(given(intents=scores(**confidences), word_count=words), PLAYBOOK)
    assert decision.routing_confidence == expected


@pytest.mark.parametrize(
    ("confidence", "team", "mark", "routed", "reasons"),
    [
        (0.60, RETURNS, None, True, (Why.CONFIDENT,)),
        (0.599, EMAIL, "mw-uncertain", True, (Why.UNCERTAIN,)),
        (0.50, EMAIL, "mw-uncertain", True, (Why.UNCERTAIN,)),
        (0.499, EMAIL, "mw-needs-manual-triage", False, (Why.LOW_CONFIDENCE,)),
        (0.30, EMAIL, "mw-needs-manual-triage", False, (Why.LOW_CONFIDENCE,)),
        (0.299, EMAIL, "mw-needs-manual-triage", False, (Why.LOW_CONFIDENCE, Why.NO_INTENT)),
    ],
)
def test_bands_of_routing_confidence(
    confidence: float, team: str, mark: str | None, routed: bool, reasons: tuple[Why, ...]
) -> None:
    decision = decide(given(intents=scores(refund_request=confidence)), PLAYBOOK)
    assert decision.team == team
    assert {"mw-uncertain", "mw-needs-manual-triage"} & set(decision.tags) == ({mark} if mark else set())
    assert ("mw-routing-applied" in decision.tags) == routed
    assert decision.reasons == reasons
    assert decision.intent == ("refund_request" if confidence >= 0.30 else "unknown_other")


@pytest.mark.parametrize(
    ("confidences", "primary", "secondary"),
    [
        # the root cause before its outcome
        ({"refund_request": 0.8, "damaged_item": 0.6}, "damaged_item", ("refund_request",)),
        # ... unless it is far less likely
        ({"refund_request": 0.8, "damaged_item": 0.599}, "refund_request", ("damaged_item",)),
        # the more urgent of two root causes
        ({"damaged_item": 0.7, "cancel_order": 0.6}, "cancel_order", ("damaged_item",)),
        # the likelier of two as urgent
        ({"damaged_item": 0.6, "wrong_item_received": 0.7}, "wrong_item_received", ("damaged_item",)),
        # a root cause below 0.30 is not in the message
        ({"refund_request": 0.4, "damaged_item": 0.29}, "refund_request", ()),
        # without P1 and P2 the likeliest leads, whatever its priority
        ({"order_status_tracking": 0.5, "technical_support": 0.6}, "technical_support", ("order_status_tracking",)),
        # equal ones: the order of the taxonomy
        ({"technical_support": 0.5, "order_status_tracking": 0.5}, "order_status_tracking", ("technical_support",)),
        # a P0 intent leads from 0.30 on
        ({"refund_request": 0.9, "legal_threat": 0.30}, "legal_threat", ("refund_request",)),
        ({"refund_request": 0.9, "legal_threat": 0.299}, "refund_request", ()),
        # at most two secondaries, the most urgent first; "unknown" is never one
        (
            {"technical_support": 0.9, "refund_request": 0.4, "promo_discount_issue": 0.5, "damaged_item": 0.31},
            "technical_support",
            ("damaged_item", "refund_request"),
        ),
        ({"refund_request": 0.7, "unknown_other": 0.4}, "refund_request", ()),
        # an intent that the playbook does not know counts as unknown
        ({"not_in_the_playbook": 0.9, "refund_request": 0.4}, "unknown_other", ("refund_request",)),
    ],
)
def test_what_leads(confidences: dict[str, float], primary: str, secondary: tuple[str, ...]) -> None:
    decision = decide(given(intents=scores(**confidences)), PLAYBOOK)
    assert (decision.intent, decision.secondary) == (primary, secondary)
    assert {f"mw-secondary-{name}" for name in secondary} <= set(decision.tags)


def test_an_intent_given_twice_counts_once_with_its_higher_confidence() -> None:
    twice = scores(refund_request=0.7) + scores(refund_request=0.65)
    assert decide(given(intents=twice), PLAYBOOK).routing_confidence == 0.7


@pytest.mark.parametrize(
    ("names", "confidences", "intent", "team", "needs"),
    [
        (("chargeback_dispute",), {"refund_request": 0.9}, "chargeback_dispute", CHARGEBACKS, {"chargebacks"}),
        (("legal_threat",), {"refund_request": 0.9}, "legal_threat", LEADERSHIP, {"leadership"}),
        (("harassment_threats",), {}, "harassment_threats", LEADERSHIP, {"leadership"}),
        (("fraud_suspected",), {"billing_issue": 0.9}, "fraud_suspected", LEADERSHIP, {"leadership"}),
        # no intent of its own: as understood, or unknown
        (("privacy_request",), {"cancel_subscription": 0.9}, "cancel_subscription", LEADERSHIP, {"leadership"}),
        (("privacy_request",), {}, "unknown_other", LEADERSHIP, {"leadership"}),
        # a signal nobody has named yet escalates too
        (("self_harm",), {"refund_request": 0.9}, "refund_request", LEADERSHIP, {"leadership"}),
        # two concerns, two teams; the leading intent's team is in charge
        (
            ("privacy_request", "chargeback_dispute"),
            {},
            "chargeback_dispute",
            CHARGEBACKS,
            {"chargebacks", "leadership"},
        ),
        (
            ("chargeback_dispute",),
            {"legal_threat": 0.9},
            "chargeback_dispute",
            CHARGEBACKS,
            {"chargebacks", "leadership"},
        ),
        (
            (),
            {"legal_threat": 0.9, "chargeback_dispute": 0.4},
            "legal_threat",
            LEADERSHIP,
            {"chargebacks", "leadership"},
        ),
    ],
)
def test_tier0_overrides_everything(
    names: tuple[str, ...], confidences: dict[str, float], intent: str, team: str, needs: set[str]
) -> None:
    decision = decide(given(intents=scores(**confidences), tier0=signals(*names), word_count=1), PLAYBOOK)
    assert (decision.intent, decision.team, decision.tier, decision.priority) == (intent, team, 0, 0)
    assert {f"mw-needs-{slug}" for slug in needs} == {t for t in decision.tags if t.startswith("mw-needs-")}
    assert {"mw-tier-0", "mw-routing-applied"} <= set(decision.tags)
    expected = Why.TIER0_SIGNAL if names else Why.TIER0_INTENT
    assert decision.reasons[0] == expected
    assert expected in failures(decision)


@pytest.mark.parametrize(
    ("stage", "model_failed"),
    [(Stage.SANITIZE, False), (Stage.CLASSIFY, True), (Stage.POLICY, False), (None, False)],
)
def test_a_failed_stage_means_manual_triage(stage: Stage | None, model_failed: bool) -> None:
    broken = given(intents=scores(refund_request=0.9), failure=FailureReason.DEADLINE, failed_stage=stage)
    decision = decide(broken, PLAYBOOK)
    assert (decision.intent, decision.secondary, decision.team) == ("unknown_other", (), EMAIL)
    assert {"mw-needs-manual-triage", "mw-needs-email-support"} <= set(decision.tags)
    assert "mw-routing-applied" not in decision.tags
    assert ("mw-model-failure" in decision.tags) == model_failed
    assert (Why.MODEL_UNAVAILABLE in decision.reasons) == model_failed
    assert decision.reasons[0] == Why.STAGE_FAILED
    assert Why.STAGE_FAILED in failures(decision)


def test_a_failed_stage_does_not_silence_a_signal() -> None:
    broken = given(tier0=signals("legal_threat"), failure=FailureReason.DEADLINE, failed_stage=Stage.CLASSIFY)
    decision = decide(broken, PLAYBOOK)
    assert (decision.team, decision.tier) == (LEADERSHIP, 0)
    assert {"mw-needs-leadership", "mw-needs-manual-triage", "mw-model-failure"} <= set(decision.tags)
    assert decision.reasons == (Why.TIER0_SIGNAL, Why.STAGE_FAILED, Why.MODEL_UNAVAILABLE)


ALL = ("mw-processed", "mw-intent-billing_issue", "mw-tier-1", "mw-routing-applied", "mw-needs-email-support")


@pytest.mark.parametrize(
    ("control", "written", "reasons"),
    [
        ({"rollout_stage": "shadow"}, (), (Why.ROLLOUT_STAGE,)),
        ({"rollout_stage": "no such stage"}, (), (Why.ROLLOUT_STAGE,)),
        ({"rollout_stage": "tags"}, ALL[:3], (Why.ROLLOUT_STAGE,)),
        ({"rollout_stage": "assign"}, ALL, ()),
        ({"rollout_stage": "tier1"}, ALL, ()),
        ({"rollout_stage": "tier2"}, ALL, ()),
        ({"safe_mode": True}, ALL, ()),  # tags and routing go on
        ({"automation_enabled": False}, ALL, ()),
        ({"outbound_enabled": False}, (), (Why.OUTBOUND_DISABLED,)),
        ({"stale": True}, (), (Why.CONTROL_STALE, Why.ROLLOUT_STAGE)),
    ],
)
def test_what_may_be_written_under_each_switch(
    control: dict[str, object], written: tuple[str, ...], reasons: tuple[Why, ...]
) -> None:
    view = OPEN.model_copy(update=control)
    decision = decide(given(view, intents=scores(billing_issue=0.9)), PLAYBOOK)
    assert decision.tags == ALL
    assert permitted_tags(decision, view) == written
    assert decision.reasons == (Why.CONFIDENT, *reasons)


def test_stage_tags_writes_manual_triage_since_it_assigns_to_nobody() -> None:
    view = OPEN.model_copy(update={"rollout_stage": "tags"})
    decision = decide(given(view, intents=scores(billing_issue=0.4)), PLAYBOOK)
    written = permitted_tags(decision, view)
    assert "mw-needs-manual-triage" in written
    assert "mw-needs-email-support" not in written


@pytest.mark.parametrize(
    ("missing", "confidences", "team", "needs"),
    [
        ("Sales Team", {"pre_purchase_question": 0.9}, EMAIL, {"sales", "email-support"}),
        ("Technical Support Team", {"technical_support": 0.9}, EMAIL, {"tech-support", "email-support"}),
        ("Leadership Team", {"legal_threat": 0.9}, EMAIL, {"leadership", "email-support"}),
        # the other escalation team exists, so it is in charge
        ("Leadership Team", {"legal_threat": 0.9, "chargeback_dispute": 0.4}, CHARGEBACKS,
         {"leadership", "chargebacks", "email-support"}),
    ],
)  # fmt: skip
def test_a_team_that_does_not_exist_keeps_its_tag(
    missing: str, confidences: dict[str, float], team: str, needs: set[str]
) -> None:
    teams = tuple(
        t.model_copy(update={"in_tenant": t.name != missing}) if t.name == missing else t
        for t in PLAYBOOK.routing.teams
    )
    changed = release(routing=PLAYBOOK.routing.model_copy(update={"teams": teams}))
    decision = decide(given(intents=scores(**confidences)), changed)
    assert decision.team == team
    assert {t for t in decision.tags if t.startswith("mw-needs-")} == {f"mw-needs-{slug}" for slug in needs}


def test_a_channel_may_go_first_but_never_before_an_escalation() -> None:
    first = release(routing=PLAYBOOK.routing.model_copy(update={"channel_first": {Channel.TIKTOK: "TikTok Support"}}))
    asked = given(intents=scores(refund_request=0.9), channel=Channel.TIKTOK)
    decision = decide(asked, first)
    assert (decision.intent, decision.team, decision.reasons) == (
        "refund_request",
        "TikTok Support",
        (Why.CHANNEL_FIRST,),
    )
    assert "mw-needs-tiktok" in decision.tags
    assert decide(asked.model_copy(update={"channel": Channel.EMAIL}), first).team == RETURNS
    assert decide(asked.model_copy(update={"tier0": signals("legal_threat")}), first).team == LEADERSHIP
