"""Classify: what a sanitised ticket asks for, and whether people must see it at once. The models only advise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from faust.types import StreamT

from agents.combination import combine
from agents.handler import LoopWiring, StageFunctions, TicketHandler
from agents.playbook import Playbook
from agents.ports import LanguageModel, LocalModel
from agents.tier0 import find_signals
from streams import metrics
from streams.app import StageApp
from streams.decision import IntentScore, LanguageAnswer, ModelUsage, Opinion
from streams.events import Failure, Features, TicketClassified, TicketEvent, TicketSanitized
from streams.reasons import ModelResult, OpinionSource, Stage

_NOT_ASKED = LanguageAnswer(result=ModelResult.NOT_ASKED)


class Classifier:
    """The work of the stage. ``language`` None: there is only the local model, and nothing ever waits.

    A ticket that cannot be asked about (over budget, the vendor left alone) is classified at once by rules and local
    model; one that is asked about waits in its lane.
    """

    def __init__(self, local: LocalModel, playbook: Playbook, language: LanguageModel | None = None) -> None:
        self._local, self._playbook, self._language = local, playbook, language

    def now(self, tickets: Sequence[TicketSanitized]) -> list[TicketClassified | None]:
        """The classified tickets, with one call of the local model; None for one that waits for the language model.

        A ticket that carries a failure, or that has no text, goes on without intents and signals: policy makes it
        manual triage.
        """
        texts = [text_of(ticket) for ticket in tickets]
        answers = [self._at_once(text) for text in texts]
        asked = [text for text, answer in zip(texts, answers, strict=True) if text and answer is not None]
        predicted = iter(self._local.predict(asked))
        return [
            None if answer is None else self._classified(ticket, text, next(predicted) if text else (), answer)
            for ticket, text, answer in zip(tickets, texts, answers, strict=True)
        ]

    def _at_once(self, text: str) -> LanguageAnswer | None:
        """What is known of the language model without a call; None where a call is to be made."""
        if self._language is None or not text:
            return _NOT_ASKED
        if (known := self._language.recall(text)) is not None:
            return known
        refusal = self._language.refusal()
        return None if refusal is None else LanguageAnswer(result=refusal)

    async def work(self, ticket: TicketSanitized) -> TicketClassified:
        """The ticket classified with the language model's answer, or without where it gave none."""
        text = text_of(ticket)
        answer = self._at_once(text)
        if answer is None:
            assert self._language is not None
            answer = await self._language.ask(text)
        intents = self._local.predict([text])[0] if text else ()
        return self._classified(ticket, text, intents, answer)

    def _classified(
        self, ticket: TicketSanitized, text: str, intents: tuple[IntentScore, ...], answer: LanguageAnswer
    ) -> TicketClassified:
        derived = ticket.derive(Stage.CLASSIFY)
        if not text:
            return TicketClassified(**derived, features=ticket.features)
        if answer.result is not ModelResult.NOT_ASKED:
            metrics.MODEL_RESULTS.labels(answer.result).inc()
        return TicketClassified(
            **derived, features=ticket.features, **fields(text, intents, answer, self._local.name, self._playbook)
        )


def fields(
    text: str, intents: tuple[IntentScore, ...], answer: LanguageAnswer, local_name: str, playbook: Playbook
) -> dict[str, object]:
    """The fields of a classification of ``text``: merged intents and signals, and who said what."""
    rules = Opinion(source=OpinionSource.RULES, tier0=find_signals(text))
    local = Opinion(source=OpinionSource.LOCAL, model=local_name, intents=intents)
    language = answer.opinion
    merged = combine(rules, local, language, playbook)
    said: dict[str, object] = {"intents": merged.intents, "tier0": merged.tier0, "model": local_name}
    if answer.result is ModelResult.NOT_ASKED:
        return said  # the merged ones are the only ones there are
    said |= {"opinions": (rules, local, *([language] if language else ())), "model_result": answer.result}
    if language is not None:
        said["model"] = f"{local_name}+{language.model}"
    return said | ({"usage": answer.usage} if answer.usage != ModelUsage() else {})


def text_of(ticket: TicketSanitized) -> str:
    """The words to classify; none where an earlier stage failed."""
    return "" if ticket.failure is not None else ticket.text.strip()


def carry_failure(ticket: TicketEvent, failure: Failure) -> TicketClassified:
    """The record where the classify stage itself failed: no intents, and why. An earlier failure is kept."""
    features = ticket.features if isinstance(ticket, TicketSanitized) else Features()
    return TicketClassified(
        **{**ticket.derive(Stage.CLASSIFY), "failure": ticket.failure or failure}, features=features
    )


def attach(app: StageApp, work: Classifier, loop: LoopWiring, may_run: Callable[[], bool]) -> None:
    """Give ``app`` its agent."""
    functions = StageFunctions(Stage.CLASSIFY, TicketSanitized, carry_failure, may_run, work.now, work.work)
    handler = TicketHandler(functions, loop.names)

    @app.agent(app.source, name=Stage.CLASSIFY.value)
    async def classify_tickets(stream: StreamT[bytes]) -> None:
        await app.run_stage(stream, handler, loop.post, loop.limits)
