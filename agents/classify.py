"""Classify: what a sanitised ticket asks for, and whether people must see it at once. The model only advises."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from faust.types import StreamT

from agents.handler import LoopWiring, StageFunctions, TicketHandler
from agents.ports import LocalModel
from agents.tier0 import find_signals
from streams.app import StageApp
from streams.decision import IntentScore
from streams.events import Failure, Features, TicketClassified, TicketEvent, TicketSanitized
from streams.reasons import Stage


def classify_event(ticket: TicketSanitized, model: LocalModel) -> TicketClassified:
    """The classification of ``ticket``: intents by ``model``, tier-0 signals by rules. Neither silences the other.

    A ticket that carries a failure, or that has no text, goes on without intents and signals: policy makes it manual
    triage.
    """
    return classify_events([ticket], model)[0]


def classify_events(tickets: Sequence[TicketSanitized], model: LocalModel) -> list[TicketClassified]:
    """``classify_event`` for many, with one call of the model."""
    texts = [_text(ticket) for ticket in tickets]
    predicted = iter(model.predict([text for text in texts if text]))
    return [
        _classified(ticket, text, next(predicted) if text else (), model)
        for ticket, text in zip(tickets, texts, strict=True)
    ]


def _text(ticket: TicketSanitized) -> str:
    return "" if ticket.failure is not None else ticket.text.strip()


def _classified(
    ticket: TicketSanitized, text: str, intents: tuple[IntentScore, ...], model: LocalModel
) -> TicketClassified:
    derived = ticket.derive(Stage.CLASSIFY)
    if not text:
        return TicketClassified(**derived, features=ticket.features)
    return TicketClassified(
        **derived, intents=intents, tier0=find_signals(text), model=model.name, features=ticket.features
    )


def carry_failure(ticket: TicketEvent, failure: Failure) -> TicketClassified:
    """The record where the classify stage itself failed: no intents, and why. An earlier failure is kept."""
    features = ticket.features if isinstance(ticket, TicketSanitized) else Features()
    return TicketClassified(
        **{**ticket.derive(Stage.CLASSIFY), "failure": ticket.failure or failure}, features=features
    )


def attach(app: StageApp, model: LocalModel, loop: LoopWiring, may_run: Callable[[], bool]) -> None:
    """Give ``app`` its agent."""

    def now(tickets: Sequence[TicketSanitized]) -> Sequence[TicketClassified]:
        return classify_events(tickets, model)

    handler = TicketHandler(StageFunctions(Stage.CLASSIFY, TicketSanitized, carry_failure, may_run, now), loop.names)

    @app.agent(app.source, name=Stage.CLASSIFY.value)
    async def classify_tickets(stream: StreamT[bytes]) -> None:
        await app.run_stage(stream, handler, loop.post, loop.limits)
