"""Workers killed and stopped under load: nothing lost, one outcome id per ticket event, order kept, no hang."""

import os
import signal

import pytest

from streams.clock import SYSTEM_CLOCK
from streams.reasons import Stage
from tests.support.feeder import Feeder, Load
from tests.support.history import check_history, wait_for_all
from tests.support.pipelines import running_system
from tests.support.system import System
from tests.support.waiting import until

pytestmark = [pytest.mark.broker, pytest.mark.faults]

CONVERSATIONS = 200
DRAIN_S = 5


def kill_with_work_at_stake(system: System, stage: Stage) -> int:
    """kill -9 at a moment when the worker has confirmed outputs that are not committed; how many there were."""
    process = system.processes[stage.value]
    at_stake = 0

    def found() -> bool:
        nonlocal at_stake
        committed = system.committed(stage)
        # Read after the committed offsets: a commit in between makes the true number smaller, never the finding false,
        # since the redelivery is checked below.
        at_stake = int(process.metric("mw_stage_events_total", stage=stage.value, result="done")) - committed
        return at_stake > 0

    until(found, within_s=60, what=f"{stage.value} has finished work that is not committed", every_s=0)
    system.kill(stage.value)
    return at_stake


def test_tickets_survive_a_kill_of_every_worker_at_the_worst_moment_and_two_stops_a_second_apart(
    kafka, tmp_path, evidence
):
    tickets = 2_000
    with running_system(kafka, tmp_path) as system:
        feeder = Feeder(system, Load(tickets, CONVERSATIONS))
        feeder.start()
        at_stake = {}
        for stage in Stage:
            at_stake[stage] = kill_with_work_at_stake(system, stage)
            system.restart(stage.value)
            system.wait_ready(stage.value)
        stop_times = stop_two_a_second_apart(system)
        feeder.finish(within_s=120)
        assert len(feeder.accepted) >= tickets
        wait_for_all(system, feeder.accepted)
        copies = check_history(system, feeder.accepted).copies
        evidence.record(
            "kills", tickets=len(feeder.accepted), conversations=CONVERSATIONS, lost=0, order_violations=0,
            at_stake_at_the_kill=at_stake, redelivered=copies, stops_took_s=stop_times,
        )  # fmt: skip
        for stage in Stage:
            assert at_stake[stage] >= 1, f"nothing was at stake when {stage.value} was killed: the test proves nothing"
            assert copies[stage] >= 1, f"nothing was redelivered to {stage.value}: the test proves nothing"


def stop_two_a_second_apart(system: System) -> list[float]:
    """SIGTERM to two workers of one group, a second apart, while they work; seconds each took to end."""
    second = system.start("policy-2", "worker", "policy")
    system.wait_ready("policy-2")
    first = system.processes["policy"]
    started = {}
    took = []
    os.kill(first.popen.pid, signal.SIGTERM)
    started[first.name] = SYSTEM_CLOCK.monotonic()
    until(lambda: SYSTEM_CLOCK.monotonic() - started[first.name] >= 1.0, within_s=2, what="a second passes")
    os.kill(second.popen.pid, signal.SIGTERM)
    started[second.name] = SYSTEM_CLOCK.monotonic()
    for process in (first, second):
        assert process.popen.wait(DRAIN_S + 10) == 0, process.log.read_text()[-2000:]
        took.append(round(SYSTEM_CLOCK.monotonic() - started[process.name], 1))
    del system.processes["policy-2"]
    system.restart("policy")
    system.wait_ready("policy")
    return took
