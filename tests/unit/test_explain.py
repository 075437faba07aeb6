"""A ticket's story, told from its records."""

from __future__ import annotations

from datetime import timedelta

from control.cli.explain import lines
from control.explain import Found, Story, tell
from control.plain_words import DECISIONS, FAILURES
from streams.events import DeadLetter, TicketEvent
from streams.reasons import DecisionReason, FailureReason
from streams.topics import TopicName
from tests.support.tickets import CANARY, RECEIVED_AT, dead_letter, failed, received, way_through


def found(topic: TopicName, record: TicketEvent | DeadLetter, after_s: float = 0.1) -> Found:
    return Found(topic, record, RECEIVED_AT + timedelta(seconds=after_s))


def whole_story() -> Story:
    records = way_through(received("48213"))
    (story,) = tell(iter([found(topic, record, n / 10) for n, (topic, record) in enumerate(records.items())]))
    return story


def test_each_stage_is_told_in_order() -> None:
    assert [step.name for step in whole_story().steps] == ["received", "sanitized", "classified", "decided", "outcome"]


def test_the_facts_of_each_stage() -> None:
    facts = {step.name: step.facts for step in whole_story().steps}
    assert facts["received"] == {"came_with": "sealed body", "message_id": "m0"}
    assert facts["sanitized"] == {"words": 38, "replaced": {"EMAIL": 2, "PHONE": 1}, "seen": ["has_order_number"]}
    assert facts["classified"]["intents"] == {"order_status_tracking": 0.91}
    assert facts["classified"]["signals"] == ["privacy_request (delete-my-data)"]
    assert facts["decided"]["gates"] == {"tier0": "tier0_signal"}
    assert (facts["decided"]["team"], facts["decided"]["priority"]) == ("Leadership Team", "P4")
    assert (facts["outcome"]["result"], facts["outcome"]["seconds"]) == ("routed", 0.35)


def test_what_became_of_it_is_said_first_and_in_words() -> None:
    assert lines(whole_story())[1:6] == [
        "received 2026-01-05 12:00:00Z, email",
        "  routed    to Leadership Team, after 0.3 s",
        "  as        order_status_tracking, confidence 0.91",
        "  why       it speaks of a chargeback, legal steps, harassment, fraud or a privacy request",
        "  no reply  it speaks of a chargeback, legal steps, harassment, fraud or a privacy request",
    ]


def test_a_ticket_without_an_outcome_and_a_dead_one_say_so_first() -> None:
    records = way_through(received("1"))
    (waiting,) = tell(iter([found(topic, records[topic]) for topic in (TopicName.INBOUND, TopicName.DECIDED)]))
    assert lines(waiting)[2] == "  not done  the last that is known of it: decided"
    (dead,) = tell(iter([found(TopicName.DEAD, dead_letter(received("1")))]))
    assert lines(dead)[3] == "  failed    in sanitize: its sealed text cannot be opened"


def test_every_reason_has_words() -> None:
    assert set(DECISIONS) == set(DecisionReason)
    assert set(FAILURES) == set(FailureReason)


def test_a_record_written_before_the_webhook_was_stamped_counts_as_at_once() -> None:
    (story,) = tell(iter([found(TopicName.INBOUND, received("1"), after_s=-0.001)]))
    assert "  received    +0.000 s" in lines(story)


def test_no_word_of_the_customer_is_told() -> None:
    story = whole_story()
    told = "\n".join(lines(story))
    assert "replaced: EMAIL 2, PHONE 1" in told  # it is the right story
    assert CANARY not in told + repr(story)
    assert "Y2FuYXJ5" not in told + repr(story)  # nor what is sealed


def test_copies_of_a_record_are_told_once_with_their_number() -> None:
    outcome = way_through(received("1"))[TopicName.OUTCOMES]
    (story,) = tell(iter([found(TopicName.OUTCOMES, outcome), found(TopicName.OUTCOMES, outcome, 5)]))
    (step,) = story.steps
    assert (step.copies, step.at) == (2, RECEIVED_AT + timedelta(seconds=0.1))
    assert "outcome     +0.100 s, written 2 times" in "\n".join(lines(story))


def test_a_dead_letter_and_the_ticket_s_own_record_of_one_stage_are_both_told() -> None:
    first = received("1")
    records = [found(TopicName.SANITIZED, failed(first)), found(TopicName.DEAD, dead_letter(first))]
    (story,) = tell(iter(records))
    assert [step.name for step in story.steps] == ["sanitized", "dead letter"]
    assert story.steps[0].facts["failed"] == "sanitize: seal_unopenable after 1 attempts"
    assert story.steps[1].facts["source"] == "tickets.inbound/4@17"


def test_a_dead_letter_alone_has_a_story() -> None:
    (story,) = tell(iter([found(TopicName.DEAD, dead_letter(received("1")))]))
    assert (story.received_at, story.channel) == (None, None)
    assert any("time unknown" in line for line in lines(story))


def test_events_are_told_oldest_first() -> None:
    newer, older = received("1", 2), received("1", 1)
    stories = tell(iter([found(TopicName.INBOUND, newer), found(TopicName.INBOUND, older)]))
    assert [story.event_id for story in stories] == [str(older.event_id), str(newer.event_id)]
