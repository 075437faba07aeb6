"""The stage loop without Kafka: order, failure, retry, gate and drain, with a publisher that remembers."""

import asyncio
from dataclasses import dataclass, field

import pytest

from streams.clock import SYSTEM_CLOCK, ManualClock
from streams.errors import (
    DeadlineExceeded,
    OutboundPaused,
    OutputTooLarge,
    TicketError,
    VendorFault,
    VendorRateLimited,
    VendorUnavailable,
)
from streams.judge import Judge, Tally
from streams.publisher import PublishFailed
from streams.reasons import Stage
from streams.stage import StageLoop
from streams.work import LoopLimits, Output, SourceRecord

QUICK = LoopLimits(deadline_s=0.2, attempts=3, backoff_first_s=0.001, backoff_most_s=0.002, max_in_flight=8)


@dataclass
class Work:
    """Does what ``script`` says for each value; remembers what it was asked.

    ``computes``: what has no step that waits is answered at once, in batches.
    """

    script: dict = field(default_factory=dict)
    is_open: bool = True
    computes: bool = False
    batches: list = field(default_factory=list)
    seen: list = field(default_factory=list)
    given_up: list = field(default_factory=list)
    stage: Stage = Stage.POLICY

    def open(self):
        return self.is_open

    def now(self, records):
        if not self.computes:
            return [None] * len(records)
        self.batches.append([record.value for record in records])
        return [self._at_once(record) for record in records]

    def _at_once(self, record):
        step = self.script.get(record.value)
        if step is None:
            self.seen.append(record.value)
            return [Output("out", record.key, record.value)]
        if isinstance(step, Exception):
            raise step
        return None

    async def handle(self, record):
        self.seen.append(record.value)
        step = self.script.get(record.value)
        if isinstance(step, list):
            step = step.pop(0) if step else None
        if isinstance(step, Exception):
            raise step
        if step is not None:
            await step()
        return [Output("out", record.key, record.value)]

    def failed(self, record, error, attempts):
        self.given_up.append((record.value, type(error), attempts))
        return [Output("dead", record.key, record.value)]


class Bench:
    """A loop under test with everything that came out of it."""

    def __init__(self, work, limits=QUICK, clock=SYSTEM_CLOCK):
        self.published, self.acked, self.given_back = [], [], []
        self.refusals = {}
        self.held = []
        self.hold = False
        self.offset = 0
        self.work = work
        self.loop = StageLoop(
            work, self.post, ack=self.acked.append, give_back=self.given_back.append, limits=limits, clock=clock
        )

    def post(self, topic, key, value, done):
        if (topic, value) in self.refusals:
            asyncio.get_running_loop().call_soon(done, self.refusals[topic, value])
        elif self.hold:
            self.held.append(done)
        else:
            self.published.append((topic, value))
            asyncio.get_running_loop().call_soon(done, None)

    async def feed(self, *values, partition=0):
        for value in values:
            record = SourceRecord("in", partition, self.offset, value[:1], value)
            self.offset += 1
            await self.loop.submit([(value, record)])

    async def feed_at_once(self, *values):
        batch = [(v, SourceRecord("in", 0, self.offset + n, v[:1], v)) for n, v in enumerate(values)]
        self.offset += len(batch)
        await self.loop.submit(batch)

    async def until(self, condition, within_s=2.0):
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(0.001)


@pytest.fixture(params=[False, True], ids=["waits", "computes"])
def computes(request):
    """Laws that hold for work that waits and for work that is done at once."""
    return request.param


def vendor(kind):
    return kind("away", vendor="helpdesk")


async def test_publishes_then_acknowledges_in_order(computes):
    bench = Bench(Work(computes=computes))
    await bench.feed(b"a1", b"b1", b"a2")
    await bench.until(lambda: len(bench.acked) == 3)
    assert bench.acked == [b"a1", b"b1", b"a2"]
    assert [v for _, v in bench.published if v[:1] == b"a"] == [b"a1", b"a2"]


