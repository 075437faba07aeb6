"""Drained: never ahead of what is in flight, and caught up once everything has ended."""

from contextlib import ExitStack

from hypothesis import given
from hypothesis import strategies as st

from streams.effects import Effects


@given(st.lists(st.tuples(st.sampled_from(["flag", "begin", "end"]), st.integers(0, 5)), max_size=40))
def test_drained_is_the_oldest_epoch_in_flight_and_else_the_applied_one(steps):
    applied = 1
    effects = Effects(lambda: applied)
    in_flight: list[tuple[int, ExitStack]] = []
    for step, pick in steps:
        if step == "flag":
            applied += 1
        elif step == "begin":
            stack = ExitStack()
            stack.enter_context(effects.leaving(applied))
            in_flight.append((applied, stack))
        elif in_flight:
            in_flight.pop(pick % len(in_flight))[1].close()
        assert effects.drained == min([applied, *(epoch for epoch, _ in in_flight)])
    for _, stack in in_flight:
        stack.close()
    assert effects.drained == applied


def test_an_effect_that_fails_has_ended_too_and_is_told():
    told = []
    effects = Effects(lambda: 7)
    effects.listen(lambda: told.append(effects.drained))
    try:
        with effects.leaving(3):
            assert effects.drained == 3
            raise RuntimeError
    except RuntimeError:
        pass
    assert told == [7]
