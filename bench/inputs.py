"""Tickets as customers write them, made of the playbook's examples, and the settings the processes run with."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import cycle, islice

from control.playbooks import load_examples
from control.settings import load
from streams.clock import SYSTEM_CLOCK
from streams.events import TicketReceived
from streams.reasons import Channel
from streams.sealing import KeyRing, SealedBody, generate_key, seal_body

CONVERSATIONS = 2_000
TOKEN = "bench-token-of-one-run"
_NAMES = ("Priya", "Tomasz", "Aisling", "Mehmet", "Chloe")
_SPACE = uuid.UUID("4b0d3f0e-8d8e-5d0a-9f5e-0a6b1c5e7d21")


def messages(count: int) -> Iterator[str]:
    """``count`` messages: an example with greeting, order number, phone number, address and name around it."""
    examples = [text for texts in zip(*load_examples().values(), strict=False) for text in texts]
    for number, text in enumerate(islice(cycle(examples), count)):
        name = _NAMES[number % len(_NAMES)]
        yield (
            f"Hello,\n\n{text}\n\nMy order is #{40_000 + number % 9_999} and you can reach me at"
            f" +1 415 555 {number % 10_000:04d} or {name.lower()}{number}@example.com.\n\nThank you,\n{name}"
        )


def conversation(number: int) -> str:
    """The conversation that ticket ``number`` belongs to."""
    return f"bench-{number % CONVERSATIONS}"


def received(count: int, seal_keys: str) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of ``count`` records as ingress writes them, their bodies sealed."""
    ring = KeyRing.parse([seal_keys])
    for number, text in enumerate(messages(count)):
        event_id = uuid.uuid5(_SPACE, str(number))
        ticket = TicketReceived(
            id=event_id,
            event_id=event_id,
            trace_id=event_id.hex,
            conversation_id=conversation(number),
            message_id=f"m{number}",
            channel=Channel.EMAIL,
            received_at=SYSTEM_CLOCK.now(),
            trigger="customer_message",
            sealed=seal_body(ring, SealedBody(message=text), event_id),
        )
        yield ticket.key, ticket.encode()


def variables(brokers: str, prefix: str, home: str) -> dict[str, str]:
    """Settings of a run's processes: own topics, own secrets, a free port each."""
    return {
        "MW_KAFKA_BOOTSTRAP_SERVERS": brokers,
        "MW_TOPIC_PREFIX": prefix,
        "MW_HOME": home,
        "MW_CACHE": str(load().cache),
        "MW_HTTP_PORT": "0",
        "MW_SEAL_KEYS": generate_key("bench"),
        "MW_INGRESS_TOKENS": TOKEN,
        "MW_DRAIN_S": "5",
    }
