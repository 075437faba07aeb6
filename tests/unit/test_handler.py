"""What stands for a failed record: it must come out for every record, or that record would end its process for ever."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import classify, policy
from agents.act import Act
from agents.handler import StageFunctions, TicketHandler
from agents.sanitize import Sanitize, SanitizeSettings
from control.playbooks import load_playbook
from streams.clock import SYSTEM_CLOCK
from streams.errors import TicketError
from streams.events import (
    DeadLetter,
    TicketClassified,
    TicketDecided,
    TicketEvent,
    TicketOutcome,
    TicketReceived,
    TicketSanitized,
)
from streams.reasons import Stage
from streams.sealing import KeyRing
from streams.topics import Names
from streams.work import SourceRecord

PLAYBOOK = load_playbook()
RING = KeyRing({"test": bytes(32)})
SANITIZE = Sanitize(None, RING, SanitizeSettings())  # type: ignore[arg-type]  # no helpdesk is asked here
ACT = Act(None, None, PLAYBOOK, None, bool)  # type: ignore[arg-type]
TAKES: dict[Stage, type[TicketEvent]] = {
    Stage.SANITIZE: TicketReceived,
    Stage.CLASSIFY: TicketSanitized,
    Stage.POLICY: TicketClassified,
    Stage.ACT: TicketDecided,
}
GIVES: dict[Stage, type[TicketEvent]] = {
    Stage.SANITIZE: TicketSanitized,
    Stage.CLASSIFY: TicketClassified,
    Stage.POLICY: TicketDecided,
    Stage.ACT: TicketOutcome,
}
CARRY: dict[Stage, Callable[..., Any]] = {
    Stage.SANITIZE: SANITIZE.carry,
    Stage.CLASSIFY: classify.carry_failure,
    Stage.POLICY: lambda ticket, failure: policy.carry_failure(ticket, failure, PLAYBOOK),
    Stage.ACT: ACT.carry,
}


def handler(stage: Stage) -> TicketHandler[Any, Any]:
    keep = SANITIZE.keep if stage is Stage.SANITIZE else None
    functions = StageFunctions(stage, TAKES[stage], CARRY[stage], lambda: True, keep=keep)
    return TicketHandler(functions, Names(""))


def record(key: bytes | None, value: bytes | None) -> SourceRecord:
    return SourceRecord("topic", 0, 0, key, value)


def common() -> dict[str, Any]:
    event = uuid.uuid5(uuid.NAMESPACE_URL, "event")
    return {
        "id": str(event),
        "event_id": str(event),
        "trace_id": event.hex,
        "conversation_id": "c-1",
        "received_at": SYSTEM_CLOCK.now().isoformat(),
    }


def full(stage: Stage) -> bytes:
    """A record that fills what its topic takes with an earlier failure and, where it has one, with a list."""
    failure = {"stage": "sanitize", "reason": "no_text", "attempts": 1, "error_class": "x"}
    body = {**common(), "failure": failure}
    if stage is Stage.POLICY:
        body["tier0"] = [{"signal": "legal_threat", "rule": "r" * 60}] * 500
    left = TAKES[stage].max_bytes - len(orjson.dumps(body))
    failure["error_class"] = "x" * left
    return orjson.dumps(body)


@pytest.mark.parametrize("stage", [Stage.CLASSIFY, Stage.POLICY])
def test_a_record_as_large_as_its_topic_takes_has_a_failure_that_fits(stage: Stage) -> None:
    raw = full(stage)
    TAKES[stage].decode(raw)
    letter, carried = handler(stage).failed(record(b"c-1", raw), TicketError("too large"), 1)
    assert DeadLetter.decode(letter.value).conversation_id == "c-1"
    ticket = GIVES[stage].decode(carried.value)
    assert str(ticket.event_id) == common()["event_id"]
    assert ticket.failure is not None
    assert ticket.failure.stage is stage


@pytest.mark.parametrize("stage", list(Stage))
@given(key=st.none() | st.binary(max_size=40) | st.just(b"c-1"), value=st.none() | st.binary(max_size=200))
def test_any_bytes_have_a_failure(stage: Stage, key: bytes | None, value: bytes | None) -> None:
    letter, *carried = handler(stage).failed(record(key, value), ValueError("canary"), 1)
    DeadLetter.decode(letter.value)
    assert b"canary" not in letter.value
    for output in carried:
        assert GIVES[stage].decode(output.value).key == output.key == key


@pytest.mark.parametrize("stage", list(Stage))
@given(
    changed=st.dictionaries(
        st.sampled_from(
            ["id", "event_id", "trace_id", "conversation_id", "received_at", "failure", "version", "tier0"]
        ),
        st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=20), st.lists, max_leaves=3),
        min_size=1,
    )
)
def test_any_damaged_record_has_a_failure_and_its_ticket_goes_on(stage: Stage, changed: dict[str, Any]) -> None:
    _, carried = handler(stage).failed(record(b"c-1", orjson.dumps({**common(), **changed})), ValueError(), 1)
    assert GIVES[stage].decode(carried.value).conversation_id == "c-1"
