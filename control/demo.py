"""The demo: sample tickets of our own, fed through ingress, and what became of each as its outcome arrives."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any

from confluent_kafka import TopicPartition

from control.feed import Message, Target, send
from control.flags import read_state
from control.kafka import reader
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK
from streams.errors import CheckFailed, Undecodable
from streams.events import TicketOutcome
from streams.topics import Names, TopicName

SAMPLES: tuple[tuple[str, str], ...] = (
    ("livechat", "hi, where is my order #48213? it was supposed to arrive on monday"),
    (
        "email",
        "Hello, the tracking page has not moved for six days. Could you tell me where my parcel is? Thanks, Priya",
    ),
    ("email", "I filed a chargeback with my bank because nobody answered me for three weeks."),
    ("livechat", "please cancel my order 51022, I ordered the wrong size"),
    ("email", "I moved last week. Can you change the delivery address on order #50811 before it ships?"),
    ("email", "The box arrived but two of the three mugs were missing from it."),
    ("livechat", "you sent me a blue jacket, i ordered the black one"),
    ("email", "The lamp came with a cracked base and the shade is dented, see the pictures."),
    ("email", "How do I send these shoes back? They do not fit."),
    ("livechat", "can i swap the medium for a large?"),
    ("email", "When will I get my refund? The return was delivered to you ten days ago."),
    ("email", "Why was I charged twice for the same order? My card shows two payments of $64.90."),
    ("email", "Please cancel my monthly subscription, I no longer need the refills."),
    (
        "email",
        "Tracking says delivered yesterday but there is nothing on my porch and the neighbours have nothing either.",
    ),
    ("livechat", "my discount code WELCOME10 does not work at checkout"),
    ("email", "Is the ceramic pan suitable for induction hobs, and do you ship to Ireland?"),
    ("livechat", "the app keeps crashing when I log in, error 403"),
    ("email", "My lawyer will contact you if this is not resolved by Friday. I will sue."),
    ("email", "Somebody used my account to order things I never bought. This is fraud."),
    ("email", "Please delete all personal data that you hold about me."),
    ("social", "do you work with creators? I have 80k followers and love your brand"),
    (
        "email",
        "My order has not shipped yet and it has been two weeks. What is going on? You can call me on +1 415 555 0132.",
    ),
    ("phone", "please call me back, I would rather talk to someone"),
    ("email", "Thank you so much, everything arrived and it looks lovely!"),
    ("email", "Order 50777 was for my wife jane.doe@example.com, please send the invoice there."),
)


def sample_messages(count: int) -> list[Message]:
    """``count`` sample tickets, each a conversation of its own with a fresh id, since Kafka keeps earlier runs."""
    run = secrets.token_hex(3)
    return [
        Message(
            number=n + 1,
            ticket_id=f"demo-{run}-{n + 1}",
            message_id=f"demo-{run}-{n + 1}-m1",
            text=text,
            channel=channel,
        )
        for n, (channel, text) in ((n, SAMPLES[n % len(SAMPLES)]) for n in range(count))
    ]


class Outcomes:
    """Reads ``tickets.outcomes`` from now on; belongs to no group."""

    def __init__(self, settings: Settings) -> None:
        topic = Names(settings.topic_prefix).topic(TopicName.OUTCOMES)
        self._consumer = reader(settings)
        partitions = self._consumer.list_topics(topic, timeout=10).topics[topic].partitions
        ends = [
            TopicPartition(topic, p, self._consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10)[1])
            for p in partitions
        ]
        self._consumer.assign(ends)

    async def next(self, wait_s: float) -> list[TicketOutcome]:
        """The outcomes that arrived, after at most ``wait_s`` seconds."""
        records: list[Any] = await asyncio.to_thread(self._consumer.consume, 100, wait_s)
        outcomes = []
        for record in records:
            try:
                outcomes.append(TicketOutcome.decode(record.value() or b""))
            except Undecodable:
                continue
        return outcomes

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()


async def run(
    settings: Settings, target: Target, messages: Sequence[Message], within_s: float
) -> AsyncIterator[tuple[Message, TicketOutcome]]:
    """Feed ``messages``; yields each with its outcome as it arrives. Raises CheckFailed where some take too long."""
    outcomes = await asyncio.to_thread(Outcomes, settings)
    waiting = {message.ticket_id: message for message in messages}
    feeding = asyncio.create_task(feed(messages, target))
    deadline = SYSTEM_CLOCK.monotonic() + within_s
    try:
        while waiting:
            if feeding.done():
                feeding.result()
            if SYSTEM_CLOCK.monotonic() > deadline:
                raise CheckFailed(
                    f"{len(waiting)} of {len(messages)} tickets have no outcome after {within_s:.0f} s; see `mw lag`"
                )
            for outcome in await outcomes.next(0.2):
                if message := waiting.pop(outcome.conversation_id, None):
                    yield message, outcome
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        outcomes.close()


def held_back(settings: Settings) -> str:
    """Why tickets would be decided and then wait, as after an emergency stop; empty where nothing holds them back."""
    state, now = read_state(settings), SYSTEM_CLOCK.now()
    if state.get("outbound_enabled", now):
        return ""
    record = state.records.get("outbound_enabled")
    return "outbound is switched off" + (f" ({record.author}: {record.reason})" if record else "")


async def feed(messages: Sequence[Message], target: Target) -> None:
    """Send ``messages``, waiting for no outcome. Raises CheckFailed where ingress refuses one, and as ``send`` does."""
    async for sent in send(messages, target):
        if sent.refused:
            raise CheckFailed(f"ticket {sent.message.ticket_id}: {sent.refused}")
