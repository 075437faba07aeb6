"""What policy makes of a language model beside the local one: it may add to routing, and reply only with it."""

from __future__ import annotations

import pytest
from hypothesis import given as drawn
from hypothesis import settings

from agents.policy import decide
from streams.decision import DecisionInputs
from streams.reasons import DecisionReason as Why
from streams.reasons import ModelResult
from tests.unit.policy_inputs import RELEASED, given, inputs, scores, signals

BILLING = scores(billing_issue=0.9)
SPOKE = {"model_result": ModelResult.ANSWERED, "intents": BILLING}


def failures(decided: DecisionInputs) -> set[Why]:
    return {gate.reason for gate in decide(decided, RELEASED).gates if gate.reason is not None}


@pytest.mark.parametrize(
    ("changes", "stopped_by"),
    [
        ({"local": BILLING}, set()),
        ({"local": BILLING, "model_result": ModelResult.REMEMBERED}, set()),
        ({"local": scores(billing_issue=0.5)}, set()),
        ({"local": scores(billing_issue=0.49)}, {Why.MODELS_DISAGREE}),
        ({"local": scores(refund_request=0.9)}, {Why.MODELS_DISAGREE}),
        ({"local": scores(refund_request=0.9, billing_issue=0.6)}, {Why.MODELS_DISAGREE}),
        ({"local": ()}, {Why.MODELS_DISAGREE}),
        ({"local": BILLING, "model_result": ModelResult.FAILED}, {Why.MODEL_UNAVAILABLE}),
        ({"local": BILLING, "model_result": ModelResult.LEFT_ALONE}, {Why.MODEL_UNAVAILABLE}),
        ({"local": BILLING, "model_result": ModelResult.OVER_BUDGET}, {Why.MODEL_OVER_BUDGET}),
    ],
)
def test_only_together_they_reply(changes: dict[str, object], stopped_by: set[Why]) -> None:
    assert failures(given(**{**SPOKE, **changes})) == stopped_by


@pytest.mark.parametrize(
    ("result", "reason", "tagged"),
    [
        (ModelResult.FAILED, Why.MODEL_UNAVAILABLE, True),
        (ModelResult.LEFT_ALONE, Why.MODEL_UNAVAILABLE, True),
        (ModelResult.OVER_BUDGET, Why.MODEL_OVER_BUDGET, False),
    ],
)
def test_without_its_answer_a_ticket_is_routed_and_says_why(result: ModelResult, reason: Why, tagged: bool) -> None:
    decision = decide(given(intents=BILLING, model_result=result), RELEASED)
    assert decision.reasons == (Why.CONFIDENT, reason)
    assert ("mw-model-failure" in decision.tags) == tagged
    assert "mw-routing-applied" in decision.tags
    assert decision.template is None


def test_a_signal_escalates_whatever_became_of_the_model() -> None:
    decision = decide(given(**SPOKE, tier0=signals("legal_threat")), RELEASED)
    assert (decision.tier, decision.template) == (0, None)


@settings(max_examples=300, deadline=None)
@drawn(inputs)
def test_a_model_that_was_not_asked_is_never_less_than_one_that_was(decided: DecisionInputs) -> None:
    """Asking may only take replies away, never give one that the same understanding would not have had."""
    if decide(decided, RELEASED).template is not None:
        alone = decided.model_copy(update={"model_result": ModelResult.NOT_ASKED, "local": ()})
        assert decide(alone, RELEASED).template is not None
