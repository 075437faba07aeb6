"""Classify's pure function, and ``mw classify``."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from agents.classify import Classifier
from agents.ports import LocalModel
from connectors.local_model import train
from connectors.model_cache import fingerprint, save
from control.classify_lines import classify_line
from control.cli.main import app
from control.playbooks import load_examples
from streams.clock import ManualClock
from streams.decision import IntentScore, LanguageAnswer, ModelUsage, Opinion
from streams.events import Failure, Features, TicketClassified, TicketSanitized, derived_id
from streams.reasons import Channel, FailureReason, ModelResult, OpinionSource, Stage
from tests.unit.models import FEW_EXAMPLES, RememberingModel
from tests.unit.policy_inputs import PLAYBOOK

EVENT = uuid.UUID(int=7)


def ticket(**fields: object) -> TicketSanitized:
    given = {"text": "The cup is broken, my lawyer will write", "features": Features(word_count=8), **fields}
    return TicketSanitized(
        id=derived_id(EVENT, Stage.SANITIZE),
        event_id=EVENT,
        trace_id="0" * 32,
        conversation_id="c1",
        channel=Channel.EMAIL,
        received_at=ManualClock().now(),
        **given,
    )


def classify_event(given: TicketSanitized, model: LocalModel) -> TicketClassified:
    (classified,) = Classifier(model, PLAYBOOK).now([given])
    assert classified is not None
    return classified


def test_intents_signals_features_and_model_are_recorded() -> None:
    classified = classify_event(ticket(), RememberingModel())
    assert [score.intent for score in classified.intents] == ["refund_request", "damaged_item"]
    assert [found.rule for found in classified.tier0] == ["legal_threat.lawyer"]
    assert classified.features == Features(word_count=8)
    assert classified.model == "remembering"


def test_the_record_is_derived_from_the_ticket() -> None:
    classified = classify_event(ticket(), RememberingModel())
    assert classified.id == derived_id(EVENT, Stage.CLASSIFY)
    assert (classified.event_id, classified.trace_id, classified.channel) == (EVENT, "0" * 32, Channel.EMAIL)
    assert b"broken" not in classified.encode()


@pytest.mark.parametrize(
    "fields",
    [
        {"text": ""},
        {"text": " \n"},
        {"failure": Failure(stage=Stage.SANITIZE, reason=FailureReason.NO_TEXT, error_class="NoText", attempts=1)},
    ],
    ids=["no text", "blanks", "failed before"],
)
def test_without_text_or_after_a_failure_nothing_is_guessed(fields: dict[str, object]) -> None:
    model = RememberingModel()
    given = ticket(**fields)
    classified = classify_event(given, model)
    assert (classified.intents, classified.tier0, model.asked) == ((), (), [])
    assert classified.failure == given.failure
    assert classified.features == given.features


def test_a_line_is_answered_with_signal_names_once() -> None:
    line = orjson.dumps({"id": "a", "text": "my lawyer will sue you in court", "channel": "email"})
    answer = classify_line(line, RememberingModel())
    assert answer == {
        "id": "a",
        "intents": [
            {"intent": "refund_request", "confidence": 0.9},
            {"intent": "damaged_item", "confidence": 0.4},
        ],
        "tier0": ["legal_threat"],
        "model": "remembering",
    }


def test_an_empty_text_has_no_intents() -> None:
    assert classify_line(b'{"id": 1, "text": ""}', RememberingModel())["intents"] == []


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"id": 1}', b'{"text": 5}', b'{"text": null}'])
def test_a_malformed_line_is_refused_without_its_values(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(is no JSON|text: )"):
        classify_line(line, RememberingModel())


def test_the_command_classifies_the_rest_and_names_malformed_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MW_CACHE", str(tmp_path))
    # The command reads its model from the cache; a small one under the shipped examples' key spares the training.
    save(train(FEW_EXAMPLES), tmp_path / "models" / f"intents-{fingerprint(load_examples())[:16]}.model")
    lines = '{"id": 1, "text": "the cup arrived broken"}\n\nnot json\n{"id": 2, "text": "I will sue you"}\n'
    result = CliRunner().invoke(app, ["classify"], input=lines)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[0]["intents"][0]["intent"] == "damaged_item"
    assert answers[0]["model"].startswith("local-")
    assert answers[1]["tier0"] == ["legal_threat"]
    assert "line 3: is no JSON" in result.stderr
    assert result.exit_code == 1


class Language:
    """A ``LanguageModel`` that gives what it is told to, and remembers what it was asked."""

    def __init__(self, answer: LanguageAnswer, *, refuses: ModelResult | None = None, recalls: bool = False) -> None:
        self.answer, self.refuses, self.recalls = answer, refuses, recalls
        self.asked: list[str] = []

    def recall(self, text: str) -> LanguageAnswer | None:
        return self.answer if self.recalls else None

    def refusal(self) -> ModelResult | None:
        return self.refuses

    async def ask(self, text: str) -> LanguageAnswer:
        self.asked.append(text)
        return self.answer


OPINION = Opinion(
    source=OpinionSource.LANGUAGE, model="m-1", intents=(IntentScore(intent="damaged_item", confidence=0.9),)
)
ANSWERED = LanguageAnswer(result=ModelResult.ANSWERED, opinion=OPINION, usage=ModelUsage(calls=1, usd=0.01))


async def test_a_ticket_waits_for_the_language_model_and_all_opinions_are_recorded() -> None:
    language = Language(ANSWERED)
    work = Classifier(RememberingModel(), PLAYBOOK, language)
    assert work.now([ticket()]) == [None]
    classified = await work.work(ticket())
    assert language.asked == ["The cup is broken, my lawyer will write"]
    assert [opinion.source for opinion in classified.opinions] == list(OpinionSource)
    assert classified.intents[0].intent == "damaged_item"
    assert (classified.model, classified.model_result) == ("remembering+m-1", ModelResult.ANSWERED)
    assert classified.usage == ANSWERED.usage
    assert TicketClassified.decode(classified.encode()) == classified


@pytest.mark.parametrize("refuses", [ModelResult.LEFT_ALONE, ModelResult.OVER_BUDGET])
def test_where_it_may_not_be_asked_nobody_waits(refuses: ModelResult) -> None:
    language = Language(ANSWERED, refuses=refuses)
    (classified,) = Classifier(RememberingModel(), PLAYBOOK, language).now([ticket()])
    assert classified is not None
    assert (classified.model_result, classified.usage, language.asked) == (refuses, None, [])
    assert classified.intents == RememberingModel().predict([""])[0]


def test_what_it_answered_before_is_not_waited_for() -> None:
    remembered = LanguageAnswer(result=ModelResult.REMEMBERED, opinion=OPINION)
    (classified,) = Classifier(RememberingModel(), PLAYBOOK, Language(remembered, recalls=True)).now([ticket()])
    assert classified is not None
    assert classified.intents[0].intent == "damaged_item"


async def test_a_failure_of_it_leaves_rules_and_local_model() -> None:
    failed = LanguageAnswer(result=ModelResult.FAILED, usage=ModelUsage(calls=2, usd=0.02))
    classified = await Classifier(RememberingModel(), PLAYBOOK, Language(failed)).work(ticket())
    assert (classified.model_result, classified.usage) == (ModelResult.FAILED, failed.usage)
    assert [found.rule for found in classified.tier0] == ["legal_threat.lawyer"]
    assert [opinion.source for opinion in classified.opinions] == [OpinionSource.RULES, OpinionSource.LOCAL]


def test_without_words_it_is_never_asked() -> None:
    (classified,) = Classifier(RememberingModel(), PLAYBOOK, Language(ANSWERED)).now([ticket(text=" ")])
    assert classified is not None
    assert classified.model_result is ModelResult.NOT_ASKED
