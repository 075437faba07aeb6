"""``mw up``: the whole system on this machine, its processes watched and restarted, everything ended together."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from control.installation import Installation
from control.kafka_security import security_variables
from control.launch import start_tied, stop
from control.local_kafka import LocalKafka
from control.settings import Settings, process_environment
from streams.clock import SYSTEM_CLOCK, Clock
from streams.errors import DependencyError
from streams.reasons import Stage

READY_WITHIN_S = 60.0
DRAIN_S = 5
_STOP_GRACE_S = 7.0
_BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass
class Child:
    """One process of ours: how to start it, and what became of it."""

    name: str
    argv: tuple[str, ...]
    port: int
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    restart_at: float = 0.0

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Up:
    """The processes of one installation. ``kafka`` is host:port of a broker that runs."""

    installation: Installation
    kafka: str
    say: Callable[[str], None]
    workers: Mapping[Stage, int] = field(default_factory=dict)  # how many where it is not one
    broker: LocalKafka | None = None  # the one that lives and ends with us
    clock: Clock = SYSTEM_CLOCK
    parent: int | None = None  # pid of the process that is to be followed to its end
    children: list[Child] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        names = [
            (f"{stage.value}-{n}" if n > 1 else stage.value, stage)
            for stage in Stage
            for n in range(1, self.workers.get(stage, 1) + 1)
        ]
        ports = iter(_ports(self.installation.settings, 2 + len(names)))
        self.ingress = Child("ingress", ("ingress",), next(ports))
        self.sandbox = Child("sandbox", ("sandbox",), next(ports))
        workers = [Child(name, ("worker", stage.value), next(ports)) for name, stage in names]
        self.children = [self.sandbox, self.ingress, *workers]
        settings = self.installation.settings
        secrets = self.installation.secrets()
        self.variables = {
            **secrets,
            "MW_SHOPIFY_ACCESS_TOKEN": secrets["MW_RICHPANEL_API_KEY"],  # the sandbox has one key for both
            **security_variables(settings),
            "MW_HOME": str(self.installation.home),
            "MW_KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "MW_TOPIC_PREFIX": settings.topic_prefix,
            "MW_REPLICATION_FACTOR": str(settings.replication_factor),
            "MW_INGRESS_URL": self.ingress.url,
            "MW_SANDBOX_URL": self.sandbox.url,
            "MW_RICHPANEL_BASE_URL": f"{self.sandbox.url}/v1",
            "MW_SHOPIFY_BASE_URL": f"{self.sandbox.url}/admin/api/2026-10",
            "MW_DRAIN_S": str(DRAIN_S),
        }

    def start(self) -> None:
        """Start every process; they wait for each other by themselves."""
        stops = {signal.SIGINT, signal.SIGTERM}
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it, and means it
            stops.add(signal.SIGHUP)  # the terminal was closed
        for signal_number in stops:
            asyncio.get_running_loop().add_signal_handler(signal_number, self.stopping.set)
        for child in self.children:
            self._start(child)
        self.installation.announce(self.variables)

    async def ready(self) -> None:
        """Wait until all processes say they are ready. Raises DependencyError naming the one that is not."""
        deadline = self.clock.monotonic() + READY_WITHIN_S
        async with httpx.AsyncClient(trust_env=False, timeout=2.0) as client:
            for child in self.children:
                while (why := await _not_ready(client, child)) and not self.stopping.is_set():
                    if self.clock.monotonic() > deadline:
                        log = self.installation.log_file(child.name)
                        raise DependencyError(
                            f"{child.name} is not ready after {READY_WITHIN_S:.0f} s ({why}); see {log}"
                        )
                    await asyncio.sleep(0.05)

    async def watch(self) -> None:
        """Restart what ends, with a growing pause, until told to stop or until ``parent`` is gone.

        Raises DependencyError where Kafka itself ended and cannot be had again at its address.
        """
        while not self.stopping.is_set():
            if self.parent not in (None, os.getppid()):
                self.stopping.set()
                return
            self._look_after_kafka()
            for child in self.children:
                self._look_after(child)
            await asyncio.sleep(0.2)

    def stop(self) -> None:
        """End all processes: those that send first, the sandbox they talk to last."""
        processes = {child.name: child.process for child in self.children if child.process is not None}
        sandbox = processes.pop(self.sandbox.name, None)
        stop([p for p in processes.values() if p.poll() is None], _STOP_GRACE_S)
        if sandbox is not None:
            stop([sandbox], 2.0)
        self.installation.withdraw()

    def _start(self, child: Child) -> None:
        child.process = start_tied(
            [sys.executable, "-m", "control", *child.argv],
            env=process_environment(**self.variables, MW_HTTP_PORT=str(child.port)),
            log=self.installation.log_file(child.name),
        )

    def _look_after_kafka(self) -> None:
        """Start Kafka again where it ended. Blocks meanwhile: without it there is nothing else to do."""
        if self.broker is None or all(process.poll() is None for process in self.broker.processes):
            return
        self.say("Kafka ended; starting it again")
        self.broker.kill()
        if (address := self.broker.start()) != self.kafka:
            raise DependencyError(f"Kafka's port was taken by another program, it is at {address} now; run mw up again")

    def _look_after(self, child: Child) -> None:
        now = self.clock.monotonic()
        if child.process is not None and child.process.poll() is not None:
            pause = _BACKOFF_S[min(child.restarts, len(_BACKOFF_S) - 1)]
            self.say(f"{child.name} ended with code {child.process.returncode}; starting it again in {pause:g} s")
            child.process, child.restart_at = None, now + pause
            child.restarts += 1
        elif child.process is None and now >= child.restart_at:
            self._start(child)


async def _not_ready(client: httpx.AsyncClient, child: Child) -> str | None:
    try:
        answer = await client.get(f"{child.url}/readyz")
    except httpx.TransportError as exc:
        return type(exc).__name__
    return None if answer.status_code == 200 else answer.text.strip()


def _ports(settings: Settings, count: int) -> Sequence[int]:
    """``count`` ports from the configured one on; free ones of the system's choice where one of those is taken."""
    wanted = range(settings.http_port, settings.http_port + count)
    if settings.http_port and all(_free(port) for port in wanted):
        return wanted
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [listener.getsockname()[1] for listener in held]
    finally:
        for listener in held:
            listener.close()


def _free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
