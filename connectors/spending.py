"""What the language model may still cost this worker: its share of the budget, reserved before each call.

The budgets of a day and of an hour (UTC) are on the control topic. A stage has a fixed part of them, and a worker the
share of that part that its partitions are of all partitions. Every partition has an account that never exceeds its own
share; a call is charged to those of the worker's accounts that have most left. So the sum over all workers never
exceeds the budget, whoever has which partition when.

A call is charged with what it may cost before it is made, and with what it did cost after. The topic is told ahead, of
a few calls at once: what it says is never less than what was spent, so whoever takes a partition over after a crash
overestimates by those few calls at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from streams import metrics
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import CallNotAllowed
from streams.reasons import ModelResult
from streams.spend import MICRO, Account, SpendLog

log = logging.getLogger(__name__)

AHEAD = 4
"""Calls that the topic is told of at once, beside the one that is due."""

ALERT_SHARE = 0.8
"""Of the budget; from here on people are told (issue: "at 80 % an alert")."""


@dataclass(frozen=True)
class Budget:
    """US dollars that all workers of a kind may spend in a day and in an hour."""

    per_day: float
    per_hour: float


class Assignment(NamedTuple):
    """The partitions that are proven to be this worker's, and a number that is another one after each rebalance."""

    generation: int
    partitions: Sequence[int]


@dataclass
class _Book:
    """One partition's account in millionths of a dollar: ``told`` to the topic, ``used`` of it; ``writing`` tells when
    the topic has what was told. ``known``: what it has for certain."""

    told: Account
    day_used: int
    hour_used: int
    known: Account
    writing: asyncio.Future[None] | None = None

    @classmethod
    def opened(cls, told: Account) -> _Book:
        """The book of an account as the topic has it."""
        return cls(told, told.day_micro, told.hour_micro, told)

    def reconcile(self) -> None:
        """See what became of the last write: what was told in vain has to be told again."""
        if self.writing is None or not self.writing.done():
            return
        failed = self.writing.cancelled() or self.writing.exception() is not None
        self.told, self.known = (self.known, self.known) if failed else (self.told, self.told)
        self.writing = None


@dataclass
class Reservation:
    """What a call was charged with, by partition; ``settle`` puts it right once."""

    day: str
    hour: int
    pieces: dict[int, int] = field(default_factory=dict)

    @property
    def micro(self) -> int:
        """Millionths of a dollar in all."""
        return sum(self.pieces.values())


