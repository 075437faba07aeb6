"""The budget is never exceeded, whoever has which partition when, and the topic never knows of less than was spent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.spending import AHEAD, Assignment, Budget, Spending
from streams.clock import ManualClock
from streams.errors import CallNotAllowed
from streams.reasons import ModelResult
from streams.spend import MICRO, Account, Books, SpendFailed

BUDGET = Budget(4.0, 2.0)


@dataclass
class MemoryLog:
    """The topic, shared by workers."""

    partitions: int = 4
    accounts: dict[int, Account] = field(default_factory=dict)
    broken: bool = False
    reads: int = 0

    async def read(self) -> Books:
        if self.broken:
            raise SpendFailed("away")
        self.reads += 1
        return Books(self.partitions, dict(self.accounts))

    async def write(self, partition: int, account: Account) -> None:
        await asyncio.sleep(0)
        if self.broken:
            raise SpendFailed("away")
        self.accounts[partition] = account


@dataclass
class Worker:
    """One worker's view; ``own`` may change."""

    log: MemoryLog
    clock: ManualClock
    own: list[int]
    generation: int = 1
    budget: Budget = BUDGET

    def __post_init__(self) -> None:
        self.spending = Spending(self.log, self._own, lambda: self.budget, part=0.5, clock=self.clock)

    def _own(self) -> Assignment:
        return Assignment(self.generation, tuple(self.own))

    async def call(self, reserved: float, cost: float) -> bool:
        """Whether a call was allowed."""
        try:
            reservation = await self.spending.reserve(reserved)
        except CallNotAllowed:
            return False
        self.spending.settle(reservation, cost)
        return True


async def test_a_worker_has_the_share_of_its_partitions() -> None:
    worker = Worker(MemoryLog(), ManualClock(), [0, 1])
    calls = [await worker.call(0.1, 0.1) for _ in range(8)]
    assert sum(calls) == 5  # half of the hour's 2.00 is this stage's, half of that this worker's
    assert worker.spending.exhausted()


async def test_what_a_call_did_not_cost_is_there_for_the_next() -> None:
    worker = Worker(MemoryLog(), ManualClock(), [0, 1, 2, 3])
    assert all([await worker.call(0.1, 0.01) for _ in range(80)])
    assert not worker.spending.exhausted()


async def test_a_new_hour_begins_at_nothing_and_the_day_is_not_forgotten() -> None:
    worker = Worker(MemoryLog(), ManualClock(), [0, 1, 2, 3])
    for hour, allowed in enumerate((10, 10, 0)):
        assert sum([await worker.call(0.1, 0.1) for _ in range(20)]) == allowed, hour
        worker.clock.advance(3600)
    worker.clock.advance(24 * 3600)
    assert await worker.call(0.1, 0.1)


async def test_a_restart_forgets_nothing() -> None:
    log, clock = MemoryLog(), ManualClock()
    first = Worker(log, clock, [0, 1, 2, 3])
    spent = sum([await first.call(0.1, 0.1) for _ in range(7)])
    second = Worker(log, clock, [0, 1, 2, 3])  # after kill -9: nothing was written at the end
    again = sum([await second.call(0.1, 0.1) for _ in range(20)])
    assert spent == 7
    assert 10 - spent - AHEAD <= again <= 10 - spent


@pytest.mark.parametrize("budget", [Budget(0.0, 1.0), Budget(1.0, 0.0)])
async def test_without_a_budget_there_is_no_call(budget: Budget) -> None:
    worker = Worker(MemoryLog(), ManualClock(), [0], budget=budget)
    assert worker.spending.exhausted()
    with pytest.raises(CallNotAllowed) as caught:
        await worker.spending.reserve(0.01)
    assert caught.value.result is ModelResult.OVER_BUDGET


async def test_without_a_partition_there_is_no_call() -> None:
    worker = Worker(MemoryLog(), ManualClock(), [])
    with pytest.raises(CallNotAllowed) as caught:
        await worker.spending.reserve(0.01)
    assert caught.value.result is ModelResult.LEFT_ALONE


async def test_what_cannot_be_written_down_is_not_spent_and_afterwards_all_is_well() -> None:
    log = MemoryLog()
    worker = Worker(log, ManualClock(), [0], budget=Budget(400.0, 200.0))
    assert await worker.call(0.05, 0.05)
    log.broken = True
    for _ in range(3):
        with pytest.raises(SpendFailed):
            await worker.spending.reserve(1.0)
    log.broken = False
    assert await worker.call(1.0, 1.0)
    assert log.accounts[0].hour_micro >= 1.05 * MICRO


async def test_accounts_are_read_once_and_again_after_a_rebalance() -> None:
    log = MemoryLog()
    worker, other = Worker(log, ManualClock(), [0, 1]), Worker(log, ManualClock(), [1])
    for _ in range(3):
        await worker.call(0.01, 0.01)
    assert log.reads == 1
    assert await other.call(0.15, 0.15)  # the partition was another's for a while
    worker.generation += 1
    assert not await worker.call(0.26, 0.26)
    assert log.reads == 3


_step = st.tuples(st.integers(0, 2), st.lists(st.integers(0, 3), unique=True), st.floats(0.01, 0.4), st.floats(0, 1))


@settings(max_examples=200, deadline=None)
@given(st.lists(_step, max_size=40))
def test_the_sum_over_all_workers_stays_within_the_budget(steps: list[tuple[int, list[int], float, float]]) -> None:
    """Each step gives one of three workers other partitions (taken from the others) and lets it call."""

    async def run() -> None:
        log, clock = MemoryLog(), ManualClock()
        workers = [Worker(log, clock, []) for _ in range(3)]
        spent = 0.0
        for number, wanted, reserved, share in steps:
            for other in workers:
                other.own = [p for p in other.own if p not in wanted]
                other.generation += 1
            workers[number].own = list(wanted)
            if await workers[number].call(reserved, reserved * share):
                spent += reserved * share
            told = sum(account.hour_micro for account in log.accounts.values()) / MICRO
            assert spent <= told + 1e-4
            assert told <= 2.0 * 0.5 + 1e-9

    asyncio.run(run())
