"""The folder of one cluster: who works on it, under which ports and process ids, and how to stop them from outside."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import psutil

from control.kafka_node import Ports, bootstrap
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import ConfigurationError, DependencyError

MAIN_CLASS = "kafka.Kafka"
_LOCK_WAIT_S = 3.0
_POLL_S = 0.05


class AlreadyRunning(DependencyError):
    """Brokers work on this folder already."""


@dataclass(frozen=True)
class ClusterState:
    """What a cluster's folder remembers: its identity and size, its ports, and the process ids of a running one."""

    cluster_id: str
    nodes: int
    ports: tuple[Ports, ...] = ()
    pids: tuple[int, ...] = ()

    def with_ports(self, ports: tuple[Ports, ...]) -> ClusterState:
        """The same with other ports."""
        return replace(self, ports=ports)

    def with_pids(self, pids: Iterable[int]) -> ClusterState:
        """The same with other process ids."""
        return replace(self, pids=tuple(pids))


@dataclass(frozen=True)
class Running:
    """A cluster that runs: where clients find it, its size, its processes, and the numbers of nodes that have ended."""

    bootstrap: str
    nodes: int
    pids: tuple[int, ...]
    down: tuple[int, ...] = ()


class ClusterFolder:
    """Names and state below one folder: ``state.json``, ``lock``, ``node-N.properties`` and ``node-N/``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def node_data(self, node: int) -> Path:
        """Where node ``node`` keeps its log segments."""
        return self.path / f"node-{node}"

    def properties_file(self, node: int) -> Path:
        """The server.properties of node ``node``."""
        return self.path / f"node-{node}.properties"

    def load(self) -> ClusterState | None:
        """What the folder remembers; None: no cluster was ever started here. ConfigurationError: not readable."""
        path = self.path / "state.json"
        try:
            raw = orjson.loads(path.read_bytes())
            ports = tuple(Ports(client, controller) for client, controller in raw["ports"])
            return ClusterState(raw["cluster_id"], raw["nodes"], ports, tuple(raw["pids"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as exc:
            raise ConfigurationError(f"{path} is damaged; `mw kafka reset` forgets the cluster and its data") from exc

    def save(self, state: ClusterState) -> None:
        """Write the state whole or not at all."""
        ports = [[p.client, p.controller] for p in state.ports]
        document = {"cluster_id": state.cluster_id, "nodes": state.nodes, "ports": ports, "pids": state.pids}
        part = self.path / "state.json.part"
        part.write_bytes(orjson.dumps(document))
        part.replace(self.path / "state.json")

    def prepare(self, nodes: int, new_cluster_id: str) -> ClusterState:
        """The state to start ``nodes`` nodes from, new on the first start; process ids of an unclean end are dropped.

        ConfigurationError: the data was written by another number of nodes.
        """
        state = self.load() or ClusterState(new_cluster_id, nodes)
        if state.nodes != nodes:
            raise ConfigurationError(
                f"the data in {self.path} is of a cluster of {state.nodes} node(s), not {nodes}; start that many, "
                "or forget the data with `mw kafka reset`"
            )
        state = state.with_pids(())
        self.save(state)
        return state

    def note_stopped(self) -> None:
        """Drop the process ids."""
        if state := self.load():
            self.save(state.with_pids(()))

    @contextmanager
    def locked(self, clock: Clock = SYSTEM_CLOCK) -> Iterator[int]:
        """Hold the folder's lock and yield its file descriptor; a process that inherits it goes on holding it.

        Waits 3 s for a broker that is just ending. AlreadyRunning: it is held for longer.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        deadline = clock.monotonic() + _LOCK_WAIT_S
        with (self.path / "lock").open("ab") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if clock.monotonic() > deadline:
                        raise AlreadyRunning(self._who()) from None
                    time.sleep(_POLL_S)
            yield file.fileno()

    def held(self) -> bool:
        """Whether somebody holds the lock, that is: starts or runs brokers here."""
        try:
            file = (self.path / "lock").open("ab")
        except FileNotFoundError:
            return False
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def _who(self) -> str:
        found = running(self.path)
        if found is None:
            return f"Kafka is being started on {self.path} by another process; try again in a few seconds"
        pids = ", ".join(map(str, found.pids))
        return f"Kafka already runs on {self.path} at {found.bootstrap} (process {pids}); `mw kafka stop` ends it"


def running(data: Path) -> Running | None:
    """The cluster that runs on the folder ``data``, whoever started it; None: none, or it has no process yet."""
    folder = ClusterFolder(data.absolute())
    state = folder.load() if folder.held() else None
    if state is None or not state.pids:
        return None
    down = tuple(node for node, pid in enumerate(state.pids, start=1) if _broker(pid, folder.path) is None)
    return Running(bootstrap(state.ports), state.nodes, state.pids, down)


def stop_running(data: Path, *, grace_s: float = 10.0, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Stop the cluster on ``data``, whoever started it: SIGTERM, SIGKILL after ``grace_s``. False: none ran."""
    found = running(data)
    if found is None:
        return False
    brokers = [broker for pid in found.pids if (broker := _broker(pid, data.absolute()))]
    for broker in brokers:
        with suppress(psutil.NoSuchProcess):
            broker.terminate()
    _, stubborn = psutil.wait_procs(brokers, timeout=grace_s)
    for broker in stubborn:
        with suppress(psutil.NoSuchProcess):
            broker.kill()
    psutil.wait_procs(stubborn, timeout=10)
    folder = ClusterFolder(data.absolute())
    with folder.locked(clock):
        folder.note_stopped()
    return True


def reset(data: Path, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Forget the cluster on ``data`` with everything in it. AlreadyRunning: it runs."""
    folder = ClusterFolder(data.absolute())
    if not folder.path.exists():
        return
    with folder.locked(clock):
        for entry in folder.path.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":  # the lock file stays: another start may be waiting on this very one
                entry.unlink()


def fresh_log(logs: Path, node: int) -> Path:
    """An empty log file for node ``node``; the one of the run before is kept beside it as ``.1``."""
    log = logs / f"kafka-{node}.log"
    with suppress(FileNotFoundError):
        log.replace(log.with_suffix(".log.1"))
    os.close(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    return log


def _broker(pid: int, data: Path) -> psutil.Process | None:
    """Process ``pid`` if it is a broker on ``data``: a process id alone may belong to somebody else by now."""
    try:
        process = psutil.Process(pid)
        command = process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process if MAIN_CLASS in command and command[-1].startswith(str(data)) else None
