"""Compares the topics on the cluster with the one table (``streams.topics``), and creates what is missing.

Topics that exist are never changed: more partitions would move conversations to other partitions and break their order,
and a shorter retention would delete records. What differs is named, for a person to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # documented there, not marked as exported
    AdminClient,
    ConfigResource,
    NewTopic,
    ResourceType,
    TopicMetadata,
)

from control.kafka import ANSWER_S, admin, answering, ask, bootstrap, metadata, partition_counts, translate
from control.settings import Settings
from streams.errors import ConfigurationError
from streams.topics import TOPICS, Names, TopicSpec

_CREATE_S = 20.0


class TopicStatus(StrEnum):
    """What the comparison found."""

    OK = "OK"
    MISSING = "MISSING"
    DIFFERS = "DIFFERS"


@dataclass(frozen=True)
class ActualTopic:
    """A topic as the cluster has it. ``replicas``: of the partition that has the fewest."""

    partitions: int
    replicas: int
    config: Mapping[str, str]


@dataclass(frozen=True)
class TopicReport:
    """One line of ``mw topics``. ``differences``: what is expected and what is there, a phrase each."""

    topic: str
    status: TopicStatus
    differences: tuple[str, ...] = ()


def wanted_config(spec: TopicSpec, replicas: int) -> dict[str, str]:
    """The broker's settings for ``spec``; from three replicas on, two must confirm each record.

    Below three, one must suffice, or a single broker that is away would stop everything.
    """
    return {**spec.config(), "min.insync.replicas": "2" if replicas >= 3 else "1"}


def compare(topic: str, spec: TopicSpec, replicas: int, actual: ActualTopic | None) -> TopicReport:
    """What to report of ``topic``. Pure."""
    if actual is None:
        return TopicReport(topic, TopicStatus.MISSING)
    found = {"partitions": str(actual.partitions), **actual.config}
    wanted = {"partitions": str(spec.partitions), **wanted_config(spec, replicas)}
    differences = tuple(
        f"{key} is {found.get(key, 'unknown')}, expected {value}"
        for key, value in wanted.items()
        if found.get(key) != value
    )
    if actual.replicas < replicas:
        differences += (f"replication factor is {actual.replicas}, expected {replicas}",)
    return TopicReport(topic, TopicStatus.DIFFERS if differences else TopicStatus.OK, differences)


def inspect(settings: Settings) -> list[TopicReport]:
    """A report for each topic of the table, in its order. Raises DependencyError without a broker."""
    client = admin(settings)
    names = Names(settings.topic_prefix)
    topics = {name: topic for name, topic in metadata(settings, client).topics.items() if topic.error is None}
    there = [names.topic(spec.name) for spec in TOPICS if names.topic(spec.name) in topics]
    configs = _configs(settings, client, there)
    actual = {topic: _actual(topics[topic], configs[topic]) for topic in there}
    return [
        compare(topic, spec, settings.replication_factor, actual.get(topic))
        for spec in TOPICS
        for topic in [names.topic(spec.name)]
    ]


def _actual(topic: TopicMetadata, config: Mapping[str, str]) -> ActualTopic:
    partitions = topic.partitions.values()
    return ActualTopic(len(partitions), min(len(partition.replicas) for partition in partitions), config)


def _configs(settings: Settings, client: AdminClient, topics: Iterable[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ResourceType.TOPIC, topic) for topic in topics]
    if not resources:
        return {}
    with answering(settings):
        futures = client.describe_configs(resources, request_timeout=ANSWER_S)
        return {
            resource.name: {name: str(entry.value) for name, entry in future.result().items()}
            for resource, future in futures.items()
        }


def create_missing(settings: Settings, reports: Iterable[TopicReport]) -> tuple[str, ...]:
    """Create the topics that ``reports`` call missing, and wait until the cluster lists them; their names.

    Raises ConfigurationError where the cluster has fewer brokers than replicas are wanted, DependencyError.
    """
    specs = {Names(settings.topic_prefix).topic(spec.name): spec for spec in TOPICS}
    missing = tuple(report.topic for report in reports if report.status is TopicStatus.MISSING)
    if not missing:
        return ()
    client = admin(settings)
    replicas = settings.replication_factor
    wanted = [
        NewTopic(
            topic, specs[topic].partitions, replication_factor=replicas, config=wanted_config(specs[topic], replicas)
        )
        for topic in missing
    ]
    with answering(settings, _CREATE_S):
        futures = client.create_topics(wanted, operation_timeout=_CREATE_S, request_timeout=_CREATE_S)
    for topic, future in futures.items():
        try:
            future.result()
        except KafkaException as exc:
            _refused(settings, topic, exc.args[0])
    ask(settings, lambda: _all_listed(settings, client, missing), within_s=_CREATE_S)
    return missing


def _refused(settings: Settings, topic: str, error: KafkaError) -> None:
    if error.code() == KafkaError.TOPIC_ALREADY_EXISTS:
        return  # another one was quicker; it uses the same table
    if error.code() in (KafkaError.INVALID_REPLICATION_FACTOR, KafkaError.POLICY_VIOLATION):
        raise ConfigurationError(f"topic {topic} cannot be created, see MW_REPLICATION_FACTOR: {error.str()}")
    raise translate(error, bootstrap(settings), _CREATE_S)


def _all_listed(settings: Settings, client: AdminClient, topics: Iterable[str]) -> None:
    counts = partition_counts(settings, client)
    if any(topic not in counts for topic in topics):
        raise KafkaException(KafkaError(KafkaError.LEADER_NOT_AVAILABLE))
