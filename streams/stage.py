"""The one loop that all stages share. It knows no ticket.

For each record: wait for the gate, attempt it with a deadline, have the broker confirm its outputs, acknowledge in
offset order. Records of one key run one after another in a lane; lanes run side by side, so a slow call holds up
only its own conversation. What fails for good becomes other outputs (a dead letter, and the ticket that goes on
carrying its failure); what fails for now is tried again in its lane.

Nothing is acknowledged before its outputs are confirmed, so after a crash or a rebalance it comes again. A failure
of the loop itself, or more unexpected exceptions than a bad ticket explains, ends the process with nothing acked.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from streams import metrics
from streams.acks import AckOrder, Slot
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import DeadlineExceeded, OutputTooLarge, TicketError
from streams.lanes import Lanes
from streams.reasons import Stage, StageResult
from streams.tracebacks import where

log = logging.getLogger(__name__)

E = TypeVar("E")


@dataclass(frozen=True)
class SourceRecord:
    """One record as it came from Kafka, undecoded."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True)
class Output:
    """One record to be confirmed before its source is acknowledged."""

    topic: str
    key: bytes
    value: bytes


class StageWork(Protocol):
    """What one stage does, in the loop's terms."""

    @property
    def stage(self) -> Stage:
        """Which stage this is (metric label)."""
        ...

    def open(self) -> bool:
        """May work start now? Called before each attempt; must not block."""
        ...

    async def handle(self, record: SourceRecord) -> Sequence[Output]:
        """Decode and do the work. Raises a TicketError for what is planned for; anything else is a bug."""
        ...

    def failed(self, record: SourceRecord, error: Exception, attempts: int) -> Sequence[Output]:
        """What to publish instead, when ``record`` failed for good. Must not fail for any record."""
        ...


class Confirm(Protocol):
    """``Publisher.send``: hands over one record; the future is done once the broker has it."""

    def __call__(self, topic: str, key: bytes | None, value: bytes | None) -> asyncio.Future[None]: ...


@dataclass(frozen=True)
class LoopLimits:
    """How much and how long. Times in seconds."""

    deadline_s: float = 15.0  # one attempt; far below the group's rebalance time-out
    attempts: int = 5  # for failures that may be this ticket's own
    backoff_first_s: float = 0.2
    backoff_most_s: float = 20.0
    retry_after_most_s: float = 60.0  # a vendor may ask for more; asking again once a minute costs it little
    max_in_flight: int = 64  # attempts running at once
    max_unacked: int = 2000  # taken and not acked, finished or not: bounds memory and redelivery
    unexpected_per_minute: int = 5  # more than this is a bug, not a bad ticket


@dataclass(slots=True, eq=False)
class _Job(Generic[E]):
    record: SourceRecord
    slot: Slot[E]
    epoch: int


class _Superseded(Exception):
    """The assignment this work belongs to has ended: what is not finished is given back."""


