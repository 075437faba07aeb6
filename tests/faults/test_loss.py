"""Every way in which Faust loses events, on a real Kafka: not with our loop, and certainly without the guard.

Each test runs twice: as the product is, and with the one guard taken out that is meant to help. The second run shows
that the enemy is real and that the test can fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.topics import Names
from tests.support.probe_worker import Guard
from tests.support.probes import ProbeGroup

pytestmark = [pytest.mark.broker, pytest.mark.faults]

NewGroup = Callable[..., ProbeGroup]


def guarded(guard: Guard) -> pytest.MarkDecorator:
    """Runs a test with everything in place, and with ``guard`` taken out."""
    return pytest.mark.parametrize("without", [Guard.NONE, guard], ids=lambda g: f"without-{g}")


@pytest.fixture
def new_group(kafka: str, names: Names, tmp_path: Path) -> Iterator[NewGroup]:
    """``new_group(partitions=1)``: a consumer group of this test's own, ended with it."""
    made: list[ProbeGroup] = []

    def make(partitions: int = 1) -> ProbeGroup:
        made.append(ProbeGroup(kafka, names.prefix, tmp_path, partitions))
        return made[-1]

    yield make
    for group in made:
        group.end()


@guarded(Guard.OWN_LOOP)
def test_an_exception_that_breaks_the_loop_leaves_its_event_for_the_next_worker(new_group, without):
    group = new_group()
    group.produce(b"wait 0", b"wait 1", b"bug 2")
    group.start("first", without, bugs_per_minute=0)
    assert group.exit_code("first") == 1
    if without is not Guard.NONE:
        assert group.committed() == 3  # past it: nobody will see it again
        assert b"bug 2" not in group.outputs()
        return
    assert group.committed() <= 2
    group.release("mended")
    group.start("second")
    group.wait(lambda: group.outputs()[b"bug 2"] == 1, "the event is done by the next worker")
    assert group.outputs()[b"wait 0"] >= 1


@guarded(Guard.ACK_ORDER)
def test_one_event_in_flight_at_the_head_is_not_committed_past_and_survives_a_kill(new_group, without):
    group = new_group()
    behind = [b"now %d" % number for number in range(1, 6)]
    group.produce(b"hold head", *behind)
    group.start("first", without, instance_id="probe")
    group.wait(lambda: set(group.outputs()) == set(behind), "everything behind the head is done")
    if without is not Guard.NONE:
        group.wait(lambda: group.committed() == 6, "a commit past the head, which is in flight")
    group.produce(b"wait 6")  # several commit intervals pass until its output is confirmed
    group.wait(lambda: group.outputs()[b"wait 6"], "one more is done")
    group.kill("first")
    group.release("head")
    if without is Guard.NONE:
        assert group.committed() == 0
    group.produce(b"wait 7")
    group.start("second", instance_id="probe")
    group.wait(lambda: group.outputs()[b"wait 7"], "the next worker is at the end")
    if without is not Guard.NONE:
        assert b"hold head" not in group.outputs()
        return
    assert group.outputs()[b"hold head"] == 1
    group.wait(lambda: group.committed() == 8, "everything is committed")


@guarded(Guard.ACK_ORDER)
def test_the_first_event_after_a_gap_in_the_offsets_is_not_committed_past(new_group, without):
    group = new_group()
    # Offsets 0, 2, 4, 6: a transaction's marker takes the one behind each. Two are held, since Faust's other fault,
    # one event in flight at the head, would lose a single one without any gap.
    group.produce_in_transactions(b"wait 0", b"hold two", b"hold four", b"wait 6")
    group.start("first", without)
    group.wait(lambda: {b"wait 0", b"wait 6"} <= set(group.outputs()), "what is not held is done")
    if without is not Guard.NONE:
        group.wait(lambda: group.committed() == 7, "a commit past two events in flight")
        assert not {b"hold two", b"hold four"} & set(group.outputs())
        return
    group.wait(lambda: group.committed() >= 1, "what is before the gap is committed")
    group.produce_in_transactions(b"wait 8")
    group.wait(lambda: group.outputs()[b"wait 8"], "one more is done")
    assert group.committed() <= 2
    group.release("two")
    group.release("four")
    group.wait(lambda: group.committed() >= 9, "everything is committed, gaps and all")
    assert set(group.outputs().values()) == {1}


@guarded(Guard.CONFIRMATION)
def test_an_event_whose_output_was_refused_is_not_committed(new_group, without):
    group = new_group()
    group.limit_output(1_000)
    group.produce(b"wait 0", b"large 1", b"wait 2")
    group.start("first", without, dead=group.output)  # its dead letter is as large, and refused too
    if without is not Guard.NONE:
        group.wait(lambda: group.committed() == 3, "a commit past an event whose output was refused")
        assert set(group.outputs()) == {b"wait 0", b"wait 2"}
        assert not group.dead_letters()
        return
    assert group.exit_code("first") == 1
    assert group.committed() <= 1
    group.limit_output(100_000)
    group.start("second")
    group.wait(lambda: group.committed() == 3, "everything is done by the next worker")
    assert group.outputs()[b"large 1"] == 1
