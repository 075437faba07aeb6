"""Fetches what a decision needs beyond its ticket: the order, the verifier's verdict. What was read is forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from agents import order_match
from agents.mail_text import read_mail
from agents.playbook_shipping import Shipping
from agents.ports import Helpdesk, Orders, Verifier
from agents.redaction import RedactionSettings, redact
from streams.decision import OrderFacts, Verdict
from streams.facts import Conversation


@dataclass(frozen=True)
class Facts:
    """The way to what is outside. ``orders`` or ``verifier`` None: there is none, and what it would say stays unknown.

    Both methods raise a ``streams.errors.VendorError`` where a vendor fails.
    """

    helpdesk: Helpdesk
    redaction: RedactionSettings
    orders: Orders | None = None
    verifier: Verifier | None = None

    async def order(self, conversation_id: str, message_id: str | None, shipping: Shipping) -> OrderFacts:
        """What is known of the order that the conversation's message is about: one to four requests."""
        conversation = await self.helpdesk.read_conversation(conversation_id)
        numbers = order_match.order_numbers(_message(conversation, message_id), self.redaction)
        return order_match.facts_of(await self._match(conversation, numbers), shipping)

    async def _match(self, conversation: Conversation, numbers: tuple[str, ...]) -> order_match.Match:
        if (order := await self.helpdesk.linked_order(conversation.id)) is not None:
            return order_match.linked(order, numbers)
        number = order_match.wanted(numbers, conversation.sender)
        if isinstance(number, order_match.Why):
            return order_match.Match(None, number)
        if self.orders is None:
            return order_match.Match(None, order_match.Why.NOT_FOUND)
        return order_match.found(number, conversation.sender, await self.orders.named(number))

    async def verdict(self, conversation_id: str, message_id: str | None, template: str) -> Verdict | None:
        """Whether the message asks what ``template`` answers; None where there is no verifier."""
        if self.verifier is None:
            return None
        conversation = await self.helpdesk.read_conversation(conversation_id)
        text = redact(read_mail(_message(conversation, message_id)).text, self.redaction).text
        return await self.verifier.confirms(text, template)


def _message(conversation: Conversation, message_id: str | None) -> str:
    comment = conversation.customer_message(message_id)
    return (comment.text or comment.html) if comment else ""
