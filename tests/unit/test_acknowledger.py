"""When a process speaks to operators: not before it has the flags, and it leaves only after its last effect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from control import bootstrap
from control.settings import Settings
from streams import acknowledger
from streams.acknowledger import Acknowledger, Speaker
from streams.control import decode_acknowledgement
from streams.effects import Effects
from streams.reasons import Stage


class Follower:
    """As much of ``ControlFollower`` as the acknowledger uses."""

    def __init__(self) -> None:
        self.stale, self.epoch, self.tell = True, 0, lambda: None

    def listen(self, listener: Callable[[], None]) -> None:
        self.tell = listener


class Publisher:
    """Remembers what is sent; ``away``: confirms it only when told to."""

    def __init__(self, *, away: bool = False) -> None:
        self.sent: list[bytes | None] = []
        self.away = away
        self._waiting: list[asyncio.Future[None]] = []

    def send(self, topic: str, key: bytes, value: bytes | None) -> asyncio.Future[None]:
        self.sent.append(value)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        if not self.away:
            self.confirm()
        return future

    def confirm(self) -> None:
        while self._waiting:
            self._waiting.pop().set_result(None)


def made(follower: Follower, publisher: Publisher) -> Acknowledger:
    known: Any = follower
    to: Any = publisher
    return Acknowledger("acks", Speaker("act:1", "act", known, Effects(lambda: follower.epoch)), to)


async def turns(count: int = 10) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_it_says_nothing_before_the_flags_are_loaded_and_then_at_once() -> None:
    follower, publisher = Follower(), Publisher()
    acks = made(follower, publisher)
    await acks.start()
    follower.epoch = 5
    follower.tell()
    await turns()
    assert publisher.sent == []
    follower.stale = False
    follower.tell()
    await turns()
    said = decode_acknowledgement(publisher.sent[0])
    assert said is not None
    assert (said.epoch, said.stale) == (5, False)
    await acks.stop()
    assert publisher.sent[1:] == [None]


async def test_a_process_that_never_spoke_leaves_without_a_word() -> None:
    publisher = Publisher()
    acks = made(Follower(), publisher)
    await acks.start()
    await turns()
    await acks.stop()
    assert publisher.sent == []


async def test_a_worker_goes_on_acknowledging_while_its_last_effects_leave(tmp_path: Path) -> None:
    settings = Settings(
        kafka_bootstrap_servers="127.0.0.1:1",
        home=tmp_path,
        richpanel_base_url="http://127.0.0.1:1/v1",
        richpanel_api_key="key",
    )
    names = [part.name for part in bootstrap.worker_parts(settings, Stage.ACT)]
    stopped = names[::-1]
    assert stopped.index("stage") < stopped.index("acknowledgements") < stopped.index("publisher")


async def test_a_change_is_said_before_anything_else_has_its_turn() -> None:
    follower, publisher = Follower(), Publisher()
    acks = made(follower, publisher)
    await acks.start()
    follower.stale = False
    follower.tell()
    follower.epoch = 6
    follower.tell()
    said = decode_acknowledgement(publisher.sent[-1])
    assert said is not None
    assert said.epoch == 6
    await acks.stop()
    follower.epoch = 7
    follower.tell()
    assert publisher.sent[-1] is None, "it has left"


async def test_while_the_broker_is_away_one_acknowledgement_waits_and_not_one_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(acknowledger, "HEARTBEAT_S", 0)
    follower, publisher = Follower(), Publisher(away=True)
    follower.stale = False
    acks = made(follower, publisher)
    await acks.start()
    await turns(100)
    assert len(publisher.sent) == 1
    publisher.confirm()
    await turns(100)
    assert len(publisher.sent) == 2
    publisher.away = False
    publisher.confirm()
    await acks.stop()
