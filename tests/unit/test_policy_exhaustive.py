"""Policy over its input space: in ``make test`` every pair of values, in ``make prove`` millions of combinations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.policy import decide
from streams.reasons import Channel
from tests.support.evidence import Evidence
from tests.unit.policy_inputs import INTENTS, RELEASED
from tests.unit.policy_space import FACTORS, Point, check, inputs_of, pairs, points, safer

CORE = {
    "primary": INTENTS,
    "second": INTENTS,
    "signal": FACTORS["signal"],
    "confidence": (0.9, 0.62, 0.4),
    "margin": (0.65, 0.05),
    "channel": (Channel.EMAIL, Channel.PHONE),
    "order": (FACTORS["order"][0], FACTORS["order"][3], FACTORS["order"][4]),
    "flags": FACTORS["flags"][:5],
    "stage": ("tier2", "tier1", "assign"),
    "ticket": (FACTORS["ticket"][0], FACTORS["ticket"][3]),
    "template": FACTORS["template"],
}
"""The factors that are crossed in full. The others are crossed with each other and with a few tickets in ``REST``."""
REST = {
    "primary": ("billing_issue", "order_status_tracking", "return_request", "unknown_other", "legal_threat"),
    "order": FACTORS["order"],
    "number": FACTORS["number"],
    "verdict": FACTORS["verdict"],
    "text": FACTORS["text"],
    "ticket": FACTORS["ticket"],
    "replies": FACTORS["replies"],
    "age_s": FACTORS["age_s"],
    "last_look": FACTORS["last_look"],
    "channel": FACTORS["channel"],
}
MODELS = {
    "primary": INTENTS,
    "second": INTENTS,
    "signal": FACTORS["signal"],
    "confidence": FACTORS["confidence"],
    "margin": FACTORS["margin"],
    "channel": (Channel.EMAIL, Channel.LIVECHAT),
    "model": FACTORS["model"],
}
"""What the models say of each other, with all that they can understand."""


def checked(space: Iterable[Point]) -> Counter[str | None]:
    """How often each template went out; where one did, less risk must not withhold it."""
    sent: Counter[str | None] = Counter()
    for point in space:
        template = check(point)
        sent[template] += 1
        if template is not None:
            assert all(check(better) is not None for better in safer(point)), point
    return sent


def test_every_pair_of_values_keeps_the_laws() -> None:
    sent = checked(pairs(seed=8))
    assert set(sent) > {"t_billing_issue_intake", "t_order_status_verified", "t_order_status_ask_order_number", None}


@pytest.mark.prove
def test_every_combination_keeps_the_laws(evidence: Evidence) -> None:
    figures = {}
    for name, space in (("core", CORE), ("rest", REST), ("models", MODELS)):
        started = perf_counter()
        sent = checked(points(space))
        seconds = perf_counter() - started
        figures[name] = {
            "factors": {factor: len(values) for factor, values in space.items()},
            "combinations": sent.total(),
            "seconds": round(seconds, 1),
            "replies": sent.total() - sent[None],
        }
        assert sent.total() > sent[None] > 0
    evidence.record("policy-exhaustive", **figures)


_OF_THE_SITUATION = (
    "a_person_wrote", "has_words", "no_injection", "model_answered", "control_fresh", "safe_mode_off",
    "automation_enabled", "outbound_enabled", "rollout_percent", "channel_automated", "channel_enabled",
    "ticket_read", "ticket_open", "newest_message", "no_person_active", "not_answered", "replies_counted",
    "within_limits", "in_time",
)  # fmt: skip
_SITUATION = ("flags", "text", "model", "ticket", "replies", "age_s", "last_look", "channel", "stage", "template")
_drawn = st.fixed_dictionaries({name: st.sampled_from(list(values)) for name, values in FACTORS.items()})


@settings(max_examples=500, deadline=None)
@given(_drawn, _drawn)
def test_gates_of_the_situation_do_not_depend_on_what_the_ticket_wants(one: Point, other: Point) -> None:
    """Why ``CORE`` and ``REST`` may be crossed apart from each other: what stops a reply for the situation's sake stops
    it whatever was asked, and a reply needs every gate."""
    here = {**other, **{name: one[name] for name in _SITUATION}}
    verdicts = [{gate.gate: gate.passed for gate in decide(inputs_of(each), RELEASED).gates} for each in (one, here)]
    assert all(verdicts[0].get(gate) == verdicts[1].get(gate) for gate in _OF_THE_SITUATION)
