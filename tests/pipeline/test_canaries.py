"""Personal data ends at sanitize: tickets full of values, which are looked for in all that was written afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from connectors.sandbox.faults import FaultKind, FaultMatch, FaultRule
from streams.events import DeadLetter, TicketSanitized
from streams.reasons import Stage
from streams.sealing import KeyRing, SealedBody, generate_key, seal_body
from streams.topics import TopicName
from tests.support.canaries import FREE, CanaryTicket, Finder, canary_ticket, conversation, leaked, webhook
from tests.support.evidence import Evidence
from tests.support.history import wait_for_all
from tests.support.pipelines import running_system
from tests.support.system import System
from tests.support.tickets import received
from tests.support.waiting import until

pytestmark = pytest.mark.broker
MOST_FREE = 0.02
"""Share of tickets in whose sanitized text a name or an address that only its words tell may be left."""
FAULTS = (FaultKind.INTERNAL, FaultKind.DROP_AFTER, FaultKind.MALFORMED, FaultKind.RATE_LIMITED)


def flow(system: System, tickets: list[CanaryTicket]) -> set[str]:
    """Send all ``tickets``, half with their text and half with ids only, while the helpdesk fails now and then and a
    worker of each stage dies in the middle; the ids of the events that were accepted."""
    for at in range(0, len(tickets), 100):
        system.sandbox("POST", "tickets", {"tickets": [conversation(ticket) for ticket in tickets[at : at + 100]]})
    for number, kind in enumerate(FAULTS):
        match = FaultMatch(path_regex="^/v1/tickets/")
        system.fault(FaultRule(match=match, kind=kind, times=None, probability=0.01, seed=number))
    accepted: set[str] = set()

    def send(ticket: CanaryTicket) -> str:
        body = webhook(ticket) if ticket.number % 2 else {"ticket_id": ticket.conversation_id}
        answer = system.post({**body, "message_id": f"{ticket.conversation_id}-m1"})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["event_id"])

    with ThreadPoolExecutor(4) as pool:
        middle = len(tickets) // 2
        accepted |= set(pool.map(send, tickets[:middle]))
        for stage in Stage:
            system.kill(stage.value)
            system.restart(stage.value)
        accepted |= set(pool.map(send, tickets[middle:]))
    return accepted


def poisons(system: System, ticket: CanaryTicket) -> list[bytes]:
    """Records that sanitize cannot open and later stages cannot read, full of values; the latter, which stay there."""
    foreign = KeyRing.parse([generate_key("foreign")])
    event = received(ticket.conversation_id)
    sealed = seal_body(foreign, SealedBody(message=ticket.body), event.event_id)
    system.produce(TopicName.INBOUND, event.key, event.model_copy(update={"sealed": sealed, "trigger": ""}).encode())
    poison = f'{{"text": "{ticket.values["CARD"]} {ticket.values["EMAIL"]}'.encode()
    for topic in (TopicName.INBOUND, TopicName.SANITIZED, TopicName.CLASSIFIED, TopicName.DECIDED):
        system.produce(topic, event.key, poison)
    return [poison]


def written(system: System, without: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Everything that the product wrote, by place; ``without``: what the test itself did."""
    for topic in TopicName:
        messages = [m for m in system.records(topic) if m.value() not in without]
        yield topic.value, b"\n".join((m.key() or b"") + b" " + (m.value() or b"") for m in messages)
    for process in system.processes.values():
        yield f"log of {process.name}", process.log.read_bytes()
        if process.name != "sandbox":
            page = httpx.get(f"{process.url}/metrics", timeout=10, trust_env=False)
            yield f"metrics of {process.name}", page.content


def test_no_value_is_in_anything_written_after_ingress(kafka: str, tmp_path: Path, evidence: Evidence) -> None:
    tickets = [canary_ticket(number) for number in range(evidence.size(small=120, full=5_000))]
    with running_system(kafka, tmp_path) as system:
        accepted = flow(system, tickets)
        own = poisons(system, tickets[0])
        wait_for_all(system, accepted, within_s=60 + len(tickets) / 10)
        until(lambda: system.count(TopicName.DEAD) >= 5, within_s=60, what="dead letters", every_s=0.5)

        finder = Finder(tickets)
        sizes = {}
        for place, content in written(system, own):
            found = Counter(finder.kinds(content))
            assert not found, f"{place} holds {dict(found)}"
            sizes[place.partition(" of ")[0]] = sizes.get(place.partition(" of ")[0], 0) + len(content)

        texts = {record.conversation_id: record.text for record in system.decoded(TopicName.SANITIZED, TicketSanitized)}
        left = Counter(kind for ticket in tickets for kind in leaked(ticket, texts[ticket.conversation_id]))
        letters = Counter(letter.reason.value for letter in system.decoded(TopicName.DEAD, DeadLetter))
    evidence.record(
        "canaries",
        tickets=len(tickets),
        values=finder.known,
        found_anywhere=0,
        bytes_searched=sizes,
        tickets_with_a_free_value_left={kind: left[kind] for kind in FREE},
        dead_letters=dict(letters),
    )
    assert set(left) <= set(FREE), dict(left)
    assert all(left[kind] <= MOST_FREE * len(tickets) for kind in FREE), dict(left)
    assert sum("cancel my order" in text for text in texts.values()) > 0.9 * len(tickets)  # words do arrive


def test_the_search_finds_what_is_there() -> None:
    tickets = [canary_ticket(number) for number in range(50)]
    finder = Finder(tickets)
    for ticket in tickets:
        for kind in ticket.values:
            if kind in FREE:
                assert kind in leaked(ticket, f"it is for {ticket.values[kind]} alone")
            else:
                content = f'{{"text": "so {ticket.values[kind].upper()} it is"}}'.encode()
                assert kind in finder.kinds(content)
                assert kind in leaked(ticket, ticket.values[kind].replace(" ", ""))
    assert list(finder.kinds(b"0123 4567 89ab canary cancel my order")) == []
