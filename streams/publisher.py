"""The only producer: keyed, murmur2-partitioned, idempotent, and every send is confirmed by the broker.

One confluent-kafka producer per process. Delivery reports arrive on a polling thread and are handed to the event
loop in batches, since one wake-up per record costs more than the record.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from streams.errors import DependencyError, MiddlewareError, OutputTooLarge
from streams.tracebacks import where

log = logging.getLogger(__name__)

Done = Callable[[Exception | None], None]

_REFUSED_FOR_ITSELF = frozenset(
    {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD, KafkaError.RECORD_LIST_TOO_LARGE}
)
_AWAY = frozenset(
    {
        KafkaError._MSG_TIMED_OUT,
        KafkaError._TIMED_OUT,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._PURGE_QUEUE,
        KafkaError._PURGE_INFLIGHT,
    }
)


class PublishFailed(MiddlewareError):
    """The broker refused a record for a reason that is not the record's own: the process must not go on."""


class Publisher:
    """Sends records and tells when the broker has them.

    ``delivery_timeout_s`` None waits for a broker that is away for as long as it takes (stages); a number makes a
    send fail with DependencyError after that many seconds (ingress, commands).
    """

    def __init__(
        self, client: Mapping[str, Any], *, delivery_timeout_s: float | None = None, linger_ms: float = 2
    ) -> None:
        self._config = {
            **client,
            "acks": "all",
            "enable.idempotence": True,
            # The default of librdkafka (CRC32) would put a conversation elsewhere than Java and aiokafka do.
            "partitioner": "murmur2_random",
            "linger.ms": linger_ms,
            "message.timeout.ms": 0 if delivery_timeout_s is None else int(delivery_timeout_s * 1000),
            "message.max.bytes": 2_000_000,  # our models' limits and the topic's come first
        }
        self._reports: deque[tuple[Done, KafkaError | None]] = deque()
        self._running = False
        self._armed = False
        self._broken = asyncio.Event()
        self._reason = ""
        self._pause = threading.Event()  # never set: a wait that a thread may do

    async def start(self) -> None:
        """Start the producer and its polling thread; does not wait for a broker."""
        self._loop = asyncio.get_running_loop()
        self._producer = Producer(self._config, logger=log)
        self._running = True
        self._thread = threading.Thread(target=self._poll, name="publisher", daemon=True)
        self._thread.start()

    def send(self, topic: str, key: bytes | None, value: bytes | None) -> asyncio.Future[None]:
        """Hand over one record; the future is done once the broker confirmed it.

        The future raises OutputTooLarge (the record itself was refused), DependencyError (no broker in time) or
        PublishFailed. Records of one key keep the order of their ``send`` calls.
        """
        future: asyncio.Future[None] = self._loop.create_future()
        self.post(topic, key, value, partial(settle, future))
        return future

    def post(self, topic: str, key: bytes | None, value: bytes | None, done: Done) -> None:
        """Like ``send`` without a future: ``done`` is called in the event loop, with None or with the error."""
        try:
            self._producer.produce(topic, value, key, on_delivery=lambda error, _: self._report(done, error))
        except BufferError:
            self._loop.call_soon(done, DependencyError("the producer's buffer is full: the broker does not keep up"))
        except KafkaException as exc:
            self._loop.call_soon(done, _translate(exc.args[0], topic))

    async def crashed(self) -> str:
        """Waits until nothing can be sent any more, and says why: the process must end, a new one starts afresh."""
        await self._broken.wait()
        return self._reason

    async def close(self, flush_s: float = 5.0) -> None:
        """Wait up to ``flush_s`` seconds for what was handed over, then end; the rest is never sent."""
        if not self._running:
            return
        left = await asyncio.to_thread(self._producer.flush, flush_s)
        if left:
            log.warning("%d records were not confirmed within %.0f s and are given up", left, flush_s)
            self._producer.purge()
        self._running = False
        await asyncio.to_thread(self._thread.join, 2.0)

    def _poll(self) -> None:
        while self._running:
            try:
                self._producer.poll(0.1)
            except Exception as exc:
                # An idempotent producer that lost its place in the sequence raises here, once, and refuses everything
                # from then on. Polling goes on, so that what was handed over learns that it was not sent.
                self._break(exc)
                self._pause.wait(0.1)

    def _break(self, exc: Exception) -> None:
        error = exc.args[0] if isinstance(exc, KafkaException) else None
        self._reason = self._reason or (f"the producer failed for good: {error.name()}" if error else where(exc))
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            self._loop.call_soon_threadsafe(self._broken.set)

    def _report(self, done: Done, error: KafkaError | None) -> None:
        self._reports.append((done, error))
        if not self._armed:
            self._armed = True
            try:
                self._loop.call_soon_threadsafe(self._settle)
            except RuntimeError:  # the loop has ended: nobody waits any more
                self._running = False

    def _settle(self) -> None:
        self._armed = False
        while self._reports:
            done, error = self._reports.popleft()
            done(None if error is None else _translate(error, "a topic"))


def settle(future: asyncio.Future[None], error: Exception | None) -> None:
    """Resolve ``future`` with None or ``error``; nothing where nobody waits for it any more."""
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _translate(error: KafkaError, topic: str) -> MiddlewareError:
    code = error.code()
    if code in _REFUSED_FOR_ITSELF:
        return OutputTooLarge(f"the broker refused a record for {topic}: {error.name()}")
    if code in _AWAY:
        return DependencyError(f"the broker did not confirm in time ({error.name()})")
    return PublishFailed(f"the broker refused a record for {topic}: {error.name()}")
