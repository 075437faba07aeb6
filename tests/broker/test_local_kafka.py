"""Kafka on this machine: what stays, what is refused, and what ends with whom."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from control import kafka_folder, kafka_jars, kafka_node
from control.java import find_java
from control.kafka_folder import AlreadyRunning
from control.kafka_node import HOST
from control.local_kafka import KafkaConfig, LocalKafka
from control.settings import process_environment
from streams.errors import DependencyError
from streams.topics import Names, TopicName
from tests.support.topics import TestTopics
from tests.support.waiting import process_ends, until

pytestmark = pytest.mark.broker
NewKafka = Callable[..., LocalKafka]
INBOUND = TopicName.INBOUND.value


def produce_one(servers: str, value: bytes) -> None:
    """One record on the inbound topic, confirmed by all replicas."""
    failures: list[object] = []
    producer = Producer({"bootstrap.servers": servers, "acks": "all"})
    producer.produce(INBOUND, value, on_delivery=lambda error, _: failures.append(error) if error else None)
    assert producer.flush(30) == 0
    assert failures == []


def read_one(servers: str) -> bytes | None:
    """The first record of the inbound topic."""
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "unused"})
    try:
        consumer.assign([TopicPartition(INBOUND, 0, OFFSET_BEGINNING)])  # no group, so no waiting for its coordinator
        message = consumer.poll(30)
        return message.value() if message else None
    finally:
        consumer.close()


def with_a_record(broker: LocalKafka) -> None:
    """Start ``broker`` and write one record."""
    servers = broker.start()
    TestTopics(servers, Names()).create(TopicName.INBOUND, partitions=1)
    produce_one(servers, b"kept")


def test_data_and_address_stay_over_stop_and_start(new_kafka: NewKafka) -> None:
    broker = new_kafka()
    with_a_record(broker)
    before = broker.bootstrap
    broker.stop()
    assert broker.processes == ()
    assert new_kafka().start() == before  # another object on the same folder: what another process would be
    assert read_one(before) == b"kept"


def test_data_and_address_stay_over_kill_9_of_the_broker(new_kafka: NewKafka) -> None:
    broker = new_kafka()
    with_a_record(broker)
    before = broker.bootstrap
    broker.kill()
    assert broker.start() == before  # some 10 s: the killed broker's session has to run out first
    assert read_one(before) == b"kept"


def test_a_second_start_on_the_same_folder_is_refused_and_says_where_the_first_is(
    new_kafka: NewKafka, tmp_path: Path
) -> None:
    first = new_kafka()
    servers = first.start()
    with pytest.raises(AlreadyRunning, match=servers):
        new_kafka().start()
    found = kafka_folder.running(tmp_path / "kafka")
    assert found is not None
    assert (found.bootstrap, found.pids) == (servers, (first.processes[0].pid,))
    with pytest.raises(AlreadyRunning):
        kafka_folder.reset(tmp_path / "kafka")
    first.stop()
    assert kafka_folder.running(tmp_path / "kafka") is None
    kafka_folder.reset(tmp_path / "kafka")
    assert [entry.name for entry in (tmp_path / "kafka").iterdir()] == ["lock"]


def test_kill_9_of_the_owner_leaves_no_java_process(jar_cache: Path, tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux has a parent-death signal")
    program = (
        "import signal, sys; from pathlib import Path; from control.local_kafka import KafkaConfig, LocalKafka\n"
        "home, cache = map(Path, sys.argv[1:])\n"
        "LocalKafka(KafkaConfig(home / 'kafka', cache, home / 'logs', port=None)).start()\n"
        "print('started', flush=True); signal.pause()"
    )
    owner = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), str(jar_cache)], stdout=subprocess.PIPE)
    assert owner.stdout
    with owner.stdout:
        try:
            assert owner.stdout.readline() == b"started\n"
            found = kafka_folder.running(tmp_path / "kafka")
            assert found is not None
        finally:
            owner.kill()
            owner.wait(timeout=10)
    assert process_ends(found.pids[0], within_s=10)
    # The process ids in the folder are stale now; the lock says so.
    assert kafka_folder.running(tmp_path / "kafka") is None
    assert kafka_folder.stop_running(tmp_path / "kafka") is False


def test_an_altered_jar_is_refused_by_its_name(jar_cache: Path, tmp_path: Path) -> None:
    name = f"kafka-{kafka_jars.KAFKA_VERSION}"
    shutil.copytree(jar_cache / name, tmp_path / name, copy_function=os.link)
    victim = tmp_path / name / "kafka-raft-4.3.1.jar"
    altered = victim.read_bytes()[:-1] + b"!"
    victim.unlink()  # a file of its own; the cache's stays as it is
    victim.write_bytes(altered)
    broker = LocalKafka(KafkaConfig(tmp_path / "kafka", tmp_path, tmp_path / "logs", port=None))
    with pytest.raises(DependencyError, match=r"kafka-raft-4\.3\.1\.jar .*delete that file"):
        broker.start()
    assert broker.processes == ()


def test_a_remembered_port_that_is_taken_is_left_for_another(jar_cache: Path, tmp_path: Path) -> None:
    said: list[str] = []
    broker = LocalKafka(KafkaConfig(tmp_path / "kafka", jar_cache, tmp_path / "logs", port=None), say=said.append)
    with_a_record(broker)
    before = broker.bootstrap
    broker.stop()
    taken = int(before.rpartition(":")[2])
    with socket.create_server((HOST, taken)):
        after = broker.start()
        try:
            assert after != before
            assert str(taken) in said[-1]
            assert read_one(after) == b"kept"
        finally:
            broker.stop()


def test_a_port_taken_at_the_last_moment_is_noticed_in_the_broker_s_log(
    new_kafka: NewKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = kafka_node.choose_ports
    with socket.create_server((HOST, 0)) as other:  # another program came right after the first look
        taken: int = other.getsockname()[1]
        choices = iter([(kafka_node.Ports(taken, choose(1, preferred=None)[0].controller),)])
        monkeypatch.setattr(
            kafka_node, "choose_ports", lambda nodes, **how: next(choices, None) or choose(nodes, **how)
        )
        servers = new_kafka().start()
    assert servers != f"{HOST}:{taken}"


def test_a_broker_that_cannot_start_names_its_log_and_the_reason(new_kafka: NewKafka, tmp_path: Path) -> None:
    data = tmp_path / "kafka" / "node-1"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=1\ncluster.id=another\nnode.id=7\n")
    with pytest.raises(DependencyError, match="node id 7") as caught:
        new_kafka().start()
    assert str(tmp_path / "kafka-logs" / "kafka-1.log") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert kafka_folder.running(tmp_path / "kafka") is None


def test_three_nodes_answer_and_keep_a_record_while_one_is_down(new_kafka: NewKafka) -> None:
    cluster = new_kafka(nodes=3)
    servers = cluster.start()
    TestTopics(servers, Names()).create(TopicName.INBOUND, partitions=1, replicas=3)
    cluster.processes[0].kill()
    produce_one(servers, b"kept")
    assert read_one(servers) == b"kept"


def test_the_wheel_s_java_runs_it_too(jar_cache: Path, tmp_path: Path) -> None:
    java = find_java(own="no-such-java")
    assert java.version >= 24  # another one than Debian's 17, and one that needs its extra flag
    broker = LocalKafka(KafkaConfig(tmp_path / "kafka", jar_cache, tmp_path / "logs", port=None), java=java)
    broker.start()
    broker.stop()
    assert "sun.misc.Unsafe" not in (tmp_path / "logs" / "kafka-1.log").read_text()


def mw(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``mw kafka`` as a person would, with data of its own."""
    environment = process_environment(MW_HOME=str(home))
    command = [sys.executable, "-m", "control", "kafka", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90, check=False)


