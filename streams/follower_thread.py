"""The follower on a thread of its own, so that a flag is in force while the stage's event loop is at work.

A record takes aiokafka about seven turns of an event loop. On the stage's own loop those were turns full of tickets:
140 ms in an act worker under load. Reading the flags is reading one attribute, so whoever looks from the stage's loop,
in the middle of a turn too, sees what the thread has applied. Listeners are called in the stage's loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from typing import Any

from streams.clock import SYSTEM_CLOCK, Clock
from streams.follower import ControlFollower, FollowerConfig


class ThreadedFollower(ControlFollower):
    """``ControlFollower`` whose work is done on an event loop and a thread of its own, from ``start`` to ``stop``."""

    def __init__(self, config: FollowerConfig, clock: Clock = SYSTEM_CLOCK) -> None:
        super().__init__(config, clock)
        self._own_loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._told = threading.Event()  # set: a call of the listeners is on its way

    async def start(self) -> None:
        """As in ``ControlFollower``, whose errors it raises."""
        self._home = asyncio.get_running_loop()
        self._own_loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._own_loop.run_forever, name="flags", daemon=True)
        self._thread.start()
        await self._there(super().start())

    async def stop(self) -> None:
        """End following and the thread; from now on everything is stale. Safe without a start."""
        if self._own_loop is None or self._thread is None:
            return
        await self._there(super().stop())
        self._own_loop.call_soon_threadsafe(self._own_loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._own_loop.close()
        self._own_loop = self._thread = None

    async def _there(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work`` on the thread; cancelling cancels it there."""
        assert self._own_loop is not None
        future = asyncio.run_coroutine_threadsafe(work, self._own_loop)
        await asyncio.wrap_future(future)

    def _notify(self) -> None:
        if not self._told.is_set():
            self._told.set()
            with contextlib.suppress(RuntimeError):  # the stage's loop has ended: nobody listens any more
                self._home.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        self._told.clear()
        super()._notify()
