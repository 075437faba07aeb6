"""A worker's place in its group is a lease: what renews it, what ends it, and that it never outlasts the broker's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka.protocol.commit import OffsetCommitRequest
from aiokafka.protocol.group import HeartbeatRequest, LeaveGroupRequest, SyncGroupRequest
from hypothesis import given
from hypothesis import strategies as st

from streams.clock import ManualClock
from streams.membership import Membership

SESSION_S = 10.0
NO_ERROR, ILLEGAL_GENERATION, UNKNOWN_MEMBER, REBALANCING, FENCED, NOT_COORDINATOR = 0, 22, 25, 27, 82, 16


@dataclass
class Answer:
    """A response, as far as it is looked at."""

    error_code: int


class Coordinator:
    """aiokafka's, as far as it is watched: each request takes ``takes_s`` and is answered with ``error_code``."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock, self.error_code, self.takes_s = clock, NO_ERROR, 0.0
        self.broken = False

    async def _send_req(self, _: Any) -> Answer:
        self._clock.advance(self.takes_s)
        if self.broken:
            raise ConnectionError
        return Answer(self.error_code)


class Rig:
    """A watched coordinator and the lease."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.membership = Membership(SESSION_S, self.clock)
        self.coordinator = Coordinator(self.clock)
        self.membership.watch(self.coordinator)
        self.regained = 0
        self.membership.listen(self._count)

    def _count(self) -> None:
        self.regained += 1

    async def ask(self, request: Any, error_code: int = NO_ERROR, takes_s: float = 0.0) -> None:
        """One request and its answer."""
        self.coordinator.error_code, self.coordinator.takes_s = error_code, takes_s
        await self.coordinator._send_req(request)


HEARTBEAT = HeartbeatRequest("group", 1, "member")
SYNC = SyncGroupRequest("group", 1, "member", None, [])


@pytest.mark.parametrize(
    ("request_", "error_code", "held"),
    [
        (HEARTBEAT, NO_ERROR, True),
        (HEARTBEAT, REBALANCING, True),  # the coordinator waits for its members
        (HEARTBEAT, UNKNOWN_MEMBER, False),
        (HEARTBEAT, ILLEGAL_GENERATION, False),
        (HEARTBEAT, FENCED, False),
        (HEARTBEAT, NOT_COORDINATOR, True),  # tells nothing: what was held stays for as long as it was
        (SYNC, NO_ERROR, True),
        (SYNC, UNKNOWN_MEMBER, False),
        (SYNC, REBALANCING, True),
    ],
)
async def test_what_an_answer_means_for_a_lease_that_was_held(request_: Any, error_code: int, held: bool) -> None:
    rig = Rig()
    await rig.ask(SYNC)
    await rig.ask(request_, error_code)
    assert rig.membership.held() is held


async def test_nothing_is_held_before_the_group_was_joined() -> None:
    rig = Rig()
    assert not rig.membership.held()
    await rig.ask(HEARTBEAT, NOT_COORDINATOR)
    await rig.ask(SYNC, REBALANCING)
    await rig.ask(LeaveGroupRequest("group", "member"))
    await rig.ask(OffsetCommitRequest("group", 1, "member", -1, []))
    assert not rig.membership.held()


async def test_a_lease_ends_before_the_worker_leaves_its_group() -> None:
    """The coordinator gives its partitions to others at once, and the answer may be long on its way."""
    rig = Rig()
    await rig.ask(SYNC)
    rig.coordinator.broken = True
    with pytest.raises(ConnectionError):
        await rig.ask(LeaveGroupRequest("group", "member"))
    assert not rig.membership.held()


async def test_the_lease_counts_from_when_the_request_left() -> None:
    rig = Rig()
    await rig.ask(HEARTBEAT, takes_s=4.0)
    rig.clock.advance(SESSION_S - 4.0 - 0.5)
    assert rig.membership.held()
    rig.clock.advance(0.5)
    assert not rig.membership.held()


async def test_an_answer_that_came_after_a_freeze_renews_nothing() -> None:
    """The process was stopped while a heartbeat was out, and its answer is read when it goes on."""
    rig = Rig()
    await rig.ask(SYNC)
    await rig.ask(HEARTBEAT, takes_s=SESSION_S)
    assert not rig.membership.held()


async def test_a_request_that_got_no_answer_renews_nothing_and_its_error_comes_out() -> None:
    rig = Rig()
    rig.coordinator.broken = True
    with pytest.raises(ConnectionError):
        await rig.ask(HEARTBEAT)
    assert not rig.membership.held()


async def test_listeners_hear_of_a_lease_that_is_held_again_and_of_no_mere_renewal() -> None:
    rig = Rig()
    await rig.ask(SYNC)
    await rig.ask(HEARTBEAT)
    assert rig.regained == 1
    rig.clock.advance(SESSION_S)
    await rig.ask(HEARTBEAT)
    assert rig.regained == 2


STEPS = st.lists(
    st.tuples(
        st.sampled_from([HEARTBEAT, SYNC]),
        st.sampled_from([NO_ERROR, REBALANCING, UNKNOWN_MEMBER, ILLEGAL_GENERATION, NOT_COORDINATOR]),
        st.floats(0, 30),  # seconds the answer takes
        st.floats(0, 30),  # seconds until the next request
    )
)


@given(STEPS)
async def test_it_is_never_held_longer_than_the_broker_keeps_the_member(steps: list[Any]) -> None:
    """The broker keeps a member for a session from when a good heartbeat reached it: at the earliest, when it left."""
    rig = Rig()
    broker_keeps_until = float("-inf")
    for request, error_code, takes_s, pause_s in steps:
        left = rig.clock.monotonic()
        await rig.ask(request, error_code, takes_s)
        if error_code in (UNKNOWN_MEMBER, ILLEGAL_GENERATION):
            broker_keeps_until = float("-inf")
        elif error_code == NO_ERROR or (request is HEARTBEAT and error_code == REBALANCING):
            broker_keeps_until = max(broker_keeps_until, left + SESSION_S)
        assert not rig.membership.held() or rig.clock.monotonic() < broker_keeps_until
        rig.clock.advance(pause_s)
        assert not rig.membership.held() or rig.clock.monotonic() < broker_keeps_until