async def test_nothing_is_acknowledged_before_the_broker_confirmed(computes):
    bench = Bench(Work(computes=computes))
    bench.hold = True
    await bench.feed(b"a1")
    await bench.until(lambda: bench.held)
    await asyncio.sleep(0)
    assert bench.acked == []
    bench.held[0](None)
    await bench.until(lambda: bench.acked == [b"a1"])


async def test_a_slow_conversation_holds_up_no_other_but_all_later_acknowledgements(computes):
    gate = asyncio.Event()
    bench = Bench(Work(computes=computes, script={b"a1": gate.wait}), LoopLimits(deadline_s=5))
    await bench.feed(b"a1", b"b1", b"c1", b"a2")
    await bench.until(lambda: len(bench.published) == 2)
    assert bench.acked == []
    assert b"a2" not in bench.work.seen
    gate.set()
    await bench.until(lambda: bench.acked == [b"a1", b"b1", b"c1", b"a2"])


ONCE = [
    # a bug: not tried again, dead letter at once
    (ValueError("bug"), 1),
    # permanent
    (TicketError("permanent"), 1),
    # may be this ticket's own: tried as often as allowed
    (vendor(VendorFault), 3),
]


@pytest.mark.parametrize(("error", "attempts"), ONCE, ids=["bug", "permanent", "fault"])
async def test_what_fails_for_good_is_dead_lettered_and_acknowledged_and_the_next_goes_on(error, attempts, computes):
    bench = Bench(Work(computes=computes, script={b"a1": [error] * 9}))
    await bench.feed(b"a1", b"a2")
    await bench.until(lambda: len(bench.acked) == 2)
    assert bench.work.given_up == [(b"a1", type(error), attempts)]
    assert bench.published == [("dead", b"a1"), ("out", b"a2")]


async def test_an_outage_is_waited_for_however_long_and_counts_no_attempt():
    bench = Bench(Work({b"a1": [vendor(VendorUnavailable)] * 20 + [OutboundPaused("off")] * 5}))
    await bench.feed(b"a1")
    await bench.until(lambda: bench.acked == [b"a1"])
    assert bench.work.given_up == []
    assert bench.published == [("out", b"a1")]


async def test_an_attempt_that_hangs_ends_at_its_deadline():
    never = asyncio.Event()
    bench = Bench(Work({b"a1": [never.wait] * 3}), LoopLimits(deadline_s=0.01, attempts=3, backoff_first_s=0.001))
    await bench.feed(b"a1")
    await bench.until(lambda: bench.acked == [b"a1"])
    assert bench.work.given_up == [(b"a1", DeadlineExceeded, 3)]


async def test_an_output_the_broker_refuses_for_itself_is_the_tickets_failure(computes):
    bench = Bench(Work(computes=computes))
    bench.refusals["out", b"a1"] = OutputTooLarge("too large")
    await bench.feed(b"a1", b"b1")
    await bench.until(lambda: len(bench.acked) == 2)
    assert bench.work.given_up == [(b"a1", OutputTooLarge, 1)]


async def test_a_broken_publisher_breaks_the_loop_with_the_event_unacknowledged(computes):
    bench = Bench(Work(computes=computes))
    bench.refusals["out", b"a1"] = PublishFailed("fenced")
    await bench.feed(b"a1", b"b1")
    assert isinstance(await asyncio.wait_for(bench.loop.broken, 2), PublishFailed)
    assert bench.acked == []
    assert bench.work.given_up == []


async def test_more_than_five_bugs_a_minute_break_the_loop(computes):
    bench = Bench(Work(computes=computes, script={b"%c1" % letter: ValueError("bug") for letter in b"abcdef"}))
    await bench.feed(*(b"%c1" % letter for letter in b"abcdef"))
    await asyncio.wait_for(bench.loop.broken, 2)
    await bench.until(lambda: len(bench.acked) == 5)
    assert b"f1" not in bench.acked


async def test_a_closed_gate_holds_work_until_it_opens(computes):
    bench = Bench(Work(computes=computes, is_open=False))
    await bench.feed(b"a1", b"b1")
    for _ in range(5):
        bench.loop.reconsider()
        await asyncio.sleep(0)
    assert bench.work.seen == []
    bench.work.is_open = True
    bench.loop.reconsider()
    await bench.until(lambda: bench.acked == [b"a1", b"b1"])


