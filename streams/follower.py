"""The control reader that every process runs: group-less, started before any consumer, provably fresh or closed.

"Fresh" means: within the last ``max_stale_s`` seconds this process has proven that it had applied every record that
was in ``control.flags`` when it asked. The age runs from before the question, so a slow broker or a blocked event
loop counts against freshness. What is not fresh is not used: ``view`` gives the safest values.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from streams import metrics
from streams.clock import SYSTEM_CLOCK, Clock
from streams.connection import KafkaConnection
from streams.control import ControlState, flag
from streams.decision import ControlView
from streams.errors import DependencyError
from streams.refusal import refusal
from streams.tracebacks import where

log = logging.getLogger(__name__)

_REFUSAL_S = 1.5


@dataclass(frozen=True)
class FollowerConfig:
    """Where the flags are, and how old a proof may be. Times in seconds."""

    kafka: KafkaConnection
    topic: str
    client_id: str = "mw-control"
    max_stale_s: float = 3.0
    verify_every_s: float = 0.5
    boot_wait_s: float = 30.0


class ControlFollower:
    """Follows ``control.flags``; reading is synchronous, so it can be done right before each side effect."""

    def __init__(self, config: FollowerConfig, clock: Clock = SYSTEM_CLOCK) -> None:
        self._config = config
        self._clock = clock
        self._state = ControlState()
        self._fresh_at = float("-inf")
        self._consumer: AIOKafkaConsumer | None = None
        self._partition = TopicPartition(config.topic, 0)
        self._listeners: list[Callable[[], None]] = []
        self._moved = asyncio.Event()
        self._reread = False  # asked of ``_follow``, the only one that moves the position once there is a beginning
        self._tasks: list[asyncio.Task[None]] = []
        metrics.CONTROL_STALE.set_function(lambda: float(self.stale))

    @property
    def stale(self) -> bool:
        """True where the newest proof is older than allowed (or there is none)."""
        return self._clock.monotonic() - self._fresh_at > self._config.max_stale_s

    @property
    def epoch(self) -> int:
        """Offset of the last applied record plus one."""
        return self._state.epoch

    def view(self) -> ControlView:
        """The flags that bear on decisions, all at their safest while stale."""
        return self._state.view(self._clock.now(), stale=self.stale)

    def value(self, name: str) -> Any:
        """The value of flag ``name`` now, its safest while stale. Raises ConfigurationError for an unknown name."""
        return flag(name).safest if self.stale else self._state.get(name, self._clock.now())

    def listen(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` (in the event loop) after each applied record and each proof of freshness."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Connect and apply everything there is.

        Raises DependencyError after ``boot_wait_s`` seconds, and at once where the broker refuses us.
        """
        end = self._clock.monotonic() + self._config.boot_wait_s
        problem = "no answer"
        while (left := end - self._clock.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._connect()
                self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._verify())]
                return
            except (KafkaError, DependencyError, TimeoutError, OSError) as exc:
                problem = str(exc) or type(exc).__name__
                await self._disconnect()
                if said := await asyncio.to_thread(refusal, self._config.kafka, min(_REFUSAL_S, left)):
                    raise DependencyError(said) from None
                await asyncio.sleep(min(0.3, max(0.0, left)))
        raise DependencyError(
            f"control flags could not be read from {self._config.kafka.servers} within"
            f" {self._config.boot_wait_s:.0f} s ({problem}); start Kafka and run `mw topics --apply`"
        )

    async def stop(self) -> None:
        """End following; from now on everything is stale."""
        self._fresh_at = float("-inf")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._disconnect()

    async def _connect(self) -> None:
        self._consumer = AIOKafkaConsumer(
            **self._config.kafka.aiokafka(),
            client_id=self._config.client_id,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=250,
            request_timeout_ms=int(self._config.max_stale_s * 1000),
            metadata_max_age_ms=10_000,
            retry_backoff_ms=100,
        )
        await self._consumer.start()
        if not self._consumer.partitions_for_topic(self._config.topic):
            await self._consumer._client.force_metadata_update()
            if not self._consumer.partitions_for_topic(self._config.topic):
                raise DependencyError(f"topic {self._config.topic} does not exist")
        self._consumer.assign([self._partition])
        await self._consumer.seek_to_beginning(self._partition)
        self._state, self._reread = ControlState(epoch=await self._consumer.position(self._partition)), False
        asked_at = self._clock.monotonic()
        end = await self._end()
        while self._state.epoch < end:
            await self._pump()
        self._proven(asked_at)

    async def _disconnect(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with contextlib.suppress(KafkaError, OSError):
                await consumer.stop()

    async def _end(self) -> int:
        assert self._consumer is not None
        ends = await self._consumer.end_offsets([self._partition])
        return int(ends[self._partition])

    async def _pump(self) -> None:
        assert self._consumer is not None
        for records in (await self._consumer.getmany(timeout_ms=500)).values():
            for record in records:
                self._state = self._state.apply(record.offset, record.key, record.value)
            metrics.CONTROL_EPOCH.set(self._state.epoch)
            self._moved.set()
            self._notify()

    async def _start_over(self) -> None:
        assert self._consumer is not None
        await self._consumer.seek_to_beginning(self._partition)
        self._state = ControlState(epoch=await self._consumer.position(self._partition))
        self._reread = False
        self._moved.set()

    def _proven(self, asked_at: float) -> None:
        self._fresh_at = asked_at
        self._notify()

    def _notify(self) -> None:
        for listener in self._listeners:
            listener()

    async def _follow(self) -> None:
        while True:
            try:
                if self._reread:
                    await self._start_over()
                await self._pump()
            except Exception as exc:  # whatever it was: ending here would leave the process closed for ever
                log.warning("control flags cannot be followed: %s", where(exc))
                await asyncio.sleep(0.2)

    async def _verify(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._config.max_stale_s):
                    await self._prove()
            except Exception as exc:
                log.warning("control flags are not proven fresh: %s", where(exc))
            await asyncio.sleep(self._config.verify_every_s)

    async def _prove(self) -> None:
        # Applied before the question: a record may be applied between the broker's answer and here.
        asked_at, applied = self._clock.monotonic(), self._state.epoch
        end = await self._end()
        if end < applied or self.stale:
            # The log ends before what we applied, or nobody watched it for a while: it may have been made anew, and
            # then what we hold is of the old one.
            log.warning("control flags are read again from the beginning")
            self._fresh_at = float("-inf")
            self._reread = True
        while self._reread or self._state.epoch < end:
            self._moved.clear()
            await self._moved.wait()
        self._proven(asked_at)
