"""Fixtures that every kind of test shares: the broker, names of one's own, and no network beyond this machine."""

from __future__ import annotations

import os
import secrets
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from control import kafka_jars
from control.local_kafka import KafkaConfig, LocalKafka, say_on_stderr
from control.settings import load
from streams.topics import Names
from tests.support.brokers import container_broker
from tests.support.evidence import Evidence
from tests.support.network import Guard
from tests.support.topics import CreateTopics, TestTopics


@pytest.fixture(scope="session", autouse=True)
def network_guard() -> Iterator[Guard]:
    """Connections beyond this machine raise."""
    guard = Guard()
    guard.install()
    yield guard
    guard.uninstall()


@pytest.fixture(scope="session")
def evidence() -> Evidence:
    """Sizes of tests, and where their figures go: ``MW_TEST_SIZE=full`` (``make prove``) writes docs/evidence/."""
    size = os.environ.get("MW_TEST_SIZE", "small")
    if size not in ("small", "full"):
        pytest.fail(f"MW_TEST_SIZE={size}: use small or full", pytrace=False)
    return Evidence(full=size == "full")


@pytest.fixture(scope="session")
def seed() -> int:
    """What random moments and orders are drawn from; printed, and given again with MW_TEST_SEED."""
    given = os.environ.get("MW_TEST_SEED", "")
    if given and not given.isdecimal():
        pytest.fail(f"MW_TEST_SEED={given}: use a whole number", pytrace=False)
    value = int(given) if given else secrets.randbelow(1_000_000)
    print(f"\nMW_TEST_SEED={value}")  # shown for a test that fails
    return value


@pytest.fixture(scope="session")
def jar_cache(network_guard: Guard) -> Path:
    """The user's cache with Kafka's jars in it, fetched at most once in its life."""
    cache = load().cache
    with network_guard.lifted():
        kafka_jars.class_path(cache, say_on_stderr)
    return cache


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap servers of the session's one broker, in a fresh folder on free ports.

    Tests that break a broker start their own: ``new_kafka``.
    """
    kind = os.environ.get("MW_TEST_BROKER", "local")
    if kind not in ("local", "container"):
        pytest.fail(f"MW_TEST_BROKER={kind}: use local or container", pytrace=False)
    if kind == "container":
        with container_broker() as servers:
            yield servers
        return
    folder = tmp_path_factory.mktemp("kafka")
    broker = LocalKafka(KafkaConfig(folder / "data", request.getfixturevalue("jar_cache"), folder, port=None))
    yield broker.start()
    broker.stop()


@pytest.fixture
def new_kafka(jar_cache: Path, tmp_path: Path) -> Iterator[Callable[..., LocalKafka]]:
    """Makes brokers (not started) of this test's own: ``new_kafka(name="a", nodes=1, port=None)``."""
    made: list[LocalKafka] = []

    def make(name: str = "kafka", nodes: int = 1, port: int | None = None) -> LocalKafka:
        made.append(LocalKafka(KafkaConfig(tmp_path / name, jar_cache, tmp_path / f"{name}-logs", nodes, port)))
        return made[-1]

    yield make
    for broker in made:
        broker.kill()


@pytest.fixture
def names() -> Names:
    """Topic and group names that no other test uses."""
    return Names(f"t-{uuid.uuid4().hex[:8]}.")


@pytest.fixture
def create_topics(kafka: str, names: Names) -> Iterator[CreateTopics]:
    """``create_topics(*TopicName, partitions=None)`` under this test's ``names``; deleted afterwards."""
    topics = TestTopics(kafka, names)
    yield topics.create
    topics.delete_all()