def test_the_command_starts_it_for_good_and_stops_it(jar_cache: Path, tmp_path: Path) -> None:
    assert mw(tmp_path, "status").returncode == 1
    try:
        first = mw(tmp_path, "start")
        assert first.returncode == 0, first.stderr
        again = mw(tmp_path, "start")
        assert (again.returncode, again.stdout) == (0, first.stdout)
        assert mw(tmp_path, "status").stdout == first.stdout
        refused = mw(tmp_path, "reset", "--yes")
        assert (refused.returncode, refused.stderr.count("\n")) == (3, 1)
    finally:
        stopped = mw(tmp_path, "stop")
    assert stopped.returncode == 0, stopped.stderr
    assert mw(tmp_path, "status").returncode == 1
    assert mw(tmp_path, "reset").returncode == 2  # nobody to ask
    assert mw(tmp_path, "reset", "--yes").returncode == 0
    assert not (tmp_path / "kafka" / "node-1").exists()


def test_a_broker_that_does_not_listen_to_sigterm_is_killed(new_kafka: NewKafka, tmp_path: Path) -> None:
    broker = new_kafka()
    broker.start()
    process = broker.processes[0]
    process.send_signal(signal.SIGSTOP)  # stopped, it cannot act on SIGTERM
    assert kafka_folder.stop_running(tmp_path / "kafka", grace_s=0.5) is True
    until(lambda: process.poll() is not None, within_s=5, what="the broker's end")
    assert kafka_folder.running(tmp_path / "kafka") is None
