"""What every process stands on: a name, a publisher, the flags, and pages."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.applications import Starlette

from connectors.http_server import HttpServer
from control.kafka import connection
from control.process import Part
from control.settings import Settings
from streams.acknowledger import Acknowledger, Speaker
from streams.connection import KafkaConnection
from streams.effects import Effects
from streams.follower import ControlFollower, FollowerConfig
from streams.follower_thread import ThreadedFollower
from streams.publisher import Publisher
from streams.topics import Names, TopicName


@dataclass
class Base:
    """What every process has: a name, a publisher, the flags, and pages."""

    settings: Settings
    kind: str
    kafka: KafkaConnection
    publisher: Publisher
    follower: ControlFollower
    names: Names = field(init=False)
    effects: Effects = field(init=False)

    def __post_init__(self) -> None:
        self.names = Names(self.settings.topic_prefix)
        self.effects = Effects(lambda: self.follower.epoch)

    @property
    def process(self) -> str:
        """Unique among the processes that run now; the key of its acknowledgements."""
        name = self.settings.instance_id or f"{socket.gethostname()}-{os.getpid()}"
        return f"{self.kind}:{name}"

    def fresh(self) -> bool:
        """True while control state is proven fresh: no stage works without it."""
        return not self.follower.stale

    def outbound(self) -> bool:
        """True while the outbound switch is proven on."""
        return self.follower.view().outbound_enabled

    def replies(self) -> bool:
        """True while every switch that replies to customers need is proven to allow them."""
        flags = self.follower.view()
        stopped = flags.stale or flags.safe_mode
        return not stopped and flags.automation_enabled and flags.outbound_enabled

    def not_ready(self) -> str | None:
        """Why this process takes no work now, or None."""
        return "control flags are not proven fresh" if self.follower.stale else None

    def acknowledger(self, partitions: Callable[[], tuple[int, ...]] = tuple) -> Part:
        """The part that tells operators which epoch is applied and drained, and which partitions are worked on."""
        speaker = Speaker(self.process, self.kind, self.follower, self.effects, partitions)
        acks = Acknowledger(self.names.topic(TopicName.ACKS), speaker, self.publisher)
        return Part("acknowledgements", acks.start, acks.stop)

    def publishing(self) -> Part:
        """The part that owns the producer; first to start and last to stop."""
        return Part("publisher", self.publisher.start, self.publisher.close, self.publisher.crashed)


def base(settings: Settings, kind: str, *, delivery_timeout_s: float | None = None) -> Base:
    """What a process of ``kind`` stands on.

    Raises ConfigurationError where the settings for Kafka contradict each other, DependencyError where no Kafka is
    configured or running here.
    """
    kafka = connection(settings)
    follower = FollowerConfig(
        kafka=kafka,
        topic=Names(settings.topic_prefix).topic(TopicName.FLAGS),
        client_id=f"{kind}-control",
        max_stale_s=settings.control_max_stale_s,
        boot_wait_s=settings.boot_wait_s,
    )
    publisher = Publisher({**kafka.librdkafka(), "client.id": kind}, delivery_timeout_s=delivery_timeout_s)
    return Base(settings, kind, kafka, publisher, ThreadedFollower(follower))


def pages(settings: Settings, app: Starlette) -> Part:
    """The HTTP server of a process."""
    server = HttpServer(app, settings.http_host, settings.http_port)
    return Part("pages", server.start, server.stop)
