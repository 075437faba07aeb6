"""What ``mw topics`` finds out about a topic."""

from __future__ import annotations

import pytest

from control.topic_admin import ActualTopic, TopicStatus, compare, wanted_config
from streams.topics import TOPICS, TopicName

INBOUND = next(spec for spec in TOPICS if spec.name is TopicName.INBOUND)
FLAGS = next(spec for spec in TOPICS if spec.name is TopicName.FLAGS)
DAY_MS = 86_400_000


@pytest.mark.parametrize("spec", TOPICS, ids=lambda spec: spec.name.value)
@pytest.mark.parametrize("replicas", [1, 3])
def test_what_is_created_is_found_in_order(spec, replicas: int) -> None:  # type: ignore[no-untyped-def]
    actual = ActualTopic(spec.partitions, replicas, {**wanted_config(spec, replicas), "compression.type": "producer"})
    assert compare("t", spec, replicas, actual).status is TopicStatus.OK


def test_a_topic_that_is_not_there() -> None:
    assert compare("t", INBOUND, 1, None).status is TopicStatus.MISSING


@pytest.mark.parametrize(
    ("spec", "replicas", "partitions", "changed", "difference"),
    [
        (INBOUND, 1, 6, {}, "partitions is 6, expected 12"),
        (INBOUND, 1, 12, {"retention.ms": str(DAY_MS)}, f"retention.ms is {DAY_MS}, expected {3 * DAY_MS}"),
        (INBOUND, 1, 12, {"cleanup.policy": "compact"}, "cleanup.policy is compact, expected delete"),
        (FLAGS, 1, 1, {"cleanup.policy": "delete"}, "cleanup.policy is delete, expected compact"),
        (INBOUND, 3, 12, {"min.insync.replicas": "1"}, "min.insync.replicas is 1, expected 2"),
        (INBOUND, 3, 12, {"min.insync.replicas": "3"}, "min.insync.replicas is 3, expected 2"),
        (INBOUND, 1, 12, {"min.insync.replicas": "2"}, "min.insync.replicas is 2, expected 1"),
    ],
)
def test_each_difference_is_named(spec, replicas, partitions, changed, difference) -> None:  # type: ignore[no-untyped-def]
    report = compare(
        "t", spec, replicas, ActualTopic(partitions, replicas, {**wanted_config(spec, replicas), **changed})
    )
    assert (report.status, report.differences) == (TopicStatus.DIFFERS, (difference,))


@pytest.mark.parametrize(
    ("wanted", "there", "differences"),
    [
        (3, 1, ("replication factor is 1, expected 3",)),
        (3, 2, ("replication factor is 2, expected 3",)),
        (1, 3, ()),  # more than asked for is no harm
    ],
)
def test_too_few_replicas_are_named(wanted: int, there: int, differences: tuple[str, ...]) -> None:
    actual = ActualTopic(INBOUND.partitions, there, wanted_config(INBOUND, wanted))
    assert compare("t", INBOUND, wanted, actual).differences == differences
