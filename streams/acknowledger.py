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
    """Writes ``Acknowledgement`` records for one process to ``control.acks``; a tombstone when it leaves.

    A change is handed to the producer inside the very call that tells of it: in a busy event loop a task of its own
    would have its turn only after all the work that the new flags let loose.
    """

    def __init__(self, topic: str, speaker: Speaker, publisher: Publisher, clock: Clock = SYSTEM_CLOCK) -> None:
        self._topic, self._speaker, self._publisher, self._clock = topic, speaker, publisher, clock
        self._said = _NOTHING
        self._unconfirmed: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        speaker.follower.listen(self._on_tick)
        speaker.effects.listen(self._on_tick)

    async def start(self) -> None:
        """Start acknowledging, from the moment on when the flags are loaded."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop, and say that this process has left."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if self._said == _NOTHING:
            return
        with contextlib.suppress(MiddlewareError, TimeoutError):
            await asyncio.wait_for(self._publisher.send(self._topic, self._speaker.process.encode(), None), 1.0)

    def _on_tick(self) -> None:
        if self._task is not None and self._loaded() and self._news() != self._said:
            self._say()

    def _loaded(self) -> bool:
        return self._said != _NOTHING or not self._speaker.follower.stale

    def _news(self) -> tuple[int, int]:
        return self._speaker.follower.epoch, self._speaker.effects.drained

    def _say(self) -> None:
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
        self._unconfirmed = self._publisher.send(self._topic, self._speaker.process.encode(), acknowledgement.encode())
        self._unconfirmed.add_done_callback(_confirmed)

    async def _run(self) -> None:
        while True:
            # While the broker is away, one waits for it: more would tell nobody anything.
            if self._loaded() and (self._unconfirmed is None or self._unconfirmed.done()):
                self._say()
            await asyncio.sleep(HEARTBEAT_S)


def _confirmed(future: asyncio.Future[None]) -> None:
    if not future.cancelled() and (exc := future.exception()) is not None:
        log.warning("acknowledgement not written: %s", exc)
