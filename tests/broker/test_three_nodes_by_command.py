"""Three brokers on this machine by ``mw kafka start --nodes 3``: replicas, drift, one that ended, and the stop."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from confluent_kafka.admin import ConfigResource, ResourceType

from streams.topics import TopicName
from tests.support.mw import Mw
from tests.support.topics import admin
from tests.support.waiting import process_ends, until

pytestmark = [pytest.mark.broker, pytest.mark.prove]
INBOUND = TopicName.INBOUND.value


def test_the_command_runs_three_nodes_whose_topics_have_three_replicas(jar_cache: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    three = Mw(home, MW_REPLICATION_FACTOR="3")
    try:
        started = three("--json", "kafka", "start", "--nodes", "3", within_s=90)
        assert started.code == 0, started.err
        found = started.document
        assert (found["nodes"], len(found["bootstrap"].split(",")), found["down"]) == (3, 3, [])
        assert three("--json", "kafka", "status").document == found
        assert three("--json", "kafka", "start", "--nodes", "3").document == found
        refused = three("kafka", "start")
        assert (refused.code, refused.err.count("\n")) == (2, 1), refused.err

        applied = three("--json", "topics", "--apply")
        assert applied.code == 0, applied.err
        checked = three("--json", "topics")  # no drift: replicas, min.insync.replicas, partitions and all the rest
        assert (checked.code, {row["status"] for row in checked.document}) == (0, {"OK"})
        topics = [topic for name, topic in admin(found["bootstrap"]).list_topics(timeout=10).topics.items()]
        replicas = {len(p.replicas) for topic in topics for p in topic.partitions.values()}
        assert (replicas, in_sync_needed(found["bootstrap"], INBOUND)) == ({3}, "2")
        drift = Mw(home, MW_REPLICATION_FACTOR="1")("--json", "topics")
        assert drift.code == 1
        assert {row["differences"] for row in drift.document} == {"min.insync.replicas is 2, expected 1"}

        os.kill(found["pids"][1], signal.SIGKILL)
        assert process_ends(found["pids"][1], within_s=10)
        assert three("--json", "kafka", "status").document["down"] == [2]
        assert "ended: node 2" in three("kafka", "status").out
        setting = ("control", "set", "safe_mode=true", "--reason", "one is gone")
        until(lambda: three(*setting).code == 0, within_s=60, what="a flag is set without the node that led it")
    finally:
        stopped = three("kafka", "stop", within_s=90)
    assert stopped.code == 0, stopped.err
    assert three("kafka", "status").code == 1
    assert not [pid for pid in found["pids"] if not process_ends(pid, within_s=1)]


def in_sync_needed(servers: str, topic: str) -> str:
    """The topic's min.insync.replicas."""
    resource = ConfigResource(ResourceType.TOPIC, topic)
    client = admin(servers)
    value: str = client.describe_configs([resource])[resource].result(timeout=10)["min.insync.replicas"].value
    return value
