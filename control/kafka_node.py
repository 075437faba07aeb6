"""One node's configuration, and the ports it gets. Nothing here starts anything."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from streams.errors import DependencyError

HOST = "127.0.0.1"
DEFAULT_PORT = 19092
# Below the range that systems give to outgoing connections (Linux: 32768 and up), so that a client which retries a
# broker that is down can neither take its port nor connect to itself.
_FREE_RANGE = range(20000, 32000)


@dataclass(frozen=True)
class Ports:
    """The two TCP ports of a node: for clients and brokers, and for the controllers among themselves."""

    client: int
    controller: int


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does: a closed connection is no obstacle
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose_ports(
    nodes: int,
    *,
    remembered: Sequence[Ports] = (),
    preferred: int | None = DEFAULT_PORT,
    free: Callable[[int], bool] = is_free,
    draw: Callable[[range], int] = random.choice,
) -> tuple[Ports, ...]:
    """Ports for ``nodes`` nodes: those ``remembered`` where all are free, else from ``preferred`` on, else any free.

    Staying where it was keeps a broker's address over a restart. DependencyError: 2,000 draws found no free ports.
    """
    if len(remembered) == nodes and all(free(p.client) and free(p.controller) for p in remembered):
        return tuple(remembered)
    if preferred is not None:
        wanted = [preferred + i for i in range(2 * nodes)]
        if all(map(free, wanted)):
            return tuple(Ports(*wanted[2 * i : 2 * i + 2]) for i in range(nodes))
    found: set[int] = set()
    for _ in range(2000):
        port = draw(_FREE_RANGE)
        if port not in found and free(port):
            found.add(port)
        if len(found) == 2 * nodes:
            chosen = sorted(found)
            return tuple(Ports(*chosen[2 * i : 2 * i + 2]) for i in range(nodes))
    raise DependencyError(
        f"no {2 * nodes} free ports between {_FREE_RANGE.start} and {_FREE_RANGE.stop} on {HOST} for Kafka; end what "
        "listens there, or name another cluster in MW_KAFKA_BOOTSTRAP_SERVERS"
    )


def bootstrap(ports: Sequence[Ports]) -> str:
    """``host:port`` list for clients."""
    return ",".join(f"{HOST}:{p.client}" for p in ports)


_LISTS = frozenset({"listeners", "advertised.listeners", "listener.security.protocol.map"})


def properties(node: int, ports: Sequence[Ports], folder: Path, more: Mapping[str, str] | None = None) -> str:
    """server.properties of node number ``node`` (from 1), broker and controller in one, of ``len(ports)`` nodes.

    ``more``: further properties, over ours; a listener named there is added to ours.
    """
    nodes = len(ports)
    own = ports[node - 1]
    voters = ",".join(f"{i}@{HOST}:{p.controller}" for i, p in enumerate(ports, start=1))
    replicas = min(nodes, 3)
    in_sync = 2 if nodes >= 3 else 1
    values = {
        "process.roles": "broker,controller",
        "node.id": node,
        "controller.quorum.voters": voters,
        "listeners": f"PLAINTEXT://{HOST}:{own.client},CONTROLLER://{HOST}:{own.controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{own.client}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": _escaped(str(folder)),
        # A mistyped topic name is an error, not a topic (and Faust's leader topic is not wanted).
        "auto.create.topics.enable": "false",
        # On one machine all workers start together; waiting 3 s for more of them would only delay the first ticket.
        "group.initial.rebalance.delay.ms": 0,
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": replicas,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        # The default of 128 MB does not fit a heap of 512 MB beside the rest.
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    }
    for key, value in (more or {}).items():
        values[key] = f"{values[key]},{_escaped(value)}" if key in _LISTS else _escaped(value)
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _escaped(value: str) -> str:
    """A value as Java's Properties.load reads it: backslashes doubled, UTF-16 escapes beyond printable ASCII."""
    units = memoryview(value.replace("\\", "\\\\").encode("utf-16-le", "surrogatepass")).cast("H")
    return "".join(chr(unit) if 32 <= unit < 127 else f"\\u{unit:04x}" for unit in units)


_TELLING = ("BindException", "Address already in use", "OutOfMemoryError", "No space left", "Permission denied")


def telling_line(log: str) -> str:
    """The line of a broker's log that best says why it did not start; "" for an empty log."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    for wanted in (*_TELLING, "FATAL", "Caused by:", "Exception", "ERROR", "Error"):
        for line in reversed(lines):
            if wanted in line and not line.startswith("at "):
                return line[:300]
    return lines[-1][:300] if lines else ""
