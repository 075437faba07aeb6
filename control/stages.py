"""How each stage is wired to the outside. Each port can be replaced by keyword; tests use it too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents import act, classify, policy, sanitize
from agents.handler import LoopWiring
from agents.order_facts import Facts
from agents.playbook import Playbook
from agents.ports import Helpdesk, LanguageModel, LocalModel, Orders, Verifier
from connectors.spending import Assignment, Budget, Spending
from control.base import Base
from control.models import BUDGET_PARTS, language_classifier, language_verifier, load_local_model, openai_calls
from control.playbooks import load_playbook
from control.redaction import sanitize_settings
from control.vendors import helpdesk, key_ring, shop_orders
from streams.app import StageApp
from streams.control import BUDGET_DAY, BUDGET_HOUR
from streams.reasons import Stage
from streams.spend import KafkaSpendLog
from streams.topics import STAGE_TOPICS, TopicName
from streams.work import LoopLimits

if TYPE_CHECKING:
    from connectors.openai_calls import OpenAiCalls  # the SDK takes 0.7 s and 40 MB: only where it is used


@dataclass(frozen=True)
class Ports:
    """What may be put in the place of the real thing."""

    helpdesk: Helpdesk | None = None
    model: LocalModel | None = None
    playbook: Playbook | None = None
    orders: Orders | None = None
    language: LanguageModel | None = None
    verifier: Verifier | None = None


def _wiring(on: Base) -> LoopWiring:
    limits = LoopLimits(
        deadline_s=on.settings.handler_deadline_s,
        max_in_flight=on.settings.max_in_flight,
        max_unacked=on.settings.max_unacked,
    )
    return LoopWiring(on.names, on.publisher.post, limits)


def _never() -> bool:
    return False


def _sanitize(on: Base, app: StageApp, ports: Ports) -> None:
    ring = key_ring(on.settings)
    client = ports.helpdesk or helpdesk(on.settings, may_write=_never)
    work = sanitize.Sanitize(client, ring, sanitize_settings(on.settings))
    sanitize.attach(app, work, _wiring(on), on.fresh)


def _classify(on: Base, app: StageApp, ports: Ports) -> None:
    model, playbook = ports.model or load_local_model(on.settings), ports.playbook or load_playbook()
    language = ports.language
    if language is None and (calls := _language_calls(on, app, Stage.CLASSIFY)) is not None:
        language = language_classifier(on.settings, playbook, calls)
    classify.attach(app, classify.Classifier(model, playbook, language), _wiring(on), on.fresh)


def _language_calls(on: Base, app: StageApp, stage: Stage) -> OpenAiCalls | None:
    """The way to the language model, within this worker's share of the budget; None where none is configured."""
    if on.settings.classifier != "openai":
        return None
    accounts = KafkaSpendLog(
        on.kafka,
        on.publisher,
        topic=on.names.topic(TopicName.SPEND),
        source=on.names.topic(STAGE_TOPICS[stage][0]),
        stage=stage.value,
    )

    def budget() -> Budget:
        return Budget(on.follower.value(BUDGET_DAY), on.follower.value(BUDGET_HOUR))

    return openai_calls(
        on.settings,
        Spending(
            accounts, lambda: Assignment(app.consumer_generation_id, app.assigned()), budget, part=BUDGET_PARTS[stage]
        ),
    )


def _policy(on: Base, app: StageApp, ports: Ports) -> None:
    playbook, settings = ports.playbook or load_playbook(), on.settings
    facts = None
    if playbook.automation.replies_released:  # without replies no fact is ever needed
        client, orders = ports.helpdesk or helpdesk(settings, may_write=_never), ports.orders or shop_orders(settings)
        verifier = ports.verifier
        if verifier is None and (calls := _language_calls(on, app, Stage.POLICY)) is not None:
            verifier = language_verifier(playbook, calls)  # without one there is none: the local may not confirm itself
        facts = Facts(client, sanitize_settings(settings).redaction, orders, verifier)
    work = policy.Policy(playbook, on.follower.view, facts)
    policy.attach(app, work, playbook, _wiring(on), on.fresh)


def _act(on: Base, app: StageApp, ports: Ports) -> None:
    playbook = ports.playbook or load_playbook()
    held = app.membership.held
    client = ports.helpdesk or helpdesk(
        on.settings, may_write=lambda: on.outbound() and held(), may_send=lambda: on.replies() and held()
    )
    work = act.Act(client, on.follower.view, playbook, on.effects, held)
    act.attach(app, work, _wiring(on))


STAGES: Mapping[Stage, Callable[[Base, StageApp, Ports], None]] = {
    Stage.SANITIZE: _sanitize,
    Stage.CLASSIFY: _classify,
    Stage.POLICY: _policy,
    Stage.ACT: _act,
}
