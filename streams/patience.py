"""Work that waits: for the gate, for a seat, for a vendor, for its next attempt. One call sees one record through."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from streams import metrics
from streams.clock import Clock
from streams.errors import DeadlineExceeded
from streams.judge import Judge, Tally
from streams.reasons import StageResult
from streams.work import LoopLimits, Output, SourceRecord, StageWork

log = logging.getLogger(__name__)

Current = Callable[[], bool]
"""Whether the assignment that a record belongs to is still ours."""


class Ended(NamedTuple):
    """How the work on one record ended: what to publish; ``failed``: it stands for a failure."""

    outputs: Sequence[Output]
    failed: bool


class Superseded(Exception):
    """The assignment this work belongs to has ended: what is not finished is given back."""


class Patience:
    """Attempts with a deadline each, as often as allowed, for as long as an outage takes."""

    def __init__(self, work: StageWork, limits: LoopLimits, judge: Judge, clock: Clock) -> None:
        self._work, self._limits, self._judge, self._clock = work, limits, judge, clock
        self._seats = asyncio.Semaphore(limits.max_in_flight)
        self._open = asyncio.Event()
        self._waiting: set[asyncio.Task[None]] = set()  # not attempting anything: may be cancelled at once
        self._seconds = metrics.STAGE_SECONDS.labels(work.stage)
        self._results = {result: metrics.STAGE_EVENTS.labels(work.stage, result) for result in StageResult}

    def reconsider(self) -> None:
        """The gate may have changed: look again."""
        self._open.set()

    def stop_waiting(self) -> None:
        """Cancel every task that attempts nothing right now."""
        for task in list(self._waiting):
            task.cancel()

    async def see_through(self, record: SourceRecord, current: Current, error: Exception | None = None) -> Ended:
        """What there is to publish for ``record``, after as many attempts as it takes.

        ``error``: how a first attempt failed already. Raises Superseded where the assignment has ended.
        """
        tally = Tally()
        while True:
            if error is None:
                ended = await self._attempt(record, current)
                if not isinstance(ended, Exception):
                    self._judge.successes += 1
                    return Ended(ended, failed=False)
                error = ended
            if not self._judge.again(error, tally):
                return Ended(self._give_up(record, error, tally.attempts + tally.alone), failed=True)
            self._results[StageResult.RETRIED].inc()
            log.warning("%s will try a ticket again: %s", self._work.stage, error)
            with self._idle(current):
                await asyncio.sleep(self._judge.backoff_s(error, tally))
            error = None

    async def _attempt(self, record: SourceRecord, current: Current) -> Sequence[Output] | Exception:
        await self._take_seat(current)
        began = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._limits.deadline_s) as deadline:
                return await self._work.handle(record)
        except TimeoutError as exc:
            if deadline.expired():
                return DeadlineExceeded(f"one attempt took longer than {self._limits.deadline_s:g} s")
            return self._judge.judged(exc)
        except Exception as exc:
            return self._judge.judged(exc)
        finally:
            self._seats.release()
            self._seconds.observe(self._clock.monotonic() - began)

    def _give_up(self, record: SourceRecord, error: Exception, attempts: int) -> Sequence[Output]:
        self._results[StageResult.FAILED].inc()
        log.warning(
            "%s gave up on %s/%d@%d after %d attempts: %s",
            self._work.stage, record.topic, record.partition, record.offset, attempts, type(error).__name__,
        )  # fmt: skip
        return self._work.failed(record, error, attempts)

    async def _take_seat(self, current: Current) -> None:
        if current() and self._work.open() and not self._seats.locked():
            await self._seats.acquire()  # at once: there is one
            return
        with self._idle(current):
            while True:
                while not self._work.open():
                    self._open.clear()
                    await self._open.wait()
                await self._seats.acquire()
                if self._work.open():  # the gate may have closed while others had all seats
                    return
                self._seats.release()

    @contextmanager
    def _idle(self, current: Current) -> Iterator[None]:
        """While inside, this lane attempts nothing, so a revoke may cancel it at once; after one it may not enter."""
        if not current():
            raise Superseded
        task = asyncio.current_task()
        assert task is not None
        self._waiting.add(task)
        try:
            yield
        finally:
            self._waiting.discard(task)