class Spending:
    """``part``: the stage's part of the budget (0..1). After a rebalance every account is read anew: a partition may
    have been another worker's in between."""

    def __init__(
        self,
        log_of_accounts: SpendLog,
        own: Callable[[], Assignment],
        budget: Callable[[], Budget],
        *,
        part: float,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._log, self._own, self._budget, self._part, self._clock = log_of_accounts, own, budget, part, clock
        self._books: dict[int, _Book] = {}
        self._generation: int | None = None
        self._partitions = 1
        self._reading = asyncio.Lock()
        self._alerted: dict[str, str] = {}

    def exhausted(self) -> bool:
        """Whether there is certainly nothing left; False where the accounts are not read yet."""
        if min(self._budget().per_day, self._budget().per_hour) <= 0:
            return True
        generation, own = self._own()
        known = generation == self._generation and self._books.keys() >= set(own)
        return bool(own) and known and self._left(own) <= 0

    async def reserve(self, usd: float) -> Reservation:
        """Charge ``usd`` and return once the topic knows. Raises CallNotAllowed where that is more than is left, and
        what the topic's reading or writing raises."""
        own = await self._ready()
        amount = max(1, round(usd * MICRO))
        if self._left(own) < amount:
            raise CallNotAllowed("its budget is spent", vendor="openai", result=ModelResult.OVER_BUDGET)
        reservation = self._charged(own, amount)
        try:
            await asyncio.gather(*self._told(reservation))
        except BaseException:
            self.settle(reservation, 0.0)  # no call follows
            raise
        self._watch(own)
        return reservation

    def _charged(self, own: Sequence[int], amount: int) -> Reservation:
        """``amount`` millionths, taken from the accounts that have most left."""
        reservation = Reservation(*self._moment())
        for number in sorted(own, key=lambda number: -self._left([number])):
            piece = min(amount - reservation.micro, self._left([number]))
            if piece > 0:
                self._books[number].day_used += piece
                self._books[number].hour_used += piece
                reservation.pieces[number] = piece
        return reservation

    def settle(self, reservation: Reservation, usd: float) -> None:
        """The call cost ``usd`` after all. More than was reserved is charged too, whatever is left."""
        difference = round(usd * MICRO) - reservation.micro
        for number in sorted(reservation.pieces, key=lambda n: reservation.pieces[n]):
            change = max(difference, -reservation.pieces[number])
            self._change(number, change, reservation)
            difference -= change
            reservation.pieces[number] += change

    async def _ready(self) -> tuple[int, ...]:
        """The worker's partitions, with their accounts read."""
        async with self._reading:
            generation, own = self._own()
            if generation != self._generation:
                self._books.clear()
                self._generation = generation
            if not self._books.keys() >= set(own):
                await self._open(own)
            self._turn_over(own)
        if not own:
            raise CallNotAllowed("no partition is proven to be ours", vendor="openai", result=ModelResult.LEFT_ALONE)
        return tuple(own)

    async def _open(self, own: Sequence[int]) -> None:
        """Read the accounts of the partitions that have no book yet."""
        books = await self._log.read()
        self._partitions = books.partitions
        day, hour = self._moment()
        for number in set(own) - self._books.keys():
            self._books[number] = _Book.opened(books.accounts.get(number, Account(day=day, hour=hour)))

    def _moment(self) -> tuple[str, int]:
        now = self._clock.now()
        return now.date().isoformat(), now.hour

    def _turn_over(self, own: Sequence[int]) -> None:
        """A new hour begins at nothing, and so does a new day."""
        day, hour = self._moment()
        for number in own:
            book = self._books[number]
            if book.told.day < day:
                self._books[number] = _Book.opened(Account(day=day, hour=hour))
            elif (book.told.day, book.told.hour) < (day, hour):
                told = Account(day=day, hour=hour, day_micro=book.told.day_micro)
                self._books[number] = _Book(told, book.day_used, 0, told)

    def _shares(self) -> tuple[int, int]:
        """What one partition may spend in a day and in an hour, in millionths."""
        budget, of_all = self._budget(), self._part * MICRO / self._partitions
        return int(budget.per_day * of_all), int(budget.per_hour * of_all)

    def _left(self, own: Sequence[int]) -> int:
        day, hour = self._shares()
        books = [self._books[number] for number in own if number in self._books]
        return sum(max(0, min(day - book.day_used, hour - book.hour_used)) for book in books)

    def _change(self, number: int, micro: int, reservation: Reservation) -> None:
        book = self._books.get(number)
        if book is None or book.told.day != reservation.day:
            return
        book.day_used = max(0, book.day_used + micro)
        if book.told.hour == reservation.hour:
            book.hour_used = max(0, book.hour_used + micro)

    def _told(self, reservation: Reservation) -> list[asyncio.Future[None]]:
        """When the topic knows of the reservation: what it knows too little of is written now, a few calls ahead."""
        day_share, hour_share = self._shares()
        for number, piece in reservation.pieces.items():
            book = self._books[number]
            book.reconcile()
            told = book.told
            if book.day_used > told.day_micro or book.hour_used > told.hour_micro:
                ahead = AHEAD * piece
                day = max(told.day_micro, book.day_used, min(day_share, book.day_used + ahead))
                hour = max(told.hour_micro, book.hour_used, min(hour_share, book.hour_used + ahead))
                book.told = told.model_copy(update={"day_micro": day, "hour_micro": hour})
                book.writing = asyncio.ensure_future(self._log.write(number, book.told))
        # A write under way may be another call's; cancelling this one must not cancel that.
        running = (self._books[number].writing for number in reservation.pieces)
        return [asyncio.shield(write) for write in running if write is not None]

    def _watch(self, own: Sequence[int]) -> None:
        day, hour = self._shares()
        books = [self._books[number] for number in own if number in self._books]
        used_day = sum(book.day_used for book in books) / max(1, day * len(books))
        used_hour = sum(book.hour_used for book in books) / max(1, hour * len(books))
        metrics.BUDGET_USED_RATIO.labels("day").set(used_day)
        metrics.BUDGET_USED_RATIO.labels("hour").set(used_hour)
        for period, used, mark in (("day", used_day, self._moment()[0]), ("hour", used_hour, str(self._moment()))):
            if used >= ALERT_SHARE and self._alerted.get(period) != mark:
                self._alerted[period] = mark
                log.warning(
                    "%.0f %% of this worker's share of the language model's %s budget is spent", used * 100, period
                )
