"""The outbound switch flipped again and again at 100 tickets a second, with two workers per stage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from streams.reasons import Stage
from tests.support.evidence import Evidence
from tests.support.feeder import Load
from tests.support.flips import Flip, Write, flip, read_flips, writes
from tests.support.history import check_history, wait_for_all
from tests.support.pipelines import running_system
from tests.support.steady import SteadyFeeder
from tests.support.system import System
from tests.support.waiting import until

pytestmark = pytest.mark.broker

PER_SECOND = 100
PER_SECOND_SMALL = 30
"""In a small run, whose machine may have others' work to do."""
APPLIED_P99_MS = 50.0
"""What a flip may take until the last process has applied it, on a machine that does nothing else."""
PUSHED_MS = 250.0
"""What half of all processes and flips stay below on any machine: flags are pushed. A follower's fetch returns that
late where nothing comes, and its next proof of freshness (0.5 s) or heartbeat (1 s) is later still."""
KINDS = ("ingress", *(stage.value for stage in Stage))
BUSY_WRITES = 30
"""Writes between two off-phases, at least."""
BEHIND_S = 0.3
"""Act is this much work behind ingress, at most, when outbound is switched off: tickets flow at the pace, and what
waited in the off-phase before is done."""
QUIET_TICKETS = 20
"""Tickets accepted while outbound is off, at least: work that act must leave alone."""


def distribution(values: Sequence[float]) -> dict[str, float]:
    """Percentiles (nearest rank) of milliseconds."""
    ordered = sorted(values)

    def rank(share: float) -> float:
        return round(ordered[math.ceil(share * len(ordered)) - 1], 1)

    return {"p50": rank(0.5), "p90": rank(0.9), "p99": rank(0.99), "max": rank(1.0)}


def of_kind(flips: Sequence[Flip], kind: str) -> list[float]:
    """Milliseconds until applied, of each flip and process of that kind."""
    return [ms for one in flips for process, ms in one.applied_ms.items() if process.startswith(f"{kind}:")]


def written(system: System) -> int:
    return int(system.sandbox("GET", "summary")["writes_applied"])


def flip_under_load(system: System, feeder: SteadyFeeder, flips: int) -> list[Flip]:
    """Switch outbound off and on again until there were ``flips``, each time while act writes at the feeder's pace."""
    published = []
    behind = BEHIND_S * feeder.load.per_second
    for _ in range(flips // 2):
        enough = written(system) + BUSY_WRITES
        until(
            lambda: written(system) >= max(enough, len(feeder.accepted) - behind),  # noqa: B023
            within_s=60,
            what="act keeps up",
            every_s=0.1,
        )
        published.append(flip(system, on=False))
        feeder.wait_for(QUIET_TICKETS)
        published.append(flip(system, on=True))
    return read_flips(system, published)


def helpdesk_writes(system: System) -> list[Write]:
    """Every write in the sandbox's log."""
    entries: list[dict[str, Any]] = []
    while page := system.sandbox("GET", f"log?since={entries[-1]['seq'] if entries else 0}")["entries"]:
        entries += page
    return writes(entries)


def check_quiet(flips: Sequence[Flip], written: Sequence[Write]) -> dict[str, float]:
    """No write between drained and the next flip, but some in each phase in which outbound was on. Figures of both."""
    quiet, on_phases = [], []
    for before, after in pairwise(flips):
        if before.on:
            on_phases.append(sum(one.within(before.published, after.published) for one in written))
            assert on_phases[-1], f"nothing was written while outbound was on, after epoch {before.epoch}"
        else:
            start, end = before.drained_in(Stage.ACT.value), after.published
            assert end > start, f"outbound was on again before epoch {before.epoch} was drained"
            late = [round((one.applied - start) * 1000, 1) for one in written if one.within(start, end)]
            assert not late, f"{len(late)} writes after epoch {before.epoch} was drained, ms after it: {late[:10]}"
            quiet.append(end - start)
    return {
        "writes": len(written),
        "fewest_writes_in_an_on_phase": min(on_phases),
        "writes_between_drained_and_the_next_flip": 0,
        "shortest_quiet_s": round(min(quiet), 2),
        "quiet_s_in_all": round(sum(quiet), 1),
    }


def test_a_flip_is_applied_everywhere_at_once_and_nothing_is_written_once_off_is_drained(
    kafka: str, tmp_path: Path, evidence: Evidence
) -> None:
    count = evidence.size(small=8, full=100)
    pace = evidence.size(small=PER_SECOND_SMALL, full=PER_SECOND)
    with running_system(kafka, tmp_path) as system:
        for stage in Stage:
            system.start(f"{stage.value}-2", "worker", stage.value)
        feeder = SteadyFeeder(system, Load(pace, conversations=count * 500, per_second=pace, prefix="f"))
        system.wait_ready()
        feeder.start()
        feeder.wait_for(2 * pace)
        flips = flip_under_load(system, feeder, count)
        feeder.finish(within_s=30)
        wait_for_all(system, feeder.accepted)
        history = check_history(system, feeder.accepted)
        quiet = check_quiet(flips, helpdesk_writes(system))
    processes = {len(one.applied) for one in flips} | {len(one.drained) for one in flips}
    assert processes == {1 + 2 * len(Stage)}, f"not all processes spoke of each flip: {processes}"
    last = distribution([max(one.applied_ms.values()) for one in flips])
    last_by_kind = {kind: distribution([max(one.applied_ms.values()) for one in flips if one.on is on])
                    for kind, on in (("off", False), ("on", True))}  # fmt: skip
    each = distribution([ms for one in flips for ms in one.applied_ms.values()])
    evidence.record(
        "flag-flips", flips=len(flips), tickets_per_s=pace, tickets=history.accepted, workers_per_stage=2,
        applied_by_the_last_process_ms={**last, **last_by_kind},
        applied_by_each_process_ms=each,
        applied_by_stage_ms={kind: distribution(of_kind(flips, kind)) for kind in KINDS},
        drained_in_the_last_process_ms=distribution([max(one.drained_ms.values()) for one in flips]),
        seen_by_the_operator_ms=distribution([one.seen_ms for one in flips]),
        **quiet,
    )  # fmt: skip
    assert each["p50"] <= PUSHED_MS
    if evidence.full:
        assert last["p99"] <= APPLIED_P99_MS
