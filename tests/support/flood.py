"""As many tickets as the system can take: through ingress and past it, never more than some thousand ahead of it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence

from confluent_kafka import Consumer, Producer, TopicPartition

from control.feed import Message
from streams.clock import SYSTEM_CLOCK
from streams.events import TicketReceived
from streams.reasons import Channel
from streams.sealing import KeyRing, SealedBody, seal_body
from streams.topics import TopicName
from tests.support.feeder import Load
from tests.support.system import System
from tests.support.waiting import until
from tests.support.webhooks import Webhooks

_SENDERS = 16
_TAKES_S = 120.0


class Flood:
    """Feeds ``load`` in pieces. ``through_ingress``: one ticket in so many is a webhook, the rest are records as
    ingress writes them. ``ahead``: tickets that may be on their way at once.
    """

    def __init__(self, system: System, load: Load, *, through_ingress: int, ahead: int) -> None:
        self._system, self._load, self._every, self._ahead = system, load, through_ingress, ahead
        self._ring = KeyRing.parse([system.secrets["MW_SEAL_KEYS"]])
        self._producer = Producer({"bootstrap.servers": system.kafka, "partitioner": "murmur2_random", "acks": "all"})
        self._consumer = Consumer({"bootstrap.servers": system.kafka, "group.id": "flood", "log_level": 0})
        topic = system.names.topic(TopicName.OUTCOMES)
        partitions = self._consumer.list_topics(topic, timeout=10).topics[topic].partitions
        self._outcomes = [TopicPartition(topic, partition) for partition in partitions]
        self.fed = self.webhooks = 0
        system.sandbox("POST", "tickets", {"tickets": [{"id": name} for name in load.names()]})

    def feed(self, count: int) -> None:
        """Feed the next ``count`` tickets, and return once no more than ``ahead`` are on their way."""
        messages = [self._load.message(number) for number in range(self.fed, self.fed + count)]
        through = [message for message in messages if message.number % self._every == 0]
        for message in messages:
            if message.number % self._every:
                key, value = self._record(message)
                self._producer.produce(self._system.names.topic(TopicName.INBOUND), value, key)
        asyncio.run(self._post(through))
        assert self._producer.flush(30) == 0
        self.fed += count
        self.webhooks += len(through)
        self.wait_for(self.fed - self._ahead)

    def wait_for(self, tickets: int) -> None:
        """Until so many outcomes are there."""
        until(lambda: self.outcomes() >= tickets, within_s=_TAKES_S, what=f"{tickets} outcomes", every_s=0.1)

    def outcomes(self) -> int:
        """Outcomes so far."""
        return sum(self._consumer.get_watermark_offsets(tp, timeout=10)[1] for tp in self._outcomes)

    def close(self) -> None:
        """End the observing consumer."""
        self._consumer.close()

    def _record(self, message: Message) -> tuple[bytes, bytes]:
        event_id = uuid.uuid4()
        ticket = TicketReceived(
            id=event_id,
            event_id=event_id,
            trace_id=event_id.hex,
            conversation_id=message.ticket_id,
            message_id=message.message_id,
            channel=Channel.EMAIL,
            received_at=SYSTEM_CLOCK.now(),
            trigger="customer_message",
            sealed=seal_body(self._ring, SealedBody(message=message.text), event_id),
        )
        return ticket.key, ticket.encode()

    async def _post(self, messages: Sequence[Message]) -> None:
        waiting = iter(messages)

        async def sender() -> None:
            for message in waiting:
                await webhooks.post(message)

        token = self._system.secrets["MW_INGRESS_TOKENS"]
        async with Webhooks(self._system.ingress_port, token) as webhooks, asyncio.TaskGroup() as senders:
            for _ in range(_SENDERS):
                senders.create_task(sender())
