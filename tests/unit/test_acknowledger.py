"""When a process speaks to operators: not before it has the flags, and it leaves only after its last effect."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from control import bootstrap
from control.settings import Settings
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
    """Remembers what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes | None] = []

    def send(self, topic: str, key: bytes, value: bytes | None) -> asyncio.Future[None]:
        self.sent.append(value)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future


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
