"""Where the tests' brokers come from: our own LocalKafka, or a container with MW_TEST_BROKER=container."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from control import kafka_node
from control.kafka_ready import wait_ready
from streams.errors import DependencyError

COMPOSE_FILE = Path(__file__).parents[2] / "docker-compose.yml"
_CONTAINER_PORT = 9092
_CONTAINER_CONTROLLER_PORT = 9093


class NoEngine(RuntimeError):
    """MW_TEST_BROKER=container was asked for, and no container engine answers."""


def compose_image() -> str:
    """The image that docker-compose.yml runs Kafka from."""
    image: str = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))["services"]["kafka"]["image"]
    return image


def container_environment(host_port: int) -> dict[str, str]:
    """KAFKA_* variables of the image: a node's properties, listening on all of the container's addresses."""
    inner = kafka_node.Ports(_CONTAINER_PORT, _CONTAINER_CONTROLLER_PORT)
    text = kafka_node.properties(1, [inner], Path("/tmp/kafka-logs"))
    values = dict(line.split("=", 1) for line in text.splitlines())
    values["listeners"] = f"PLAINTEXT://:{_CONTAINER_PORT},CONTROLLER://:{_CONTAINER_CONTROLLER_PORT}"
    values["advertised.listeners"] = f"PLAINTEXT://{kafka_node.HOST}:{host_port}"
    return {f"KAFKA_{key.upper().replace('.', '_')}": value for key, value in values.items()}


@contextmanager
def container_broker() -> Iterator[str]:
    """A broker in a container of the compose file's image; its bootstrap servers. NoEngine: none answers."""
    from docker.errors import DockerException  # noqa: PLC0415 - only with MW_TEST_BROKER=container
    from testcontainers.core.config import testcontainers_config  # noqa: PLC0415
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    testcontainers_config.ryuk_disabled = True  # its helper image would have to be fetched too; we remove ours below
    (ports,) = kafka_node.choose_ports(1, preferred=None)
    try:
        container = DockerContainer(compose_image()).with_bind_ports(_CONTAINER_PORT, ports.client)
        for name, value in container_environment(ports.client).items():
            container = container.with_env(name, value)
        container.start()
    except DockerException as exc:
        raise NoEngine(
            f"MW_TEST_BROKER=container needs a container engine that has or can fetch {compose_image()}: {exc}; "
            "start one, or leave MW_TEST_BROKER unset to run Kafka without containers"
        ) from exc
    try:
        servers = f"{kafka_node.HOST}:{ports.client}"
        try:
            wait_ready(servers, 1, {}, within_s=60)
        except DependencyError as exc:
            stdout, stderr = container.get_logs()
            line = kafka_node.telling_line((stdout + stderr).decode(errors="replace"))
            raise DependencyError(f"{exc}; the container's log: {line}") from exc
        yield servers
    finally:
        container.stop()
