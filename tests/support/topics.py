"""Topics for one test: those of the table, under the test's own prefix."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from confluent_kafka.admin import AdminClient, NewTopic

from streams.topics import TOPICS, Names, TopicName, TopicSpec
from tests.support.waiting import until

CreateTopics = Callable[..., list[str]]


def admin(servers: str) -> AdminClient:
    """A quiet admin client."""
    config: dict[str, Any] = {"bootstrap.servers": servers, "log_level": 0, "error_cb": lambda _: None}
    return AdminClient(config)


class TestTopics:
    """Creates topics and, at the end of the test, deletes them so that a session's broker stays small."""

    __test__ = False

    def __init__(self, servers: str, names: Names) -> None:
        self._admin = admin(servers)
        self._names = names
        self._created: list[str] = []

    def create(self, *topics: TopicName, partitions: int | None = None, replicas: int = 1) -> list[str]:
        """Create ``topics`` (none given: all of the table) with the table's settings; names on the cluster.

        ``partitions``: for topics that have several, instead of the table's number. Returns when each has leaders.
        """
        specs = [spec for spec in TOPICS if not topics or spec.name in topics]
        wanted = {self._names.topic(spec.name): _partitions(spec, partitions) for spec in specs}
        futures = self._admin.create_topics(
            [
                NewTopic(self._names.topic(s.name), _partitions(s, partitions), replicas, config=s.config())
                for s in specs
            ]
        )
        for future in futures.values():
            future.result(timeout=30)
        self._created += wanted
        until(lambda: self._led(wanted), within_s=30, what=f"leaders of {sorted(wanted)}")
        return list(wanted)

    def delete_all(self) -> None:
        """Delete what ``create`` made."""
        if self._created:
            for future in self._admin.delete_topics(self._created).values():
                future.result(timeout=30)

    def _led(self, wanted: dict[str, int]) -> bool:
        known = self._admin.list_topics(timeout=10).topics
        return all(
            topic in known and _leaders(known[topic].partitions.values()) == partitions
            for topic, partitions in wanted.items()
        )


def _partitions(spec: TopicSpec, override: int | None) -> int:
    return spec.partitions if override is None or spec.partitions == 1 else override


def _leaders(partitions: Iterable[Any]) -> int:
    return sum(partition.leader >= 0 for partition in partitions)
