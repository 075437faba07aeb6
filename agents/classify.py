"""Classify: what a sanitised ticket asks for, and whether people must see it at once. The model only advises."""

from __future__ import annotations

from agents.ports import LocalModel
from agents.tier0 import find_signals
from streams.events import TicketClassified, TicketSanitized
from streams.reasons import Stage


def classify_event(ticket: TicketSanitized, model: LocalModel) -> TicketClassified:
    """The classification of ``ticket``: intents by ``model``, tier-0 signals by rules. Neither silences the other.

    A ticket that carries a failure, or that has no text, goes on without intents and signals: policy makes it manual
    triage.
    """
    if ticket.failure is not None or not ticket.text.strip():
        return TicketClassified(**ticket.derive(Stage.CLASSIFY), features=ticket.features)
    (intents,) = model.predict([ticket.text])
    return TicketClassified(
        **ticket.derive(Stage.CLASSIFY),
        intents=intents,
        tier0=find_signals(ticket.text),
        model=model.name,
        features=ticket.features,
    )
