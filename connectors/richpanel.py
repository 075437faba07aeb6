"""The helpdesk client: Richpanel's HTTP API behind the port ``agents.ports.Helpdesk``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import httpx

from connectors.richpanel_answers import NotATicket, conversation
from connectors.richpanel_orders import linked_order, order_place
from connectors.vendor_http import VendorConfig, VendorHttp
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import OutboundPaused, VendorFault
from streams.facts import Conversation, Order

KEY_HEADER: Final = "x-richpanel-key"


@dataclass(frozen=True)
class RichpanelConfig:
    """``base_url`` with its version (".../v1"); ``timeout_s`` for one whole request; ``vendor`` labels metrics."""

    base_url: str
    api_key: str = field(repr=False)
    timeout_s: float = 10.0
    vendor: str = "richpanel"


class RichpanelHelpdesk:
    """Reads conversations and writes to them, where ``may_write`` says yes at the moment a write leaves. What customers
    see leaves only where ``may_send`` says yes too, whatever was decided: the second barrier behind policy.

    Every method raises a ``streams.errors.VendorError`` when the helpdesk fails; nothing is tried again in here.
    ``connectors.vendor_http.counting`` counts the requests made for one ticket.
    """

    def __init__(
        self,
        config: RichpanelConfig,
        *,
        may_write: Callable[[], bool],
        may_send: Callable[[], bool] = lambda: False,
        clock: Clock = SYSTEM_CLOCK,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises ConfigurationError where the address is none."""
        self._vendor = config.vendor
        self._may_write, self._may_send = may_write, may_send
        self._http = VendorHttp(
            VendorConfig(config.vendor, config.base_url, {KEY_HEADER: config.api_key}, config.timeout_s),
            clock=clock,
            transport=transport,
        )

    @property
    def calls_made(self) -> int:
        """Requests sent since the start."""
        return self._http.calls_made

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def read_conversation(self, conversation_id: str) -> Conversation:
        """The conversation with its comments, oldest first; one request. Raises VendorNotFound if there is none."""
        answer: Any = await self._http.request("GET", f"tickets/{_part(conversation_id)}")
        try:
            return conversation(answer)
        except NotATicket as exc:
            raise VendorFault(
                f"{self._vendor} answered something that is not a ticket: {exc}", vendor=self._vendor
            ) from None

    async def linked_order(self, conversation_id: str) -> Order | None:
        """The order that Richpanel has linked to the conversation; None where there is none. One request, two where
        there is one. Raises VendorNotFound where there is no such conversation."""
        answer: Any = await self._http.request("GET", f"order/{_part(conversation_id)}")
        place = order_place(answer)
        if place is None:
            return None
        return linked_order(await self._http.request("GET", "order/" + "/".join(map(_part, place))))

    async def add_tags(self, conversation_id: str, tags: Sequence[str]) -> None:
        """Add tags in one request (none for no tags); tags already there are no error.

        Raises OutboundPaused where ``may_write`` says no, asked again right before the first byte leaves.
        """
        if tags:
            names = list(dict.fromkeys(tags))
            await self._http.request(
                "PUT", f"tickets/{_part(conversation_id)}/add-tags", body={"tags": names}, gate=self._gate
            )

    async def send_message(self, conversation_id: str, body: str, author_id: str) -> None:
        """Send ``body`` to the customer as the agent ``author_id``; one request, never to be made again blindly.

        Raises OutboundPaused where ``may_write`` or ``may_send`` says no, asked again right before the first byte
        leaves.
        """
        message = {"body": body, "author_id": author_id, "attachments": []}
        await self._http.request(
            "PUT", f"tickets/{_part(conversation_id)}/send-message", body=message, gate=self._sending_gate
        )

    def _gate(self) -> None:
        if not self._may_write():
            raise OutboundPaused("writes to the helpdesk are switched off: nothing was sent")

    def _sending_gate(self) -> None:
        self._gate()
        if not self._may_send():
            raise OutboundPaused("replies to customers are switched off: nothing was sent")


def _part(name: str) -> str:
    """``name`` as one part of a path, whatever characters it has."""
    return quote(name, safe="").replace(".", "%2E")  # "." and ".." would be taken as directories
