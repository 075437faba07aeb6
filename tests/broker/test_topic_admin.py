"""Topics on a real broker: created from the table, compared with it, never changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka.admin import NewTopic

from control.settings import Settings
from control.topic_admin import TopicStatus, create_missing, inspect
from streams.errors import ConfigurationError
from streams.topics import TOPICS, Names, TopicName
from tests.support.topics import admin

pytestmark = pytest.mark.broker


@pytest.fixture
def settings(kafka: str, names: Names) -> Iterator[Settings]:
    yield Settings(kafka_bootstrap_servers=kafka, topic_prefix=names.prefix)
    client = admin(kafka)
    mine = [topic for topic in client.list_topics(timeout=10).topics if topic.startswith(names.prefix)]
    if mine:
        for future in client.delete_topics(mine).values():
            future.result(timeout=30)


def test_what_is_missing_is_created_as_the_table_says(settings: Settings) -> None:
    before = inspect(settings)
    assert {report.status for report in before} == {TopicStatus.MISSING}
    assert len(create_missing(settings, before)) == len(TOPICS)
    assert [(report.status, report.differences) for report in inspect(settings)] == [(TopicStatus.OK, ())] * len(TOPICS)
    assert create_missing(settings, inspect(settings)) == ()


def test_a_topic_that_another_caller_made_meanwhile_is_no_error(settings: Settings) -> None:
    before = inspect(settings)
    create_missing(settings, before)
    assert len(create_missing(settings, before)) == len(TOPICS)


def test_what_differs_is_named_and_left_alone(settings: Settings, kafka: str, names: Names) -> None:
    client, inbound = admin(kafka), names.topic(TopicName.INBOUND)
    config = {"retention.ms": "60000", "cleanup.policy": "compact", "max.message.bytes": "1048576"}
    wrong = NewTopic(inbound, 3, 1, config=config)
    client.create_topics([wrong])[inbound].result(timeout=10)
    create_missing(settings, inspect(settings))
    for report in inspect(settings):
        if report.topic == inbound:
            assert report.status is TopicStatus.DIFFERS
            assert set(report.differences) == {
                "partitions is 3, expected 12",
                "cleanup.policy is compact, expected delete",
                "retention.ms is 60000, expected 259200000",
                "segment.ms is 604800000, expected 10800000",
            }
        else:
            assert report.status is TopicStatus.OK


def test_more_replicas_than_brokers_is_a_wrong_setting(settings: Settings) -> None:
    three = settings.model_copy(update={"replication_factor": 3})
    with pytest.raises(ConfigurationError, match="see MW_REPLICATION_FACTOR"):
        create_missing(three, inspect(three))
    assert {report.status for report in inspect(settings)} == {TopicStatus.MISSING}


def test_topics_of_one_replica_are_named_where_three_are_wanted(settings: Settings) -> None:
    create_missing(settings, inspect(settings))
    three = settings.model_copy(update={"replication_factor": 3})
    assert {report.differences for report in inspect(three)} == {
        ("min.insync.replicas is 1, expected 2", "replication factor is 1, expected 3")
    }
