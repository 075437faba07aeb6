"""What the Faust app says when its loop broke: where, and nothing that could come from a ticket."""

from __future__ import annotations

import asyncio
import logging

import pytest

from streams import app as app_module
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


@pytest.mark.parametrize(("drain_s", "expected"), [(600.0, 30.0), (5.0, 5.0)])
async def test_a_revoke_never_drains_longer_than_half_the_groups_time_out(drain_s: float, expected: float) -> None:
    kafka = KafkaConnection("127.0.0.1:1")
    follower = ControlFollower(FollowerConfig(kafka, "control.flags"))
    app = make_app(AppConfig(kafka, "group", "topic", drain_s=drain_s, rebalance_timeout_s=60.0), follower)
    asked: list[float] = []

    class Loop:
        async def quiesce(self, drain_s: float) -> None:
            asked.append(drain_s)

    class Committed:
        async def maybe_wait_for_commit_to_finish(self) -> None: ...
        async def commit(self) -> None: ...

    app._loops.append(Loop())
    await app._consumer_wait_empty(Committed(), app.log)
    assert asked == [expected]


class LostBroker:
    """A consumer whose commits wait for a broker that never comes."""

    async def maybe_wait_for_commit_to_finish(self) -> bool:
        return False

    async def commit(self) -> bool:
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")


@pytest.mark.parametrize(("most_s", "ends"), [(0.01, True), (1e6, False)], ids=["bounded", "without the bound"])
async def test_a_last_commit_that_never_ends_holds_up_no_stop(
    monkeypatch: pytest.MonkeyPatch, most_s: float, ends: bool
) -> None:
    monkeypatch.setattr(app_module, "_FINAL_COMMIT_S", most_s)
    kafka = KafkaConnection("127.0.0.1:1")
    app = make_app(AppConfig(kafka, "group", "topic"), ControlFollower(FollowerConfig(kafka, "control.flags")))
    draining = asyncio.create_task(app._consumer_wait_empty(LostBroker(), None))
    done, _ = await asyncio.wait({draining}, timeout=0.3)
    assert bool(done) is ends
    draining.cancel()
