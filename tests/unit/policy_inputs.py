"""Short ways to write what policy is given, and strategies for all of it."""

from __future__ import annotations

from hypothesis import strategies as st

from agents.playbook import Playbook
from control.playbooks import load_playbook
from streams.control import ROLLOUT_STAGES
from streams.decision import ControlView, DecisionInputs, IntentScore, Tier0Signal
from streams.reasons import Channel, FailureReason, Stage

PLAYBOOK: Playbook = load_playbook()
INTENTS = tuple(PLAYBOOK.rank)
TEAMS = frozenset(PLAYBOOK.team)
SLUGS = frozenset(team.slug for team in PLAYBOOK.routing.teams)
SIGNALS = ("chargeback_dispute", "legal_threat", "harassment_threats", "fraud_suspected", "privacy_request")

OPEN = ControlView(
    epoch=1, stale=False, safe_mode=False, automation_enabled=True, outbound_enabled=True, rollout_stage="tier2"
)


def scores(**confidences: float) -> tuple[IntentScore, ...]:
    """``scores(refund_request=0.9)``."""
    return tuple(IntentScore(intent=name, confidence=value) for name, value in confidences.items())


def signals(*names: str) -> tuple[Tier0Signal, ...]:
    """Signals as a rule would raise them."""
    return tuple(Tier0Signal(signal=name, rule="test.rule") for name in names)


def given(control: ControlView = OPEN, **changes: object) -> DecisionInputs:
    """Inputs of a plain e-mail of 20 words under open control, with ``changes``."""
    values: dict[str, object] = {"word_count": 20, "channel": Channel.EMAIL, "control": control, **changes}
    return DecisionInputs(**values)


def _edges() -> st.SearchStrategy[float]:
    """Confidences, often exactly at a threshold or just beside it."""
    edges = [0.0, 0.3, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 1.0]
    near = [value + step for value in edges for step in (-1e-6, 0.0, 1e-6) if 0.0 <= value + step <= 1.0]
    return st.one_of(st.sampled_from(near), st.floats(0.0, 1.0))


controls = st.builds(
    ControlView,
    epoch=st.integers(0, 10**9),
    stale=st.booleans(),
    safe_mode=st.booleans(),
    automation_enabled=st.booleans(),
    outbound_enabled=st.booleans(),
    rollout_stage=st.sampled_from([*ROLLOUT_STAGES, "", "everything"]),
)
signal_tuples = st.lists(
    st.builds(Tier0Signal, signal=st.sampled_from([*SIGNALS, "self_harm"]), rule=st.sampled_from(["a.b", "model"])),
    max_size=4,
).map(tuple)
inputs = st.builds(
    DecisionInputs,
    intents=st.lists(
        st.builds(IntentScore, intent=st.sampled_from([*INTENTS, "never_heard_of"]), confidence=_edges()), max_size=6
    ).map(tuple),
    tier0=st.one_of(st.just(()), signal_tuples),
    model=st.sampled_from(["", "local-1"]),
    word_count=st.integers(-1, 200),
    channel=st.sampled_from(list(Channel)),
    failure=st.one_of(st.none(), st.none(), st.sampled_from(list(FailureReason))),
    failed_stage=st.one_of(st.none(), st.none(), st.sampled_from(list(Stage))),
    order_matches=st.one_of(st.none(), st.integers(0, 3)),
    verifier_confidence=st.one_of(st.none(), _edges()),
    control=controls,
    playbook=st.just(PLAYBOOK.id),
)
