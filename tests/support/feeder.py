"""Tickets that go on flowing in the background while a test breaks something."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

from control.feed import Message, Target, send
from streams.clock import SYSTEM_CLOCK
from tests.support.system import System
from tests.support.waiting import until

_TAKES_UP_S = 60.0


@dataclass(frozen=True)
class Load:
    """What flows: at least ``tickets``, in turn over ``conversations``, at most ``per_second`` (0: as fast as it goes).

    ``prefix`` begins each conversation's name.
    """

    tickets: int
    conversations: int
    per_second: float = 0.0
    prefix: str = "k"

    def names(self) -> list[str]:
        """The conversations."""
        return [f"{self.prefix}-{number}" for number in range(self.conversations)]

    def message(self, number: int) -> Message:
        """The message with that number, from 0; each conversation's come in the order of their numbers."""
        ticket_id = f"{self.prefix}-{number % self.conversations}"
        return Message(
            number, ticket_id, f"{ticket_id}-m{number}", f"{number}: cancel my order {10000 + number}", "email"
        )


class Feeder(threading.Thread):
    """Feeds a load through ingress; ``accepted`` maps event id to conversation, in the order of acceptance.

    It sends at least ``load.tickets``, and goes on until ``finish`` is called.
    """

    def __init__(self, system: System, load: Load) -> None:
        super().__init__(daemon=True)
        self.load = load
        self.accepted: dict[str, str] = {}
        # The conversations are made beforehand, all at once: a webhook carries its text, so ingress is all it takes.
        self._target = Target(system.env["MW_INGRESS_URL"], system.secrets["MW_INGRESS_TOKENS"])
        system.sandbox("POST", "tickets", {"tickets": [{"id": name} for name in load.names()]})
        self._enough = threading.Event()
        self._failure: BaseException | None = None

    def finish(self, within_s: float) -> None:
        """Send what is missing of the load's tickets, then stop. Raises what made the feeding fail."""
        self._enough.set()
        self.join(within_s)
        if self._failure is not None:
            raise self._failure
        assert not self.is_alive(), f"not within {within_s:g} s: {self.load.tickets} tickets fed"

    def wait_for(self, more: int) -> None:
        """Until ``more`` tickets than now are accepted."""
        wanted = len(self.accepted) + more
        until(
            lambda: len(self.accepted) >= wanted or self._failure is not None,
            within_s=_TAKES_UP_S,
            what=f"{more} more tickets accepted",
        )

    def run(self) -> None:
        """Feed; called by ``start``."""
        try:
            asyncio.run(self._feed())
        except BaseException as exc:  # told to the test by ``finish``
            self._failure = exc

    async def _feed(self) -> None:
        number = 0
        while number < self.load.tickets or not self._enough.is_set():
            # Within one call each conversation has one sender; between calls nothing is on its way. So their order is
            # the order of acceptance, while a call's conversations overtake each other as they like.
            count = min(self.load.conversations, 50)
            began = SYSTEM_CLOCK.monotonic()
            async for sent in send([self.load.message(n) for n in range(number, number + count)], self._target):
                assert not sent.refused, sent.refused
                self.accepted[sent.event_id] = sent.message.ticket_id
            number += count
            if self.load.per_second:
                pace = began + count / self.load.per_second - SYSTEM_CLOCK.monotonic()
                await asyncio.sleep(max(0.0, pace))  # the load's own pace; nothing is waited for
