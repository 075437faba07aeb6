"""What a rebalance does to a group in Faust, on a real Kafka: work done again, and a stop that never ends.

Each test runs as the product is, and with the guards taken out that are meant to help.
"""

from __future__ import annotations

import pytest

from streams.clock import SYSTEM_CLOCK
from tests.support.probe_worker import Guard
from tests.support.probes import ProbeGroup, guarded

pytestmark = [pytest.mark.broker, pytest.mark.faults]

FULL = 6_000
"""More records than a worker has room for: 2,000 taken and 3,276 in its queue, and then it asks for no more."""
GOES_ON_WITHIN_S = 6.0
NEVER_S = 300.0
"""A commit interval that no test sees the end of."""


def two_workers_share(group: ProbeGroup, **config: object) -> None:
    """Start two workers, one after the other; returns once each has one of the two partitions."""
    group.start("first", **config)
    group.wait(lambda: group.noted("first", "assigned", "0 1"), "the first worker has both partitions")
    group.start("second", **config)
    group.wait(lambda: shared(group), "each worker has a partition")


def shared(group: ProbeGroup) -> bool:
    """Whether the newest assignments of the two workers are one partition each."""
    newest = {note.worker: note.detail for note in group.notes() if note.step == "assigned"}
    return sorted(newest.values()) == ["0", "1"]


@guarded(Guard.STAYING)
def test_a_worker_that_is_full_for_as_long_as_it_takes_keeps_its_place(new_group, without):
    """As act is while outbound is off: it fetches nothing, and that must not look as if it were dead."""
    group = new_group()
    group.produce(*[b"hold gate"] * FULL)
    group.start("first", without, drain_s=1.0)
    group.wait(lambda: group.noted("first", "began"), "the first of them is at work")
    revoked, began = group.noted("first", "revoked"), SYSTEM_CLOCK.monotonic()
    if without is not Guard.NONE:
        group.wait(lambda: group.noted("first", "revoked") > revoked, "aiokafka leaves the group")
    else:
        group.wait(lambda: SYSTEM_CLOCK.monotonic() > began + 8.0, "as much time passes")
    group.release("gate")
    began = SYSTEM_CLOCK.monotonic()
    group.wait(
        lambda: group.committed() == FULL or SYSTEM_CLOCK.monotonic() > began + GOES_ON_WITHIN_S, "it goes on, or not"
    )
    if without is not Guard.NONE:
        assert group.committed() < FULL, "it joined again"
        group.kill("first")
        return
    group.wait(lambda: group.committed() == FULL, "all are done")
    assert group.noted("first", "revoked") == revoked
    assert group.outputs() == {b"hold gate": FULL}


@guarded(Guard.COMMIT_BEFORE_REVOKE)
def test_nothing_is_done_again_when_a_worker_joins_and_leaves_however_rarely_commits_come(new_group, without):
    group = new_group(partitions=2)
    for partition in (0, 1):
        group.produce(*(b"now %d-%d" % (partition, number) for number in range(20)), partition=partition)
    group.start("first", without, commit_interval_s=NEVER_S)
    group.wait(lambda: group.outputs().total() == 40, "everything is done")
    assert group.committed(0) + group.committed(1) == 0, "there was a commit: the test proves nothing"
    group.start("second", without, commit_interval_s=NEVER_S)
    group.wait(lambda: shared(group), "each worker has a partition")
    group.produce(b"now joined-0", partition=0)
    group.produce(b"now joined-1", partition=1)
    both = {b"now joined-0", b"now joined-1"}
    group.wait(lambda: both <= set(group.outputs()), "both partitions go on, at the end of what there was")
    copies = group.outputs()
    if without is not Guard.NONE:
        assert copies.total() == 42 + 40, "Faust does everything again"
        return
    assert set(copies.values()) == {1}

    group.terminate("second")
    assert group.exit_code("second") == 0
    group.wait(lambda: group.noted("first", "assigned", "0 1") == 2, "the first worker has both again")
    group.produce(b"now left-0", partition=0)
    group.produce(b"now left-1", partition=1)
    both = {b"now left-0", b"now left-1"}
    group.wait(lambda: both <= set(group.outputs()), "both partitions go on")
    assert set(group.outputs().values()) == {1}


@guarded(Guard.ONE_DRAIN)
def test_two_workers_stopped_a_moment_apart_both_end_in_good_order(new_group, without):
    group = new_group(partitions=2)
    two_workers_share(group, without=without)
    group.produce(b"hold zero", partition=0)
    group.produce(b"hold one", partition=1)
    group.wait(lambda: len([n for n in group.notes() if n.step == "began"]) == 2, "both are at work")
    (mine,) = [n.detail.removeprefix("hold ") for n in group.notes() if n.worker == "first" and n.step == "began"]
    (other,) = {"zero", "one"} - {mine}
    revoked = group.noted("first", "revoked")

    group.terminate("first")
    group.wait(lambda: group.noted("first", "draining"), "the first worker drains")
    group.terminate("second")
    group.release(other)
    assert group.exit_code("second") == 0
    if without is not Guard.NONE:
        # From here on it is a race between two event loops whether the last commit finds its broker, and a stop that
        # waits for it may wait for ever.
        group.wait(lambda: group.noted("first", "closed"), "Faust closes the consumer, in the middle of the drain")
        group.kill("first")
        return
    group.wait(lambda: group.noted("first", "revoked") > revoked, "the first worker hears that the second has left")
    group.release(mine)
    assert group.exit_code("first") == 0
    assert not group.noted("first", "closed")
    assert group.committed(0) + group.committed(1) == 2
    assert group.outputs() == {b"hold zero": 1, b"hold one": 1}
