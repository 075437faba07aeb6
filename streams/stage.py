"""The one loop that all stages share. It knows no ticket.

Records of one key run one after another in a lane; lanes run side by side. What needs no waiting is done in batches,
in one call; what waits runs as a task of its own with a deadline, so a slow call holds up only its own conversation.
Outputs are confirmed by the broker, and only then is the source acknowledged, in offset order. What fails for good
becomes other outputs (a dead letter, and the ticket that goes on carrying its failure); what fails for now is tried
again in its lane.

Nothing is acknowledged before its outputs are confirmed, so after a crash or a rebalance it comes again. A failure
of the loop itself, or more unexpected exceptions than a bad ticket explains, ends the process with nothing acked.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from streams import metrics
from streams.acks import AckOrder, Slot
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import OutputTooLarge
from streams.judge import Judge
from streams.lanes import Lanes
from streams.patience import Patience, Superseded
from streams.reasons import StageResult
from streams.tracebacks import where
from streams.work import Answer, LoopLimits, Output, Post, SourceRecord, StageWork

log = logging.getLogger(__name__)

E = TypeVar("E")


@dataclass(slots=True, eq=False)
class _Job(Generic[E]):
    record: SourceRecord
    lane: Hashable
    slot: Slot[E]
    epoch: int
    unconfirmed: int = 0
    refused: Exception | None = None
    failed: bool = False  # what is published stands for its failure


class StageLoop(Generic[E]):
    """Runs ``work`` on events of type ``E``. ``ack`` and ``give_back`` tell the consumer what became of an event."""

    def __init__(
        self,
        work: StageWork,
        post: Post,
        *,
        ack: Callable[[E], None],
        give_back: Callable[[E], None],
        limits: LoopLimits,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._work, self._post_record, self._limits, self._clock = work, post, limits, clock
        self._ack, self._give_back = ack, give_back
        self._loop = asyncio.get_running_loop()
        self._judge = Judge(work.stage, limits, clock)
        self._patience = Patience(work, limits, self._judge, clock)
        self._order: AckOrder[E] = AckOrder()
        self._lanes: Lanes[_Job[E]] = Lanes()
        self._ready: deque[_Job[E]] = deque()  # heads of lanes that nobody has started on
        self._driving = False
        self._seconds_each = limits.batch_s / 8  # what one record of a batch took lately; at first a guess
        self._posted = 0  # jobs whose outputs are on their way to the broker
        self._settled = asyncio.Event()
        self._room = asyncio.Event()
        self._epoch = 0  # moves with every quiesce; work of an older epoch starts nothing new
        self._tasks: set[asyncio.Task[None]] = set()
        self._seconds = metrics.STAGE_SECONDS.labels(work.stage)
        self._dropped = metrics.STAGE_EVENTS.labels(work.stage, StageResult.DROPPED)
        self._done = metrics.STAGE_EVENTS.labels(work.stage, StageResult.DONE)
        metrics.STAGE_UNACKED.labels(work.stage).set_function(lambda: float(self._order.unacked))
        self.broken: asyncio.Future[BaseException] = self._loop.create_future()

    def reconsider(self) -> None:
        """The gate may have changed: let waiting work look again."""
        self._patience.reconsider()

    async def submit(self, batch: Sequence[tuple[E, SourceRecord]]) -> None:
        """Take events. Waits while ``max_unacked`` are out; calls must come in offset order."""
        epoch = self._epoch
        while self._order.unacked >= self._limits.max_unacked or self.broken.done():
            self._room.clear()
            await self._room.wait()
        if epoch != self._epoch:
            for event, _ in batch:
                self._drop(event)
            return
        for event, record in batch:
            lane = record.key if record.key is not None else (record.partition, record.offset)
            job = _Job(record, lane, self._order.take((record.topic, record.partition), event), epoch)
            if self._lanes.enter(lane, job):
                self._ready.append(job)
        self._drive_soon()

    async def quiesce(self, drain_s: float) -> None:
        """Finish the work under way within ``drain_s`` seconds, start no other, give everything else back."""
        self._epoch += 1
        self._ready.clear()
        self._patience.stop_waiting()
        try:
            async with asyncio.timeout(drain_s):
                while self._posted or self._tasks:
                    self._settled.clear()
                    await self._settled.wait()
        except TimeoutError:
            log.warning("%s gives back what did not finish within %.0f s", self._work.stage, drain_s)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for event in self._order.clear():
            self._drop(event)
        self._lanes = Lanes()
        self._room.set()

    # -- what needs no waiting: batches

    def _drive_soon(self) -> None:
        if self._ready and not self._driving:
            self._driving = True
            self._loop.call_soon(self._drive)

    def _drive(self) -> None:
        """Start on one batch; other callbacks (a flag, a delivery report) get their turn before the next."""
        self._driving = False
        size = min(self._limits.batch, max(1, int(self._limits.batch_s / max(self._seconds_each, 1e-6))))
        jobs = [self._ready.popleft() for _ in range(min(size, len(self._ready)))]
        try:
            if not self._work.open():
                for job in jobs:
                    self._spawn(job)
            elif jobs:
                self._start(jobs)
        except Exception as exc:
            self._break(exc)
            return
        self._drive_soon()

    def _start(self, jobs: Sequence[_Job[E]]) -> None:
        started = self._clock.monotonic()
        answers = self._answers([job.record for job in jobs])
        each = (self._clock.monotonic() - started) / len(jobs)
        self._seconds_each += (each - self._seconds_each) / 4
        self._seconds.observe(each)
        for job, answer in zip(jobs, answers, strict=True):
            if answer is None:
                self._spawn(job)
            elif isinstance(answer, Exception):
                self._spawn(job, self._judge.judged(answer))
            else:
                self._post(job, answer)

    def _answers(self, records: Sequence[SourceRecord]) -> Sequence[Answer]:
        try:
            return self._work.now(records)
        except Exception as exc:
            # One bad record must not fail its neighbours.
            return [exc] if len(records) == 1 else [self._answers([record])[0] for record in records]

    def _post(self, job: _Job[E], outputs: Sequence[Output]) -> None:
        if not outputs:
            self._confirmed(job)
            return
        self._posted += 1
        job.unconfirmed, job.refused = len(outputs), None
        for topic, key, value in outputs:
            self._post_record(topic, key, value, partial(self._reported, job))

    def _reported(self, job: _Job[E], error: Exception | None) -> None:
        if error is not None:
            job.refused = job.refused or error
        job.unconfirmed -= 1
        if job.unconfirmed:
            return
        self._posted -= 1
        self._settled.set()
        try:
            if job.refused is None:
                self._confirmed(job)
            elif isinstance(job.refused, OutputTooLarge) and not job.failed:
                if job.epoch == self._epoch:  # else it comes again, to whoever has its partition then
                    self._spawn(job, job.refused)
            else:
                self._break(job.refused)
        except Exception as exc:  # the publisher, who called, could do nothing with it
            self._break(exc)

    def _confirmed(self, job: _Job[E]) -> None:
        if not job.failed:
            self._done.inc()
        self._finish(job)

    def _finish(self, job: _Job[E]) -> None:
        for event in self._order.finish(job.slot):
            self._ack(event)
        if job.epoch == self._epoch:
            if (following := self._lanes.leave(job.lane)) is not None:
                self._ready.append(following)
                self._drive_soon()
            if self._order.unacked < self._limits.max_unacked:
                self._room.set()

    # -- what waits: a task each

    def _spawn(self, job: _Job[E], error: Exception | None = None) -> None:
        task = self._loop.create_task(self._run(job, error))
        self._tasks.add(task)
        task.add_done_callback(self._task_done)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._settled.set()

    async def _run(self, job: _Job[E], error: Exception | None) -> None:
        try:
            outputs, job.failed = await self._patience.see_through(job.record, lambda: job.epoch == self._epoch, error)
            self._post(job, outputs)
        except Superseded:
            return
        except asyncio.CancelledError:
            if job.epoch == self._epoch:
                raise
        except Exception as exc:
            self._break(exc)

    def _drop(self, event: E) -> None:
        self._dropped.inc()
        self._give_back(event)

    def _break(self, exc: Exception) -> None:
        # The loop, the publisher or ``failed`` broke: the process must end, and what was not acked comes again.
        log.critical("the %s loop broke: %s", self._work.stage, where(exc))
        if not self.broken.done():
            self.broken.set_result(exc)
