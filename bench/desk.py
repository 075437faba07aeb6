"""The helpdesk as an object in the process: what remains is the pipeline's own time."""

from __future__ import annotations

from collections.abc import Sequence

from streams.facts import Conversation, Order
from streams.reasons import Channel


class MemoryDesk:
    """An ``agents.ports.Helpdesk`` that answers at once; every conversation exists and is open."""

    def __init__(self) -> None:
        self._tags: dict[str, frozenset[str]] = {}

    def read(self, conversation_id: str) -> Conversation:
        """The conversation with the tags it was given."""
        return Conversation(
            id=conversation_id,
            status="OPEN",
            channel=Channel.EMAIL,
            subject="",
            tags=self._tags.get(conversation_id, frozenset()),
            assignee_id=None,
            comments=(),
        )

    def tag(self, conversation_id: str, tags: Sequence[str]) -> None:
        """Add ``tags``."""
        self._tags[conversation_id] = self._tags.get(conversation_id, frozenset()).union(tags)

    async def read_conversation(self, conversation_id: str) -> Conversation:
        """``read``, as the port has it."""
        return self.read(conversation_id)

    async def linked_order(self, conversation_id: str) -> Order | None:
        """None: no order is linked."""
        return None

    async def add_tags(self, conversation_id: str, tags: Sequence[str]) -> None:
        """``tag``, as the port has it."""
        self.tag(conversation_id, tags)
