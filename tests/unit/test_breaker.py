"""The circuit breaker: when it opens, how long it rests, and that one call at a time probes."""

from __future__ import annotations

from connectors.breaker import Breaker
from streams.clock import ManualClock


def opened(clock: ManualClock) -> Breaker:
    breaker = Breaker(failures=3, rest_s=10, rest_most_s=35, clock=clock)
    for _ in range(3):
        assert breaker.enter()
        breaker.failed()
    return breaker


def test_it_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(failures=3, clock=ManualClock())
    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(2):
        breaker.failed()
    assert breaker.lets_through
    breaker.failed()
    assert not breaker.lets_through
    assert not breaker.enter()


def test_one_call_at_a_time_probes_and_a_success_closes_it() -> None:
    clock = ManualClock()
    breaker = opened(clock)
    clock.advance(9.9)
    assert not breaker.enter()
    clock.advance(0.2)
    assert breaker.enter()
    assert not breaker.enter()
    breaker.succeeded()
    assert breaker.enter()
    assert breaker.enter()


def test_a_failed_probe_doubles_the_rest_up_to_its_most() -> None:
    clock = ManualClock()
    breaker = opened(clock)
    for rest_s in (10, 20, 35, 35):
        clock.advance(rest_s - 0.1)
        assert not breaker.lets_through
        clock.advance(0.2)
        assert breaker.enter()
        breaker.failed()


def test_calls_that_were_under_way_do_not_open_it_for_longer() -> None:
    clock = ManualClock()
    breaker = opened(clock)
    clock.advance(9)
    breaker.failed()
    clock.advance(1.1)
    assert breaker.lets_through


def test_a_probe_that_says_nothing_leaves_the_next_one_to_probe() -> None:
    clock = ManualClock()
    breaker = opened(clock)
    clock.advance(10.1)
    assert breaker.enter()
    breaker.undecided()
    assert breaker.enter()
