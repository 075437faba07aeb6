"""Feeding with settings that no request can be made of: a clear end, never a wait without one."""

from __future__ import annotations

import asyncio

import pytest

from control.feed import Message, Target, send
from streams.errors import ConfigurationError

MESSAGES = [Message(n, f"t-{n}", f"m-{n}", "hello", "email") for n in range(3)]


@pytest.mark.parametrize(
    "target",
    [
        Target("http://127.0.0.1:99x9", "token"),
        Target("http://127.0.0.1:1", "tök"),
        Target("http://127.0.0.1:1", "token", "http://127.0.0.1:99x9"),
    ],
    ids=["ingress url", "token", "sandbox url"],
)
async def test_settings_that_no_request_can_be_made_of_end_the_feed(target: Target) -> None:
    async with asyncio.timeout(5):
        with pytest.raises(ConfigurationError, match="malformed"):
            await anext(send(MESSAGES, target))
