"""A change of several flags never loosens before it tightens."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from control.flags import EMERGENCY, tightening_first
from streams.clock import ManualClock
from streams.control import ControlRecord, ControlState, flag

NOW = ManualClock().now()
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "safe_mode": st.booleans(),
    "automation_enabled": st.booleans(),
    "outbound_enabled": st.booleans(),
    "rollout_percent": st.integers(0, 100),
    "rollout_stage": st.sampled_from(["shadow", "tags", "assign", "tier1", "tier2"]),
    "playbook": st.sampled_from(["2026.11.1", "2026.11.2"]),
}
some_flags = st.fixed_dictionaries({}, optional=VALUES)


def state_of(values: dict[str, Any]) -> ControlState:
    records = {
        name: ControlRecord(flag=name, value=value, author="a", reason="r", at=NOW) for name, value in values.items()
    }
    return ControlState(epoch=len(records), records=records)


@given(before=some_flags, change=some_flags)
def test_every_tightening_flag_comes_before_every_loosening_one(before: dict[str, Any], change: dict[str, Any]) -> None:
    state = state_of(before)
    order = tightening_first(change, state, NOW)
    assert sorted(order) == sorted(change)
    steps = [flag(name).risk(change[name]) - flag(name).risk(state.get(name, NOW)) for name in order]
    signs = [(step > 0) - (step < 0) for step in steps]
    assert signs == sorted(signs)


def test_each_emergency_level_only_tightens() -> None:
    loosest = state_of({"safe_mode": False, "automation_enabled": True, "outbound_enabled": True})
    for level, values in EMERGENCY.items():
        assert len(values) == level
        for name, value in values.items():
            assert flag(name).risk(value) < flag(name).risk(loosest.get(name, NOW))
