"""What we change in Faust's consumer, each change with its reason. Guarded: see ``check_versions``.

* Commit before a revoke is processed. Faust forgets what was acknowledged before it commits, so a rebalance would
  redo everything since the last commit (faust-streaming issue 502).
* Step a delivery once before making tasks of it. Faust wraps each delivery in four tasks, so that a rebalance can
  interrupt one that waits for room; a delivery that does not wait needs none of them (CPU per event: about half).
* Deliver to the one agent and read its queue in batches: ``streams.delivery``.
* Watch what the group's coordinator answers: ``streams.membership``.
* Not ask for the high watermark of each message, which only the monitor would look at.
* Monitor hooks per event do nothing: our metrics are our own.
* No search for stuck partitions from the inside: it raised false alarms, and needs those hooks. ``mw lag`` looks from
  the outside.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Generator
from functools import partial
from importlib.metadata import version
from types import CoroutineType
from typing import Any, cast

import faust.streams
from faust.sensors.monitor import Monitor
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread, Consumer, Transport
from faust.types import TP

from streams.delivery import LeanConductor
from streams.errors import ConfigurationError

PINNED = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
"""The versions whose internals our overrides were proven on."""


class _Resumed:
    """A coroutine that was stepped once and waits for ``pending``, to be awaited to its end."""

    def __init__(self, coro: Coroutine[Any, Any, Any], pending: Any) -> None:
        self._coro, self._pending = coro, pending

    def __await__(self) -> Generator[Any, Any, Any]:
        pending = self._pending
        while True:
            try:
                sent = yield pending
            except BaseException as exc:
                step = partial(self._coro.throw, exc)
            else:
                step = partial(self._coro.send, sent)
            try:
                pending = step()
            except StopIteration as stop:
                return stop.value


async def _finish(rest: _Resumed) -> Any:
    return await rest


class _WatchedThread(AIOKafkaConsumerThread):
    """Faust's thread around aiokafka's consumer, whose coordinator's answers tell whether our place is still ours."""

    async def on_start(self) -> None:
        await super().on_start()  # joins no group yet: that begins with the subscription
        app, consumer = cast(Any, self.consumer.app), cast(Any, self._consumer)
        app.membership.watch(consumer._coordinator)


class SafeConsumer(Consumer):
    """Faust's consumer that commits before it forgets, and makes no task of a delivery that does not wait."""

    logger = logging.getLogger("faust.consumer")

    def _new_consumer_thread(self) -> _WatchedThread:
        return _WatchedThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what was acknowledged, then let Faust process the revoke."""
        if not self.app.should_stop:
            await self.commit()
        await super().on_partitions_revoked(revoked)

    async def verify_all_partitions_active(self) -> None:
        """Nothing: an idle partition's next record looked like one that is stuck, and was logged as an error."""

    def highwater(self, tp: TP) -> int:
        """Nothing useful: Faust asks for each message, on behalf of a monitor that is off."""
        return 0

    async def wait_first(self, *coros: Any, timeout: Any = None) -> Any:
        """Faust's ``wait_first``; where the first of two coroutines ends at its first step, nothing else is started.

        No other coroutine can have run in between, so the meaning is the same.
        """
        if len(coros) != 2 or timeout is not None or {*map(type, coros)} != {CoroutineType}:
            return await super().wait_first(*coros, timeout=timeout)
        first, second = coros
        try:
            pending = first.send(None)
        except BaseException as exc:
            second.close()
            if isinstance(exc, StopIteration):
                return None
            raise
        return await super().wait_first(_finish(_Resumed(first, pending)), second)


class SlimMonitor(Monitor):
    """Faust's monitor without the hooks that run for each event; nothing of ours reads them."""

    logger = logging.getLogger("faust.monitor")  # its notes on starting and stopping are the library's, not ours

    def on_message_in(self, *args: Any) -> None:
        """Nothing."""

    def on_stream_event_in(self, *args: Any) -> None:
        """Nothing."""

    def on_stream_event_out(self, *args: Any) -> None:
        """Nothing."""

    def on_message_out(self, *args: Any) -> None:
        """Nothing."""

    def track_tp_end_offset(self, *args: Any) -> None:
        """Nothing."""


class SafeTransport(Transport):
    """The aiokafka transport with our consumer and our conductor."""

    Consumer = SafeConsumer
    Conductor = LeanConductor


def check_versions() -> None:
    """Raises ConfigurationError unless the pinned versions and Faust's compiled stream iterator are installed.

    The pure-Python iterator acknowledges events it skips during a rebalance: it would lose tickets.
    """
    for name, wanted in PINNED.items():
        if (found := version(name)) != wanted:
            raise ConfigurationError(f"{name} {found} is installed, {wanted} is needed: run `make install`")
    if getattr(faust.streams, "_CStreamIterator", None) is None:
        raise ConfigurationError("faust-streaming is installed without its compiled parts: run `make install`")
