"""The Faust app factory: settings that lose nothing, flags before the consumer, a stop that cannot hang.

One app id, that is one consumer group, per stage. The app is embedded: our own process runner starts and stops it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import faust
import mode
from faust.app.base import BootStrategy
from faust.exceptions import ConsumerNotStarted
from faust.transport.consumer import Consumer
from faust.types import TP, EventT, StreamT

from streams.connection import KafkaConnection
from streams.delivery import batches
from streams.follower import ControlFollower
from streams.membership import Membership
from streams.stage import StageLoop
from streams.tracebacks import where
from streams.transport import SafeTransport, SlimMonitor
from streams.work import LoopLimits, Post, SourceRecord, StageWork

log = logging.getLogger(__name__)

_FINAL_COMMIT_S = 3.0
_NEVER_S = 30 * 86_400.0
"""Seconds without fetching after which aiokafka leaves the group. A worker that is full because act is paused fetches
nothing for as long as that lasts, and after leaving aiokafka never joins again; the broker does not ask for it."""


@dataclass(frozen=True)
class AppConfig:
    """One stage's place on the cluster. ``instance_id`` empty: the worker has no fixed name. Times in seconds."""

    kafka: KafkaConnection
    group: str
    source: str
    instance_id: str = ""
    drain_s: float = 20.0
    session_timeout_s: float = 10.0
    rebalance_timeout_s: float = 60.0


def _record(event: EventT[bytes]) -> SourceRecord:
    message = event.message
    return SourceRecord(message.topic, message.partition, message.offset, message.key, message.value)


def _give_back(_: EventT[bytes]) -> None:
    """Nothing: what is not acknowledged comes again, and Faust counts deliveries in its own iterator alone."""


class StageBroken(Exception):
    """The stage loop cannot go on. The message is class and place of the cause, never the cause's own message."""


