"""Classify: what a sanitised ticket asks for, and whether people must see it at once. The model only advises."""

from __future__ import annotations

from collections.abc import Callable

from faust.types import StreamT

from agents.handler import LoopWiring, StageFunctions, TicketHandler
from agents.ports import LocalModel
from agents.tier0 import find_signals
from streams.app import StageApp
from streams.events import Failure, Features, TicketClassified, TicketEvent, TicketSanitized
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


def carry_failure(ticket: TicketEvent, failure: Failure) -> TicketClassified:
    """The record where the classify stage itself failed: no intents, and why. An earlier failure is kept."""
    features = ticket.features if isinstance(ticket, TicketSanitized) else Features()
    return TicketClassified(
        **{**ticket.derive(Stage.CLASSIFY), "failure": ticket.failure or failure}, features=features
    )


def attach(app: StageApp, model: LocalModel, loop: LoopWiring, may_run: Callable[[], bool]) -> None:
    """Give ``app`` its agent."""

    async def work(ticket: TicketSanitized) -> TicketClassified:
        return classify_event(ticket, model)

    handler = TicketHandler(StageFunctions(Stage.CLASSIFY, TicketSanitized, work, carry_failure, may_run), loop.names)

    @app.agent(app.source, name=Stage.CLASSIFY.value)
    async def classify_tickets(stream: StreamT[bytes]) -> None:
        await app.run_stage(stream, handler, loop.confirm, loop.limits)
