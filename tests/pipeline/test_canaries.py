"""Personal data ends at sanitize: one canary per field, looked for in everything that was written afterwards."""

import asyncio

import httpx
import pytest

from control.feed import Message, send
from streams.events import TicketOutcome
from streams.topics import TopicName
from tests.support.pipelines import running_system
from tests.support.waiting import until

pytestmark = pytest.mark.broker

# The obvious kinds must be gone from the text as well; the words must be gone from everything after sanitized text.
PERSONAL = {
    "e-mail address": "canary.person@canarymail.example",
    "phone": "+1 415 555 0199",
    "card": "4111 1111 1111 1111",
    "order number": "#907711",
    "tracking number": "1Z999AA10123456784",
}
WORDS = {"message": "quixoticmessageword", "subject": "quixoticsubjectword", "comment": "quixoticcommentword"}
HTML = f"<p title='{PERSONAL['phone']}'>{WORDS['comment']} {PERSONAL['card']}</p>"
AFTER_SANITIZED = [t for t in TopicName if t not in (TopicName.INBOUND, TopicName.SANITIZED)]


def text(n: int) -> str:
    personal = ", ".join(f"my {kind} is {value}" for kind, value in PERSONAL.items())
    return f"{WORDS['message']} {n}: please cancel my order. {personal}."


def test_no_canary_is_in_any_later_topic_log_line_metric_or_dead_letter(kafka, tmp_path):
    with running_system(kafka, tmp_path) as system:
        system.sandbox("POST", "tickets", {
            "id": "canary-ids-only", "subject": WORDS["subject"], "customer": PERSONAL["e-mail address"],
            "comments": [{"id": "c1", "body": HTML}],
        })  # fmt: skip
        assert system.post({"ticket_id": "canary-ids-only"}).status_code == 202
        messages = [Message(n, f"canary-{n}", f"canary-{n}-m1", text(n), "email") for n in range(20)]

        async def feed():
            return {sent.event_id async for sent in send(messages, system.target)}

        accepted = asyncio.run(feed())
        url = f"https://shop.example/t?mail={PERSONAL['e-mail address']}"
        failing = system.post({"ticket_id": "unknown-to-the-helpdesk", "ticket_url": url, "message_id": "m9"})
        poison = f'{{"text": "{WORDS["message"]} {PERSONAL["phone"]}"'.encode()
        for topic in (TopicName.INBOUND, TopicName.SANITIZED, TopicName.CLASSIFIED, TopicName.DECIDED):
            system.produce(topic, b"canary-0", poison)
        expected = accepted | {failing.json()["event_id"]}
        until(
            lambda: (
                {str(o.event_id) for o in system.decoded(TopicName.OUTCOMES, TicketOutcome)} >= expected
                and system.count(TopicName.DEAD) >= 6
            ),
            within_s=60,
            what="all outcomes and dead letters",
            every_s=0.5,
        )

        # The poison is the test's own; what the product wrote is looked at.
        written = {topic.value: _bytes(system.records(topic), poison) for topic in AFTER_SANITIZED}
        written |= {f"log of {p.name}": p.log.read_bytes() for p in system.processes.values()}
        written |= {f"metrics of {p.name}": _page(p.url) for p in system.processes.values() if p.name != "sandbox"}
        for place, content in written.items():
            for kind, canary in {**PERSONAL, **WORDS}.items():
                assert canary.encode() not in content, f"{kind} in {place}"
                assert canary.replace(" ", "").encode() not in content, f"{kind} in {place}"

        sanitized = _bytes(system.records(TopicName.SANITIZED), poison)
        inbound = _bytes(system.records(TopicName.INBOUND), poison)
        for kind, canary in PERSONAL.items():
            assert canary.encode() not in sanitized, kind
            assert canary.encode() not in inbound, kind
        assert WORDS["message"].encode() in sanitized  # the search would find what is there
        assert WORDS["message"].encode() not in inbound


def _bytes(messages, without: bytes) -> bytes:
    return b"\n".join((m.key() or b"") + b" " + (m.value() or b"") for m in messages if m.value() != without)


def _page(url: str) -> bytes:
    return httpx.get(f"{url}/metrics", timeout=5, trust_env=False).content
