"""The project's pure functions as plain functions from bytes to bytes, for an engine that is not ours.

What the product does around them is left out: no gate, flags fixed at the start, no retries, no dead letters, no
metrics, no acknowledgement of control epochs.
"""

from __future__ import annotations

from collections.abc import Callable

from agents.act import outcome_of
from agents.classify import Classifier
from agents.policy import decide_event, tags_to_apply
from agents.sanitize import sanitize_event
from bench.desk import MemoryDesk
from control.models import load_local_model
from control.playbooks import load_playbook
from control.redaction import sanitize_settings
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK
from streams.decision import ControlView
from streams.events import TicketClassified, TicketDecided, TicketReceived, TicketSanitized
from streams.reasons import Stage
from streams.sealing import KeyRing, open_body

Pure = Callable[[bytes], bytes]


def pure(stage: Stage, settings: Settings, control: ControlView) -> Pure:
    """What ``stage`` makes of one record, under flags that never change."""
    return {Stage.SANITIZE: _sanitize, Stage.CLASSIFY: _classify, Stage.POLICY: _policy, Stage.ACT: _act}[stage](
        settings, control
    )


def _sanitize(settings: Settings, _: ControlView) -> Pure:
    ring = KeyRing.parse(settings.secret_list("seal_keys"))
    sanitizing = sanitize_settings(settings)

    def sanitize(raw: bytes) -> bytes:
        ticket = TicketReceived.decode(raw)
        assert ticket.sealed is not None
        body = open_body(ring, ticket.sealed, ticket.event_id)
        return sanitize_event(ticket, body.message or "", sanitizing).encode()

    return sanitize


def _classify(settings: Settings, _: ControlView) -> Pure:
    work = Classifier(load_local_model(settings), load_playbook())

    def classify(raw: bytes) -> bytes:
        (classified,) = work.now([TicketSanitized.decode(raw)])
        assert classified is not None  # only a language model is waited for
        return classified.encode()

    return classify


def _policy(_: Settings, control: ControlView) -> Pure:
    playbook = load_playbook()

    def decide(raw: bytes) -> bytes:
        return decide_event(TicketClassified.decode(raw), control, playbook).encode()

    return decide


def _act(_: Settings, control: ControlView) -> Pure:
    playbook, desk = load_playbook(), MemoryDesk()

    def act(raw: bytes) -> bytes:
        decided = TicketDecided.decode(raw)
        effect, calls = tags_to_apply(decided, control, playbook), 0
        if effect.tags:
            conversation, calls = desk.read(decided.conversation_id), 1
            effect = tags_to_apply(decided, control, playbook)  # as the product does: flags may have changed
            if missing := [tag for tag in effect.tags if tag not in conversation.tags]:
                desk.tag(decided.conversation_id, missing)
                calls = 2
        return outcome_of(decided, effect, calls, SYSTEM_CLOCK.now()).encode()

    return act
