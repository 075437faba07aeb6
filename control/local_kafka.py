"""Apache Kafka on this machine: real, persistent, started from jars with a Java, no container and no installation.

One folder holds one cluster: its data, its ports and a lock. The lock is taken here and *inherited by the brokers*, so
it is held exactly as long as one of them lives, however we or they end; no process id has to be trusted for that.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from control import kafka_folder, kafka_jars, kafka_node, kafka_ready, launch
from control.java import Java, find_java
from control.kafka_folder import ClusterFolder, ClusterState
from control.settings import Settings, process_environment
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import ConfigurationError, DependencyError

READY_S = 60.0
"""Seconds a start may take. Measured: 1.5 s, and 11.6 s after a kill (the old session has to run out first)."""
_PORT_ATTEMPTS = 3


def say_on_stderr(text: str) -> None:
    """A line of progress."""
    sys.stderr.write(text + "\n")


@dataclass(frozen=True)
class KafkaConfig:
    """Where a cluster lives and how large it is. ``port``: first port to try; None: any free ones.

    ``properties``: server properties of every node, over our own (a further listener, for example).
    """

    data: Path
    cache: Path
    logs: Path
    nodes: int = 1
    port: int | None = kafka_node.DEFAULT_PORT
    heap_mb: int = 512
    properties: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, *, nodes: int = 1) -> KafkaConfig:
        """The cluster of this machine: data below ``MW_HOME``, jars below ``MW_CACHE``."""
        return cls(settings.home / "kafka", settings.cache, settings.home / "logs", nodes)


class LocalKafka:
    """The brokers that this process started. See ``kafka_folder.running`` for those that another one did."""

    def __init__(
        self,
        config: KafkaConfig,
        *,
        say: Callable[[str], None] = say_on_stderr,
        java: Java | None = None,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        if not 1 <= config.nodes <= 9:
            raise ConfigurationError(f"{config.nodes} nodes: Kafka on this machine runs with 1 to 9")
        if "," in str(config.data):
            raise ConfigurationError(f"{config.data}: Kafka's data folder cannot have a comma in its path (MW_HOME)")
        self._config = config
        self._say = say
        self._java = java
        self._clock = clock
        self._folder = ClusterFolder(config.data.absolute())
        self._ports: tuple[kafka_node.Ports, ...] = ()
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def bootstrap(self) -> str:
        """``host:port`` list for clients; empty before the first start."""
        return kafka_node.bootstrap(self._ports)

    @property
    def processes(self) -> tuple[subprocess.Popen[bytes], ...]:
        """The brokers' processes, in the order of their node numbers; empty when none was started."""
        return tuple(self._processes)

    def start(self, *, tied: bool = True) -> str:
        """Start all nodes, wait until they answer, and return ``bootstrap``. Call it from the main thread.

        ``tied``: the brokers die with this process; else they go on until ``kafka_folder.stop_running``. A start after
        ``stop`` or ``kill`` finds its data, and its ports where they are still free.
        DependencyError: jars, Java or ports cannot be had, or the broker fails (the message names its log).
        AlreadyRunning: brokers work on this folder. ConfigurationError: its data is of another number of nodes.
        """
        java = self._java or find_java()
        class_path = kafka_jars.class_path(self._config.cache, self._say)
        self._config.logs.mkdir(parents=True, exist_ok=True)
        with self._folder.locked(self._clock) as lock_fd:
            state = self._folder.prepare(self._config.nodes, _new_cluster_id())
            for attempt in range(1, _PORT_ATTEMPTS + 1):
                state = self._lay_out(state)
                self._format(java, class_path, state)
                try:
                    self._spawn(java, class_path, state, tied=tied, lock_fd=lock_fd)
                    return self.bootstrap
                except kafka_ready.PortTaken:
                    self._end_all()
                    if attempt == _PORT_ATTEMPTS:
                        raise
                except BaseException:
                    self._end_all()
                    raise
        raise AssertionError("the loop above returns or raises")

    def stop(self, *, grace_s: float = 10.0) -> None:
        """SIGTERM, then SIGKILL after ``grace_s`` seconds; Kafka keeps its data either way."""
        launch.stop(self._processes, grace_s, clock=self._clock)
        self._forget()

    def kill(self) -> None:
        """SIGKILL, the fault that a test asks for."""
        for process in self._processes:
            process.kill()
        self._end_all()

    def _end_all(self) -> None:
        launch.stop(self._processes, 0.0, clock=self._clock)
        self._forget()

    def _forget(self) -> None:
        if self._processes:
            self._processes = []
            self._folder.note_stopped()

    def _lay_out(self, state: ClusterState) -> ClusterState:
        """Choose ports and write each node's properties."""
        ports = kafka_node.choose_ports(self._config.nodes, remembered=state.ports, preferred=self._config.port)
        if state.ports and ports != state.ports:
            self._say(f"port {state.ports[0].client} is taken; Kafka is at {kafka_node.bootstrap(ports)} from now on")
        self._ports = ports
        for node in range(1, self._config.nodes + 1):
            text = kafka_node.properties(node, ports, self._folder.node_data(node), self._config.properties)
            self._folder.properties_file(node).write_text(text, encoding="ascii")
        state = state.with_ports(ports)
        self._folder.save(state)
        return state

    def _format(self, java: Java, class_path: str, state: ClusterState) -> None:
        """Give each node's data folder the cluster's id, once (0.5 s a node)."""
        for node in range(1, self._config.nodes + 1):
            if (self._folder.node_data(node) / "meta.properties").exists():
                continue
            command = [*self._java_command(java, class_path, heap_mb=128), "kafka.tools.StorageTool", "format"]
            command += ["--ignore-formatted", "-t", state.cluster_id, "-c", str(self._folder.properties_file(node))]
            done = subprocess.run(command, env=process_environment(), capture_output=True, text=True, check=False)
            if done.returncode:
                line = kafka_node.telling_line(done.stdout + done.stderr)
                raise DependencyError(f"Kafka cannot lay out its data in {self._folder.path}: {line}")

    def _java_command(self, java: Java, class_path: str, *, heap_mb: int) -> list[str]:
        return [
            str(java.binary),
            *java.flags(),
            f"-Xmx{heap_mb}m",
            "-XX:+UseSerialGC",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
            "-cp",
            class_path,
        ]

    def _spawn(self, java: Java, class_path: str, state: ClusterState, *, tied: bool, lock_fd: int) -> None:
        logs = [kafka_folder.fresh_log(self._config.logs, node) for node in range(1, self._config.nodes + 1)]
        command = self._java_command(java, class_path, heap_mb=self._config.heap_mb)
        for node, log in enumerate(logs, start=1):
            argv = [*command, kafka_folder.MAIN_CLASS, str(self._folder.properties_file(node))]
            self._processes.append(
                launch.start_tied(argv, env=process_environment(), log=log, tied=tied, pass_fds=[lock_fd])
            )
        self._folder.save(state.with_pids(process.pid for process in self._processes))
        ended = {log: process.poll for log, process in zip(logs, self._processes, strict=True)}
        kafka_ready.wait_ready(self.bootstrap, self._config.nodes, ended, within_s=READY_S, clock=self._clock)


def _new_cluster_id() -> str:
    """A UUID as Kafka writes them: 22 characters of base64; one with a leading dash would be read as an option."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes)[:22].decode()).startswith("-"):
        pass
    return text