async def test_quiesce_finishes_what_runs_and_gives_back_the_rest_unacknowledged():
    gate = asyncio.Event()
    bench = Bench(Work({b"a1": gate.wait, b"b1": [vendor(VendorUnavailable)] * 99}), LoopLimits(deadline_s=5))
    await bench.feed(b"a1", b"a2", b"b1")
    await bench.until(lambda: b"b1" in bench.work.seen)
    draining = asyncio.create_task(bench.loop.quiesce(2.0))
    await asyncio.sleep(0)
    gate.set()
    await draining
    assert bench.acked == [b"a1"]
    assert sorted(bench.given_back) == [b"a2", b"b1"]
    assert b"a2" not in bench.work.seen


async def test_quiesce_gives_up_on_an_attempt_that_outlasts_the_drain():
    never = asyncio.Event()
    bench = Bench(Work({b"a1": never.wait}), LoopLimits(deadline_s=60))
    await bench.feed(b"a1")
    await bench.until(lambda: bench.work.seen)
    await asyncio.wait_for(bench.loop.quiesce(0.01), 2)
    assert bench.acked == []
    assert bench.given_back == [b"a1"]


async def test_after_quiesce_the_loop_takes_the_next_assignment(computes):
    bench = Bench(Work(computes=computes))
    await bench.feed(b"a1")
    await bench.until(lambda: bench.acked)
    await bench.loop.quiesce(1)
    await bench.feed(b"a2")
    await bench.until(lambda: bench.acked == [b"a1", b"a2"])


async def test_intake_stops_at_the_cap_of_unacknowledged_events(computes):
    gate = asyncio.Event()
    bench = Bench(Work(computes=computes, script={b"a1": gate.wait}), LoopLimits(deadline_s=5, max_unacked=3))
    feeding = asyncio.create_task(bench.feed(b"a1", b"b1", b"c1", b"d1"))
    await bench.until(lambda: len(bench.published) == 2)
    assert not feeding.done()
    assert b"d1" not in bench.work.seen
    gate.set()
    await asyncio.wait_for(feeding, 2)
    await bench.until(lambda: len(bench.acked) == 4)


async def test_an_event_that_waited_for_room_during_a_revoke_is_given_back():
    gate = asyncio.Event()
    bench = Bench(Work({b"a1": gate.wait}), LoopLimits(deadline_s=5, max_unacked=1))
    feeding = asyncio.create_task(bench.feed(b"a1", b"b1"))
    await bench.until(lambda: bench.work.seen)
    gate.set()
    await asyncio.gather(feeding, bench.loop.quiesce(1))
    assert bench.given_back == [b"b1"] or bench.acked == [b"a1", b"b1"]
    assert sorted(bench.given_back + bench.acked) == [b"a1", b"b1"]


async def test_what_needs_no_waiting_is_done_in_one_call_and_a_second_of_a_conversation_comes_later():
    bench = Bench(Work(computes=True))
    await bench.feed_at_once(b"a1", b"b1", b"a2", b"c1")
    await bench.until(lambda: len(bench.acked) == 4)
    assert bench.work.batches[0] == [b"a1", b"b1", b"c1"]
    assert b"a2" in bench.work.batches[1]
    assert bench.acked == [b"a1", b"b1", b"a2", b"c1"]


async def test_one_bad_record_fails_alone_whatever_batch_it_came_in():
    bench = Bench(Work(computes=True, script={b"b1": ValueError("bug")}))
    await bench.feed_at_once(b"a1", b"b1", b"c1")
    await bench.until(lambda: len(bench.acked) == 3)
    assert bench.work.given_up == [(b"b1", ValueError, 1)]
    assert sorted(bench.published) == [("dead", b"b1"), ("out", b"a1"), ("out", b"c1")]


