"""How commands talk to Kafka: one place for client settings, and for what a failure says.

Commands use confluent-kafka synchronously. Nothing here joins a consumer group or commits an offset, so looking never
disturbs a stage. librdkafka's own log goes to the logger ``control.librdkafka``, never straight to stderr.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, ClusterMetadata  # type: ignore[attr-defined]  # not marked as exported

from control.kafka_security import security
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK, Clock
from streams.connection import KafkaConnection
from streams.errors import ConfigurationError, DependencyError, MiddlewareError
from streams.refusal import refusal

ANSWER_S = 4.0
"""Seconds a broker may take to answer one question of a command before it counts as not there."""

T = TypeVar("T")

_PAUSE_S = 0.05
_SOON_S, _REFUSAL_S = 1.0, 1.5
_LOG = logging.getLogger("control.librdkafka")
_LOG.addHandler(logging.NullHandler())  # without a configured log, Python would print warnings to stderr

_SILENT = frozenset(
    {
        KafkaError._TRANSPORT,
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._TIMED_OUT,
        KafkaError._MSG_TIMED_OUT,
        KafkaError._RESOLVE,
        KafkaError.REQUEST_TIMED_OUT,
    }
)
_NOT_YET = frozenset(
    {
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.NOT_COORDINATOR,
    }
)
_NO_TOPIC = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION})


def bootstrap(settings: Settings) -> str:
    """``host:port`` list of the cluster in use: the configured one, else the Kafka that runs on this machine.

    Raises DependencyError where none is configured and none runs here.
    """
    if settings.kafka_bootstrap_servers:
        return settings.kafka_bootstrap_servers
    from control.kafka_folder import running  # noqa: PLC0415  (needed only without a configured cluster)
    from control.local_kafka import KafkaConfig  # noqa: PLC0415

    found = running(KafkaConfig.of(settings).data)
    if found is None:
        raise DependencyError(
            "no Kafka runs on this machine; start one with `mw kafka start` or set MW_KAFKA_BOOTSTRAP_SERVERS"
        )
    return found.bootstrap


def connection(settings: Settings) -> KafkaConnection:
    """The cluster in use and what it demands. Raises ConfigurationError, and DependencyError as ``bootstrap`` does."""
    demanded = security(settings)
    return KafkaConnection(bootstrap(settings), demanded)


def translate(error: KafkaError, address: str, seconds: float = ANSWER_S) -> MiddlewareError:
    """What a failure of the client library means to the operator, in one line."""
    code = error.code()
    if code in _SILENT:
        return DependencyError(
            f"no Kafka at {address} within {seconds:g} s; start one with `mw kafka start`"
            " or set MW_KAFKA_BOOTSTRAP_SERVERS"
        )
    if code in _NO_TOPIC:
        return DependencyError(f"Kafka at {address} lacks a topic that is needed; create it with `mw topics --apply`")
    if code == KafkaError._INVALID_ARG:
        return ConfigurationError(f"MW_KAFKA_BOOTSTRAP_SERVERS or another setting is refused: {error.str()}")
    return DependencyError(f"Kafka at {address} refused: {error.str()} ({error.name()})")


@contextmanager
def answering(settings: Settings, seconds: float = ANSWER_S) -> Iterator[None]:
    """Turns the client library's errors inside the block into ours (``translate``)."""
    try:
        yield
    except KafkaException as exc:
        raise translate(exc.args[0], bootstrap(settings), seconds) from None


def ask(settings: Settings, question: Callable[[], T], clock: Clock = SYSTEM_CLOCK, *, within_s: float = ANSWER_S) -> T:
    """The answer to ``question``, asked again for ``within_s`` seconds while the broker says "not yet".

    A topic that was made a moment ago, and a partition whose leader moves, answer so for some 100 ms.
    """
    deadline = clock.monotonic() + within_s
    while True:
        try:
            return question()
        except KafkaException as exc:
            error: KafkaError = exc.args[0]
            if error.code() not in _NOT_YET or clock.monotonic() > deadline:
                raise translate(error, bootstrap(settings)) from None
        time.sleep(_PAUSE_S)


def _common(settings: Settings) -> dict[str, Any]:
    return {
        **connection(settings).librdkafka(),
        "client.id": "mw",
        "socket.connection.setup.timeout.ms": int(ANSWER_S * 1000),
        "error_cb": _noted,
    }


def _noted(error: KafkaError) -> None:
    _LOG.info("%s", error)


def producer(settings: Settings, delivery_s: float = 10.0) -> Producer:
    """A non-transactional, idempotent producer that gives up on a record after ``delivery_s`` seconds.

    Non-transactional because a transaction's marker would leave followers of ``control.flags`` one offset short for
    ever.
    """
    with answering(settings):
        return Producer(
            {
                **_common(settings),
                "acks": "all",
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "linger.ms": 0,
                "message.timeout.ms": int(delivery_s * 1000),
            },
            logger=_LOG,
        )


def reader(settings: Settings, group: str | None = None, **more: Any) -> Consumer:
    """A consumer to be assigned, never subscribed: it joins no group and commits nothing.

    ``group``: whose committed offsets it is to look up (None: nobody's). ``more``: further librdkafka settings, in
    their own spelling. Reads up to the very end, pending transactions included.
    """
    with answering(settings):
        return Consumer(
            {
                **_common(settings),
                "group.id": group or f"{settings.topic_prefix}mw-reader",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "isolation.level": "read_uncommitted",
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 100,
                **more,
            },
            logger=_LOG,
        )


def admin(settings: Settings) -> AdminClient:
    """An admin client, for topics only: its group calls can crash the process (librdkafka issues 5040 and 4605)."""
    with answering(settings):
        return AdminClient(_common(settings), logger=_LOG)


def partition_counts(settings: Settings, client: Consumer | Producer | AdminClient) -> dict[str, int]:
    """Partitions of each topic on the cluster. Raises DependencyError where no broker answers or it refuses us."""
    topics = metadata(settings, client).topics
    return {name: len(topic.partitions) for name, topic in topics.items() if topic.error is None}


def metadata(settings: Settings, client: Consumer | Producer | AdminClient) -> ClusterMetadata:
    """Brokers and topics of the cluster. Raises DependencyError where no broker answers or it refuses us."""
    try:
        return client.list_topics(timeout=_SOON_S)
    except KafkaException:  # it times out for every reason; a refusal is worth a line of its own
        if said := refusal(connection(settings), within_s=_REFUSAL_S):
            raise DependencyError(said) from None
    with answering(settings):
        return client.list_topics(timeout=ANSWER_S - _SOON_S - _REFUSAL_S)


def require_topics(settings: Settings, client: Consumer | Producer | AdminClient, names: Sequence[str]) -> None:
    """Raises DependencyError naming the first of ``names`` that is not on the cluster."""
    counts = partition_counts(settings, client)
    for name in names:
        if name not in counts:
            raise DependencyError(
                f"Kafka at {bootstrap(settings)} has no topic {name}; create it with `mw topics --apply`"
            )
