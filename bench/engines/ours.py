"""The project's stage loop on Faust with trivial work: gate, flags read per event, confirmed outputs, ordered acks.

Variant ``compute``: a batch is one call. Variant ``lanes``: each event is a task of its own, as in a stage that waits.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from faust.types import StreamT

from bench.hop import HopArguments, step
from control.process import Part, live, run
from streams.app import AppConfig, make_app
from streams.connection import KafkaConnection
from streams.follower import ControlFollower, FollowerConfig
from streams.follower_thread import ThreadedFollower
from streams.publisher import Publisher
from streams.reasons import Stage
from streams.topics import Names, TopicName
from streams.transport import check_versions
from streams.work import Answer, LoopLimits, Output, SourceRecord

FLAGS_PREFIX = "bench."


class TrivialWork:
    """A ``streams.work.StageWork`` that computes next to nothing."""

    stage = Stage.CLASSIFY  # a label of the metrics, no more

    def __init__(self, args: HopArguments, follower: ControlFollower) -> None:
        self._sink, self._hop, self._follower = args.sink, args.hop, follower
        self._waits = args.variant == "lanes"

    def open(self) -> bool:
        """True while the flags are proven fresh."""
        return not self._follower.stale

    def now(self, records: Sequence[SourceRecord]) -> Sequence[Answer]:
        """All of them at once, or none where the variant waits."""
        return [None] * len(records) if self._waits else [self._one(record) for record in records]

    async def handle(self, record: SourceRecord) -> Sequence[Output]:
        """One record."""
        return self._one(record)

    def failed(self, record: SourceRecord, error: Exception, attempts: int) -> Sequence[Output]:
        """Nothing here fails for good: where it does, the figures would be worthless."""
        raise error

    def _one(self, record: SourceRecord) -> Sequence[Output]:
        if not self._follower.view().outbound_enabled:
            raise RuntimeError("the flags of the benchmark have outbound on")
        return (Output(self._sink, record.key or b"", step(record.value or b"", self._hop)),)


def main() -> None:
    """Run until SIGTERM."""
    args = HopArguments.from_command_line()
    logging.basicConfig(level=logging.WARNING)
    check_versions()

    async def lead() -> int:
        kafka = KafkaConnection(args.brokers)
        follower = ThreadedFollower(FollowerConfig(kafka, Names(FLAGS_PREFIX).topic(TopicName.FLAGS)))
        publisher = Publisher(kafka.librdkafka())
        app = make_app(AppConfig(kafka, args.group, args.source), follower)
        work = TrivialWork(args, follower)

        @app.agent(app.source, name="hop")
        async def carry(stream: StreamT[bytes]) -> None:
            await app.run_stage(stream, work, publisher.post, LoopLimits())

        parts = [
            Part("publisher", publisher.start, publisher.close),
            Part("stage", app.start, app.stop, app.wait_crashed),
        ]
        return await live(parts, stop_within_s=20.0)

    raise SystemExit(run(lead))


if __name__ == "__main__":
    main()
