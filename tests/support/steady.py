"""Tickets at an even pace, each in a conversation of its own."""

from __future__ import annotations

import asyncio

from streams.clock import SYSTEM_CLOCK
from tests.support.feeder import Feeder, Load
from tests.support.system import System
from tests.support.webhooks import Webhooks


class SteadyFeeder(Feeder):
    """Sends one ticket after another, each at its moment whatever the others' answers take: no bursts.

    The load has a pace, and a conversation for each ticket: nothing keeps tickets of one in their order here.
    """

    def __init__(self, system: System, load: Load) -> None:
        super().__init__(system, load)
        self._port = system.ingress_port

    async def _feed(self) -> None:
        began, number = SYSTEM_CLOCK.monotonic(), 0
        async with Webhooks(self._port, self._target.token) as webhooks, asyncio.TaskGroup() as sending:
            while number < self.load.tickets or not self._enough.is_set():
                assert number < self.load.conversations, "more conversations are needed: each has one ticket"
                sending.create_task(self._send(webhooks, number))
                number += 1
                due = began + number / self.load.per_second
                await asyncio.sleep(max(0.0, due - SYSTEM_CLOCK.monotonic()))  # the load's own pace

    async def _send(self, webhooks: Webhooks, number: int) -> None:
        message = self.load.message(number)
        self.accepted[await webhooks.post(message)] = message.ticket_id
