"""A running system with tickets flowing through it, and what a fault needs to know and do there."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from control.local_kafka import LocalKafka
from streams.clock import SYSTEM_CLOCK
from streams.reasons import Stage
from streams.topics import STAGE_TOPICS, TopicName
from tests.support.evidence import Evidence
from tests.support.feeder import Feeder, Load
from tests.support.system import Process, System
from tests.support.waiting import until

Figures = dict[str, Any]
"""What a fault has to tell, by name."""

DRAIN_S = 5.0
"""MW_DRAIN_S of the systems under test."""
ENDS_WITHIN_S = DRAIN_S + 5.0
"""What a stop may take: the drain, then the last commit and leaving the group."""
_WORKS_WITHIN_S = 90.0  # beyond a dead member's session and a rebalance, on a busy machine


@dataclass
class Scene:
    """``feeder`` feeds ``system``; ``rng`` draws the moments; ``broker`` is there where the fault may break it."""

    system: System
    feeder: Feeder
    rng: random.Random
    evidence: Evidence
    broker: LocalKafka | None = None

    # -- workers

    def workers(self, stage: Stage | None = None) -> list[Process]:
        """The workers of ``stage``, or of all stages."""
        stages = [stage.value] if stage else [s.value for s in Stage]
        return [p for p in self.system.processes.values() if p.argv[0] == "worker" and p.argv[1] in stages]

    def add_worker(self, stage: Stage) -> Process:
        """Start one more worker of ``stage``; returns before it is ready."""
        name = f"{stage.value}-{len(self.workers(stage)) + 1}"
        return self.system.start(name, "worker", stage.value)

    def done(self, process: Process) -> int:
        """Events that worker has finished since it started."""
        return int(process.metric("mw_stage_events_total", stage=process.argv[1], result="done"))

    def wait_until_works(self, *processes: Process, more: int = 1) -> None:
        """Until each of these workers is ready and has finished ``more`` events than when it was asked first."""
        self.system.wait_ready(*(process.name for process in processes))
        for process in processes:
            before = self.done(process)
            until(
                lambda: self.done(process) >= before + more,  # noqa: B023 - called within this turn of the loop
                within_s=_WORKS_WITHIN_S,
                what=f"{process.name} finishes {more} events",
            )

    def stop(self, process: Process) -> float:
        """SIGTERM; the monotonic second it was sent."""
        os.kill(process.popen.pid, signal.SIGTERM)
        return SYSTEM_CLOCK.monotonic()

    def wait_ended(self, told: dict[str, float]) -> dict[str, float]:
        """Wait for the processes that were told to stop, at those seconds; start each again as it ends.

        Seconds each took. AssertionError where one takes longer than its drain time allows or ends with an error.
        """
        took: dict[str, float] = {}
        left = {name: self.system.processes[name] for name in told}

        def all_ended() -> bool:
            for name, process in list(left.items()):
                if (code := process.popen.poll()) is not None:
                    took[name] = round(SYSTEM_CLOCK.monotonic() - told[name], 2)
                    assert code == 0, f"{name} ended with {code}; its log:\n{process.log.read_text()[-3000:]}"
                    del left[name]
                    self.system.restart(name)
            return not left

        until(all_ended, within_s=ENDS_WITHIN_S + 5, what="all that were told to stop have ended")
        return took

    def pass_time(self, seconds: float) -> None:
        """Let the fault last that long."""
        end = SYSTEM_CLOCK.monotonic() + seconds
        until(lambda: SYSTEM_CLOCK.monotonic() >= end, within_s=seconds + 5, what=f"{seconds:g} s pass")

    # -- the helpdesk

    def helpdesk_log(self, since: int = 0) -> list[dict[str, Any]]:
        """The sandbox's log entries after ``since``."""
        entries: list[dict[str, Any]] = []
        while True:
            page = self.system.sandbox("GET", f"log?since={entries[-1]['seq'] if entries else since}")["entries"]
            entries += page
            if not page:
                return entries

    def take_tags_off(self, conversation: str) -> None:
        """What a person at the helpdesk may do."""
        tags = self.system.sandbox("GET", f"tickets/{conversation}")["ticket"]["tags"]
        url = f"{self.system.env['MW_RICHPANEL_BASE_URL']}/tickets/{conversation}/remove-tags"
        headers = {"x-richpanel-key": self.system.env["MW_RICHPANEL_API_KEY"]}
        answer = httpx.put(url, json={"tags": tags}, headers=headers, timeout=15, trust_env=False)
        answer.raise_for_status()

    # -- tickets

    def describe(self) -> dict[str, Any]:
        """Where everything stands, for whoever reads a failed test."""
        topics = {topic.value: self.system.count(topic) for topic in (TopicName.INBOUND, TopicName.DEAD)}
        topics |= {sink.value: self.system.count(sink) for _, sink in STAGE_TOPICS.values()}
        logs = {p.name: p.log.read_text(errors="replace").splitlines()[-5:] for p in self.system.processes.values()}
        ended = {p.name: p.popen.poll() for p in self.system.processes.values()}
        return {"accepted": len(self.feeder.accepted), "topics": topics, "ended": ended, "logs": logs}

    def feed(self, load: Load) -> Feeder:
        """Another load beside the scene's; started."""
        feeder = Feeder(self.system, load)
        feeder.start()
        return feeder


def tag_writes(entries: list[dict[str, Any]], among: Callable[[str], bool] = lambda _: True) -> list[dict[str, Any]]:
    """The entries that added tags to a conversation that ``among`` names."""
    return [e for e in entries if e["path"].endswith("/add-tags") and among(conversation_of(e))]


def conversation_of(entry: dict[str, Any]) -> str:
    """The conversation that a log entry is about; empty where it is about none."""
    parts = entry["path"].split("/")
    return parts[3] if len(parts) > 3 and parts[2] == "tickets" else ""
