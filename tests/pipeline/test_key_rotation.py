"""A rotation of the seal keys as the operator makes it, step by step, while tickets come in; then a removal."""

import uuid

import orjson
import pytest

from connectors.webhook import WebhookBody, receive
from control.flags import first_values, write_missing_flags
from control.launch import stop
from streams.clock import SYSTEM_CLOCK
from streams.events import DeadLetter, TicketReceived, TicketSanitized
from streams.reasons import FailureReason, Stage
from streams.sealing import KeyRing
from streams.topics import TopicName
from tests.support.mw import Mw
from tests.support.pipelines import running_system
from tests.support.waiting import until

pytestmark = pytest.mark.broker


class Operator:
    """Changes ``MW_SEAL_KEYS`` of a system's environment by command, and starts processes again, in order."""

    def __init__(self, system, home):
        self.system, self._home = system, home

    @property
    def keys(self):
        return self.system.env["MW_SEAL_KEYS"]

    def secrets(self, *words):
        answer = Mw(self._home, MW_SEAL_KEYS=self.keys)("secrets", *words, "--print")
        assert answer.code == 0, answer.err
        self.system.env["MW_SEAL_KEYS"] = answer.out.strip()

    def key_ids(self):
        return KeyRing.parse(self.keys.split(",")).key_ids

    def restart(self, name):
        stop([self.system.processes[name].popen], 10)
        self.system.restart(name)
        self.system.wait_ready(name)


def test_what_was_sealed_before_during_and_after_a_rotation_opens_and_a_removed_key_opens_nothing(kafka, tmp_path):
    with running_system(kafka, tmp_path, start=False) as system:
        write_missing_flags(system.settings, first_values())
        system.start("ingress", "ingress", port=system.ingress_port)
        system.wait_ready()
        operator = Operator(system, tmp_path / "operator")
        first = operator.keys
        sent = {}

        def post(moment):
            body = {"ticket_id": f"rotation-{moment}", "message": f"word{moment}: where is my order?"}
            sent[moment] = uuid.UUID(system.post(body).json()["event_id"])

        post("before")  # sanitize starts below
        operator.secrets("rotate", "seal")
        old, new = operator.key_ids()
        system.start("sanitize", "worker", "sanitize")
        system.wait_ready()
        post("during")
        operator.secrets("promote", "seal", new)
        operator.restart("ingress")
        post("promoted")  # sealed with the new key; sanitize still runs with the value of the first step
        sealed = {r.event_id: r.sealed.key_id for r in system.decoded(TopicName.INBOUND, TicketReceived)}
        assert {moment: sealed[event] for moment, event in sent.items()} == {
            "before": old, "during": old, "promoted": new,
        }  # fmt: skip
        until(lambda: texts(system).keys() >= set(sent.values()), within_s=30, what="all three sanitized")
        assert all(f"word{moment}" in texts(system)[event] for moment, event in sent.items())
        assert system.count(TopicName.DEAD) == 0

        operator.secrets("remove", "seal", old, "--yes")
        assert operator.key_ids() == (new,)
        operator.restart("sanitize")
        post("after")
        late = sealed_with(first, "rotation-late")
        system.produce(TopicName.INBOUND, late.key, late.encode())
        until(lambda: {late.event_id, sent["after"]} <= texts(system).keys(), within_s=30, what="the last two")
        assert "wordafter" in texts(system)[sent["after"]]
        (letter,) = system.decoded(TopicName.DEAD, DeadLetter)
        assert (letter.event_id, letter.reason) == (late.event_id, FailureReason.SEAL_UNOPENABLE)
        (carried,) = [r for r in system.decoded(TopicName.SANITIZED, TicketSanitized) if r.failure is not None]
        # What policy and act make of it, manual triage, is in test_end_to_end.
        assert (carried.event_id, carried.text) == (late.event_id, "")
        assert (carried.failure.stage, carried.failure.reason) == (Stage.SANITIZE, FailureReason.SEAL_UNOPENABLE)


def sealed_with(keys, conversation):
    """The record of a webhook that was sealed with the first of ``keys``."""
    raw = orjson.dumps({"ticket_id": conversation, "trigger": "customer_message", "message": "a secret word"})
    return receive(WebhookBody.parse(raw), None, KeyRing.parse(keys.split(",")), SYSTEM_CLOCK.now())


def texts(system):
    """What stands on ``tickets.sanitized``, by event."""
    return {r.event_id: r.text for r in system.decoded(TopicName.SANITIZED, TicketSanitized)}
