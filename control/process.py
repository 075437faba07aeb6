"""How a process of ours lives: start its parts in order, run until told to stop, stop them in reverse, in time."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

log = logging.getLogger(__name__)

EXIT_CRASHED = 1
EXIT_STOP_TOOK_TOO_LONG = 70


@dataclass(frozen=True)
class Part:
    """One part of a process. ``crashed`` (if any) returns, with the reason, when the part cannot go on."""

    name: str
    start: Callable[[], Awaitable[object]]
    stop: Callable[[], Awaitable[object]]
    crashed: Callable[[], Coroutine[Any, Any, str]] | None = None


async def live(parts: Sequence[Part], *, stop_within_s: float) -> int:
    """Run ``parts`` until SIGTERM, SIGINT or a crash; the exit code (0, or 1 after a crash).

    Whatever a part raises while starting is raised here, after the started ones were stopped. A stop that takes
    longer than ``stop_within_s`` seconds ends the process hard: what was not acknowledged comes again.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, told.set)
    stopping = asyncio.create_task(told.wait())
    started: list[Part] = []
    try:
        for part in parts:
            started.append(part)
            if not await _unless(stopping, asyncio.ensure_future(part.start())):
                return 0
        _rarely_collect()
        return await _until_over(parts, stopping)
    finally:
        deadline = threading.Timer(stop_within_s, _give_up_stopping, (stop_within_s,))
        deadline.daemon = True
        deadline.start()
        for part in reversed(started):
            await _stop(part)
        stopping.cancel()
        deadline.cancel()


def _rarely_collect() -> None:
    """Let the cycle collector look seldom, and never at what is there for good.

    Thousands of events are alive at once and hardly any is part of a cycle, so at Python's default of 700 new objects
    it kept walking through them in vain: 20 to 40 % of the CPU of a busy stage.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


async def _unless(stopping: asyncio.Task[bool], starting: asyncio.Future[object]) -> bool:
    """Wait for ``starting``; False where the stop came first."""
    either: set[asyncio.Future[Any]] = {stopping, starting}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        starting.result()
        return not stopping.done()
    starting.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await starting
    return False


async def _until_over(parts: Sequence[Part], stopping: asyncio.Task[bool]) -> int:
    watches = {asyncio.create_task(part.crashed()): part for part in parts if part.crashed is not None}
    any_of: set[asyncio.Future[Any]] = {stopping, *watches}
    await asyncio.wait(any_of, return_when=asyncio.FIRST_COMPLETED)
    crashed = [(part.name, watch.result()) for watch, part in watches.items() if watch.done()]
    for watch in watches:
        watch.cancel()
    for name, reason in crashed:
        log.critical("%s cannot go on: %s", name, reason)
    return EXIT_CRASHED if crashed else 0


async def _stop(part: Part) -> None:
    try:
        await part.stop()
    except Exception:
        log.exception("%s did not stop cleanly", part.name)


def _give_up_stopping(seconds: float) -> None:
    log.critical("stopping took longer than %.0f s: ending now, what was not acknowledged comes again", seconds)
    os._exit(EXIT_STOP_TOOK_TOO_LONG)


def run(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run ``main`` on uvloop; its exit code."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())
