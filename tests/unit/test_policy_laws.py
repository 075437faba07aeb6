"""Laws that hold for every input: policy is total, closed and deterministic, and more risk never means more effect."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
from collections.abc import Iterator
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.canonical import MAX_SECONDARY
from agents.policy import decide, permitted_tags
from control.settings import process_environment
from streams.control import ROLLOUT_STAGES
from streams.decision import ControlView, Decision, DecisionInputs, IntentScore, Tier0Signal
from streams.reasons import Stage
from tests.support.evidence import Evidence
from tests.unit.policy_inputs import (
    INTENTS,
    PLAYBOOK,
    RELEASED,
    SIGNALS,
    SLUGS,
    TEAMS,
    controls,
    inputs,
    signal_tuples,
    signals,
)
from tests.unit.policy_space import FACTORS, inputs_of

MANY = settings(max_examples=400, deadline=None)
CLOSED_TAGS = {
    "mw-processed", "mw-routing-applied", "mw-tier-0", "mw-tier-1", "mw-tier-2", "mw-uncertain", "mw-model-failure",
    "mw-needs-manual-triage", "mw-order-lookup-needed",
    *(f"mw-intent-{name}" for name in INTENTS),
    *(f"mw-secondary-{name}" for name in INTENTS),
    *(f"mw-needs-{slug}" for slug in SLUGS),
}  # fmt: skip


def routing_tags(decision: Decision) -> set[str]:
    return {t for t in decision.tags if t.startswith("mw-needs-") and t != "mw-needs-manual-triage"}


def open_gates(decision: Decision) -> set[str]:
    return {gate.gate for gate in decision.gates if gate.passed}


@MANY
@given(inputs)
def test_every_input_gets_a_whole_decision(given_inputs: DecisionInputs) -> None:
    decision = decide(given_inputs, PLAYBOOK)
    assert decision.team in TEAMS
    assert decision.intent in INTENTS
    assert decision.intent not in decision.secondary
    assert len(decision.secondary) <= MAX_SECONDARY
    assert decision.reasons
    assert len(set(decision.reasons)) == len(decision.reasons)
    assert set(decision.tags) <= CLOSED_TAGS
    assert len(set(decision.tags)) == len(decision.tags) <= 10
    assert routing_tags(decision)
    assert 0.0 <= decision.routing_confidence <= 1.0


@MANY
@given(inputs)
def test_no_reply_is_ever_made_and_every_stop_has_a_reason(given_inputs: DecisionInputs) -> None:
    decision = decide(given_inputs, PLAYBOOK)
    assert decision.template is None
    assert decision.gates[-1].model_dump(mode="json") == {
        "gate": "replies_released", "passed": False, "reason": "replies_not_released"
    }  # fmt: skip
    assert all((gate.reason is None) == gate.passed for gate in decision.gates)


@MANY
@given(inputs)
def test_tier_0_never_loses_its_team(given_inputs: DecisionInputs) -> None:
    decision = decide(given_inputs, PLAYBOOK)
    for item in given_inputs.tier0:
        slug = "chargebacks" if item.signal == "chargeback_dispute" else "leadership"
        assert f"mw-needs-{slug}" in decision.tags
    p0 = {name for name in INTENTS if PLAYBOOK.priority[name] == 0}
    for score in given_inputs.intents:
        if score.intent in p0 and score.confidence >= 0.30:
            assert (
                f"mw-needs-{'chargebacks' if score.intent == 'chargeback_dispute' else 'leadership'}" in decision.tags
            )
            assert decision.tier == 0
    if given_inputs.tier0:
        assert decision.tier == 0
    if decision.tier == 0:
        assert decision.team in ("Leadership Team", "Chargebacks / Disputes Team")
        assert decision.priority == 0


@MANY
@given(inputs, signal_tuples)
def test_one_more_signal_never_means_less_escalation(
    given_inputs: DecisionInputs, more: tuple[Tier0Signal, ...]
) -> None:
    before = decide(given_inputs, PLAYBOOK)
    after = decide(given_inputs.model_copy(update={"tier0": given_inputs.tier0 + more}), PLAYBOOK)
    escalated = {"mw-tier-0", "mw-needs-leadership", "mw-needs-chargebacks"}
    assert escalated & set(before.tags) <= escalated & set(after.tags)
    assert after.priority <= before.priority
    of_intent = {"intent_enabled", "models_agree"}  # another intent may lead now
    assert open_gates(after) & {gate.gate for gate in before.gates} <= open_gates(before) | of_intent


@MANY
@given(inputs, controls, controls)
def test_a_worse_control_view_never_permits_more(
    given_inputs: DecisionInputs, control: ControlView, other: ControlView
) -> None:
    worse = worst_of(control, other)
    better_decision = decide(given_inputs.model_copy(update={"control": control}), RELEASED)
    worse_decision = decide(given_inputs.model_copy(update={"control": worse}), RELEASED)
    assert worse_decision.template in (None, better_decision.template)
    assert set(permitted_tags(worse_decision, worse)) <= set(permitted_tags(better_decision, control))
    assert open_gates(worse_decision) <= open_gates(better_decision)
    # the switches bear on what may be done, never on what the ticket is
    same = {"reasons", "gates", "action", "template", "variables", "expires_at", "needs"}
    assert worse_decision.model_dump(exclude=same) == better_decision.model_dump(exclude=same)


def worst_of(one: ControlView, two: ControlView) -> ControlView:
    """The safer value of each switch."""
    stages = [view.rollout_stage if view.rollout_stage in ROLLOUT_STAGES else "shadow" for view in (one, two)]
    return ControlView(
        stale=one.stale or two.stale,
        safe_mode=one.safe_mode or two.safe_mode,
        automation_enabled=one.automation_enabled and two.automation_enabled,
        outbound_enabled=one.outbound_enabled and two.outbound_enabled,
        rollout_stage=min(stages, key=ROLLOUT_STAGES.index),
        rollout_percent=min(one.rollout_percent, two.rollout_percent),
        channels=tuple(name for name in one.channels if name in two.channels),
        templates=tuple(name for name in one.templates if name in two.templates),
        intents=tuple(name for name in one.intents if name in two.intents),
    )


@MANY
@given(inputs)
def test_stale_control_counts_as_every_switch_at_its_safest(given_inputs: DecisionInputs) -> None:
    stale = given_inputs.control.model_copy(update={"stale": True})
    assert permitted_tags(decide(given_inputs.model_copy(update={"control": stale}), PLAYBOOK), stale) == ()
    with_stale = decide(given_inputs.model_copy(update={"control": stale}), PLAYBOOK)
    with_safest = decide(given_inputs.model_copy(update={"control": ControlView()}), PLAYBOOK)
    assert with_stale == with_safest


@MANY
@given(inputs, st.randoms(use_true_random=False))
def test_the_order_in_which_things_were_seen_does_not_count(
    given_inputs: DecisionInputs, shuffler: random.Random
) -> None:
    intents, tier0 = list(given_inputs.intents), list(given_inputs.tier0)
    shuffler.shuffle(intents)
    shuffler.shuffle(tier0)
    shuffled = given_inputs.model_copy(update={"intents": tuple(intents), "tier0": tuple(tier0)})
    assert decide(shuffled, PLAYBOOK) == decide(given_inputs, PLAYBOOK)


@MANY
@given(inputs)
def test_inputs_read_back_from_their_record_decide_alike(given_inputs: DecisionInputs) -> None:
    again = DecisionInputs.model_validate_json(given_inputs.model_dump_json())
    assert decide(again, PLAYBOOK).model_dump_json() == decide(given_inputs, PLAYBOOK).model_dump_json()


def recorded_decisions(count: int) -> Iterator[bytes]:
    """``count`` decided inputs as their records hold them, drawn from a fixed seed over all that bears on a reply."""
    draw = random.Random(20261101)
    for _ in range(count):
        point = {name: draw.choice(values) for name, values in FACTORS.items()}
        drawn = inputs_of(point).model_copy(
            update={
                "intents": tuple(
                    IntentScore(intent=name, confidence=draw.random())
                    for name in draw.sample(INTENTS, draw.randint(0, 6))
                ),
                "tier0": signals(*draw.sample([*SIGNALS, "new_one"], draw.choice([0, 0, 0, 1, 2]))),
                "failed_stage": draw.choice([None, None, None, Stage.CLASSIFY]),
            }
        )
        yield drawn.model_dump_json().encode()


def digest_of_decisions(count: int) -> str:
    """SHA-256 over the decisions on ``count`` recorded inputs, decided again."""
    digest = hashlib.sha256()
    for record in recorded_decisions(count):
        digest.update(decide(DecisionInputs.model_validate_json(record), RELEASED).model_dump_json().encode())
    return digest.hexdigest()


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_decisions_are_equal_to_the_byte_in_every_process(hash_seed: str, evidence: Evidence) -> None:
    count = evidence.size(small=2_000, full=10_000)
    code = f"from tests.unit.test_policy_laws import digest_of_decisions as d; print(d({count}))"
    other = subprocess.run(
        [sys.executable, "-c", code],
        env=process_environment(PYTHONHASHSEED=hash_seed),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert other.stdout.strip() == digest_of_decisions(count)


@pytest.mark.prove
def test_how_many_decisions_a_second(evidence: Evidence) -> None:
    drawn = [DecisionInputs.model_validate_json(record) for record in recorded_decisions(20_000)]
    started = process_time()
    replies = sum(decide(each, RELEASED).template is not None for each in drawn)
    evidence.record("policy-speed", decisions_per_s=round(len(drawn) / (process_time() - started)), replies=replies)
