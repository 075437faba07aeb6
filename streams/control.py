"""What control messages say: flags with their safest values, the state they add up to, acknowledgements."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from streams.decision import INTENT_PATTERN, TEMPLATE_PATTERN, ControlView
from streams.errors import ConfigurationError

ROLLOUT_STAGES = ("shadow", "tags", "assign", "tier1", "tier2")
"""From least to most effect on customers; each includes the ones before it."""


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _stage(value: Any) -> str:
    if value not in ROLLOUT_STAGES:
        raise ValueError("one of " + ", ".join(ROLLOUT_STAGES))
    return str(value)


def _percent(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        raise ValueError("a whole number from 0 to 100")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number, 0 or more")
    return value


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise ValueError("an amount, 0 or more")
    return float(value)


def _channels(value: Any) -> tuple[str, ...]:
    known = ("email", "livechat", "social", "tiktok", "phone")
    if not isinstance(value, list | tuple) or any(v not in known for v in value):
        raise ValueError("a list of channels among " + ", ".join(known))
    return tuple(sorted(set(value)))


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 64:
        raise ValueError("a name of 1 to 64 characters")
    return value


@dataclass(frozen=True)
class Flag:
    """One kind of flag: how its value is checked, its safest value, and what counts as tightening.

    ``risk`` maps a value to a number: a change to a lower number tightens, so it is published first.
    """

    parse: Callable[[Any], Any]
    safest: Any
    risk: Callable[[Any], float]


BUDGET_DAY, BUDGET_HOUR = "budget.openai_usd_per_day", "budget.openai_usd_per_hour"
"""US dollars that the language model may cost. The first value of the hour's lets a day's be set alone."""

TEMPLATE_SWITCH, INTENT_SWITCH = "template_enabled.", "intent_enabled."
_SWITCH = Flag(_boolean, False, float)
FLAGS: Mapping[str, Flag] = MappingProxyType(
    {
        "safe_mode": Flag(_boolean, True, lambda on: float(not on)),
        "automation_enabled": _SWITCH,
        "outbound_enabled": _SWITCH,
        "automation_enabled_channels": Flag(_channels, (), len),
        "rollout_stage": Flag(_stage, "shadow", ROLLOUT_STAGES.index),
        "rollout_percent": Flag(_percent, 0, float),
        "playbook": Flag(_name, "", lambda _: 1.0),
        BUDGET_DAY: Flag(_amount, 0.0, float),
        BUDGET_HOUR: Flag(_amount, 0.0, float),
    }
)
_FAMILIES: Mapping[str, Flag] = MappingProxyType(
    {
        TEMPLATE_SWITCH: _SWITCH,
        INTENT_SWITCH: _SWITCH,
        "limits.": Flag(_count, 0, float),  # limits.<vendor>.max_in_flight
    }
)

FIRST_VALUES: Mapping[str, Any] = MappingProxyType(
    {
        "safe_mode": False,
        "automation_enabled": False,
        "outbound_enabled": True,
        "rollout_stage": "assign",
        "rollout_percent": 0,
        BUDGET_HOUR: 1.0,
    }
)
"""Written once where missing (contracts, "Flags on control.flags"); ``playbook`` joins with the shipped version."""


def flag(name: str) -> Flag:
    """The definition of flag ``name``. Raises ConfigurationError with the known names."""
    if name in FLAGS:
        return FLAGS[name]
    for prefix, family in _FAMILIES.items():
        tail = name.removeprefix(prefix)
        if tail != name and tail and (prefix != "limits." or tail.endswith(".max_in_flight")):
            return family
    known = [*FLAGS, "template_enabled.<id>", "intent_enabled.<intent>", "limits.<vendor>.max_in_flight"]
    raise ConfigurationError(f"unknown flag {name!r}; the flags are: {', '.join(known)}")


def check_value(name: str, value: Any) -> Any:
    """``value`` in its canonical form. Raises ConfigurationError that says what the flag takes."""
    try:
        return flag(name).parse(value)
    except ValueError as exc:
        raise ConfigurationError(f"flag {name} takes {exc}, not {value!r}") from None


class ControlRecord(BaseModel):
    """One value on ``control.flags`` or one line of ``control.audit`` (there with ``previous``)."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    version: int = 1
    flag: str
    value: Any
    previous: Any = None
    author: str
    reason: str
    at: AwareDatetime
    expires_at: AwareDatetime | None = None  # from then on the flag has its safest value

    def encode(self) -> bytes:
        """JSON bytes."""
        return orjson.dumps(self.model_dump(mode="json"))


