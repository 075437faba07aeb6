"""The product's four stages beside the same pure functions on Quix Streams, and with the helpdesk over HTTP.

Measured like the hops: the input is there first, classify, policy and act are started and have their partitions, then
sanitize is started. From the first sanitised record to the last outcome, by the broker's clock.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import httpx

from bench import inputs
from bench.environments import quix_python
from bench.rig import BenchFailed, Topics, cpu_seconds, first_and_last_ms, last_lines, processes, until
from control import flags
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK
from streams.events import TicketOutcome
from streams.reasons import OutcomeResult, Stage
from streams.topics import STAGE_TOPICS, TOPICS, Names, TopicName

ENGINES = ("product", "quix", "product-http")
_STARTED_WITHIN_S = 90.0
_API_KEY = "sandbox-key"


@dataclass(frozen=True)
class PipelineRun:
    """One run. CPU is that of the four workers, without broker and sandbox."""

    engine: str
    tickets: int
    lost: int
    repeated: int
    seconds: float
    tickets_per_s: float
    cpu_s_per_1000: float


def run(brokers: str, folder: Path, engine: str, tickets: int, *, within_s: float = 600.0) -> PipelineRun:
    """Carry ``tickets`` from inbound to outcome. Raises BenchFailed where it takes too long or something is lost."""
    prefix = f"{engine}-{SYSTEM_CLOCK.monotonic():.0f}."
    topics = Topics(brokers, prefix)
    topics.make({spec.name.value: spec.partitions for spec in TOPICS})
    env = inputs.variables(brokers, prefix, str(folder))
    flags.write_missing_flags(Settings(kafka_bootstrap_servers=brokers, topic_prefix=prefix), flags.first_values())
    topics.fill(TopicName.INBOUND.value, inputs.received(tickets, env["MW_SEAL_KEYS"]))
    log = folder / f"{prefix}log"
    try:
        with processes(log) as start:
            if engine == "product-http":
                env |= _sandbox(start, env, tickets)

            def stage(which: Stage) -> Popen[bytes]:
                if engine == "quix":
                    return start("bench.engines.quix_stage", which.value, python=quix_python(), env=env)
                if engine == "product-http":
                    return start("control", "worker", which.value, env=env)
                return start("bench.product", which.value, env=env)

            return _measure(engine, topics, tickets, stage, within_s)
    except BenchFailed as exc:
        raise BenchFailed(f"{engine}: {exc}\n{last_lines(log)}") from None
    finally:
        topics.delete()


def _measure(
    engine: str, topics: Topics, tickets: int, stage: Callable[[Stage], Popen[bytes]], within_s: float
) -> PipelineRun:
    names = Names(topics.prefix)
    later = [which for which in Stage if which is not Stage.SANITIZE]
    workers = [stage(which) for which in later]
    groups = {names.group(which): topics.made[names.topic(STAGE_TOPICS[which][0])] for which in later}
    until(lambda: topics.assigned(groups), within_s=_STARTED_WITHIN_S, what="three stages assigned", alive=workers)
    workers.append(stage(Stage.SANITIZE))
    first, last = TopicName.SANITIZED.value, TopicName.OUTCOMES.value
    until(lambda: topics.count(first) > 0, within_s=_STARTED_WITHIN_S, what="a sanitised ticket", alive=workers)
    cpu = cpu_seconds(workers)
    until(lambda: topics.count(last) >= tickets, within_s=within_s, what=f"{tickets} outcomes", alive=workers)
    cpu = cpu_seconds(workers) - cpu
    started, _ = first_and_last_ms(topics.read(first))
    outcomes = [(message.timestamp()[1], TicketOutcome.decode(message.value() or b"")) for message in topics.read(last)]
    lost = tickets - len({outcome.event_id for _, outcome in outcomes})
    wrong = sum(outcome.result is not OutcomeResult.ROUTED for _, outcome in outcomes)
    dead = topics.count(TopicName.DEAD.value)
    if lost or wrong or dead:
        raise BenchFailed(f"{lost} of {tickets} tickets lost, {wrong} not routed, {dead} dead letters")
    seconds = (max(stamp for stamp, _ in outcomes) - started) / 1_000
    repeated = len(outcomes) - tickets
    return PipelineRun(engine, tickets, lost, repeated, seconds, tickets / seconds, cpu / tickets * 1_000)


def _sandbox(start: Callable[..., Popen[bytes]], env: Mapping[str, str], tickets: int) -> dict[str, str]:
    """Start the sandbox and create the conversations; the settings that lead to it."""
    port = free_port()
    process = start("control", "sandbox", "--port", str(port), env={**env, "MW_RICHPANEL_API_KEY": _API_KEY})
    url = f"http://127.0.0.1:{port}"
    with httpx.Client(trust_env=False, timeout=10) as client:

        def ready() -> bool:
            try:
                return client.get(f"{url}/readyz").status_code == 200
            except httpx.TransportError:
                return False

        until(ready, within_s=_STARTED_WITHIN_S, what="the sandbox", alive=[process])
        for number in range(min(tickets, inputs.CONVERSATIONS)):
            ticket = {"id": inputs.conversation(number), "channel": "email", "comments": [{"body": "..."}]}
            client.post(f"{url}/sandbox/tickets", json=ticket).raise_for_status()
    return {"MW_RICHPANEL_BASE_URL": f"{url}/v1", "MW_RICHPANEL_API_KEY": _API_KEY}


def free_port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
