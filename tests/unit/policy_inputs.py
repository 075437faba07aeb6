"""Short ways to write what policy is given, and strategies for all of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from agents.playbook import Playbook
from control.playbooks import load_playbook
from streams.control import ROLLOUT_STAGES
from streams.decision import (
    ControlView,
    DecisionInputs,
    IntentScore,
    OrderFacts,
    ReplyCounts,
    TicketState,
    Tier0Signal,
    Verdict,
)
from streams.reasons import Channel, FailureReason, ModelResult, Stage

PLAYBOOK: Playbook = load_playbook()
INTENTS = tuple(PLAYBOOK.rank)
TEAMS = frozenset(PLAYBOOK.team)
SLUGS = frozenset(team.slug for team in PLAYBOOK.routing.teams)
SIGNALS = ("chargeback_dispute", "legal_threat", "harassment_threats", "fraud_suspected", "privacy_request")

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TEMPLATES = tuple(sorted({name for rule in PLAYBOOK.automation.intents.values() for name in rule.every_template}))
OPEN = ControlView(
    epoch=1,
    stale=False,
    safe_mode=False,
    automation_enabled=True,
    outbound_enabled=True,
    rollout_stage="tier2",
    rollout_percent=100,
    channels=(Channel.EMAIL, Channel.LIVECHAT),
    templates=TEMPLATES,
    intents=tuple(sorted(INTENTS)),
)


def release(**parts: object) -> Playbook:
    """The shipped playbook with other ``parts``."""
    return Playbook(**{**{name: getattr(PLAYBOOK, name) for name in Playbook.model_fields}, **parts})


RELEASED = release(automation=PLAYBOOK.automation.model_copy(update={"replies_released": True}))
"""The shipped playbook as it will be once replies are sent."""


def scores(**confidences: float) -> tuple[IntentScore, ...]:
    """``scores(refund_request=0.9)``."""
    return tuple(IntentScore(intent=name, confidence=value) for name, value in confidences.items())


def signals(*names: str) -> tuple[Tier0Signal, ...]:
    """Signals as a rule would raise them."""
    return tuple(Tier0Signal(signal=name, rule="test.rule") for name in names)


def given(control: ControlView = OPEN, **changes: object) -> DecisionInputs:
    """Inputs of a plain e-mail of 20 words under open control, with ``changes``."""
    values: dict[str, object] = {
        "word_count": 20,
        "channel": Channel.EMAIL,
        "control": control,
        "asked_at": NOON,
        "now": NOON,
        **changes,
    }
    return DecisionInputs(**values)


def _edges() -> st.SearchStrategy[float]:
    """Confidences, often exactly at a threshold or just beside it."""
    edges = [0.0, 0.3, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 1.0]
    near = [value + step for value in edges for step in (-1e-6, 0.0, 1e-6) if 0.0 <= value + step <= 1.0]
    return st.one_of(st.sampled_from(near), st.floats(0.0, 1.0))


def _mostly(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """All of ``names``, all but a few, or none."""
    but = st.sets(st.sampled_from(names), max_size=3).map(lambda few: tuple(n for n in names if n not in few))
    return st.one_of(but, st.just(()))


controls = st.builds(
    ControlView,
    epoch=st.integers(0, 10**9),
    stale=st.booleans(),
    safe_mode=st.booleans(),
    automation_enabled=st.booleans(),
    outbound_enabled=st.booleans(),
    rollout_stage=st.sampled_from([*ROLLOUT_STAGES, "", "everything"]),
    rollout_percent=st.sampled_from([0, 1, 50, 99, 100]),
    channels=st.sets(st.sampled_from(list(Channel))).map(sorted).map(tuple),
    templates=_mostly(TEMPLATES),
    intents=_mostly(INTENTS),
)
_rarely = st.sampled_from([False, False, False, True])
_often = st.sampled_from([True, True, True, False])
signal_tuples = st.lists(
    st.builds(Tier0Signal, signal=st.sampled_from([*SIGNALS, "self_harm"]), rule=st.sampled_from(["a.b", "model"])),
    max_size=4,
).map(tuple)
_intents = st.lists(
    st.builds(IntentScore, intent=st.sampled_from([*INTENTS, "never_heard_of"]), confidence=_edges()), max_size=6
).map(tuple)
inputs = st.builds(
    DecisionInputs,
    intents=_intents,
    local=_intents,
    model_result=st.one_of(st.just(ModelResult.NOT_ASKED), st.sampled_from(list(ModelResult))),
    tier0=st.one_of(st.just(()), signal_tuples),
    model=st.sampled_from(["", "local-1"]),
    word_count=st.integers(-1, 200),
    channel=st.sampled_from(list(Channel)),
    failure=st.one_of(st.none(), st.none(), st.sampled_from(list(FailureReason))),
    failed_stage=st.one_of(st.none(), st.none(), st.sampled_from(list(Stage))),
    has_order_number=st.booleans(),
    auto_reply=_rarely,
    attachment_only=_rarely,
    injection_suspected=_rarely,
    bucket=st.integers(0, 99),
    asked_at=st.one_of(st.none(), st.just(NOON)),
    now=st.one_of(st.none(), st.integers(0, 10_000).map(lambda seconds: NOON + timedelta(seconds=seconds))),
    order=st.one_of(
        st.none(),
        st.builds(
            OrderFacts,
            matches=st.integers(0, 3),
            has_tracking=st.booleans(),
            delivered=st.booleans(),
            cancelled=_rarely,
            ordered_at=st.one_of(st.none(), st.integers(0, 60).map(lambda days: NOON - timedelta(days=days))),
            method=st.sampled_from(["", "standard", "express", "by owl"]),
        ),
    ),
    verdict=st.one_of(st.none(), st.builds(Verdict, confirms=st.booleans(), confidence=_edges())),
    ticket=st.one_of(
        st.none(),
        st.builds(TicketState, open=_often, newest_message=_often, person_active=_rarely, answered=_rarely),
    ),
    replies=st.one_of(
        st.none(),
        st.builds(
            ReplyCounts,
            ticket_10_min=st.integers(0, 2),
            ticket_24_h=st.integers(0, 4),
            customer_24_h=st.integers(0, 6),
        ),
    ),
    last_look=st.booleans(),
    control=controls,
    playbook=st.just(PLAYBOOK.id),
)