class _FlagsFirst(mode.Service):
    """Started by the boot strategy ahead of everything: no agent runs before the flags are loaded."""

    abstract = False
    logger = logging.getLogger("faust.flags")

    def __init__(self, follower: ControlFollower, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._follower = follower

    async def on_start(self) -> None:
        await self._follower.start()

    async def on_stop(self) -> None:
        await self._follower.stop()


class _Boot(BootStrategy):
    enable_kafka_producer = False  # outputs go through streams.publisher, the only producer

    def server(self) -> Iterable[mode.ServiceT]:
        assert isinstance(self.app, StageApp)
        return [self.app.flags_first, *super().server()]


class StageApp(faust.App):
    """A Faust app for one stage, with a drain that runs once and is bounded."""

    BootStrategy = _Boot
    logger = logging.getLogger("faust.app")  # its notes on starting and stopping are the library's, not ours
    _drain: asyncio.Task[None] | None = None

    def prepare(self, config: AppConfig, follower: ControlFollower) -> None:
        """Give the app what its boot and its drain need; called once by ``make_app``."""
        self.flags_first = _FlagsFirst(follower)
        self.source = self.topic(config.source, key_type=bytes, value_type=bytes)
        self._drain_s = config.drain_s
        # At a revoke the whole group waits for us, and whoever outlasts its time-out is expelled.
        self._revoke_drain_s = min(config.drain_s, config.rebalance_timeout_s / 2)
        self._follower = follower
        self.membership = Membership(config.session_timeout_s)
        self._loops: list[StageLoop[EventT[bytes]]] = []

    async def run_stage(self, stream: StreamT[bytes], work: StageWork, post: Post, limits: LoopLimits) -> None:
        """The body of every agent: feed the stage loop until the stream ends or the loop breaks."""
        loop = StageLoop[EventT[bytes]](work, post, ack=self._acknowledge, give_back=_give_back, limits=limits)
        self._loops.append(loop)
        self._follower.listen(loop.reconsider)
        self.membership.listen(partial(asyncio.get_running_loop().call_soon_threadsafe, loop.reconsider))
        loop.broken.add_done_callback(self._on_broken)
        async for events in batches(stream, limits.batch):
            # Events of an assignment that has ended: whoever has their partition now gets them again.
            current = [event for event in events if event.message.generation_id == self.consumer_generation_id]
            await loop.submit([(event, _record(event)) for event in current])

    def assigned(self) -> tuple[int, ...]:
        """Partitions of the stage's topic that are proven to be this worker's now, in order."""
        if not self.membership.held():  # aiokafka goes on naming those it had
            return ()
        try:
            return tuple(sorted(tp.partition for tp in self.consumer.assignment()))
        except ConsumerNotStarted:
            return ()

    async def wait_crashed(self) -> str:
        """Waits until the app cannot go on; why, in words that hold no value from a ticket."""
        await self._crashed.wait()
        if isinstance(self.crash_reason, StageBroken):
            return str(self.crash_reason)
        return where(self.crash_reason) if self.crash_reason else "unknown"

    def _on_broken(self, future: asyncio.Future[BaseException]) -> None:
        if not future.cancelled():
            # Faust logs what it is given, and a message of an exception could hold a value from a ticket.
            self._crashing = asyncio.ensure_future(self.crash(StageBroken(where(future.result()))))

    def _acknowledge(self, event: EventT[bytes]) -> None:
        # One channel reads the topic, so Faust's count of those that still need the message is not asked.
        assert isinstance(self.consumer, Consumer)
        self.consumer.ack(event.message)

    async def _consumer_wait_empty(self, consumer: Any, logger: Any) -> None:
        """Called by Faust at a revoke and at a stop: finish what runs, give back the rest, commit."""
        if not self.should_stop:
            await self._drain_and_commit(consumer, self._revoke_drain_s)
            return
        if self._drain is None:
            self._drain = asyncio.create_task(self._drain_and_commit(consumer, self._drain_s))
        await asyncio.shield(self._drain)

    async def _drain_and_commit(self, consumer: Any, drain_s: float) -> None:
        await asyncio.gather(*(loop.quiesce(drain_s) for loop in self._loops))
        try:
            async with asyncio.timeout(_FINAL_COMMIT_S):
                await consumer.maybe_wait_for_commit_to_finish()
                await consumer.commit()
        except Exception as exc:  # what is not committed comes again: a duplicate, never a loss
            log.warning("the commit after draining failed: %s", type(exc).__name__)

    async def _on_partitions_revoked(self, revoked: set[TP]) -> None:
        # Faust would close the consumer here on the wrong event loop, and the stop would wait for ever.
        if self.should_stop:
            await self._consumer_wait_empty(self.consumer, self.log)
            return
        await super()._on_partitions_revoked(revoked)

    async def _on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        if not self.should_stop:
            await super()._on_partitions_assigned(assigned, generation_id)

    def _create_directories(self) -> None:
        """There are no tables, so there is nothing to keep on disk."""

    def _new_transport(self) -> SafeTransport:
        return SafeTransport(self.conf.broker_consumer, self)


def make_app(config: AppConfig, follower: ControlFollower) -> StageApp:
    """A fresh app for one stage; must be called inside the running event loop. Connects to nothing yet."""
    app = StageApp(
        config.group,
        broker=config.kafka.faust_brokers(),
        broker_credentials=config.kafka.faust_credentials(),
        agent_supervisor=mode.CrashingSupervisor,
        Monitor=SlimMonitor,
        stream_wait_empty=False,  # our own drain does it
        stream_buffer_maxsize=4096,
        broker_max_poll_records=500,  # a fifth of the buffer at most, or one slow stream starves the rest
        broker_commit_interval=0.5,
        broker_session_timeout=config.session_timeout_s,
        broker_heartbeat_interval=min(3.0, config.session_timeout_s / 3),
        broker_rebalance_timeout=config.rebalance_timeout_s,
        broker_request_timeout=60.0,
        broker_max_poll_interval=_NEVER_S,
        consumer_group_instance_id=config.instance_id or None,  # an empty string counts as a name
        consumer_auto_offset_reset="earliest",
        key_serializer="raw",
        value_serializer="raw",
        cython_optimizations=True,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        web_tables_enabled=False,
        web_router_enabled=False,
    )
    app.prepare(config, follower)
    return app
