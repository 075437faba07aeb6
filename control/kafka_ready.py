"""Waiting until brokers answer, and saying why one does not."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from control.kafka_node import telling_line
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import DependencyError

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

_POLL_S = 0.05


class PortTaken(DependencyError):
    """Another program took a port between our look and the broker's start."""


def wait_ready(
    servers: str,
    nodes: int,
    ended: Mapping[Path, Callable[[], int | None]],
    *,
    within_s: float,
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """Wait until the cluster at ``servers`` names ``nodes`` brokers.

    ``ended``: for each broker's log file a function that tells its exit code, None while it runs.
    DependencyError (PortTaken where that is why): a broker ended, or ``within_s`` seconds went by; the message names
    the log file and its most telling line.
    """
    deadline = clock.monotonic() + within_s
    admin = None
    while clock.monotonic() < deadline:
        for log, code in ended.items():
            if code() is not None:
                raise _failure(f"Kafka ended at its start with exit code {code()}", log)
        if admin is None and all(_listens(server) for server in servers.split(",")):
            admin = _admin(servers)
        if admin is not None and _brokers(admin) >= nodes:
            return
        time.sleep(_POLL_S)
    raise _failure(f"Kafka did not answer at {servers} within {within_s:.0f} s", next(iter(ended), None))


def _failure(what: str, log: Path | None) -> DependencyError:
    if log is None:
        return DependencyError(what)
    line = telling_line(log.read_text(encoding="utf-8", errors="replace"))
    message = f"{what}: {line or 'nothing in its log'} ({log})"
    return (
        PortTaken(message) if "BindException" in line or "Address already in use" in line else DependencyError(message)
    )


def _listens(server: str) -> bool:
    host, _, port = server.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def _admin(servers: str) -> AdminClient:
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 - `mw --help` does without it

    # Silent: refused connections are what we wait through.
    config: dict[str, Any] = {"bootstrap.servers": servers, "log_level": 0, "error_cb": lambda _: None}
    return AdminClient(config | {"reconnect.backoff.max.ms": 200})


def _brokers(admin: AdminClient) -> int:
    """How many brokers the cluster names; 0 where it does not answer."""
    from confluent_kafka import KafkaException  # noqa: PLC0415

    try:
        return len(admin.list_topics(timeout=2).brokers)
    except KafkaException:
        return 0
