"""Tickets through ingress, four real workers, a real Kafka and the sandbox helpdesk."""

import asyncio
import uuid
from datetime import timedelta

import pytest

from control.feed import Message, send
from control.playbook_trial import Change, trial, try_release
from streams.events import DeadLetter, TicketClassified, TicketDecided, TicketOutcome, TicketReceived, TicketSanitized
from streams.reasons import FailureReason, OutcomeResult, Stage
from streams.topics import STAGE_TOPICS, TopicName
from tests.support.pipelines import running_system
from tests.support.system import System
from tests.support.waiting import until
from tests.unit.policy_inputs import PLAYBOOK, release

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def system(kafka, tmp_path_factory):
    # Every worker has a bug, for conversations that ask for it; for all others it is the product's own.
    with running_system(kafka, tmp_path_factory.mktemp("system"), start=False) as running:
        running.start_all("tests.support.faulty_worker")
        yield running


def outcome_of(system: System, ticket_id: str, within_s: float = 30.0) -> TicketOutcome:
    """The first outcome of a conversation."""
    found: list[TicketOutcome] = []

    def there() -> bool:
        found[:] = [o for o in system.decoded(TopicName.OUTCOMES, TicketOutcome) if o.conversation_id == ticket_id]
        return bool(found)

    until(there, within_s=within_s, what=f"outcome of {ticket_id}", every_s=0.2)
    return found[0]


def test_a_ticket_is_understood_routed_and_tagged_and_keeps_its_ids_all_the_way(system):
    system.create("e2e-1", "Where is my order #48213? It was due on Monday and there is no news.")
    answer = system.post(
        {"ticket_id": "e2e-1", "message_id": "e2e-1-m1", "event_type": "customer_message", "channel": "email"}
    )
    assert answer.status_code == 202
    event_id = uuid.UUID(answer.json()["event_id"])

    outcome = outcome_of(system, "e2e-1")
    assert outcome.result == OutcomeResult.ROUTED
    assert outcome.intent == "order_status_tracking"
    assert outcome.team == "Email Support Team"
    assert outcome.vendor_calls <= 3
    tags = set(system.sandbox("GET", "tickets/e2e-1")["ticket"]["tags"])
    assert tags == set(outcome.tags)
    assert {"mw-processed", "mw-routing-applied", "mw-intent-order_status_tracking", "mw-needs-email-support"} <= tags

    chain = [
        [r for r in system.decoded(topic, model) if r.event_id == event_id]
        for topic, model in (
            (TopicName.INBOUND, TicketReceived),
            (TopicName.SANITIZED, TicketSanitized),
            (TopicName.CLASSIFIED, TicketClassified),
            (TopicName.DECIDED, TicketDecided),
            (TopicName.OUTCOMES, TicketOutcome),
        )
    ]
    assert [len(records) for records in chain] == [1] * 5
    records = [records[0] for records in chain]
    assert {record.trace_id for record in records} == {records[0].trace_id}
    assert [record.id for record in records[1:]] == [uuid.uuid5(event_id, stage.value) for stage in Stage]
    assert "[ORDER_1]" in records[1].text


def test_ids_only_is_normal_and_the_newest_customer_message_is_read(system):
    system.create("e2e-2", "hello?")
    system.sandbox(
        "POST", "tickets/e2e-2/comments", {"id": "e2e-2-m2", "body": "I want to cancel my order 51022 please"}
    )
    assert system.post({"ticket_id": "e2e-2", "trigger": "customer_message"}).status_code == 202
    outcome = outcome_of(system, "e2e-2")
    assert outcome.intent == "cancel_order"
    assert outcome.message_id == "e2e-2-m2"


def test_a_threat_goes_to_people_who_handle_it(system):
    system.create("e2e-3", "I have filed a chargeback with my bank.")
    system.post({"ticket_id": "e2e-3", "message": "I have filed a chargeback with my bank.", "channel": "email"})
    outcome = outcome_of(system, "e2e-3")
    assert (outcome.tier, outcome.team) == (0, "Chargebacks / Disputes Team")
    assert "mw-needs-chargebacks" in outcome.tags


def test_a_repeated_delivery_gives_one_outcome_id(system):
    system.create("e2e-4", "please cancel my order 51022")
    first = system.signed({"ticket_id": "e2e-4", "message_id": "e2e-4-m1"}, webhook_id="msg_repeat")
    second = system.signed({"ticket_id": "e2e-4", "message_id": "e2e-4-m1"}, webhook_id="msg_repeat")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    until(
        lambda: (
            len([o for o in system.decoded(TopicName.OUTCOMES, TicketOutcome) if o.conversation_id == "e2e-4"]) == 2
        ),
        within_s=30,
        what="both copies finished",
    )
    outcomes = [o for o in system.decoded(TopicName.OUTCOMES, TicketOutcome) if o.conversation_id == "e2e-4"]
    assert len({outcome.id for outcome in outcomes}) == 1


def test_a_conversation_the_helpdesk_does_not_know_ends_as_failed_with_its_reason(system):
    assert system.post({"ticket_id": "nobody-knows-this"}).status_code == 202
    outcome = outcome_of(system, "nobody-knows-this")
    assert outcome.result == OutcomeResult.FAILED
    letters = [d for d in system.decoded(TopicName.DEAD, DeadLetter) if d.conversation_id == "nobody-knows-this"]
    assert [(letter.stage, letter.reason) for letter in letters] == [
        (Stage.SANITIZE, FailureReason.NOT_FOUND),
        (Stage.ACT, FailureReason.NOT_FOUND),
    ]


