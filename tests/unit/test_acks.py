"""What may be acknowledged: for every order of finishing, always a prefix without holes, and in the end everything."""

from hypothesis import given
from hypothesis import strategies as st

from streams.acks import AckOrder


@given(st.permutations(range(12)))
def test_acknowledges_in_offset_order_whatever_finishes_first(finishing):
    order: AckOrder[int] = AckOrder()
    slots = [order.take(0, offset) for offset in range(12)]
    acked: list[int] = []
    finished: set[int] = set()
    for offset in finishing:
        finished.add(offset)
        acked += order.finish(slots[offset])
        assert acked == list(range(len(acked)))
        assert set(acked) <= finished
        assert order.unacked == 12 - len(acked)
    assert acked == list(range(12))


def test_an_unfinished_head_holds_back_only_its_own_partition():
    order: AckOrder[str] = AckOrder()
    order.take("p0", "slow")
    behind, other = order.take("p0", "behind"), order.take("p1", "other")
    assert order.finish(behind) == []
    assert order.finish(other) == ["other"]
    assert order.unacked == 2


def test_clearing_gives_back_everything_unacknowledged_and_forgets_it():
    order: AckOrder[int] = AckOrder()
    first, second, third = (order.take(0, n) for n in range(3))
    assert order.finish(first) == [0]
    assert order.finish(third) == []
    assert order.clear() == [1, 2]
    assert order.unacked == 0
    assert order.finish(second) == []
    assert order.unacked == 0
