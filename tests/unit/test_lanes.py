"""Lanes: one at a time per key, in order, and no trace of a key once its lane is empty."""

from hypothesis import given
from hypothesis import strategies as st

from streams.lanes import Lanes


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60))
def test_each_key_is_worked_on_in_order_and_one_at_a_time(steps):
    lanes: Lanes[tuple[str, int]] = Lanes()
    working: dict[str, tuple[str, int]] = {}
    waiting: dict[str, list[tuple[str, int]]] = {"a": [], "b": [], "c": []}
    for number, (key, leave) in enumerate(steps):
        if leave and key in working:
            following = lanes.leave(key)
            assert following == (waiting[key].pop(0) if waiting[key] else None)
            if following is None:
                del working[key]
            else:
                working[key] = following
        else:
            item = (key, number)
            starts = lanes.enter(key, item)
            assert starts == (key not in working)
            if starts:
                working[key] = item
            else:
                waiting[key].append(item)
        assert len(lanes) == len(working)
