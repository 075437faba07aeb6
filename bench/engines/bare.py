"""The limit: a loop around confluent-kafka that takes a batch, produces it, and every half second flushes and commits.

At least once, like the others; no gate, no retries, no dead letters, nothing that waits. The goals are ratios to this
loop, which polls the producer after each record, as its documentation shows it, and holds 20,000 records in its queue.
Variant ``batched`` polls once per batch and holds as many records as librdkafka likes: on two cores that took the same
CPU and was twice as fast.
"""

from __future__ import annotations

import signal

from confluent_kafka import Consumer, KafkaError, Message, Producer

from bench.hop import COMMIT_S, HopArguments, step
from streams.clock import SYSTEM_CLOCK

_BATCH = 1_000
_BATCHED = "batched"


def main() -> None:
    """Run until SIGTERM."""
    args = HopArguments.from_command_line()
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, _: stopping.append(signum))
    consumer = Consumer(
        {
            "bootstrap.servers": args.brokers,
            "group.id": args.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "fetch.error.backoff.ms": 50,
            **({} if args.variant == _BATCHED else {"queued.min.messages": 20_000}),
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": args.brokers,
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": 5,
            "partitioner": "murmur2_random",
            "queue.buffering.max.messages": 200_000,
        }
    )
    consumer.subscribe([args.source])
    _carry(args, consumer, producer, stopping)
    consumer.close()


def _carry(args: HopArguments, consumer: Consumer, producer: Producer, stopping: list[int]) -> None:
    failures: list[KafkaError] = []
    batched = args.variant == _BATCHED

    def report(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            failures.append(error)

    committed_at, dirty = SYSTEM_CLOCK.monotonic(), False
    while not stopping:
        for message in consumer.consume(_BATCH, 0.05):
            if message.error() is None:
                producer.produce(args.sink, step(message.value() or b"", args.hop), message.key(), on_delivery=report)
                dirty = True
                if not batched:
                    producer.poll(0)
        producer.poll(0)
        if dirty and SYSTEM_CLOCK.monotonic() - committed_at > COMMIT_S:
            producer.flush()
            if failures:
                raise SystemExit(f"not delivered: {failures[0].name()}")
            consumer.commit(asynchronous=False)
            committed_at, dirty = SYSTEM_CLOCK.monotonic(), False


if __name__ == "__main__":
    main()
