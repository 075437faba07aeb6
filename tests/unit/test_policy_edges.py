"""Policy exactly at its edges: one beyond a figure, and what a mistake of one character would change."""

from __future__ import annotations

from uuid import uuid4

import pytest

from agents.policy import carry_failure, decide, rollout_bucket
from streams.decision import OrderFacts, ReplyCounts, Verdict
from streams.events import Failure, TicketClassified
from streams.reasons import DecisionReason as Why
from streams.reasons import FailureReason, Stage
from tests.unit.policy_inputs import NOON, OPEN, PLAYBOOK, RELEASED, given, scores

TIER1, TIER2 = scores(billing_issue=0.9), scores(order_status_tracking=0.9)
TRACKED = OrderFacts(matches=1, has_tracking=True)


@pytest.mark.parametrize(
    "counts",
    [
        {"ticket_10_min": 2},
        {"ticket_24_h": 4},
        {"customer_24_h": 6},
        {"customer_24_h": 600},
    ],
)
def test_beyond_a_limit_it_still_holds(counts: dict[str, int]) -> None:
    sent = ReplyCounts(**{"ticket_10_min": 0, "ticket_24_h": 0, "customer_24_h": 0, **counts})
    decision = decide(given(intents=TIER1, replies=sent), RELEASED)
    assert decision.template is None
    assert Why.REPLY_LIMIT in {gate.reason for gate in decision.gates}


@pytest.mark.parametrize(("bucket", "answered"), [(0, True), (29, True), (30, False), (31, False), (99, False)])
def test_the_share_that_is_rolled_out_ends_where_it_says(bucket: int, answered: bool) -> None:
    control = OPEN.model_copy(update={"rollout_percent": 30})
    assert (decide(given(control, intents=TIER1, bucket=bucket), RELEASED).template is not None) == answered


def test_a_verifier_surer_than_needed_agrees_too() -> None:
    sure = Verdict(confirms=True, confidence=0.95)
    assert decide(given(intents=TIER2, order=TRACKED, verdict=sure), RELEASED).template == "t_order_status_verified"


@pytest.mark.parametrize(
    ("conversation", "bucket"), [("c1", 55), ("c2", 89), ("conv-1001", 55), ("conv-1002", 8), ("7f3a9c", 32)]
)
def test_a_conversations_place_in_the_rollout_never_changes(conversation: str, bucket: int) -> None:
    """Written down once: another figure would give answers to people who had none yesterday, and take them from
    others."""
    assert rollout_bucket(conversation) == bucket


def test_every_place_in_the_rollout_is_taken() -> None:
    assert {rollout_bucket(f"conversation-{number}") for number in range(2_000)} == set(range(100))


def test_a_failed_policy_stage_is_sure_of_nothing() -> None:
    event = uuid4()
    ticket = TicketClassified(id=event, event_id=event, trace_id=event.hex, conversation_id="c", received_at=NOON)
    failure = Failure(stage=Stage.POLICY, reason=FailureReason.UNEXPECTED, error_class="ValueError", attempts=1)
    decision = carry_failure(ticket, failure, PLAYBOOK).decision
    assert (decision.routing_confidence, decision.priority, decision.reasons) == (0.0, 7, (Why.STAGE_FAILED,))
