"""``mw decide``: what its lines mean, what it refuses, and that it never makes a ticket look safer than it is."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.decide_lines import decide_line, read_inputs
from streams.decision import ControlView, OrderFacts, Verdict
from streams.reasons import Channel, FailureReason, Stage
from tests.unit.policy_inputs import OPEN, PLAYBOOK


def read(**ticket: object) -> object:
    return read_inputs(ticket, PLAYBOOK.id)


@pytest.mark.parametrize(
    ("ticket", "field", "value"),
    [
        ({}, "control", ControlView()),
        ({}, "channel", Channel.UNKNOWN),
        ({}, "word_count", 0),
        ({}, "order", None),
        ({}, "has_order_number", True),
        ({}, "bucket", 99),
        ({"bucket": 100}, "bucket", 99),
        ({"bucket": 7}, "bucket", 7),
        ({"features": {"auto_reply": "maybe"}}, "auto_reply", True),
        ({"channel": "livechat"}, "channel", Channel.LIVECHAT),
        ({"channel": "fax"}, "channel", Channel.UNKNOWN),
        ({"channel": 5}, "channel", Channel.UNKNOWN),
        ({"features": {"word_count": 9}}, "word_count", 9),
        ({"features": {"word_count": -9}}, "word_count", 0),
        ({"features": {"word_count": "9"}}, "word_count", 0),
        ({"features": 9}, "word_count", 0),
        ({"order": {"matches": 1}}, "order", OrderFacts(matches=1)),
        ({"verdict": {"confirms": True, "confidence": 0.9}}, "verdict", Verdict(confirms=True, confidence=0.9)),
        ({"now": "2026-01-05T10:00:00Z"}, "now", datetime(2026, 1, 5, 10, tzinfo=UTC)),
        ({"failure": {"stage": "classify", "reason": "deadline"}}, "failure", FailureReason.DEADLINE),
        ({"failure": {"stage": "classify", "reason": "deadline"}}, "failed_stage", Stage.CLASSIFY),
        ({"failure": {"reason": "no such reason"}}, "failure", FailureReason.UNEXPECTED),
        ({"failure": "yes"}, "failure", FailureReason.UNEXPECTED),
        ({"failure": None}, "failure", None),
        ({"model": 7}, "model", ""),
        ({"control": OPEN.model_dump()}, "control", OPEN),
        ({"control": {"stale": "false"}}, "control", ControlView()),
        ({"control": {"stale": False, "rollout_stage": "all"}}, "control", ControlView(stale=False)),
        ({"control": {"stale": False, "safe_mode": "no"}}, "control", ControlView(stale=False)),
        ({"control": {"stale": False, "outbound_enabled": 1}}, "control", ControlView(stale=False)),
        ({"control": {"stale": False, "templates": ["t_x", 5]}}, "control", ControlView(stale=False)),
        ({"control": "open"}, "control", ControlView()),
    ],
)
def test_missing_and_unknown_parts_take_their_safest_value(
    ticket: dict[str, object], field: str, value: object
) -> None:
    assert getattr(read(**ticket), field) == value


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "is no JSON"),
        (b"[]", "is no JSON object"),
        (b'{"tier0": false}', "tier0: tuple_type"),
        (b'{"order": {"matches": true}}', "order.matches: int_type"),
        (b'{"order": 1}', "order: model_type"),
        (b'{"verdict": {"confirms": "yes", "confidence": 0.9}}', "verdict.confirms: bool_type"),
        (b'{"ticket": {"open": true}}', "ticket.newest_message: missing"),
        (b'{"replies": {"ticket_10_min": -1}}', "replies.ticket_10_min: greater_than_equal"),
        (b'{"now": "2026-01-05T10:00:00"}', "now: timezone_aware"),
        (b'{"tier0": "legal_threat"}', "tier0: tuple_type"),
        (b'{"tier0": ["Legal Threat"]}', "tier0.0.signal: string_pattern_mismatch"),
        (b'{"tier0": [{"rule": "a"}]}', "tier0.0.signal: missing"),
        (b'{"intents": {"refund_request": 0.9}}', "intents: tuple_type"),
        (b'{"intents": [{"intent": "refund_request"}]}', "intents.0.confidence: missing"),
        (b'{"intents": [{"intent": "refund_request", "confidence": 90}]}', "intents.0.confidence: less_than_equal"),
    ],
)
def test_a_line_that_could_hide_a_signal_is_refused(line: bytes, message: str) -> None:
    with pytest.raises(ValueError, match="^" + message.replace(".", r"\.") + "$"):
        decide_line(line, PLAYBOOK)


FIELDS = ("id", "features", "intents", "tier0", "model", "channel", "failure", "order", "verifier", "control", "now")
INNER_FIELDS = ("stale", "signal", "intent", "confidence", "reason", "stage", "matches", "word_count", "epoch")


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(FIELDS),
        st.recursive(
            st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(INNER_FIELDS),
                    inner,
                    max_size=3,
                )
            ),
            max_leaves=6,
        ),
    )
)
def test_any_object_is_decided_or_refused_in_one_line(ticket: dict[str, object]) -> None:
    try:
        answer = decide_line(orjson.dumps(ticket), PLAYBOOK)
    except ValueError as exc:
        said = str(exc)
    else:
        said = ""
        assert answer["template"] is None
        assert answer["permitted_tags"] == ()
    assert "\n" not in said


def test_the_command_decides_what_it_can_and_names_the_rest() -> None:
    lines = [
        '{"id": "a", "tier0": ["chargeback_dispute"]}',
        "no json",
        "",
        '{"id": "b", "intents": [{"intent": "damaged_item", "confidence": 0.9}], "features": {"word_count": 8},'
        ' "control": {"stale": false, "outbound_enabled": true, "rollout_stage": "assign"}}',
    ]
    done = subprocess.run(
        [sys.executable, "-m", "control", "decide"],
        input="\n".join(lines), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "line 2: is no JSON",
        "mw: lines that could not be read: 1; correct them and try again",
    ]
    first, second = map(orjson.loads, done.stdout.splitlines())
    assert (first["id"], first["team"], first["permitted_tags"]) == ("a", "Chargebacks / Disputes Team", [])
    assert (second["id"], second["team"]) == ("b", "Returns Admin")
    assert "mw-needs-returns" in second["permitted_tags"]


def test_an_unknown_release_is_wrong_usage() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "control", "decide", "--playbook", "1.2.3"],
        input="", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("mw: there is no playbook '1.2.3'")