@pytest.mark.parametrize("stage", list(Stage))
def test_a_bug_in_a_pure_function_fails_one_ticket_and_nobody_behind_it(system, stage):
    bad, behind = f"bug-broken-{stage.value}", f"behind-{stage.value}"
    for ticket in (bad, behind):
        system.create(ticket, "please cancel my order 51022")
        assert system.post({"ticket_id": ticket, "message": "please cancel my order 51022"}).status_code == 202
    outcome = outcome_of(system, bad)
    assert outcome_of(system, behind).result == OutcomeResult.ROUTED
    (letter,) = [d for d in system.decoded(TopicName.DEAD, DeadLetter) if d.conversation_id == bad]
    assert (letter.stage, letter.reason, letter.error_class) == (stage, FailureReason.UNEXPECTED, "ValueError")
    assert letter.source_topic == system.names.topic(STAGE_TOPICS[stage][0])
    if stage is Stage.ACT:
        assert outcome.result == OutcomeResult.FAILED
    else:
        assert outcome.result == OutcomeResult.ROUTED
        assert "mw-needs-manual-triage" in system.sandbox("GET", f"tickets/{bad}")["ticket"]["tags"]


@pytest.mark.parametrize("stage", list(Stage))
def test_a_poison_record_is_dead_lettered_and_its_ticket_still_reaches_a_person(system, stage):
    ticket = f"poison-{stage.value}"
    system.create(ticket, "hello")
    system.produce(STAGE_TOPICS[stage][0], ticket.encode(), b'{"version": 1, "text": "canary-in-poison')
    outcome = outcome_of(system, ticket)
    (letter,) = [d for d in system.decoded(TopicName.DEAD, DeadLetter) if d.conversation_id == ticket]
    assert (letter.stage, letter.reason) == (stage, FailureReason.UNDECODABLE)
    assert (letter.sealed is not None) == (stage is Stage.SANITIZE)
    assert outcome.result == (OutcomeResult.FAILED if stage is Stage.ACT else OutcomeResult.ROUTED)


def test_a_key_that_names_no_conversation_is_dead_lettered_without_repeating_it(system):
    system.produce(TopicName.INBOUND, b"jane.doe@example.com", b"{}")
    until(
        lambda: [d for d in system.decoded(TopicName.DEAD, DeadLetter) if d.reason == FailureReason.BAD_KEY],
        within_s=30,
        what="a dead letter for the key",
    )
    assert all(b"jane" not in (m.value() + (m.key() or b"")) for m in system.records(TopicName.DEAD))


def test_an_output_the_broker_refuses_for_its_size_is_the_tickets_failure(system):
    system.limit_message_bytes(TopicName.SANITIZED, 3_000)
    long = "The blender arrived and the lid does not close. " * 80
    system.create("large-1", long)
    system.create("large-2", "please cancel my order 51022")
    system.post({"ticket_id": "large-1", "message": long})
    # One after the other: on a topic with so small a limit the broker refuses what is in the same batch as well.
    assert "mw-needs-manual-triage" in outcome_of(system, "large-1").tags
    system.post({"ticket_id": "large-2", "message": "please cancel my order 51022"})
    assert outcome_of(system, "large-2").intent == "cancel_order"
    (letter,) = [d for d in system.decoded(TopicName.DEAD, DeadLetter) if d.conversation_id == "large-1"]
    assert letter.reason == FailureReason.OUTPUT_TOO_LARGE


def test_a_release_is_tried_on_what_was_recorded(system):
    system.create("e2e-try", "I want my money back for the broken lamp in order 51022")
    assert system.post({"ticket_id": "e2e-try", "trigger": "customer_message"}).status_code == 202
    recorded = outcome_of(system, "e2e-try")
    mine = [t for t in system.decoded(TopicName.DECIDED, TicketDecided) if t.conversation_id == "e2e-try"]
    elsewhere = PLAYBOOK.routing.model_copy(
        update={"intents": {**PLAYBOOK.routing.intents, recorded.intent: "Sales Team"}}
    )
    result = try_release(system.settings, release(routing=elsewhere), timedelta(hours=1))
    assert result.tickets >= len(mine) == 1
    group = result.groups[(recorded.intent, Change.OTHER_TEAM)]
    assert group.count >= 1
    assert trial(mine, PLAYBOOK).groups == {}


def test_messages_of_one_conversation_keep_their_order(system):
    messages = [
        Message(
            n, f"order-{n % 10}", f"order-{n % 10}-m{n}", f"message number {n}, please cancel my order 51022", "email"
        )
        for n in range(100)
    ]

    async def feed() -> dict[str, str]:
        return {sent.event_id: sent.message.ticket_id async for sent in send(messages, system.target)}

    accepted = asyncio.run(feed())
    assert len(accepted) == 100
    until(
        lambda: {str(o.event_id) for o in system.decoded(TopicName.OUTCOMES, TicketOutcome)} >= set(accepted),
        within_s=60,
        what="100 outcomes",
        every_s=0.5,
    )
    inbound = [
        str(r.event_id) for r in system.decoded(TopicName.INBOUND, TicketReceived) if str(r.event_id) in accepted
    ]
    outcomes = [
        str(o.event_id) for o in system.decoded(TopicName.OUTCOMES, TicketOutcome) if str(o.event_id) in accepted
    ]
    for ticket in set(accepted.values()):
        assert [e for e in inbound if accepted[e] == ticket] == [e for e in outcomes if accepted[e] == ticket]


def test_no_value_of_an_exception_or_a_poison_record_is_in_any_log(system):
    for process in system.processes.values():
        text = process.log.read_text()
        assert "canary-in-exception" not in text
        assert "canary-in-poison" not in text
