"""What operators type."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from control.cli.arguments import assignments, duration, flag_value
from streams.errors import ConfigurationError


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("safe_mode", "true", True),
        ("safe_mode", "OFF", False),
        ("outbound_enabled", "on", True),
        ("template_enabled.t_return_request_intake", "no", False),
        ("rollout_percent", "25", 25),
        ("rollout_stage", "tier1", "tier1"),
        ("rollout_stage", '"tier1"', "tier1"),
        ("budget.openai_usd_per_day", "12.5", 12.5),
        ("limits.richpanel.max_in_flight", "4", 4),
        ("automation_enabled_channels", "livechat, email", ("email", "livechat")),
        ("automation_enabled_channels", '["email"]', ("email",)),
        ("automation_enabled_channels", "", ()),
        ("playbook", "2026.11", "2026.11"),  # a name, although it reads like a number
        ("playbook", "on", "on"),  # on and off are words of switches alone
    ],
)
def test_a_value_is_read_as_its_flag_takes_it(name: str, text: str, value: Any) -> None:
    assert flag_value(name, text) == value


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("safe_mode", "no KEY=VALUE"),
        ("safemode=true", "unknown flag 'safemode'"),
        ("safe_mode=maybe", "safe_mode takes true or false, not 'maybe'"),
        ("safe_mode=1", "safe_mode takes true or false"),
        ("rollout_percent=1.5", "whole number from 0 to 100"),
        ("rollout_percent=on", "whole number"),
        ("rollout_stage=tier3", "one of shadow, tags, assign, tier1, tier2"),
        ("automation_enabled_channels=fax", "a list of channels"),
        ("limits.richpanel=4", "unknown flag"),
    ],
)
def test_a_wrong_word_is_refused_in_one_line(word: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why) as caught:
        assignments([word])
    assert "\n" not in str(caught.value)


def test_a_flag_named_twice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="given twice"):
        assignments(["safe_mode=true", "safe_mode=false"])


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), (" 2h ", 7200), ("7d", 604_800)], ids=["s", "m", "h", "d"]
)
def test_a_length_of_time(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "m", "-5m", "0s", "1.5h", "30 m", "5w"])
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(ConfigurationError, match="no length of time"):
        duration(text)
