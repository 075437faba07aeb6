"""Several opinions become one: what each alone suffices for, and what disagreement costs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.combination import combine
from streams.decision import IntentScore, Opinion, Tier0Signal
from streams.reasons import OpinionSource
from tests.unit.policy_inputs import INTENTS, PLAYBOOK, SIGNALS, scores, signals

TIER0 = {name for name, tier in PLAYBOOK.tier.items() if tier == 0}
RULES = Opinion(source=OpinionSource.RULES)


def local(**confidences: float) -> Opinion:
    return Opinion(source=OpinionSource.LOCAL, intents=scores(**confidences))


def language(**confidences: float) -> Opinion:
    return Opinion(source=OpinionSource.LANGUAGE, intents=scores(**confidences))


def as_dict(intents: tuple[IntentScore, ...]) -> dict[str, float]:
    return {score.intent: score.confidence for score in intents}


def test_the_pool_is_the_stated_one() -> None:
    merged = combine(RULES, local(billing_issue=0.5, refund_request=0.4), language(billing_issue=0.9), PLAYBOOK)
    assert as_dict(merged.intents) == {"billing_issue": 0.78, "refund_request": 0.12}


def test_where_they_disagree_both_sink() -> None:
    merged = as_dict(combine(RULES, local(billing_issue=0.9), language(refund_request=0.9), PLAYBOOK).intents)
    assert merged == {"refund_request": 0.63, "billing_issue": 0.27}


def test_without_a_language_model_the_local_one_stands() -> None:
    alone = local(billing_issue=0.9, refund_request=0.123456789)
    assert combine(RULES, alone, None, PLAYBOOK).intents == alone.intents


def test_a_signal_stands_once_and_the_rule_that_saw_it_first_is_named() -> None:
    rules = RULES.model_copy(update={"tier0": signals("legal_threat")})
    seen = Tier0Signal(signal="legal_threat", rule="language_model")
    model = language(billing_issue=0.9).model_copy(update={"tier0": (seen, *signals("privacy_request"))})
    merged = combine(rules, local(), model, PLAYBOOK)
    assert merged.tier0 == signals("legal_threat", "privacy_request")


_intents = st.lists(
    st.builds(IntentScore, intent=st.sampled_from([*INTENTS, "never_heard_of"]), confidence=st.floats(0, 1)), max_size=7
).map(tuple)
_signals = st.lists(st.builds(Tier0Signal, signal=st.sampled_from(SIGNALS), rule=st.just("a.b")), max_size=3).map(tuple)
_opinions = {
    source: st.builds(Opinion, source=st.just(source), intents=_intents, tier0=_signals) for source in OpinionSource
}


@given(_opinions[OpinionSource.RULES], _opinions[OpinionSource.LOCAL], _opinions[OpinionSource.LANGUAGE])
def test_nobody_talks_another_out_of_an_escalation(rules: Opinion, one: Opinion, other: Opinion) -> None:
    merged = combine(rules, one, other, PLAYBOOK)
    assert {s.signal for s in merged.tier0} == {s.signal for said in (rules, one, other) for s in said.tier0}
    combined = as_dict(merged.intents)
    for said in (*one.intents, *other.intents):
        if said.intent in TIER0 and said.confidence >= PLAYBOOK.automation.thresholds.present:
            assert combined[said.intent] >= round(said.confidence, 6)


@given(_opinions[OpinionSource.LOCAL], _opinions[OpinionSource.LANGUAGE])
def test_a_confidence_lies_between_what_was_said(one: Opinion, other: Opinion) -> None:
    merged = combine(RULES, one, other, PLAYBOOK).intents
    said = [score.confidence for score in (*one.intents, *other.intents)]
    assert all(0.0 <= score.confidence <= max(said) + 1e-6 for score in merged)
    assert [score.confidence for score in merged] == sorted((s.confidence for s in merged), reverse=True)
    assert len({score.intent for score in merged}) == len(merged)
