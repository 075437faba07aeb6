"""The language model behind two ports: it classifies (``agents.ports.LanguageModel``) and verifies (``Verifier``).

It sees sanitised text only, answers in closed forms, and writes no word that a customer reads. The two questions are
independent: each has a prompt of its own, and the verifier is never told what was classified.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from connectors.answer_cache import AnswerCache
from connectors.openai_answers import VENDOR
from connectors.openai_calls import OpenAiCalls, Prompt
from connectors.prices import tokens
from streams import metrics
from streams.decision import IntentScore, LanguageAnswer, ModelUsage, Opinion, Tier0Signal, Verdict
from streams.errors import AnswerUnusable, CallNotAllowed, VendorError, VendorRefused
from streams.reasons import ModelResult, OpinionSource

_MOST_INTENTS = 4
_RULE = "language_model"

_Confidence = Annotated[float, Field(ge=0.0, le=1.0)]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Named(_Form):
    intent: str
    confidence: _Confidence


class _Classified(_Form):
    intents: Annotated[tuple[_Named, ...], Field(max_length=8)]
    signals: Annotated[tuple[str, ...], Field(max_length=8)]


class _Confirmed(_Form):
    asks_this: bool
    asks_something_else_too: bool
    confidence: _Confidence


@dataclass(frozen=True)
class Vocabulary:
    """What may be answered: the playbook's intents and signals, and its prompts with these written into them.

    ``replies``: the wording of each template that a verifier may be asked about.
    """

    intents: tuple[str, ...]
    signals: tuple[str, ...]
    classify_prompt: str
    verify_prompt: str
    replies: Mapping[str, str]


class OpenAiClassifier:
    """The port's classifier. ``name`` is the model's."""

    def __init__(self, calls: OpenAiCalls, words: Vocabulary, cache: AnswerCache, *, name: str) -> None:
        self._calls, self._words, self._cache, self.name = calls, words, cache, name
        self._prompt = _prompt("classify", words.classify_prompt, _classify_schema(words))

    def recall(self, text: str) -> LanguageAnswer | None:
        """What was answered to the same text under the same prompt and model, for nothing."""
        kept = self._cache.get(self._key(text))
        if kept is None:
            return None
        try:
            opinion = Opinion.model_validate_json(kept)
        except ValidationError:
            return None
        return LanguageAnswer(result=ModelResult.REMEMBERED, opinion=opinion)

    def refusal(self) -> ModelResult | None:
        """Why no call may be made now; None where one may."""
        return self._calls.refusal()

    async def ask(self, text: str) -> LanguageAnswer:
        """What the model makes of sanitised ``text``. A failure is an answer too, and costs what it cost."""
        spent: list[ModelUsage] = []
        try:
            form = await self._calls.ask(self._prompt, _said(message=text), _Classified, spent.append)
            opinion = self._opinion(form)
        except CallNotAllowed as exc:
            return LanguageAnswer(result=exc.result, usage=_sum(spent))
        except VendorError:
            return LanguageAnswer(result=ModelResult.FAILED, usage=_sum(spent))
        self._cache.put(self._key(text), opinion.model_dump_json())
        usage = _sum(spent)
        metrics.TICKET_TOKENS.observe(sum(tokens(usage).values()))
        return LanguageAnswer(result=ModelResult.ANSWERED, opinion=opinion, usage=usage)

    def _key(self, text: str) -> str:
        return AnswerCache.key(self.name, self._prompt.cache_key, text)

    def _opinion(self, form: _Classified) -> Opinion:
        """Raises AnswerUnusable for a name that was not offered: the vendor is asked to prevent it, not trusted to."""
        names, signals = {one.intent for one in form.intents}, set(form.signals)
        if not (form.intents and names <= set(self._words.intents) and signals <= set(self._words.signals)):
            raise AnswerUnusable("the answer names what was not offered", vendor=VENDOR)
        ranked = sorted(form.intents, key=lambda one: -one.confidence)[:_MOST_INTENTS]
        return Opinion(
            source=OpinionSource.LANGUAGE,
            model=self.name,
            intents=tuple(IntentScore(intent=one.intent, confidence=one.confidence) for one in ranked),
            tier0=tuple(Tier0Signal(signal=name, rule=_RULE) for name in dict.fromkeys(form.signals)),
        )


class OpenAiVerifier:
    """The port's verifier: a second call, which knows nothing of the first."""

    def __init__(self, calls: OpenAiCalls, words: Vocabulary) -> None:
        self._calls, self._words = calls, words
        self._prompt = _prompt("verify", words.verify_prompt, _schema(_Confirmed))

    async def confirms(self, text: str, template: str) -> Verdict:
        """Whether sanitised ``text`` asks what ``template`` answers, and nothing beside. Raises a VendorError."""
        reply = self._words.replies.get(template)
        if reply is None:
            raise VendorRefused(f"{template} is no template that can be verified", vendor=VENDOR)
        form = await self._calls.ask(self._prompt, _said(message=text, reply=reply), _Confirmed, _ignore)
        return Verdict(confirms=form.asks_this and not form.asks_something_else_too, confidence=form.confidence)


def _said(**fields: str) -> str:
    """The ticket's words as data: JSON, so that nothing in them can look like a part of the prompt."""
    return orjson.dumps(fields).decode()


def _prompt(purpose: str, instructions: str, schema: Mapping[str, Any]) -> Prompt:
    content = orjson.dumps([instructions, schema], option=orjson.OPT_SORT_KEYS)
    return Prompt(purpose, instructions, schema, hashlib.sha256(content).hexdigest()[:32])


def _classify_schema(words: Vocabulary) -> dict[str, Any]:
    schema = _schema(_Classified)
    schema["$defs"]["_Named"]["properties"]["intent"] = {"type": "string", "enum": list(words.intents)}
    schema["properties"]["signals"]["items"] = {"type": "string", "enum": list(words.signals)}
    return schema


def _schema(form: type[BaseModel]) -> dict[str, Any]:
    """The form as a JSON schema of the kind that structured outputs take: titles and descriptions say nothing new."""
    schema: dict[str, Any] = _without(form.model_json_schema(), ("title", "description"))
    return schema


def _without(node: Any, names: Sequence[str]) -> Any:
    if isinstance(node, dict):
        return {key: _without(value, names) for key, value in node.items() if key not in names}
    return [_without(item, names) for item in node] if isinstance(node, list) else node


def _sum(spent: Sequence[ModelUsage]) -> ModelUsage:
    return sum(spent, ModelUsage())


def _ignore(_: ModelUsage) -> None:
    """The verdict's record has no place for it; the metrics have it."""
