"""The session's broker and the per-test topics are what the other tests rely on."""

from __future__ import annotations

import pytest

from streams.topics import TOPICS, Names, TopicName
from tests.support.topics import CreateTopics, admin

pytestmark = pytest.mark.broker


def test_topics_of_the_table_exist_under_the_test_s_own_prefix(
    kafka: str, names: Names, create_topics: CreateTopics
) -> None:
    created = create_topics(partitions=2)
    known = admin(kafka).list_topics(timeout=10).topics
    assert set(created) == {names.topic(spec.name) for spec in TOPICS}
    assert len(known[names.topic(TopicName.INBOUND)].partitions) == 2
    assert len(known[names.topic(TopicName.FLAGS)].partitions) == 1  # order over all flags needs one