async def test_a_batch_gets_smaller_when_its_records_take_long():
    clock = ManualClock()

    class Slow(Work):
        def now(self, records):
            clock.advance(0.001 * len(records))
            return super().now(records)

    bench = Bench(Slow(computes=True), clock=clock)
    await bench.feed_at_once(*(bytes([letter]) for letter in range(100)))
    await bench.until(lambda: len(bench.acked) == 100)
    sizes = [len(batch) for batch in bench.work.batches]
    assert sizes[0] <= 8
    assert 4 <= sizes[-2] <= 6  # 5 ms at 1 ms each


async def test_quiesce_waits_for_what_is_at_the_broker_and_acknowledges_it():
    bench = Bench(Work(computes=True))
    bench.hold = True
    await bench.feed(b"a1", b"a2")
    await bench.until(lambda: bench.held)
    draining = asyncio.create_task(bench.loop.quiesce(2.0))
    await asyncio.sleep(0)
    bench.held[0](None)
    await draining
    assert bench.acked == [b"a1"]
    assert bench.given_back == [b"a2"]


async def test_a_delivery_report_that_comes_after_the_drain_acknowledges_nothing():
    bench = Bench(Work(computes=True))
    bench.hold = True
    await bench.feed(b"a1")
    await bench.until(lambda: bench.held)
    await bench.loop.quiesce(0.01)
    assert bench.given_back == [b"a1"]
    bench.held[0](None)
    assert bench.acked == []


async def test_an_outage_that_only_one_ticket_sees_is_its_own_after_all():
    limits = LoopLimits(attempts_alone=3, backoff_first_s=0.001, backoff_most_s=0.002, max_in_flight=8)
    bench = Bench(Work({b"a1": [vendor(VendorUnavailable)] * 1000}), limits)
    await bench.feed(b"a1", b"a2")
    await bench.until(lambda: bench.work.seen.count(b"a1") > 10)
    assert bench.work.given_up == []  # nobody else succeeds: it may be everybody's
    for number in range(500):
        await bench.feed(b"b%d" % number)
        await bench.until(lambda wanted=("out", b"b%d" % number): wanted in bench.published)
        if bench.work.given_up:
            break
    assert bench.work.given_up == [(b"a1", VendorUnavailable, 3)]
    await bench.until(lambda: ("out", b"a2") in bench.published)


async def test_a_vendor_that_asks_to_slow_down_is_obeyed_though_others_succeed():
    limits = LoopLimits(attempts_alone=2, backoff_first_s=0.001, backoff_most_s=0.002, max_in_flight=8)
    bench = Bench(Work({b"a1": [VendorRateLimited("429", vendor="helpdesk")] * 12}), limits)
    await bench.feed(b"a1")
    for number in range(100):
        await bench.feed(b"b%d" % number)
        await bench.until(lambda wanted=("out", b"b%d" % number): wanted in bench.published)
    await bench.until(lambda: ("out", b"a1") in bench.published)
    assert bench.work.given_up == []


def test_the_pauses_of_an_outage_grow(monkeypatch):
    monkeypatch.setattr("streams.judge.random.uniform", lambda least, most: most)
    judge, tally, pauses = Judge(Stage.ACT, LoopLimits(), SYSTEM_CLOCK), Tally(), []
    for _ in range(10):
        assert judge.again(vendor(VendorUnavailable), tally)
        pauses.append(judge.backoff_s(vendor(VendorUnavailable), tally))
    assert pauses[:4] == [0.4, 0.8, 1.6, 3.2]
    assert pauses[-1] == LoopLimits().backoff_most_s


async def test_a_failure_to_acknowledge_breaks_the_loop_instead_of_going_unnoticed(computes):
    bench = Bench(Work(computes=computes))

    def refuse(event):
        raise KeyError(event)

    bench.loop._ack = refuse
    await bench.feed(b"a1")
    assert isinstance(await asyncio.wait_for(bench.loop.broken, 2), KeyError)


async def test_a_refusal_that_comes_after_the_drain_publishes_nothing_more():
    bench = Bench(Work(computes=True))
    bench.hold = True
    await bench.feed(b"a1")
    await bench.until(lambda: bench.held)
    await bench.loop.quiesce(0.01)
    bench.hold = False
    bench.held[0](OutputTooLarge("too large"))
    await asyncio.sleep(0)
    assert bench.published == []
    assert bench.work.given_up == []
