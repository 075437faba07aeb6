"""Reads tickets as ``mw decide`` takes them (contracts: "mw sanitize, mw classify, mw decide"). Pure.

What is missing or not understood takes its safest value; what would make a ticket look safer than it is, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from agents.playbook import Playbook
from agents.policy import decide, permitted_tags
from control.json_lines import json_object
from streams.control import check_value
from streams.decision import (
    ControlView,
    DecisionInputs,
    IntentName,
    OrderFacts,
    ReplyCounts,
    TemplateId,
    TicketState,
    Verdict,
)
from streams.errors import ConfigurationError
from streams.reasons import Channel, FailureReason, Stage

_FACTS: Mapping[str, TypeAdapter[Any]] = {
    "asked_at": TypeAdapter(AwareDatetime),
    "now": TypeAdapter(AwareDatetime),
    "order": TypeAdapter(OrderFacts),
    "verdict": TypeAdapter(Verdict),
    "ticket": TypeAdapter(TicketState),
    "replies": TypeAdapter(ReplyCounts),
}
_SWITCHED_ON: Mapping[str, TypeAdapter[Any]] = {
    "channels": TypeAdapter(tuple[Channel, ...]),
    "templates": TypeAdapter(tuple[TemplateId, ...]),
    "intents": TypeAdapter(tuple[IntentName, ...]),
}
_WARNINGS = ("auto_reply", "attachment_only", "injection_suspected")
_SWITCHES = ("safe_mode", "automation_enabled", "outbound_enabled", "rollout_stage", "rollout_percent")


def decide_line(line: bytes, playbook: Playbook) -> dict[str, Any]:
    """The decision on one line, as JSON values. Raises ValueError that names the field at fault, never its value."""
    ticket = json_object(line)
    inputs = read_inputs(ticket, playbook.id)
    decision = decide(inputs, playbook)
    given = {"id": ticket["id"]} if "id" in ticket else {}
    return {**given, **decision.model_dump(mode="json"), "permitted_tags": permitted_tags(decision, inputs.control)}


def read_inputs(ticket: Mapping[str, Any], playbook_id: str) -> DecisionInputs:
    """What ``decide`` takes, from one line's values. Raises ValueError where intents, tier-0 signals or what is known
    of the order and the conversation are malformed.

    Those are refused rather than taken as absent: to drop a signal would make a ticket look safer than it is.
    """
    intents, signals = ticket.get("intents"), ticket.get("tier0")
    if isinstance(signals, list):
        signals = [{"signal": s, "rule": "given"} if isinstance(s, str) else s for s in signals]
    failure, model = ticket.get("failure"), ticket.get("model")
    features = _object(ticket.get("features"))
    try:
        return DecisionInputs(
            intents=() if intents is None else intents,
            tier0=() if signals is None else signals,
            model=model[:64] if isinstance(model, str) else "",
            word_count=_count(features.get("word_count")) or 0,
            has_order_number=features.get("has_order_number") is not False,
            **{name: features.get(name) not in (None, False) for name in _WARNINGS},
            channel=_member(Channel, ticket.get("channel"), Channel.UNKNOWN),
            failure=_failure(failure),
            failed_stage=_member(Stage, _object(failure).get("stage"), None),
            bucket=bucket if (bucket := _count(ticket.get("bucket"))) is not None and bucket < 100 else 99,
            **{name: _strict(name, kind, ticket.get(name)) for name, kind in _FACTS.items()},
            last_look=ticket.get("last_look") is True,
            control=_control(_object(ticket.get("control"))),
            playbook=playbook_id,
        )
    except ValidationError as exc:
        error = exc.errors(include_input=False, include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, error['loc']))}: {error['type']}") from None


def _strict(name: str, kind: TypeAdapter[Any], given: Any) -> Any:
    """``given`` as ``kind`` (true is no 1); None where it is missing. Raises ValueError that names the field."""
    try:
        return None if given is None else kind.validate_json(orjson.dumps(given), strict=True)
    except ValidationError as exc:
        error = exc.errors(include_input=False, include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, (name, *error['loc'])))}: {error['type']}") from None


def _failure(given: Any) -> FailureReason | None:
    if not given:
        return None
    reason: FailureReason = _member(FailureReason, _object(given).get("reason"), FailureReason.UNEXPECTED)
    return reason


def _control(given: Mapping[str, Any]) -> ControlView:
    flags: dict[str, Any] = {"stale": given.get("stale") is not False}
    for name in _SWITCHES:
        try:
            flags[name] = check_value(name, given[name])
        except (KeyError, ConfigurationError):
            continue
    for name, kind in _SWITCHED_ON.items():
        try:
            flags[name] = kind.validate_python(given.get(name, ()))
        except ValidationError:
            continue
    return ControlView(epoch=_count(given.get("epoch")) or 0, **flags)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _member(kind: Any, value: Any, otherwise: Any) -> Any:
    return kind(value) if isinstance(value, str) and value in {item.value for item in kind} else otherwise
