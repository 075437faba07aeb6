"""What agents need from outside, as Protocols. Connectors implement them; agents never see HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from streams.decision import IntentScore, LanguageAnswer, Verdict
from streams.facts import Conversation, Order
from streams.reasons import ModelResult


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

    async def linked_order(self, conversation_id: str) -> Order | None:
        """The order that the helpdesk itself has linked to the conversation; None where there is none."""
        ...


class Orders(Protocol):
    """The shop's orders. Every method raises a ``streams.errors.VendorError`` and nothing else when the shop fails."""

    async def named(self, name: str) -> Sequence[Order]:
        """The orders that the shop finds by that name, at most a few; whether they are meant is for the caller to say.
        None found is no proof that there is none: older ones may not be visible."""
        ...


class Verifier(Protocol):
    """A second opinion, independent of the one that classified."""

    async def confirms(self, text: str, template: str) -> Verdict:
        """Whether sanitised ``text`` really asks what ``template`` answers. Raises a ``streams.errors.VendorError``."""
        ...


class LanguageModel(Protocol):
    """A classifier outside, which costs money and time."""

    def recall(self, text: str) -> LanguageAnswer | None:
        """What it answered to the same text before; None where it was not asked, or that is forgotten."""
        ...

    def refusal(self) -> ModelResult | None:
        """Why it is not to be asked now (left alone after failures, over budget); None where it may be."""
        ...

    async def ask(self, text: str) -> LanguageAnswer:
        """What it makes of sanitised ``text``. Never raises for a failure of the vendor: the answer says so."""
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