class StageLoop(Generic[E]):
    """Runs ``work`` on events of type ``E``. ``ack`` and ``give_back`` tell the consumer what became of an event."""

    def __init__(
        self,
        work: StageWork,
        confirm: Confirm,
        *,
        ack: Callable[[E], None],
        give_back: Callable[[E], None],
        limits: LoopLimits,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._work, self._confirm, self._limits, self._clock = work, confirm, limits, clock
        self._ack, self._give_back = ack, give_back
        self._order: AckOrder[E] = AckOrder()
        self._lanes: Lanes[_Job[E]] = Lanes()
        self._seats = asyncio.Semaphore(limits.max_in_flight)
        self._room = asyncio.Event()
        self._open = asyncio.Event()
        self._epoch = 0  # moves with every quiesce; work of an older epoch acknowledges nothing
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: set[asyncio.Task[None]] = set()  # not attempting anything: may be cancelled at once
        self._unexpected: deque[float] = deque()
        self.broken: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    def reconsider(self) -> None:
        """The gate may have changed: let waiting work look again."""
        self._open.set()

    async def submit(self, event: E, record: SourceRecord) -> None:
        """Take one event. Waits while ``max_unacked`` events are out; calls must come in offset order."""
        epoch = self._epoch
        while self._order.unacked >= self._limits.max_unacked or self.broken.done():
            self._room.clear()
            await self._room.wait()
        if epoch != self._epoch:
            self._drop(event)
            return
        job = _Job(record, self._order.take((record.topic, record.partition), event), epoch)
        metrics.STAGE_UNACKED.labels(self._work.stage).set(self._order.unacked)
        lane = record.key if record.key is not None else (record.partition, record.offset)
        if self._lanes.enter(lane, job):
            task = asyncio.create_task(self._run_lane(lane, job))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def quiesce(self, drain_s: float) -> None:
        """Finish the attempts under way within ``drain_s`` seconds, start no other, give everything else back."""
        self._epoch += 1
        running = [task for task in self._tasks if task not in self._waiting]
        for task in list(self._waiting):
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=drain_s)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for event in self._order.clear():
            self._drop(event)
        self._lanes = Lanes()
        metrics.STAGE_UNACKED.labels(self._work.stage).set(0)
        self._room.set()

    def _drop(self, event: E) -> None:
        metrics.STAGE_EVENTS.labels(self._work.stage, StageResult.DROPPED).inc()
        self._give_back(event)

    async def _run_lane(self, lane: Hashable, job: _Job[E]) -> None:
        next_job: _Job[E] | None = job
        try:
            while next_job is not None:
                await self._do(next_job)
                self._finish(next_job)
                next_job = self._lanes.leave(lane) if next_job.epoch == self._epoch else None
        except _Superseded:
            return
        except asyncio.CancelledError:
            if job.epoch == self._epoch:
                raise
        except Exception as exc:
            # The loop, the publisher or ``failed`` broke: the process must end, and this event comes again.
            log.critical("the %s loop broke: %s", self._work.stage, where(exc))
            if not self.broken.done():
                self.broken.set_result(exc)

    def _finish(self, job: _Job[E]) -> None:
        for event in self._order.finish(job.slot):
            self._ack(event)
        self._room.set()
        metrics.STAGE_UNACKED.labels(self._work.stage).set(self._order.unacked)

    async def _do(self, job: _Job[E]) -> None:
        attempts = 0
        while True:
            with self._idle(job):
                await self._pass_gate()
                await self._seats.acquire()
            try:
                error = await self._attempt(job.record)
            finally:
                self._seats.release()
            if error is None:
                metrics.STAGE_EVENTS.labels(self._work.stage, StageResult.DONE).inc()
                return
            if not (isinstance(error, TicketError) and error.outage):
                attempts += 1
            if not self._try_again(error, attempts):
                await self._give_up(job.record, error, attempts)
                return
            metrics.STAGE_EVENTS.labels(self._work.stage, StageResult.RETRIED).inc()
            log.warning("%s will try a ticket again: %s", self._work.stage, error)
            with self._idle(job):
                await asyncio.sleep(self._backoff(error, attempts))

    async def _attempt(self, record: SourceRecord) -> Exception | None:
        try:
            with metrics.STAGE_SECONDS.labels(self._work.stage).time():
                async with asyncio.timeout(self._limits.deadline_s) as deadline:
                    outputs = await self._work.handle(record)
        except TimeoutError as exc:
            if deadline.expired():
                return DeadlineExceeded(f"one attempt took longer than {self._limits.deadline_s:g} s")
            return self._unplanned(exc)
        except TicketError as exc:
            return exc
        except Exception as exc:
            return self._unplanned(exc)
        try:
            await self._publish(outputs)
        except OutputTooLarge as exc:
            return exc
        return None

    async def _publish(self, outputs: Sequence[Output]) -> None:
        futures = [self._confirm(output.topic, output.key, output.value) for output in outputs]
        results = await asyncio.gather(*futures, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _give_up(self, record: SourceRecord, error: Exception, attempts: int) -> None:
        metrics.STAGE_EVENTS.labels(self._work.stage, StageResult.FAILED).inc()
        log.warning(
            "%s gave up on %s/%d@%d after %d attempts: %s",
            self._work.stage, record.topic, record.partition, record.offset, attempts, type(error).__name__,
        )  # fmt: skip
        await self._publish(self._work.failed(record, error, attempts))

    def _unplanned(self, exc: Exception) -> Exception:
        now = self._clock.monotonic()
        log.error("unexpected in %s: %s", self._work.stage, where(exc))
        self._unexpected.append(now)
        while self._unexpected and self._unexpected[0] < now - 60:
            self._unexpected.popleft()
        if len(self._unexpected) > self._limits.unexpected_per_minute:
            raise RuntimeError(f"{len(self._unexpected)} unexpected exceptions in a minute: this is a bug") from exc
        return exc

    def _try_again(self, error: Exception, attempts: int) -> bool:
        return isinstance(error, TicketError) and error.retriable and (error.outage or attempts < self._limits.attempts)

    def _backoff(self, error: Exception, attempts: int) -> float:
        asked = min(getattr(error, "retry_after_s", None) or 0.0, self._limits.retry_after_most_s)
        most = min(self._limits.backoff_most_s, self._limits.backoff_first_s * 2 ** min(attempts, 16))
        # Full jitter, so that lanes that failed together do not come back together.
        return max(asked, random.uniform(0, most))

    async def _pass_gate(self) -> None:
        while not self._work.open():
            self._open.clear()
            await self._open.wait()

    @contextmanager
    def _idle(self, job: _Job[E]) -> Iterator[None]:
        """While inside, this lane attempts nothing, so a revoke may cancel it at once; after one it may not enter."""
        if job.epoch != self._epoch:
            raise _Superseded
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            yield
        finally:
            self._waiting.discard(task)
