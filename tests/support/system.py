"""The whole system as real processes on a test's own topics: started, killed, stopped and read from outside."""

from __future__ import annotations

import base64
import re
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import orjson
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from connectors.sandbox.faults import FaultRule
from connectors.webhook_auth import sign
from control import flags
from control.feed import Target
from control.installation import Installation
from control.launch import start_tied, stop
from control.settings import Settings, process_environment
from streams.clock import SYSTEM_CLOCK
from streams.errors import Undecodable
from streams.events import Record
from streams.reasons import Stage
from streams.topics import STAGE_TOPICS, Names, TopicName
from tests.support.ports import free_port
from tests.support.topics import admin
from tests.support.waiting import until

R = TypeVar("R", bound=Record)
STARTED_WITHIN_S = 60.0


@dataclass
class Process:
    """One process of the system under test."""

    name: str
    port: int
    argv: tuple[str, ...]
    log: Path
    popen: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ready(self) -> bool:
        assert self.popen.poll() is None, (
            f"{self.name} ended with {self.popen.returncode}; its log:\n{self.log.read_text()[-3000:]}"
        )
        try:
            return httpx.get(f"{self.url}/readyz", timeout=2, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def metric(self, name: str, **labels: str) -> float:
        """Sum of the series of ``name`` whose labels include ``labels``; 0 without any."""
        text = httpx.get(f"{self.url}/metrics", timeout=5, trust_env=False).text
        total = 0.0
        for line in text.splitlines():
            match = re.match(r"(\w+)(?:\{(.*)\})? (\S+)$", line)
            if match and match[1] == name and all(f'{k}="{v}"' in (match[2] or "") for k, v in labels.items()):
                total += float(match[3])
        return total


@dataclass
class System:
    """Processes on ``kafka`` under ``names``; ``start_all`` gives sandbox, ingress and one worker per stage."""

    kafka: str
    names: Names
    home: Path
    cache: Path
    env: dict[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.sandbox_port, self.ingress_port = free_port(), free_port()
        self.settings = Settings(
            kafka_bootstrap_servers=self.kafka, topic_prefix=self.names.prefix, home=self.home, cache=self.cache
        )
        self.secrets = Installation(self.settings).secrets()
        clean = {k: v for k, v in process_environment().items() if not k.startswith("MW_")}
        self.env = {
            **clean,
            **self.secrets,
            "MW_HOME": str(self.home),
            "MW_CACHE": str(self.cache),
            "MW_KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "MW_TOPIC_PREFIX": self.names.prefix,
            "MW_RICHPANEL_BASE_URL": f"http://127.0.0.1:{self.sandbox_port}/v1",
            "MW_SANDBOX_URL": f"http://127.0.0.1:{self.sandbox_port}",
            "MW_INGRESS_URL": f"http://127.0.0.1:{self.ingress_port}",
            "MW_DRAIN_S": "5",
            "MW_WEBHOOK_SECRETS": "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode(),
            **self.env,
        }

    # -- processes

    def start_all(self, worker_module: str = "control") -> None:
        """Flags as ``mw up`` writes them, sandbox, ingress and one worker per stage, all ready."""
        flags.write_missing_flags(self.settings, flags.first_values())
        self.start("sandbox", "sandbox", port=self.sandbox_port)
        self.start("ingress", "ingress", port=self.ingress_port)
        for stage in Stage:
            self.start(stage.value, "worker", stage.value, module=worker_module)
        self.wait_ready()

    def start(self, name: str, *argv: str, port: int = 0, module: str = "control", **env: str) -> Process:
        """Start ``mw argv``; a second start under the same name takes the first one's place."""
        port = port or free_port()
        log = self.home / f"{name}.log"
        command = [sys.executable, "-m", module, *argv]
        popen = start_tied(command, env={**self.env, "MW_HTTP_PORT": str(port), **env}, log=log)
        self.processes[name] = Process(name, port, argv, log, popen)
        return self.processes[name]

    def restart(self, name: str) -> Process:
        """Start a process that has ended once more, on its old port."""
        old = self.processes[name]
        return self.start(name, *old.argv, port=old.port)

    def wait_ready(self, *names: str) -> None:
        for name in names or list(self.processes):
            until(self.processes[name].ready, within_s=STARTED_WITHIN_S, what=f"{name} ready")

    def kill(self, name: str) -> None:
        """kill -9."""
        self.processes[name].popen.kill()
        self.processes[name].popen.wait(10)

    def end(self) -> None:
        """End all processes."""
        stop([p.popen for p in self.processes.values() if p.popen.poll() is None], 8.0)

    # -- what goes in and what comes out

    @property
    def target(self) -> Target:
        """Where messages are sent, with the conversations made in the sandbox."""
        return Target(self.env["MW_INGRESS_URL"], self.secrets["MW_INGRESS_TOKENS"], self.env["MW_SANDBOX_URL"])

    def post(self, body: Any, **headers: str) -> httpx.Response:
        """One webhook with the right token; ``trigger`` is filled in where the body has none."""
        if isinstance(body, dict) and "event_type" not in body:
            body = {"trigger": "customer_message", **body}
        headers = {"X-Middleware-Token": self.secrets["MW_INGRESS_TOKENS"], **headers}
        return httpx.post(
            f"{self.env['MW_INGRESS_URL']}/richpanel/inbound", json=body, headers=headers, timeout=15, trust_env=False
        )

    def signed(self, body: Any, *, webhook_id: str) -> httpx.Response:
        """One webhook with a Standard-Webhooks signature; the same id is a repeated delivery."""
        raw = orjson.dumps({"trigger": "customer_message", **body})
        at = int(SYSTEM_CLOCK.now().timestamp())
        secret = base64.b64decode(self.env["MW_WEBHOOK_SECRETS"].removeprefix("whsec_"))
        headers = {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(at),
            "webhook-signature": sign(secret, webhook_id, at, raw),
            "content-type": "application/json",
        }
        url = f"{self.env['MW_INGRESS_URL']}/richpanel/inbound"
        return httpx.post(url, content=raw, headers=headers, timeout=15, trust_env=False)

    def produce(self, topic: TopicName, key: bytes, value: bytes) -> None:
        """A record written past ingress, confirmed."""
        producer = Producer({"bootstrap.servers": self.kafka, "partitioner": "murmur2_random", "acks": "all"})
        producer.produce(self.names.topic(topic), value, key)
        assert producer.flush(10) == 0

    def delete_topic(self, topic: TopicName) -> None:
        """Take a topic away, wholly."""
        name, client = self.names.topic(topic), admin(self.kafka)
        client.delete_topics([name])[name].result(timeout=10)
        until(lambda: name not in client.list_topics(timeout=5).topics, within_s=20, what=f"{name} is gone")

    def create_topic(self, topic: TopicName) -> None:
        """Create a one-partition topic again."""
        name, client = self.names.topic(topic), admin(self.kafka)
        client.create_topics([NewTopic(name, 1, 1)])[name].result(timeout=10)

    def limit_message_bytes(self, topic: TopicName, most: int) -> None:
        """From now on the broker refuses larger records on ``topic``."""
        entry = ConfigEntry("max.message.bytes", str(most), incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, self.names.topic(topic), incremental_configs=[entry])
        client = admin(self.kafka)  # a name of its own: it must live until the answer is there
        for future in client.incremental_alter_configs([resource]).values():
            future.result(timeout=10)

    def sandbox(self, method: str, path: str, body: Any = None) -> Any:
        """A call to the sandbox's own endpoints."""
        answer = httpx.request(
            method, f"{self.env['MW_SANDBOX_URL']}/sandbox/{path}", json=body, timeout=15, trust_env=False
        )
        answer.raise_for_status()
        return answer.json()

    def fault(self, rule: FaultRule) -> None:
        """Break the sandbox."""
        self.sandbox("POST", "faults", rule.model_dump(mode="json"))

    def create(self, ticket_id: str, text: str, **fields: Any) -> None:
        """A conversation in the sandbox with one customer message."""
        comment = {"id": f"{ticket_id}-m1", "body": text, "from_customer": True}
        self.sandbox("POST", "tickets", {"id": ticket_id, "comments": [comment], **fields})

    def records(self, topic: TopicName) -> list[Any]:
        """Every message on ``topic`` now, in offset order within a partition."""
        return list(self._read(topic))

    def decoded(self, topic: TopicName, model: type[R]) -> list[R]:
        """Every record on ``topic`` now, without what is none (a test's own poison)."""
        found = []
        for message in self._read(topic):
            with suppress(Undecodable):
                found.append(model.decode(message.value()))
        return found

    def count(self, topic: TopicName) -> int:
        """Records on ``topic`` now."""
        consumer = self._consumer()
        try:
            return sum(high - low for _, low, high in self._bounds(consumer, topic))
        finally:
            consumer.close()

    def committed(self, stage: Stage) -> int:
        """Sum of what the stage's group has committed, over its partitions."""
        consumer = self._consumer(self.names.group(stage))
        try:
            topic = self.names.topic(STAGE_TOPICS[stage][0])
            partitions = [
                TopicPartition(topic, p) for p in consumer.list_topics(topic, timeout=10).topics[topic].partitions
            ]
            return sum(max(0, p.offset) for p in consumer.committed(partitions, timeout=10))
        finally:
            consumer.close()

    def _read(self, topic: TopicName) -> Iterator[Any]:
        consumer = self._consumer()
        try:
            bounds = [b for b in self._bounds(consumer, topic) if b[2] > b[1]]
            consumer.assign([TopicPartition(tp.topic, tp.partition, low) for tp, low, _ in bounds])
            left = Counter({tp.partition: high - low for tp, low, high in bounds})
            while left.total():
                batch = consumer.consume(min(1000, left.total()), 10.0)  # waits for as many as it is asked for
                assert batch, f"{topic} could not be read to its end"
                for message in batch:
                    assert message.error() is None, message.error()
                    if left[message.partition()] > 0:
                        left[message.partition()] -= 1
                        yield message
        finally:
            consumer.close()

    def _bounds(self, consumer: Consumer, topic: TopicName) -> list[tuple[TopicPartition, int, int]]:
        name = self.names.topic(topic)
        partitions = consumer.list_topics(name, timeout=10).topics[name].partitions
        tps = [TopicPartition(name, p) for p in partitions]
        return [(tp, *consumer.get_watermark_offsets(tp, timeout=10)) for tp in tps]

    def _consumer(self, group: str = "observer") -> Consumer:
        config: dict[str, Any] = {"bootstrap.servers": self.kafka, "group.id": group, "enable.auto.commit": False}
        return Consumer({**config, "isolation.level": "read_uncommitted", "log_level": 0, "error_cb": lambda _: None})
