"""``mw up`` when its Kafka ends: it is started again, and where that does not help the end says why."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from control.installation import Installation
from control.settings import Settings
from control.up import Up
from streams.errors import DependencyError

ADDRESS = "127.0.0.1:19092"


class Broker:
    """As much of ``LocalKafka`` as ``mw up`` uses: it has ended with ``code``, and starts at ``address``."""

    def __init__(self, code: int | None, address: str = ADDRESS) -> None:
        self.address, self.starts = address, 0
        self.processes = (SimpleNamespace(poll=lambda: code),)

    def kill(self) -> None:
        self.processes = ()

    def start(self) -> str:
        self.starts += 1
        self.processes = (SimpleNamespace(poll=lambda: None),)
        return self.address


async def watched(home: Path, broker: Broker) -> list[str]:
    """What is said while ``broker`` is watched for a few rounds."""
    said: list[str] = []
    known: Any = broker
    system = Up(Installation(Settings(home=home, http_port=0)), ADDRESS, said.append, broker=known)
    system.children = []
    watching = asyncio.create_task(system.watch())
    await asyncio.wait({watching}, timeout=0.5)
    system.stopping.set()
    await watching
    return said


async def test_a_kafka_that_ended_is_started_again_once(tmp_path: Path) -> None:
    broker = Broker(code=-9)
    assert await watched(tmp_path, broker) == ["Kafka ended; starting it again"]
    assert broker.starts == 1


async def test_a_kafka_that_lives_is_left_alone(tmp_path: Path) -> None:
    broker = Broker(code=None)
    assert await watched(tmp_path, broker) == []
    assert broker.starts == 0


async def test_a_kafka_that_comes_back_elsewhere_ends_everything_with_a_reason(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match="run mw up again"):
        await watched(tmp_path, Broker(code=-9, address="127.0.0.1:1"))
