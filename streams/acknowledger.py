"""Tells operators which control epoch this process has applied and drained: every second, and at once on a change."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from streams.clock import SYSTEM_CLOCK, Clock
from streams.control import Acknowledgement
from streams.effects import Effects
from streams.errors import MiddlewareError
from streams.follower import ControlFollower
from streams.publisher import Publisher

log = logging.getLogger(__name__)

_NOTHING = (-1, -1)
HEARTBEAT_S = 1.0
"""Seconds between acknowledgements without a change (contracts: "Every process acknowledges each second")."""


@dataclass(frozen=True)
class Speaker:
    """Who acknowledges, and how it knows what to say."""

    process: str
    stage: str
    follower: ControlFollower
    effects: Effects
    partitions: Callable[[], tuple[int, ...]] = tuple


class Acknowledger:
    """Writes ``Acknowledgement`` records for one process to ``control.acks``; a tombstone when it leaves."""

    def __init__(self, topic: str, speaker: Speaker, publisher: Publisher, clock: Clock = SYSTEM_CLOCK) -> None:
        self._topic, self._speaker, self._publisher, self._clock = topic, speaker, publisher, clock
        self._changed = asyncio.Event()
        self._said = _NOTHING
        self._task: asyncio.Task[None] | None = None
        speaker.follower.listen(self._on_tick)
        speaker.effects.listen(self._on_tick)

    async def start(self) -> None:
        """Start acknowledging, from the moment on when the flags are loaded."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop, and say that this process has left."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._said == _NOTHING:
            return
        with contextlib.suppress(MiddlewareError, TimeoutError):
            await asyncio.wait_for(self._publisher.send(self._topic, self._speaker.process.encode(), None), 1.0)

    def _on_tick(self) -> None:
        if self._news() != self._said:
            self._changed.set()

    def _news(self) -> tuple[int, int]:
        return self._speaker.follower.epoch, self._speaker.effects.drained

    async def _run(self) -> None:
        while self._speaker.follower.stale:
            self._changed.clear()
            await self._changed.wait()
        while True:
            self._changed.clear()
            self._said = self._news()
            acknowledgement = Acknowledgement(
                process=self._speaker.process,
                stage=self._speaker.stage,
                epoch=self._said[0],
                drained=self._said[1],
                stale=self._speaker.follower.stale,
                partitions=self._speaker.partitions(),
                at=self._clock.now(),
            )
            try:
                await self._publisher.send(self._topic, self._speaker.process.encode(), acknowledgement.encode())
            except MiddlewareError as exc:
                log.warning("acknowledgement not written: %s", exc)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), HEARTBEAT_S)
