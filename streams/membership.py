"""Whether a worker may still count on its place in its group: a lease that each answer of the coordinator renews.

A worker that was frozen, or cut off from the brokers, for longer than its session time-out has lost its partitions to
others and does not know it yet: aiokafka learns of it with the next heartbeat, and until then work goes on. So whoever
writes to the outside asks here right before. The lease counts from the moment a heartbeat was *sent*, and the
coordinator's own count starts later, so ours always ends first. The clock that is asked goes on while a process is
stopped (Linux: CLOCK_MONOTONIC does; a suspended machine is the exception).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiokafka.errors import IllegalGenerationError, NoError, RebalanceInProgressError, UnknownMemberIdError
from aiokafka.protocol.group import HeartbeatRequest, LeaveGroupRequest, SyncGroupRequest

from streams import metrics
from streams.clock import SYSTEM_CLOCK, Clock

_FENCED_INSTANCE_ID = 82  # of Kafka's protocol; aiokafka has no class for it
_GONE = frozenset({UnknownMemberIdError.errno, IllegalGenerationError.errno, _FENCED_INSTANCE_ID})
_KEPT = {
    HeartbeatRequest: frozenset({NoError.errno, RebalanceInProgressError.errno}),  # a rebalance awaits its members
    SyncGroupRequest: frozenset({NoError.errno}),
}


class Membership:
    """The lease of one worker. ``session_timeout_s``: the group's. Renewed on the consumer's thread, read on any."""

    def __init__(self, session_timeout_s: float, clock: Clock = SYSTEM_CLOCK) -> None:
        self._session_timeout_s, self._clock = session_timeout_s, clock
        self._until = float("-inf")
        self._listeners: list[Callable[[], object]] = []
        metrics.MEMBERSHIP_HELD.set_function(lambda: float(self.held()))

    def held(self) -> bool:
        """True while the coordinator cannot have given up this worker for lack of heartbeats, and has not said so.

        It says nothing about a second process with the same fixed name (``instance_id``), which takes over at once,
        nor about a worker whose event loop stood still through a whole rebalance while its heartbeats went on.
        """
        return self._clock.monotonic() < self._until

    def listen(self, listener: Callable[[], object]) -> None:
        """Call ``listener``, on the consumer's thread, each time the lease is held again after it was not."""
        self._listeners.append(listener)

    def watch(self, coordinator: Any) -> None:
        """See what the group's coordinator answers to aiokafka's ``GroupCoordinator`` from now on."""
        send = coordinator._send_req

        async def watched(request: Any) -> Any:
            asked_at = self._clock.monotonic()
            if isinstance(request, LeaveGroupRequest):
                self._until = float("-inf")
            response = await send(request)
            if (kept := _KEPT.get(type(request))) is not None:
                self._note(response.error_code, kept, asked_at)
            return response

        coordinator._send_req = watched

    def _note(self, error_code: int, kept: frozenset[int], asked_at: float) -> None:
        if error_code in _GONE:
            self._until = float("-inf")
        elif error_code in kept:
            was_held = self.held()
            self._until = asked_at + self._session_timeout_s
            if not was_held:
                for listener in self._listeners:
                    listener()
