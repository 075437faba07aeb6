"""From ticket records to decisions and back: what the policy stage writes and what act may do with it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from agents.policy import carry_failure, decide, decide_event, tags_to_apply
from streams.decision import ControlView
from streams.events import Failure, Features, TicketClassified, TicketDecided, TicketEvent, derived_id
from streams.reasons import Channel, FailureReason, OutcomeResult, Stage
from streams.reasons import DecisionReason as Why
from tests.unit.policy_inputs import OPEN, PLAYBOOK, scores, signals

EVENT = uuid.UUID("12345678-1234-5678-1234-567812345678")
ASSIGN = OPEN.model_copy(update={"rollout_stage": "assign", "epoch": 7})
DEADLINE = Failure(stage=Stage.CLASSIFY, reason=FailureReason.DEADLINE, error_class="DeadlineExceeded", attempts=3)


def classified(**changes: object) -> TicketClassified:
    values: dict[str, object] = {
        "id": derived_id(EVENT, Stage.CLASSIFY),
        "event_id": EVENT,
        "trace_id": EVENT.hex,
        "conversation_id": "c-1",
        "message_id": "m-1",
        "channel": Channel.EMAIL,
        "received_at": datetime(2026, 11, 1, tzinfo=UTC),
        "intents": scores(refund_request=0.9),
        "model": "local-1",
        "features": Features(word_count=12),
        **changes,
    }
    return TicketClassified(**values)


def test_the_record_carries_every_input_and_decides_alike_when_read_back() -> None:
    decided = decide_event(classified(tier0=signals("privacy_request")), ASSIGN, PLAYBOOK)
    read = TicketDecided.decode(decided.encode())
    assert read == decided
    assert decide(read.inputs, PLAYBOOK) == read.decision
    assert read.inputs.control == ASSIGN
    assert read.inputs.playbook == PLAYBOOK.id
    assert (read.inputs.word_count, read.inputs.channel, read.inputs.model) == (12, Channel.EMAIL, "local-1")
    assert read.id == derived_id(EVENT, Stage.POLICY)
    assert (read.event_id, read.conversation_id, read.message_id) == (EVENT, "c-1", "m-1")


def test_a_failed_ticket_keeps_its_failure_and_the_stage_that_failed() -> None:
    decided = decide_event(classified(intents=(), failure=DEADLINE), ASSIGN, PLAYBOOK)
    assert decided.failure == DEADLINE
    assert (decided.inputs.failure, decided.inputs.failed_stage) == (FailureReason.DEADLINE, Stage.CLASSIFY)
    assert "mw-model-failure" in decided.decision.tags


@pytest.mark.parametrize(
    ("now", "result", "some_tags"),
    [
        ({}, OutcomeResult.ROUTED, True),
        ({"rollout_stage": "tags"}, OutcomeResult.ROUTED, True),
        ({"rollout_stage": "shadow"}, OutcomeResult.SHADOWED, False),
        ({"safe_mode": True, "automation_enabled": False}, OutcomeResult.ROUTED, True),
        ({"outbound_enabled": False}, None, False),  # waits; nothing is lost
        ({"stale": True}, None, False),
        ({"rollout_stage": "shadow", "outbound_enabled": False}, None, False),
    ],
)
@pytest.mark.parametrize("then", [ASSIGN, ControlView()])
def test_act_goes_by_the_flags_of_now(
    then: ControlView, now: dict[str, object], result: OutcomeResult | None, some_tags: bool
) -> None:
    control_now = ASSIGN.model_copy(update={**now, "epoch": 9})
    effect = tags_to_apply(decide_event(classified(), then, PLAYBOOK), control_now, PLAYBOOK)
    assert effect.result == result
    assert bool(effect.tags) == some_tags
    assert effect.inputs.control == control_now
    assert effect.decision == decide(effect.inputs, PLAYBOOK)
    assert effect.reasons == effect.decision.reasons


def test_stage_assign_adds_the_routing_that_stage_tags_leaves_out() -> None:
    decided = decide_event(classified(), ASSIGN, PLAYBOOK)
    tags_only = tags_to_apply(decided, ASSIGN.model_copy(update={"rollout_stage": "tags"}), PLAYBOOK)
    assign = tags_to_apply(decided, ASSIGN, PLAYBOOK)
    assert set(assign.tags) - set(tags_only.tags) == {"mw-routing-applied", "mw-needs-returns"}
    assert Why.ROLLOUT_STAGE in tags_only.reasons
    assert Why.ROLLOUT_STAGE not in assign.reasons


POLICY_FAILED = Failure(stage=Stage.POLICY, reason=FailureReason.UNEXPECTED, error_class="KeyError", attempts=1)


def test_a_failure_of_policy_itself_is_carried_on_to_manual_triage() -> None:
    carried = carry_failure(classified(), POLICY_FAILED, PLAYBOOK)
    assert carried.failure == POLICY_FAILED
    assert carried.id == derived_id(EVENT, Stage.POLICY)
    assert carried.decision.reasons == (Why.STAGE_FAILED,)
    effect = tags_to_apply(TicketDecided.decode(carried.encode()), ASSIGN, PLAYBOOK)
    assert effect.tags == carried.decision.tags
    assert "mw-needs-manual-triage" in effect.tags


def test_a_carried_failure_still_escalates_in_act() -> None:
    carried = carry_failure(classified(tier0=signals("legal_threat")), POLICY_FAILED, PLAYBOOK)
    effect = tags_to_apply(carried, ASSIGN, PLAYBOOK)
    assert {"mw-needs-leadership", "mw-tier-0", "mw-needs-manual-triage"} <= set(effect.tags)


def test_the_first_failure_is_the_one_that_is_kept() -> None:
    carried = carry_failure(classified(failure=DEADLINE), POLICY_FAILED, PLAYBOOK)
    assert carried.failure == DEADLINE
    assert "mw-model-failure" in tags_to_apply(carried, ASSIGN, PLAYBOOK).tags


def test_a_ticket_of_which_only_the_common_fields_are_left_is_carried_too() -> None:
    bare = TicketEvent(**classified().derive(Stage.CLASSIFY))
    assert carry_failure(bare, POLICY_FAILED, PLAYBOOK).inputs.tier0 == ()
