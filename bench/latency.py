"""How long a ticket takes from ingress to outcome at 100 a second, and how long ingress takes at 500 requests a second.

Ingress and the four workers are processes as ``mw up`` starts them, the helpdesk is an object in act's process. A
ticket's time runs from ``received_at`` (ingress) to the moment the broker appended its outcome.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench import inputs, load
from bench.figures import percentile
from bench.pipeline import free_port
from bench.rig import BenchFailed, Topics, last_lines, processes, until
from control import flags
from control.settings import Settings
from streams.clock import SYSTEM_CLOCK
from streams.events import TicketEvent
from streams.reasons import Stage
from streams.topics import STAGE_TOPICS, TOPICS, Names, TopicName

TICKETS_PER_S = 100
REQUESTS_PER_S = 500
_STARTED_WITHIN_S = 90.0
_WARM_UP_S = 3
"""Seconds of tickets that are sent first and not counted: connections, caches, compiled patterns."""


@dataclass(frozen=True)
class Times:
    """Milliseconds, and the rate that was reached."""

    count: int
    per_s: float
    p50_ms: float
    p99_ms: float
    most_ms: float

    @classmethod
    def of(cls, milliseconds: Sequence[float], per_s: float) -> Times:
        """The distribution of ``milliseconds``."""
        return cls(
            len(milliseconds), per_s, percentile(milliseconds, 0.5), percentile(milliseconds, 0.99), max(milliseconds)
        )


@dataclass(frozen=True)
class LatencyRun:
    """One round of both."""

    ticket: Times
    ingress: Times
    steps: dict[str, Times]
    """The ticket's way by step: until ingress' record was appended, then each stage's until its own was."""


def run(brokers: str, folder: Path, *, seconds: int) -> LatencyRun:
    """Both measurements, each over ``seconds`` s of traffic. Raises BenchFailed where something is not answered."""
    prefix = f"latency-{SYSTEM_CLOCK.monotonic():.0f}."
    topics = Topics(brokers, prefix)
    topics.make({spec.name.value: spec.partitions for spec in TOPICS})
    env = inputs.variables(brokers, prefix, str(folder))
    flags.write_missing_flags(Settings(kafka_bootstrap_servers=brokers, topic_prefix=prefix), flags.first_values())
    log, port = folder / f"{prefix}log", free_port()
    try:
        with processes(log) as start:
            alone = [start("control", "ingress", env={**env, "MW_HTTP_PORT": str(port)})]
            until(lambda: _ready(port), within_s=_STARTED_WITHIN_S, what="ingress", alive=alone)
            ingress = _ingress(port, seconds)
        topics.delete()
        topics.make({spec.name.value: spec.partitions for spec in TOPICS})
        flags.write_missing_flags(Settings(kafka_bootstrap_servers=brokers, topic_prefix=prefix), flags.first_values())
        with processes(log) as start:
            workers = [start("bench.product", stage.value, env=env) for stage in Stage]
            workers.append(start("control", "ingress", env={**env, "MW_HTTP_PORT": str(port)}))
            names = Names(prefix)
            groups = {names.group(s): topics.made[names.topic(STAGE_TOPICS[s][0])] for s in Stage}
            until(lambda: topics.assigned(groups), within_s=_STARTED_WITHIN_S, what="all assigned", alive=workers)
            until(lambda: _ready(port), within_s=_STARTED_WITHIN_S, what="ingress", alive=workers)
            ticket, steps = _tickets(port, topics, seconds)
            return LatencyRun(ticket, ingress, steps)
    except BenchFailed as exc:
        raise BenchFailed(f"latency: {exc}\n{last_lines(log)}") from None
    finally:
        topics.delete()


def _ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _ingress(port: int, seconds: int) -> Times:
    skipped = _WARM_UP_S * REQUESTS_PER_S
    payloads = load.requests("bench", skipped + seconds * REQUESTS_PER_S)
    sent = asyncio.run(load.send(port, payloads, REQUESTS_PER_S))
    if sent.accepted < len(payloads):
        raise BenchFailed(f"ingress accepted {sent.accepted} of {len(payloads)} webhooks")
    return Times.of([each * 1_000 for each in sent.seconds[skipped:]], sent.rate)


def _tickets(port: int, topics: Topics, seconds: int) -> tuple[Times, dict[str, Times]]:
    """Sends the load; how long the tickets took as a whole, and by step."""
    payloads = load.requests("bench", (_WARM_UP_S + seconds) * TICKETS_PER_S)
    sent = asyncio.run(load.send(port, payloads, TICKETS_PER_S))
    outcomes = TopicName.OUTCOMES.value
    until(lambda: topics.count(outcomes) >= len(payloads), within_s=60, what=f"{len(payloads)} outcomes")
    way = {"ingress": _appended(topics, TopicName.INBOUND.value)}
    way |= {stage.value: _appended(topics, STAGE_TOPICS[stage][1].value) for stage in Stage}
    last = way[Stage.ACT.value]
    if len(last) < len(payloads):
        raise BenchFailed(f"{len(last)} outcomes for {len(payloads)} webhooks")
    counted = sorted(last, key=lambda event: last[event])[_WARM_UP_S * TICKETS_PER_S :]
    whole = Times.of([last[event][1] - last[event][0] for event in counted], sent.rate)
    before = {event: received for event, (received, _) in last.items()}
    steps: dict[str, Times] = {}
    for step, found in way.items():
        steps[step] = Times.of([found[event][1] - before[event] for event in counted], sent.rate)
        before = {event: appended for event, (_, appended) in found.items()}
    return whole, steps


def _appended(topics: Topics, name: str) -> dict[str, tuple[float, float]]:
    """For each event its time of receipt and when the broker first appended it to topic ``name``, in ms."""
    found: dict[str, tuple[float, float]] = {}
    for message in topics.read(name):
        event = TicketEvent.decode(message.value() or b"")
        found.setdefault(str(event.event_id), (event.received_at.timestamp() * 1_000, message.timestamp()[1]))
    return found
