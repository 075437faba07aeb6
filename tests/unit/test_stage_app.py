"""What the Faust app says when its loop broke: where, and nothing that could come from a ticket."""

from __future__ import annotations

import asyncio
import logging

import pytest

from streams.app import AppConfig, make_app
from streams.connection import KafkaConnection
from streams.follower import ControlFollower, FollowerConfig


async def test_a_broken_loop_ends_the_app_without_repeating_the_exceptions_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kafka = KafkaConnection("127.0.0.1:1")
    follower = ControlFollower(FollowerConfig(kafka, "control.flags"))
    app = make_app(AppConfig(kafka, "group", "topic"), follower)
    broken: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
    broken.add_done_callback(app._on_broken)
    with caplog.at_level(logging.DEBUG):
        try:
            raise ValueError("canary-of-a-customer")
        except ValueError as exc:
            broken.set_result(exc)
        reason = await asyncio.wait_for(app.wait_crashed(), 2)
    assert reason.startswith("ValueError at test_stage_app.py:")
    assert caplog.records
    assert "canary-of-a-customer" not in caplog.text + reason