class Acknowledgement(BaseModel):
    """One process says which epoch it has applied; written every second and at once on a change.

    ``drained``: nothing that left under an older epoch than this is in flight. ``partitions``: of its stage's topic,
    those it works on; empty for a process that is no worker.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    version: int = 1
    process: str
    stage: str
    epoch: int
    drained: int
    stale: bool
    partitions: tuple[int, ...] = ()
    at: AwareDatetime

    def encode(self) -> bytes:
        """JSON bytes."""
        return orjson.dumps(self.model_dump(mode="json"))


def decode_acknowledgement(raw: bytes | None) -> Acknowledgement | None:
    """The acknowledgement in ``raw``; None for a tombstone (the process left) or for bytes that are none."""
    if raw is None:
        return None
    try:
        return Acknowledgement.model_validate_json(raw)
    except ValidationError:
        return None


@dataclass(frozen=True)
class ControlState:
    """All flags applied up to ``epoch`` (offset of the last applied record plus one).

    Reading never raises: a missing, deleted, expired or undecodable flag has its safest value.
    """

    epoch: int = 0
    records: Mapping[str, ControlRecord] = field(default_factory=dict)

    def apply(self, offset: int, key: bytes | None, raw: bytes | None) -> ControlState:
        """The state after the record at ``offset``. A record that cannot be understood removes its flag."""
        name = (key or b"").decode("utf-8", "replace")
        records = dict(self.records)
        records.pop(name, None)
        record = _decode_record(name, raw)
        if record is not None:
            records[name] = record
        return ControlState(epoch=offset + 1, records=records)

    def get(self, name: str, now: datetime) -> Any:
        """The value in force at ``now``. Raises ConfigurationError for an unknown flag name only."""
        definition = flag(name)
        record = self.records.get(name)
        if record is None or (record.expires_at is not None and record.expires_at <= now):
            return definition.safest
        return record.value

    def view(self, now: datetime, *, stale: bool) -> ControlView:
        """What a decision may know of the flags; all safest where ``stale``."""
        if stale:
            return ControlView(epoch=self.epoch, stale=True)
        return self._lasting if self._lasting is not None else self._view(now)

    @cached_property
    def _lasting(self) -> ControlView | None:
        """The view where no flag expires: it is read for every event, and the state never changes."""
        if any(record.expires_at is not None for record in self.records.values()):
            return None
        return self._view(datetime.max.replace(tzinfo=UTC))

    def _view(self, now: datetime) -> ControlView:
        names = ("safe_mode", "automation_enabled", "outbound_enabled", "rollout_stage", "rollout_percent")
        return ControlView(
            epoch=self.epoch,
            stale=False,
            channels=self.get("automation_enabled_channels", now),
            templates=self._switched_on(TEMPLATE_SWITCH, TEMPLATE_PATTERN, now),
            intents=self._switched_on(INTENT_SWITCH, INTENT_PATTERN, now),
            **{name: self.get(name, now) for name in names},
        )

    def _switched_on(self, family: str, shape: str, now: datetime) -> tuple[str, ...]:
        """What is switched on of a family of switches; what has not the ``shape`` of its names never is."""
        names = (name for name in self.records if name.startswith(family) and self.get(name, now))
        return tuple(sorted(tail for name in names if re.fullmatch(shape, tail := name.removeprefix(family))))


def _decode_record(name: str, raw: bytes | None) -> ControlRecord | None:
    if raw is None:
        return None
    try:
        record = ControlRecord.model_validate_json(raw)
        if record.flag != name:
            return None
        return record.model_copy(update={"value": check_value(name, record.value)})
    except (ValidationError, ConfigurationError):
        return None
