"""Where the models come from: the playbook, the cache of this machine, and the vendor that settings name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from agents.playbook import Playbook
from agents.playbook_parts import Intent
from agents.ports import LocalModel
from control.playbooks import load_examples
from control.settings import Settings
from streams.reasons import Stage

if TYPE_CHECKING:
    from connectors.language_model import OpenAiClassifier, OpenAiVerifier, Vocabulary
    from connectors.local_model import LocalIntentModel
    from connectors.openai_calls import OpenAiCalls
    from connectors.spending import Spending

BUDGET_PARTS = {Stage.CLASSIFY: 0.8, Stage.POLICY: 0.2}
"""Each stage's part of the language model's budget: few tickets come as far as the verifier."""


def load_local_model(
    settings: Settings, *, say: Callable[[str], None] | None = None, playbook: str | None = None
) -> LocalIntentModel:
    """The local model of ``playbook`` (None: the shipped one), trained into ``settings.cache``/models on first use.

    Training tells ``say`` in one line (without ``say``: stderr). Raises ConfigurationError where the examples are
    wrong or the cache cannot be written.
    """
    # scikit-learn takes a second to import; commands that need no model stay fast.
    from connectors.model_cache import load_or_train  # noqa: PLC0415

    return load_or_train(load_examples(playbook), settings.cache / "models", say=say or _say_on_stderr)


def openai_calls(settings: Settings, spending: Spending) -> OpenAiCalls:
    """The way to the language model. Raises ConfigurationError naming the setting that is missing or wrong."""
    from connectors.openai_calls import OpenAiCalls, OpenAiConfig  # noqa: PLC0415  (takes 0.7 s and 40 MB)
    from connectors.prices import Prices  # noqa: PLC0415

    settings.require("openai_api_key", "openai_model", "openai_prices")
    config = OpenAiConfig(
        api_key=settings.openai_api_key.get_secret_value(),
        model=settings.openai_model,
        prices=Prices.parse(settings.openai_prices),
        base_url=settings.openai_base_url,
        deadline_s=settings.openai_deadline_s,
        max_output_tokens=settings.openai_max_output_tokens,
        effort=settings.openai_effort,
    )
    return OpenAiCalls(config, spending)


def language_classifier(settings: Settings, playbook: Playbook, calls: OpenAiCalls) -> OpenAiClassifier:
    """The language model that classifies, with the answers that this machine remembers."""
    from connectors.answer_cache import AnswerCache  # noqa: PLC0415
    from connectors.language_model import OpenAiClassifier  # noqa: PLC0415

    cache = AnswerCache(settings.cache / "answers" / "language-model.sqlite")
    return OpenAiClassifier(calls, vocabulary(playbook), cache, name=settings.openai_model[:64])


def language_verifier(playbook: Playbook, calls: OpenAiCalls) -> OpenAiVerifier:
    """The language model that gives the second opinion."""
    from connectors.language_model import OpenAiVerifier  # noqa: PLC0415

    return OpenAiVerifier(calls, vocabulary(playbook))


def vocabulary(playbook: Playbook) -> Vocabulary:
    """What the language model may answer, and what it is told, of ``playbook``."""
    from connectors.language_model import Vocabulary  # noqa: PLC0415

    intents = playbook.taxonomy.intents
    meaning = {intent.name: intent.definition for intent in intents}
    signals = {route.signal: route.definition or meaning[route.intent or ""] for route in playbook.routing.signals}
    told = playbook.prompts.classify.replace(
        "{{intents}}", _listed((intent.name, _explained(intent)) for intent in intents)
    )
    return Vocabulary(
        intents=tuple(meaning),
        signals=tuple(signals),
        classify_prompt=told.replace("{{signals}}", _listed(signals.items())),
        verify_prompt=playbook.prompts.verify,
        replies={name: template.text for name, template in playbook.templates.templates.items()},
    )


def local_answers(model: LocalModel) -> Callable[[str, str], object]:
    """What the sandbox's language model says where it is to understand something: what ``model`` does. Asked to verify,
    it confirms, so that everything behind it can be tried."""

    def answer(purpose: str, text: str) -> object:
        if purpose == "verify":
            return {"asks_this": True, "asks_something_else_too": False, "confidence": 0.9}
        (scores,) = model.predict([text])
        return {"intents": [score.model_dump() for score in scores[:4]], "signals": []}

    return answer


def _explained(intent: Intent) -> str:
    """The definition, and what sounds like it and is another one."""
    near = "; ".join(f'"{miss.says}" is {miss.intent}' for miss in intent.near_misses)
    return f"{intent.definition} Not so: {near}."


def _listed(items: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- `{name}`: {text}" for name, text in items)


def _say_on_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
