"""What agents need from outside, as Protocols. Connectors implement them; agents never see HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from streams.decision import IntentScore
from streams.facts import Conversation


class Helpdesk(Protocol):
    """The helpdesk. Each call is one or more requests against a scarce budget; ``calls_made`` counts them.

    Every method raises a ``streams.errors.VendorError`` and nothing else when the helpdesk fails.
    """

    async def read_conversation(self, conversation_id: str) -> Conversation:
        """The conversation with its comments, oldest first. Raises VendorNotFound if there is none."""
        ...

    async def add_tags(self, conversation_id: str, tags: Sequence[str]) -> None:
        """Add tags in one call; tags already there are no error (idempotent)."""
        ...


class LocalModel(Protocol):
    """A classifier that runs in the process."""

    @property
    def name(self) -> str:
        """Name and version, recorded with each classification."""
        ...

    def predict(self, texts: Sequence[str]) -> list[tuple[IntentScore, ...]]:
        """For each sanitised text the intents with their confidences in 0..1, best first."""
        ...
