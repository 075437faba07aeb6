"""Tells operators which control epoch this process has applied: every second, and at once on a change."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from streams.clock import SYSTEM_CLOCK, Clock
from streams.control import Acknowledgement
from streams.errors import MiddlewareError
from streams.follower import ControlFollower
from streams.publisher import Publisher

log = logging.getLogger(__name__)

HEARTBEAT_S = 1.0
"""Seconds between acknowledgements without a change (contracts: "Every process acknowledges each second")."""


class Acknowledger:
    """Writes ``Acknowledgement`` records for one process to ``control.acks``; a tombstone when it leaves."""

    def __init__(self, topic: str, process: str, stage: str, follower: ControlFollower, publisher: Publisher) -> None:
        self._topic, self._process, self._stage = topic, process, stage
        self._follower, self._publisher = follower, publisher
        self._clock: Clock = SYSTEM_CLOCK
        self._changed = asyncio.Event()
        self._sent_epoch = -1
        self._task: asyncio.Task[None] | None = None
        follower.listen(self._on_tick)

    async def start(self) -> None:
        """Start acknowledging."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop, and say that this process has left."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        with contextlib.suppress(MiddlewareError, TimeoutError):
            await asyncio.wait_for(self._publisher.send(self._topic, self._process.encode(), None), 1.0)

    def _on_tick(self) -> None:
        if self._follower.epoch != self._sent_epoch:
            self._changed.set()

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            self._sent_epoch = self._follower.epoch
            acknowledgement = Acknowledgement(
                process=self._process,
                stage=self._stage,
                epoch=self._sent_epoch,
                stale=self._follower.stale,
                at=self._clock.now(),
            )
            try:
                await self._publisher.send(self._topic, self._process.encode(), acknowledgement.encode())
            except MiddlewareError as exc:
                log.warning("acknowledgement not written: %s", exc)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), HEARTBEAT_S)
