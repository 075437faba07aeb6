"""The follower against a log in memory: nothing that happens to the log may leave an old flag in force, or a dead task.

Only moments that a real broker does not give on demand are here; the rest is proven on Kafka.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from streams import follower as module
from streams.clock import SYSTEM_CLOCK
from streams.connection import KafkaConnection
from streams.control import ControlRecord
from streams.follower import ControlFollower, FollowerConfig


class Log:
    """``control.flags``: what it holds, and what goes wrong with reading it."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.wakes = asyncio.Event()
        self.reads: list[Exception] = []  # raised by the next reads
        self.ends: list[Exception] = []  # raised by the next questions for the end
        self.away = False  # questions for the end are not answered
        self.before_answer: Callable[[], None] | None = None  # runs between the broker's answer and its arrival
        self.rereads = 0
        self.answers = 0  # questions for the end that were answered

    def write(self, *, outbound: bool) -> None:
        record = ControlRecord(
            flag="outbound_enabled", value=outbound, author="test", reason="test", at=SYSTEM_CLOCK.now()
        )
        self.records.append(record.encode())
        self.wakes.set()


class Reader:
    """As much of ``AIOKafkaConsumer`` as the follower uses, over a ``Log``."""

    log: Log

    def __init__(self, **_: Any) -> None:
        self.at = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def partitions_for_topic(self, _: str) -> set[int]:
        return {0}

    def assign(self, _: Any) -> None: ...

    async def seek_to_beginning(self, _: Any) -> None:
        self.at, self.log.rereads = 0, self.log.rereads + 1

    async def position(self, _: Any) -> int:
        return self.at

    async def end_offsets(self, partitions: list[Any]) -> dict[Any, int]:
        if self.log.ends:
            raise self.log.ends.pop()
        while self.log.away:
            await asyncio.sleep(0.01)
        end = len(self.log.records)
        if self.log.before_answer is not None:
            hook, self.log.before_answer = self.log.before_answer, None
            hook()
            await asyncio.sleep(0.05)  # long enough for the record to be read
        self.log.answers += 1
        return dict.fromkeys(partitions, end)

    async def getmany(self, *, timeout_ms: int) -> dict[int, list[Any]]:
        if self.at >= len(self.log.records):
            self.log.wakes.clear()
            try:
                await asyncio.wait_for(self.log.wakes.wait(), timeout_ms / 10_000)
            except TimeoutError:
                return {}
        if self.log.reads:
            raise self.log.reads.pop()
        found = self.log.records[self.at :]
        records = [
            SimpleNamespace(offset=self.at + n, key=b"outbound_enabled", value=value) for n, value in enumerate(found)
        ]
        self.at += len(records)
        return {0: records} if records else {}


@pytest.fixture
async def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    Reader.log = Log()
    monkeypatch.setattr(module, "AIOKafkaConsumer", Reader)
    return Reader.log


@pytest.fixture
async def follower(log: Log) -> AsyncIterator[ControlFollower]:
    log.write(outbound=True)
    made = ControlFollower(
        FollowerConfig(KafkaConnection("nowhere:1"), "control.flags", max_stale_s=0.3, verify_every_s=0.02)
    )
    await made.start()
    yield made
    await made.stop()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(3):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_flag_set_while_the_end_is_asked_for_is_not_taken_for_a_new_log(
    log: Log, follower: ControlFollower
) -> None:
    seen: list[bool] = []
    follower.listen(lambda: seen.append(follower.view().outbound_enabled))
    before = log.rereads
    log.before_answer = lambda: log.write(outbound=False)
    await until(lambda: log.before_answer is None and follower.epoch == 2)
    answers = log.answers
    await until(lambda: log.answers > answers + 3)  # several proofs later
    assert log.rereads == before
    assert not any(seen[seen.index(False) :])
    assert not follower.stale


@pytest.mark.parametrize("length", [1, 2, 3], ids=["shorter", "as long", "longer"])
async def test_a_log_made_anew_while_the_broker_was_away_is_read_from_its_beginning(
    log: Log, follower: ControlFollower, length: int
) -> None:
    log.write(outbound=True)
    await until(lambda: follower.epoch == 2 and follower.view().outbound_enabled)
    log.away = True
    await until(lambda: follower.stale)
    log.records.clear()
    for _ in range(length):
        log.write(outbound=False)
    log.away = False
    await until(lambda: not follower.stale)
    assert follower.view().outbound_enabled is False
    assert follower.epoch == length


@pytest.mark.parametrize("where", ["reads", "ends"])
async def test_an_exception_nobody_planned_for_closes_the_flags_for_a_moment_only(
    log: Log, follower: ControlFollower, where: str
) -> None:
    getattr(log, where).append(ValueError("a bug in the client library"))
    log.write(outbound=False)
    await until(lambda: not getattr(log, where) and follower.epoch == 2 and not follower.stale)
    log.write(outbound=True)
    await until(lambda: follower.view().outbound_enabled)
