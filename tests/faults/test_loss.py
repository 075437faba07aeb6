"""Every way in which Faust loses events, on a real Kafka: not with our loop, and certainly without the guard.

Each test runs twice: as the product is, and with the one guard taken out that is meant to help. The second run shows
that the enemy is real and that the test can fail.
"""

from __future__ import annotations

import pytest

from tests.support.probe_worker import Guard
from tests.support.probes import guarded

pytestmark = [pytest.mark.broker, pytest.mark.faults]


def _crashed_past(group, name, without, offset):
    """Whether a worker that crashes at the record before ``offset`` has committed ``offset`` all the same."""
    group.start(name, without, bugs_per_minute=0)
    assert group.exit_code(name) == 1
    return group.committed() == offset


@guarded(Guard.OWN_LOOP)
def test_an_exception_that_breaks_the_loop_leaves_its_event_for_the_next_worker(new_group, without):
    group = new_group()
    group.produce(b"wait 0", b"wait 1", b"bug 2")
    if without is not Guard.NONE:
        # The iterator acknowledges when the interpreter finalises it, nearly always before the last commit.
        assert any(_crashed_past(group, f"crash-{number}", without, 3) for number in range(5))
        assert b"bug 2" not in group.outputs()  # and nobody will see it again
        return
    group.start("first", bugs_per_minute=0)
    assert group.exit_code("first") == 1
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
    group.start("first", without, instance_id="probe", drain_s=1.0)
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
    group.produce(b"wait 0")
    # Offsets 1, 3, 5, 7: a transaction's marker takes the one behind each. Two are held, since Faust's other fault,
    # one event in flight at the head, would lose a single one without any gap.
    group.produce_in_transactions(b"wait 1", b"hold three", b"hold five", b"wait 7")
    group.start("first", without, drain_s=1.0)
    group.wait(lambda: {b"wait 1", b"wait 7"} <= set(group.outputs()), "what is not held is done")
    if without is not Guard.NONE:
        group.wait(lambda: group.committed() == 8, "a commit past two events in flight")
        assert not {b"hold three", b"hold five"} & set(group.outputs())
        return
    group.wait(lambda: group.committed() >= 2, "what is before the gap is committed")
    group.produce_in_transactions(b"wait 9")
    group.wait(lambda: group.outputs()[b"wait 9"], "one more is done")
    assert group.committed() <= 3
    group.release("three")
    group.release("five")
    group.wait(lambda: group.committed() >= 10, "everything is committed, gaps and all")
    assert set(group.outputs().values()) == {1}


@guarded(Guard.CONFIRMATION)
def test_an_event_whose_output_was_refused_is_not_committed(new_group, without):
    group = new_group()
    group.limit_output(1_000)
    group.produce(b"wait 0")
    group.start("first", without, dead=group.output)  # a dead letter is as large, and refused too
    group.wait(lambda: group.committed() == 1, "the worker works")
    group.produce(b"large 1")
    if without is Guard.NONE:
        assert group.exit_code("first") == 1
        assert group.committed() == 1
        group.limit_output(100_000)
        group.start("second")
        group.wait(lambda: group.committed() == 2, "the event is done by the next worker")
        assert group.outputs()[b"large 1"] == 1
        return
    group.wait(lambda: group.committed() == 2, "a commit past an event whose output was refused")
    assert b"large 1" not in group.outputs()


@guarded(Guard.OWN_LOOP)
def test_a_stop_in_the_middle_of_an_event_commits_nothing_past_it(new_group, without):
    group = new_group()
    group.produce(b"wait 0", b"hold one", b"wait 2")
    group.start("first", without, drain_s=1.0)
    group.wait(lambda: group.noted("first", "began", "hold one"), "the event is being worked on")
    group.wait(lambda: group.committed() == 1, "what is before it is committed")
    group.terminate("first")
    assert group.exit_code("first") == 0
    assert group.committed() == (1 if without is Guard.NONE else 2)
    assert b"hold one" not in group.outputs()


def test_a_stop_lets_an_event_end_within_the_drain_and_commits_it(new_group):
    group = new_group()
    group.produce(b"hold zero")
    group.start("first")
    group.wait(lambda: group.noted("first", "began"), "the event is being worked on")
    group.terminate("first")
    group.wait(lambda: group.noted("first", "draining"), "the worker drains")
    group.release("zero")
    assert group.exit_code("first") == 0
    assert group.committed() == 1
    assert group.outputs() == {b"hold zero": 1}


@guarded(Guard.RAW_SOURCE)
def test_a_record_that_cannot_be_decoded_is_dead_lettered_by_the_loop(new_group, without):
    group = new_group()
    poison = b"\xff\xfe is no text"
    group.start("first", without)
    group.produce(poison)
    if without is not Guard.NONE:
        group.wait(lambda: group.committed() == 1, "a commit past the record")
        assert not group.dead_letters()
        assert not group.outputs()
        return
    group.produce(b"wait 1")
    group.wait(lambda: group.committed() == 2, "the worker goes on")
    assert group.dead_letters() == {poison: 1}
    assert group.outputs() == {b"wait 1": 1}
