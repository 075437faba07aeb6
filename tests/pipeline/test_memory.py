"""Many tickets through the real processes: none of them grows once it is warm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from control import flags
from streams.clock import SYSTEM_CLOCK
from streams.events import TicketOutcome
from streams.reasons import Stage
from streams.topics import TopicName
from tests.support.evidence import Evidence
from tests.support.feeder import Load
from tests.support.flood import Flood
from tests.support.memory import Series, growth
from tests.support.pipelines import running_system
from tests.support.system import System

pytestmark = pytest.mark.broker

STEPS = 40
CONVERSATIONS = 2_000
THROUGH_INGRESS = 4
"""One ticket in so many comes by webhook, the others as the records that ingress would have written."""
TO_THE_HELPDESK = 10
"""In a full run, one ticket in so many is written to the helpdesk, whose calls cost more than all the rest; the
others are decided in shadow. In every step, so that all steps are alike."""
AHEAD = 2_000
"""Tickets on their way at once, at most: no process holds a backlog that another sample would not have."""


def feed(flood: Flood, count: int) -> None:
    """Feed ``count`` tickets, in pieces that keep the way ahead short."""
    while count:
        flood.feed(piece := min(count, AHEAD // 2))
        count -= piece


@contextmanager
def effects_off(system: System) -> Iterator[None]:
    """Inside, decisions are made and written down, and the helpdesk is left alone."""
    for stage in ("shadow", "assign"):
        set_to = flags.publish_flags(system.settings, {"rollout_stage": stage}, author="test", reason="memory")
        assert set_to.in_force, dict(set_to.missing)
        if stage == "shadow":
            yield


def test_the_memory_of_every_process_is_flat_once_it_is_warm(kafka: str, tmp_path: Path, evidence: Evidence) -> None:
    tickets = evidence.size(small=3_000, full=200_000)
    share = evidence.size(small=1, full=TO_THE_HELPDESK)
    with running_system(kafka, tmp_path) as system:
        # The sandbox is the helpdesk's stand-in, whose task is to remember every request: it is watched, not judged.
        judged = ["ingress", *(stage.value for stage in Stage)]
        series = Series({name: process.popen.pid for name, process in system.processes.items()})
        load = Load(tickets, CONVERSATIONS, prefix="r")
        began = SYSTEM_CLOCK.monotonic()
        with closing(Flood(system, load, through_ingress=THROUGH_INGRESS, ahead=AHEAD)) as flood:
            for _ in range(STEPS):
                with_helpdesk = tickets // STEPS // share
                feed(flood, with_helpdesk)
                flood.wait_for(flood.fed)  # or a backlog that grows from step to step would look like a leak
                if share > 1:
                    with effects_off(system):
                        feed(flood, tickets // STEPS - with_helpdesk)
                        flood.wait_for(flood.fed)
                series.sample()
        seconds = SYSTEM_CLOCK.monotonic() - began
        outcomes = {outcome.event_id for outcome in system.decoded(TopicName.OUTCOMES, TicketOutcome)}
        dead = system.count(TopicName.DEAD)
    found = {name: growth(values) for name, values in series.rss_mb.items()}
    evidence.record(
        "memory", tickets=flood.fed, by_webhook=flood.webhooks, to_the_helpdesk=flood.fed // share,
        conversations=CONVERSATIONS, seconds=round(seconds),
        tickets_per_s=round(flood.fed / seconds), warm_mb={name: one.warm_mb for name, one in found.items()},
        last_mb={name: one.last_mb for name, one in found.items()}, judged=judged, rss_mb=series.rss_mb,
    )  # fmt: skip
    assert (len(outcomes), dead) == (flood.fed, 0)
    assert not (grown := {name: found[name] for name in judged if not found[name].flat}), f"memory grows: {grown}"
